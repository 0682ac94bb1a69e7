"""Line: the way to a printer, never longer than a bounded time; and the folder that stands for
one."""

import os
import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Protocol

CONNECT, WRITE, READ = 3.0, 10.0, 2.0  # seconds
PART = 4096  # bytes


class LineBroken(Exception):
    """What was sent did not arrive whole; `is_begun`: something of it may be on paper."""

    def __init__(self, *, is_begun: bool) -> None:
        super().__init__(is_begun)
        self.is_begun = is_begun


class Line(Protocol):
    """A connection to a printer."""

    def send(self, content: bytes) -> None:
        """Send all of it. Raises LineBroken."""

    def ask(self, question: bytes, length: int) -> bytes:
        """The answer to a question, or what of it came in READ seconds. Raises LineBroken."""


class OpenLine:
    """A file descriptor that never blocks: a socket's or a device's."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        os.set_blocking(descriptor, False)

    def send(self, content: bytes) -> None:
        sent, end = 0, monotonic() + WRITE
        while sent < len(content):
            _, writable, _ = select.select([], [self._descriptor], [], max(0, end - monotonic()))
            try:
                if not writable:
                    raise TimeoutError
                sent += os.write(self._descriptor, content[sent : sent + PART])
            except BlockingIOError:
                continue
            except OSError as error:
                raise LineBroken(is_begun=sent > 0) from error

    def ask(self, question: bytes, length: int) -> bytes:
        self.send(question)
        answer, end = b"", monotonic() + READ
        while len(answer) < length:
            readable, *_ = select.select([self._descriptor], [], [], max(0, end - monotonic()))
            try:
                part = os.read(self._descriptor, PART) if readable else b""
            except ConnectionError as error:
                # What was sent before had found room in the line, not in the machine.
                raise LineBroken(is_begun=True) from error
            except OSError:  # a device that is never read from
                part = b""
            if not part:
                break
            answer += part
        return answer


@contextmanager
def open_line(place: tuple[str, int] | str) -> Iterator[Line]:
    """The way to a printer of the network, or to a device. Raises LineBroken."""
    if isinstance(place, str):
        try:
            descriptor = os.open(place, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        except OSError as error:
            raise LineBroken(is_begun=False) from error
        try:
            yield OpenLine(descriptor)
        finally:
            os.close(descriptor)
        return
    try:
        connection = socket.create_connection(place, timeout=CONNECT)
    except OSError as error:
        raise LineBroken(is_begun=False) from error
    with connection:
        yield OpenLine(connection.fileno())


class FolderLine:
    """A folder in place of a machine: what would be printed is a file, and never answers."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, content: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(content)

    def ask(self, _question: bytes, _length: int) -> bytes:
        return b""
