"""The writer gate: one writer at a time in the whole house."""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BUSY_SECONDS = 15.0


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
