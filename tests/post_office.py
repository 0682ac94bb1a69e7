"""A mail server of the tests' own: it takes mails, refuses them, or never answers."""

from __future__ import annotations

import email
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Counter(socketserver.StreamRequestHandler):
    """Enough of SMTP (RFC 5321) for one sender at a time."""

    server: PostOffice

    def handle(self) -> None:
        self.server.calls += 1
        self.server.called.set()
        if self.server.mood == "hangs":
            self.server.awake.wait()
            return
        self._say("220 ready")
        for line in self.rfile:
            word = line[:4].upper().strip()
            if word == b"DATA":
                self._say("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                time.sleep(self.server.slow)
                if self.server.mood == "refuses":
                    self._say("554 no such message here")
                    continue
                self.server.mails.append(text)
            if word == b"RCPT" and self.server.mood == "knows nobody":
                self._say("550 unknown")
                continue
            self._say("221 bye" if word == b"QUIT" else "250 fine")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class PostOffice(socketserver.ThreadingTCPServer):
    """Keeps every mail that came in whole, and counts who called."""

    daemon_threads = True

    def __init__(self, mood: str = "takes", slow: float = 0.0) -> None:
        self.mails: list[bytes] = []
        self.mood, self.slow, self.calls = mood, slow, 0
        self.called, self.awake = threading.Event(), threading.Event()
        super().__init__(("127.0.0.1", 0), Counter)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed is no error here."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def message_ids(self) -> list[str]:
        return [str(email.message_from_bytes(mail)["Message-ID"]) for mail in self.mails]


@contextmanager
def post_office(mood: str = "takes", *, slow: float = 0.0) -> Iterator[PostOffice]:
    """Run a mail server."""
    office = PostOffice(mood, slow)
    serving = threading.Thread(target=office.serve_forever)
    serving.start()
    yield office
    office.awake.set()
    office.shutdown()
    serving.join()
    office.server_close()
