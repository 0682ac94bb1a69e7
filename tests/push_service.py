"""A push service of the tests' own: it takes what is pushed, or refuses it."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import SplitResult

import http_ece
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

AUTH = b"0123456789abcdef"


def text_of(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Device:
    """A browser's subscription with its private key, as only the browser has it."""

    name: str = "phone"
    key: object = field(default_factory=lambda: generate_private_key(SECP256R1()))

    def form(self) -> dict[str, str]:
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)  # type: ignore[attr-defined]
        return {
            "channel": "push",
            "endpoint": f"https://push.example.net/send/{self.name}",
            "p256dh": text_of(point),
            "auth": text_of(AUTH),
        }

    def read(self, body: bytes) -> str:
        """Open what was pushed (RFC 8188, RFC 8291)."""
        opened = http_ece.decrypt(body, private_key=self.key, auth_secret=AUTH)
        return bytes(opened).decode()


class Desk(BaseHTTPRequestHandler):
    server: PushService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, self.headers, body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class PushService(ThreadingHTTPServer):
    """Keeps what was pushed and answers all with one status."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Message, bytes]] = []
        self.status = 201
        super().__init__(("127.0.0.1", 0), Desk)

    def reach(self, parts: SplitResult) -> HTTPConnection:
        """A connection in place of the one to the public network."""
        return HTTPConnection("127.0.0.1", self.server_address[1], timeout=20)


@contextmanager
def push_service() -> Iterator[PushService]:
    """Run a push service."""
    service = PushService()
    serving = threading.Thread(target=service.serve_forever)
    serving.start()
    yield service
    service.shutdown()
    serving.join()
    service.server_close()
