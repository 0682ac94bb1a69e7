"""Twin: a second process that makes PDFs while this one makes another.

A process sets one page at a time, and Python's threads would share one core. The twin starts when
it is needed first and ends when nobody has needed it for a while: it takes as much memory again.
"""

import logging
import multiprocessing
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import Lock

from ..pdf import is_busy
from ..pdf import pdf as pdf_here

log = logging.getLogger(__name__)
IDLE, LONGEST = 300.0, 60.0  # seconds without work; for one PDF, its start counted


def pdf(*pages: str, prints: bool = False) -> bytes:
    """The PDF of printable pages as `papers.pdf` makes it, by the twin if this process is busy.

    Raises NoPango.
    """
    made = twin.pdf(pages, prints=prints) if is_busy() else None
    return made or pdf_here(*pages, prints=prints)


class Twin:
    """The second process, whether it runs or not; it does one thing at a time."""

    def __init__(self) -> None:
        self._alone = Lock()
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None

    def pdf(self, pages: tuple[str, ...], *, prints: bool) -> bytes | None:
        """A PDF, or None where the twin is busy, too, or fails: then it is made here."""
        if not self._alone.acquire(blocking=False):
            return None
        try:
            return self._asked(pages, prints)
        except (OSError, EOFError) as error:
            log.warning("the second process for PDFs ended: %s", type(error).__name__)
            self.end()
            return None
        finally:
            self._alone.release()

    def _asked(self, pages: tuple[str, ...], prints: bool) -> bytes | None:
        pipe = self._running()
        pipe.send((pages, prints))
        if not pipe.poll(LONGEST):
            raise TimeoutError
        made: bytes | None = pipe.recv()
        return made

    def _running(self) -> Connection:
        if self._process is None or self._pipe is None or not self._process.is_alive():
            self.end()
            spawn = multiprocessing.get_context("spawn")
            self._pipe, theirs = spawn.Pipe()
            self._process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
        return self._pipe

    def end(self) -> None:
        """Let it end, whatever it does."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._pipe = None


def _serve(pipe: Connection) -> None:
    """What the twin does, until nobody asks any more or the caller is gone."""
    with suppress(EOFError, OSError):
        while pipe.poll(IDLE):
            pages, prints = pipe.recv()
            try:
                made = pdf_here(*pages, prints=prints)
            except Exception:
                log.exception("no PDF here: the caller makes it")
                made = None
            pipe.send(made)


twin = Twin()
