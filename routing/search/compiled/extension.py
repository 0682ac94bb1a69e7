"""The search as a shared library: built once where a C compiler is, loaded in milliseconds.

Calls go through `ctypes`, which gives the global lock back meanwhile.
"""

from __future__ import annotations

import ctypes
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from routing.search.compiled.source import cache_home, fingerprint
from routing.search.compiled.structs import COLUMN, FIELDS, INTEGER, REAL

COMPILERS = ("cc", "gcc", "clang")
# Sums of 64 bits wrap and fractions are never fused: the same plan as the plain search's.
OPTIONS = ("-O3", "-fwrapv", "-ffp-contract=off", "-shared", "-fPIC")
KINDS: dict[str, Any] = {INTEGER: ctypes.c_int64, REAL: ctypes.c_double, COLUMN: ctypes.c_void_p}


def compiler() -> str | None:
    """Return the C compiler of this machine, or None."""
    return next(filter(None, map(shutil.which, COMPILERS)), None)


def is_built() -> bool:
    """Return whether the library of this source is there."""
    return library().exists()


@cache
def library() -> Path:
    """Return the library's file, named by all that it is made of."""
    stands_on = (OPTIONS, platform.system(), platform.machine())
    return cache_home() / f"search-{fingerprint(*stands_on)}.so"


def build() -> bool:
    """Build the library unless it is there; return whether it is, False without a compiler."""
    command = compiler()
    if is_built() or command is None:
        return is_built()
    from routing.search.compiled.translation import c_source

    home = cache_home()
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as folder:
        source, made = Path(folder) / "search.c", Path(folder) / "search.so"
        source.write_text(c_source(), encoding="utf-8")
        done = subprocess.run(
            [command, *OPTIONS, "-o", made, source, "-lm"], capture_output=True, text=True
        )
        if done.returncode:
            return False
        for old in home.glob("search-*.so"):
            old.unlink(missing_ok=True)
        made.replace(library())
    return True


class Extension:
    """The functions that Python calls, on columns that are memoryviews of 64-bit integers."""

    def __init__(self) -> None:
        loaded = ctypes.CDLL(str(library()))
        self._draw, self._copy = loaded.search_draw, loaded.search_copy
        self._recreate, self._improve = loaded.search_recreate, loaded.search_improve
        self._draw.restype = self._recreate.restype = ctypes.c_int64
        self._construct = loaded.search_construct
        self._copy.restype = self._construct.restype = None
        self._improve.restype = ctypes.c_double

    def draw(self, dice: memoryview, below: int) -> int:
        """Do as `routing.search.moves.draw` does."""
        return int(self._draw(ctypes.c_void_p(_address(dice)), ctypes.c_int64(below)))

    def copy(self, source: Any, target: Any) -> None:
        """Do as `routing.search.improve.copy` does."""
        self._copy(*map(_reference, (source, target)))

    def construct(self, *tables: Any) -> None:
        """Do as `routing.search.construct.construct` does."""
        self._construct(*map(_reference, tables))

    def recreate(self, *arguments: Any) -> bool:
        """Do as `routing.search.recreate.recreate` does."""
        *tables, tight, most = arguments
        numbers = (ctypes.c_int64(tight), ctypes.c_int64(most))
        return bool(self._recreate(*map(_reference, tables), *numbers))

    def improve(self, *arguments: Any) -> float:
        """Do as `routing.search.improve.improve` does."""
        *tables, iterations = arguments
        return float(self._improve(*map(_reference, tables), ctypes.c_int64(iterations)))


def _reference(parts: Any) -> Any:
    return ctypes.byref(_struct(parts))


def _struct(parts: Any) -> Any:
    """Return the columns' addresses and the numbers as a struct; the columns stay the caller's."""
    values = [_field(parts, name, kind) for name, kind in FIELDS[type(parts)]]
    return TYPES[type(parts)](*values)


def _field(parts: Any, name: str, kind: Any) -> Any:
    if name == "cells":
        return len(parts.block)
    value = getattr(parts, name)
    if kind == COLUMN:
        return _address(value)
    return value if kind in KINDS else _struct(value)


def _types() -> dict[Any, Any]:
    """Return the struct of each tuple of columns; one that is in another stands before it."""
    found: dict[Any, Any] = {}
    for struct, fields in FIELDS.items():
        listed = [(name, KINDS[kind] if kind in KINDS else found[kind]) for name, kind in fields]
        found[struct] = type(struct.__name__, (ctypes.Structure,), {"_fields_": listed})
    return found


TYPES = _types()


def _address(column: memoryview) -> int | None:
    return ctypes.addressof(ctypes.c_char.from_buffer(column)) if column.nbytes else None
