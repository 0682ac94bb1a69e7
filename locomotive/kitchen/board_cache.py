"""BoardCache: a board drawn once for all screens that show the same, instead of once for each.

A board is sent in fragments, a departure each: a screen names those that it holds, and gets the
others only.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2s
from threading import Lock
from typing import Generic, TypeVar

from markupsafe import Markup

# Seconds for which a cached board may be sent for a newer one. While orders pour in, thirty
# screens would otherwise each draw a version of their own.
MAX_AGE = 0.5
KEPT = 16  # a board is a megabyte at most
PIECES = 2048  # pieces of boards, a kilobyte or a few
# What stands between two fragments in a board's HTML.
CUT = "<!--cut-->"
Read = TypeVar("Read")


@dataclass(frozen=True)
class Fragment:
    """A piece of a board, not always whole elements; `tag` tells it from every other."""

    tag: str
    html: str


def fragments_of(html: str) -> tuple[Fragment, ...]:
    """The fragments of a board in their order; joined they are the board again."""
    pieces = html.split(CUT)
    return tuple(Fragment(blake2s(one.encode(), digest_size=6).hexdigest(), one) for one in pieces)


@dataclass(frozen=True)
class CachedBoard:
    """A board's HTML; `version` is the service's, `at` seconds of a steady clock."""

    etag: str
    version: int
    html: str
    at: float

    @cached_property
    def fragments(self) -> tuple[Fragment, ...]:
        return fragments_of(self.html)


@dataclass
class _Place:
    """Where one board is kept; who holds the lock draws it, and others wait for that drawing."""

    lock: Lock = field(default_factory=Lock)
    board: CachedBoard | None = None


class BoardCache:
    """The boards that one process drew last, at most KEPT of them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._places: OrderedDict[Hashable, _Place] = OrderedDict()

    def board(
        self,
        key: Hashable,
        *,
        etag: str,
        version: int,
        shown: int | None,
        draw: Callable[[], str],
        now: Callable[[], float],
    ) -> CachedBoard:
        """The board of `key`: as it is in `version`, or an older one drawn within MAX_AGE seconds.

        `shown` is the version that the screen shows: it never gets an older one. A screen that
        shows none (None: a fresh page, or one that has just pressed) gets its own presses.
        """
        place = self._place(key)
        with place.lock:
            found = place.board
            if found is not None:
                is_young = now() - found.at < MAX_AGE
                if found.etag == etag or found.version > version:
                    if is_young or shown is not None:
                        return found
                elif is_young and shown is not None and shown <= found.version:
                    return found
            at = now()
            place.board = CachedBoard(etag, version, draw(), at)
            return place.board

    def _place(self, key: Hashable) -> _Place:
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            if len(self._places) > KEPT:
                self._places.popitem(last=False)
            return place


class ReadingCache(Generic[Read]):
    """What the boards of one version are all drawn from, read once for each lunch.

    Thirty screens show four boards: without it each of them reads the same orders.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: OrderedDict[int, tuple[int, Read]] = OrderedDict()

    def reading(
        self, service_id: int, version: int, read: Callable[[], Read], *, anew: bool = False
    ) -> Read:
        """What was read of a lunch in this version; `anew`: read now, whatever is kept."""
        with self._lock:
            kept = self._found.get(service_id)
            if kept is not None and kept[0] == version and not anew:
                return kept[1]
            found = read()
            self._found[service_id] = (version, found)
            self._found.move_to_end(service_id)
            if len(self._found) > KEPT:
                self._found.popitem(last=False)
            return found


class PieceCache:
    """Pieces of boards that were drawn already, by all the facts that they show.

    One press changes a few of the cook's pieces; the others need not be drawn for it. Facts name
    everything that is shown: what was erased is then never found again.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._pieces: OrderedDict[Hashable, Markup] = OrderedDict()

    def piece(self, facts: Hashable, draw: Callable[[], Markup]) -> Markup:
        """The piece that shows these facts, drawn if it is not kept."""
        with self._lock:
            if (found := self._pieces.get(facts)) is not None:
                self._pieces.move_to_end(facts)
                return found
        drawn = draw()
        with self._lock:
            self._pieces[facts] = drawn
            if len(self._pieces) > PIECES:
                self._pieces.popitem(last=False)
        return drawn
