"""Printers of the tests' own: they take bytes, answer questions, break off, or hang; and what they
took is read back as a picture."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageChops, ImageOps

FINE = {
    "escpos": b"\x12\x12",
    "zpl": b"\x02030,0,0,1245,000,0,0,0,000,0,0,0\x03\r\n"
    b"\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n",
    "brother": b"\x80\x20B0" + bytes(6) + b"\x3e" + bytes(21),
}
EMPTY = {
    "escpos": b"\x32\x72",
    "zpl": FINE["zpl"].replace(b"030,0,0", b"030,1,0"),
    "brother": b"\x80\x20B0" + bytes(4) + b"\x01" + bytes(1) + b"\x3e" + bytes(21),
}
QUESTIONS = {"escpos": b"\x10\x04\x02\x10\x04\x04", "zpl": b"~HS", "brother": b"\x1biS"}


class Machine(threading.Thread):
    """One printer of a kind on a port of its own; `mood` is "prints", "no paper", "breaks off" or
    "is silent"."""

    def __init__(self, tongue: str, mood: str = "prints") -> None:
        super().__init__(daemon=True)
        self.tongue, self.mood, self.taken = tongue, mood, b""
        self._door = socket.create_server(("127.0.0.1", 0))

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._door.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                caller, _ = self._door.accept()
            except OSError:
                return
            with caller:
                self._serve(caller)

    def _serve(self, caller: socket.socket) -> None:
        question, reply = QUESTIONS[self.tongue], b""
        if self.mood != "is silent":
            reply = EMPTY[self.tongue] if self.mood == "no paper" else FINE[self.tongue]
        if self.mood == "breaks off":
            # A small window: the sender feels that nobody reads any more.
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        heard = b""
        while part := caller.recv(2048):
            heard += part
            while question in heard:
                heard = heard.replace(question, b"", 1)
                caller.sendall(reply)
            if self.mood == "breaks off" and len(heard) > 4096:
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return
        self.taken += heard

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()


@contextmanager
def machine(tongue: str, mood: str = "prints") -> Iterator[Machine]:
    """A printer at work until the block ends."""
    made = Machine(tongue, mood)
    made.start()
    yield made
    made.close()


def read_escpos(content: bytes) -> Image.Image:
    """The picture of "GS v 0" commands, one below the other."""
    parts = []
    while (at := content.find(b"\x1dv0")) >= 0:
        width = int.from_bytes(content[at + 4 : at + 6], "little")
        height = int.from_bytes(content[at + 6 : at + 8], "little")
        dots = content[at + 8 : at + 8 + width * height]
        parts.append(Image.frombytes("1", (8 * width, height), dots))
        content = content[at + 8 + width * height :]
    whole = Image.new("1", (parts[0].width, sum(part.height for part in parts)))
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    return ImageOps.invert(whole.convert("L")).convert("1")


def read_brother(content: bytes, dots: int, free: int) -> Image.Image:
    """The picture of raster lines, without what stays free at the right of the tape."""
    at, lines = content.index(b"M\x00") + 2, b""
    width = content[at + 2]
    announced = int.from_bytes(content[content.index(b"\x1biz") + 7 :][:4], "little")
    while content[at : at + 2] == b"g\x00":
        lines += content[at + 3 : at + 3 + content[at + 2]]
        at += 3 + content[at + 2]
    assert content[at:] == b"\x1a"
    assert len(lines) == announced * width
    black = Image.frombytes("1", (8 * width, announced), lines)
    whole = ImageOps.mirror(ImageOps.invert(black.convert("L")).convert("1"))
    right = whole.width - free
    return whole.crop((right - dots, 0, right, whole.height))


def read_zpl(content: bytes) -> Image.Image:
    """The picture of a ^GFA field."""
    found = re.search(rb"\^GFA,(\d+),(\d+),(\d+),([0-9A-F]+)\^FS", content)
    assert found
    width, dots = int(found[3]), bytes.fromhex(found[4].decode())
    assert len(dots) == int(found[1]) == int(found[2])
    black = Image.frombytes("1", (8 * width, len(dots) // width), dots)
    return ImageOps.invert(black.convert("L")).convert("1")


def differs(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures differ in one dot; what is longer must be white there."""
    size = (max(one.width, other.width), max(one.height, other.height))
    whole = [Image.new("1", size, 1) for _ in range(2)]
    for paper, picture in zip(whole, (one, other), strict=True):
        paper.paste(picture, (0, 0))
    return ImageChops.logical_xor(*whole).getbbox() is not None
