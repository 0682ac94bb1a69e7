"""The search, compiled by Numba where it is installed; as it stands otherwise.

The compiled form is a second copy of the modules in MODULES, so that a process may use both: lists
go to the plain one, NumPy arrays to the compiled one. Numba keeps what it compiled in a folder
beside the source (or in the user's cache folder) that is named by all of the source, for by itself
it does not see a change in a module that another one calls. `routing.search.loading` fills it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from routing.instance import lists
from routing.search import arrays, insertion, moves, ruin

MODULES = (moves, insertion, ruin)  # each calls those before it


def is_available() -> bool:
    """Return whether Numba is installed."""
    return importlib.util.find_spec("numba") is not None


def is_ready() -> bool:
    """Return whether the compiled search can be loaded at once (in about half a second)."""
    return is_available() and full_mark().exists()


def full_mark() -> Path:
    """Return the file that stands for a full cache."""
    return cache_folder() / "full"


def cache_folder() -> Path:
    """Return the folder of what was compiled of this source, by these versions, on this machine."""
    here = Path(__file__).parent
    modules = (sys.modules[__name__], lists, arrays, *MODULES)
    sources = [Path(str(module.__file__)) for module in modules]
    known = hashlib.sha256(b"".join(source.read_bytes() for source in sources))
    # Numba throws its cache away when a source is younger, be it equal.
    known.update(repr([source.stat().st_mtime_ns for source in sources]).encode())
    stands_on = (version("numba"), version("numpy"), sys.version, platform.processor())
    known.update(repr((*stands_on, platform.node(), str(here))).encode())
    folder = here / "__pycache__"
    if not os.access(folder if folder.exists() else here, os.W_OK):
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "la-locomotive"
    return folder / f"compiled-{known.hexdigest()[:16]}"


@cache
def compiled_ruin() -> ModuleType:
    """Return `routing.search.ruin` compiled; the work is done at each function's first call."""
    import numba  # type: ignore[import-not-found,unused-ignore]

    numba.config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined,unused-ignore]
    compile_one = numba.njit(cache=True, nogil=True)
    copies: list[ModuleType] = []
    for module in MODULES:
        twin = _twin(module)
        for other in copies:
            twin.__dict__.update(_functions(other, module))
        for name, function in _own(twin).items():
            setattr(twin, name, compile_one(function))
        copies.append(twin)
    return copies[-1]


def to_arrays(parts: Any) -> Any:
    """Return Facts or a State whose lists are NumPy arrays of 64-bit integers."""
    return parts._make(to_array(part) if isinstance(part, list) else part for part in parts)


def to_array(numbers: list[int]) -> Any:
    """Return a NumPy array of 64-bit integers."""
    import numpy

    return numpy.array(numbers, dtype=numpy.int64)


def _twin(module: ModuleType) -> ModuleType:
    name = f"{module.__name__}_compiled"
    spec = importlib.util.spec_from_file_location(name, module.__file__)
    assert spec is not None
    assert spec.loader is not None
    twin = importlib.util.module_from_spec(spec)
    sys.modules[name] = twin
    spec.loader.exec_module(twin)
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
