"""Post: what leaves the house by mail or on paper goes out beside all other work, so that a server
or a printer that hangs holds nothing up."""

import logging
import threading
from collections.abc import Callable

from flask import Flask

LOOK = 10.0  # seconds between two looks when nobody asks
# While nobody takes what goes out, it is tried after so long, then after twice as long …
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 600.0
log = logging.getLogger(__name__)


class Post(threading.Thread):
    """A worker's one thread that speaks to the mail server, or to the printers; `send` sends all
    that is due and returns whether it was taken."""

    def __init__(self, app: Flask, name: str, send: Callable[[], bool]) -> None:
        super().__init__(name=name, daemon=True)
        self._app, self._send_due = app, send
        self._asked, self._over = threading.Event(), threading.Event()

    def look_now(self) -> None:
        """Look for what is due at once, unless nobody takes it just now."""
        self._asked.set()

    def stop(self) -> None:
        """End after what is on its way; what hangs comes due again elsewhere."""
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
                return self._send_due()
        except Exception:
            log.exception("the %s stumbled; it looks again after a pause", self.name)
            return False
