"""The search compiled by Numba, where there is no C compiler.

The compiled form is a second copy of the modules, so that a process may use both: lists go to the
plain one, NumPy arrays to the compiled one. Numba keeps what it compiled in a folder that is named
by all of the source: by itself it does not see a change in a module that another one calls.
"""

from __future__ import annotations

import importlib.util
import platform
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from routing.search import moves
from routing.search.arrays import State
from routing.search.compiled.source import MODULES, cache_home, fingerprint, sources, tree_of


def is_installed() -> bool:
    """Return whether Numba is installed."""
    return importlib.util.find_spec("numba") is not None


def is_cached() -> bool:
    """Return whether Numba has compiled this source on this machine."""
    return is_installed() and full_mark().exists()


def full_mark() -> Path:
    """Return the file that stands for a full cache."""
    return cache_folder() / "full"


@cache
def cache_folder() -> Path:
    """Return the folder of what was compiled of this source, by these versions, on this machine."""
    # Numba throws its cache away when a source is younger, be it equal.
    times = [source.stat().st_mtime_ns for source in sources()]
    stands_on = (version("numba"), version("numpy"), sys.version, platform.processor())
    named = fingerprint(times, *stands_on, platform.node(), str(Path(__file__).parent))
    return cache_home() / f"compiled-{named}"


class ByNumba:
    """The functions that a search calls; each is compiled or loaded at its first call."""

    def __init__(self) -> None:
        for name, function in _twins().items():
            setattr(self, name, function)


def _twins() -> dict[str, Any]:
    """Return the functions of all modules compiled."""
    import numba  # type: ignore[import-not-found,unused-ignore]

    numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined,unused-ignore]
    copies: list[ModuleType] = []
    for module in MODULES:
        twin = _twin(module)
        for other in copies:
            twin.__dict__.update(_functions(other, module))
        # To hand the tables on costs more than most functions do with them: they are put into
        # their callers, but for the moves, which have many.
        compile_one = numba.njit(cache=True, nogil=True, forceinline=module is not moves)
        for name, function in _own(twin).items():
            setattr(twin, name, compile_one(function))
        copies.append(twin)
    return {name: value for twin in copies for name, value in vars(twin).items()}


def as_arrays(parts: Any) -> Any:
    """Return columns that are memoryviews as NumPy's arrays of the same memory."""
    import numpy

    if isinstance(parts, memoryview):
        return numpy.asarray(parts)
    if not isinstance(parts, tuple):
        return parts
    whole = type(parts)(*map(as_arrays, parts))
    return whole._replace(block=whole.block.reshape(1, -1)) if isinstance(whole, State) else whole


def _twin(module: ModuleType) -> ModuleType:
    """Return a second copy of the module, its tables read as arrays."""
    path = str(module.__file__)
    twin = ModuleType(f"{module.__name__}_compiled")
    twin.__file__ = path
    sys.modules[twin.__name__] = twin
    exec(compile(tree_of(module), path, "exec"), twin.__dict__)
    return twin


def _own(module: ModuleType) -> dict[str, FunctionType]:
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__
    }


def _functions(compiled: ModuleType, used_by: ModuleType) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(compiled).items()
        if name in vars(used_by) and callable(value) and not isinstance(value, type)
    }
