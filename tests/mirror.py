"""A mirror of streets and addresses that breaks off, lies about sizes, hangs or trickles."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Shelf:
    """One file of the mirror and how it is served."""

    content: bytes
    breaks_after: int | None = None  # bytes of each answer, then the connection ends
    claims: int | None = None  # the size that is named, when it is not the true one
    hangs: bool = False
    takes_ranges: bool = True
    mark: str = '"1"'
    md5: str | None = None  # "" names the true one
    asked: list[str] = field(default_factory=list)  # the Range of each question


class Mirror:
    """Its files by name; `address` begins every address."""

    def __init__(self) -> None:
        self.shelves: dict[str, Shelf] = {}
        self.ending = threading.Event()
        mirror = self

        class Answer(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self) -> None:
                mirror.answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, ask: BaseHTTPRequestHandler) -> None:
        name = ask.path.strip("/")
        shelf = self.shelves.get(name.removesuffix(".md5"))
        if shelf is None or (name.endswith(".md5") and shelf.md5 is None):
            ask.send_error(404)
            return
        if name.endswith(".md5"):
            true = hashlib.md5(shelf.content).hexdigest()
            ask.send_response(200)
            ask.end_headers()
            ask.wfile.write(f"{shelf.md5 or true}  {name}\n".encode())
            return
        shelf.asked.append(ask.headers.get("Range", ""))
        if shelf.hangs:
            self.ending.wait()
            return
        self._send(ask, shelf)

    def _send(self, ask: BaseHTTPRequestHandler, shelf: Shelf) -> None:
        found = re.fullmatch(r"bytes=(\d+)-", ask.headers.get("Range", ""))
        is_same = ask.headers.get("If-Range") == shelf.mark
        start, size = 0, len(shelf.content) if shelf.claims is None else shelf.claims
        if found and shelf.takes_ranges and is_same:
            start = int(found[1])
            if start >= len(shelf.content):
                ask.send_error(416)
                return
            ask.send_response(206)
            ask.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        else:
            ask.send_response(200)
            ask.send_header("ETag", shelf.mark)
        ask.send_header("Content-Length", str(size - start))
        ask.end_headers()
        ask.wfile.write(shelf.content[start:][: shelf.breaks_after])


@contextmanager
def mirrored() -> Iterator[Mirror]:
    """A mirror that is served until the block ends."""
    mirror = Mirror()
    thread = threading.Thread(target=mirror.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield mirror
    finally:
        mirror.ending.set()
        mirror.server.shutdown()
        mirror.server.server_close()
        thread.join()
