"""Post: mails go out beside all other work, so that a server that hangs holds nothing up."""

import logging
import threading

from flask import Flask

from .mails import send_mails

LOOK = 10.0  # seconds between two looks when nobody asks
# While the server does not answer, one mail is tried after so long, then after twice as long …
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 600.0
log = logging.getLogger(__name__)


class Post(threading.Thread):
    """The one thread of a worker that speaks to the mail server."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name="post", daemon=True)
        self._app = app
        self._asked, self._over = threading.Event(), threading.Event()

    def look_now(self) -> None:
        """Look for mails at once, unless the server does not answer just now."""
        self._asked.set()

    def stop(self) -> None:
        """End after the mail that is on its way; one that hangs comes due again elsewhere."""
        self._over.set()
        self._asked.set()
        self.join(timeout=5)

    def run(self) -> None:
        """Send what is due, again and again."""
        pause = 0.0
        while not self._over.is_set():
            self._asked.clear()
            pause = 0.0 if self._send() else min(max(FIRST_PAUSE, 2 * pause), LONGEST_PAUSE)
            if pause:
                self._over.wait(pause)
            else:
                self._asked.wait(LOOK)

    def _send(self) -> bool:
        try:
            with self._app.app_context():
                return send_mails()
        except Exception:
            log.exception("the post stumbled; it looks again after a pause")
            return False
