"""What bounds waiting for the database: the gate through which one writer at a time passes, and
the question whether PostgreSQL still answers.
"""

import fcntl
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

BUSY_SECONDS = 15.0
# After so many seconds without a word of a statement the server is asked whether it still
# answers, and has as many again to say so.
SILENT_SECONDS = 0.9
# "Do you speak TLS?": the shortest question that every PostgreSQL server answers, in one letter
# (https://www.postgresql.org/docs/current/protocol-message-formats.html, SSLRequest).
QUESTION = struct.pack("!ii", 8, 80877103)


class Busy(Exception):
    """The database's one writer did not come free in time; nothing was written."""


class WriterGate:
    """One writer at a time: a lock between the threads of a process, a file lock between
    processes. The kernel frees the file lock of a process that dies.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self._owner = 0

    @contextmanager
    def passed(self, *, seconds: float | None = None) -> Iterator[float]:
        """Hold the gate, and tell how many seconds of the wait are left for what comes next.

        Raises Busy when it did not come free in `seconds`, without them in BUSY_SECONDS.
        """
        wait_at_most = BUSY_SECONDS if seconds is None else seconds
        deadline = time.monotonic() + wait_at_most
        if not self._lock.acquire(timeout=wait_at_most):
            raise Busy
        try:
            descriptor = self._file()
            wait = 0.0005
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise Busy from None
                    time.sleep(wait)
                    wait = min(wait * 1.5, 0.004)
            try:
                yield max(0.0, deadline - time.monotonic())
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        finally:
            self._lock.release()

    def _file(self) -> int:
        # A forked child shares its parent's open file and so its lock: each opens its own.
        if self._descriptor is None or self._owner != os.getpid():
            self._descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
            self._owner = os.getpid()
        return self._descriptor


class Watched(psycopg.Connection[Any]):
    """A connection that ends when its server hangs; a statement that is only slow may go on.

    Neither a time limit of the server nor one of TCP ends the wait for a server that has stopped
    while its machine has not.
    """

    has_hung: Callable[[], None] = staticmethod(lambda: None)

    def wait(self, gen: Any, *args: Any, **named: Any) -> Any:
        """Raises OperationalError, and closes, when the server no longer answers."""
        return super().wait(self._watched(gen), *args, **named)

    def _watched(self, gen: Any) -> Generator[Any, Any, Any]:
        due = time.monotonic() + SILENT_SECONDS
        try:
            state = next(gen)
            while True:
                ready = yield state
                if not ready and time.monotonic() > due:
                    self._ask()
                    due = time.monotonic() + SILENT_SECONDS
                state = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _ask(self) -> None:
        host, port = self.info.host, self.info.port
        is_file = host.startswith("/")
        address = f"{host}/.s.PGSQL.{port}" if is_file else (self.info.hostaddr or host, port)
        family = socket.AF_UNIX if is_file else socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            with socket.socket(family) as question:
                question.settimeout(SILENT_SECONDS)
                question.connect(address)
                question.sendall(QUESTION)
                if question.recv(1):
                    return
        except OSError:
            pass
        self.has_hung()
        self.close()
        raise psycopg.OperationalError("the server no longer answers")
