"""The search's code for this process: an extension where one is built, else Numba's, else plain."""

from __future__ import annotations

from array import array
from functools import cache
from itertools import accumulate
from typing import Any, cast

from routing.search.arrays import TABLES, State
from routing.search.compiled import by_numba, extension
from routing.search.construct import construct
from routing.search.improve import copy, improve
from routing.search.moves import draw
from routing.search.recreate import recreate


def is_available() -> bool:
    """Return whether the search can be compiled here."""
    return extension.compiler() is not None or by_numba.is_installed()


def is_ready() -> bool:
    """Return whether the compiled search is there and has only to be loaded."""
    return extension.is_built() or by_numba.is_cached()


def code_of(*, compiled: bool) -> Any:
    """Return the functions that a search calls, plain or compiled."""
    return _compiled() if compiled else Plain


class Plain:
    """The functions that a search calls, on lists."""

    draw = staticmethod(draw)
    copy = staticmethod(copy)
    construct = staticmethod(construct)
    recreate = staticmethod(recreate)
    improve = staticmethod(improve)


@cache
def _compiled() -> Any:
    return extension.Extension() if extension.is_built() else by_numba.ByNumba()


def to_numbers(parts: Any) -> Any:
    """Return columns in the compiled form: 64-bit integers, a table of them row by row in one."""
    numbers = _to_memory(parts)
    # What runs in this process, not what was built meanwhile.
    return by_numba.as_arrays(numbers) if isinstance(_compiled(), by_numba.ByNumba) else numbers


def _to_memory(parts: Any) -> Any:
    if isinstance(parts, State):
        return _state_to_memory(parts)
    if isinstance(parts, tuple(TABLES.values())):
        rows = zip(*cast("tuple[list[int], ...]", parts), strict=True)
        return memoryview(array("q", [number for row in rows for number in row]))
    if isinstance(parts, list):
        return memoryview(array("q", parts))
    return type(parts)(*map(_to_memory, parts)) if isinstance(parts, tuple) else parts


def _state_to_memory(state: State) -> State:
    """Return the state as parts of one block, so that it is copied at once."""
    columns = [_to_memory(part) for part in state._replace(block=None)[:-1]]
    block = memoryview(array("q", [number for column in columns for number in column]))
    ends = list(accumulate(len(column) for column in columns))
    parts = [block[end - len(one) : end] for one, end in zip(columns, ends, strict=True)]
    return State._make([*parts, block])
