"""The search, compiled by Numba where it is installed; as it stands otherwise.

The compiled form is a second copy of the modules `kernel` and `ruin`, so that a process may use
both: lists go to the plain one, NumPy arrays to the compiled one. Numba keeps what it compiled in
a cache beside the source (or in the user's cache folder), so only the first start pays for it.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

from routing import kernel, ruin


def is_available() -> bool:
    """Return whether Numba is installed."""
    return importlib.util.find_spec("numba") is not None


@cache
def compiled_ruin() -> ModuleType:
    """Return `routing.ruin` compiled; the work is done at each function's first call."""
    import numba  # type: ignore[import-not-found,unused-ignore]

    compile_one = numba.njit(cache=True, nogil=True)
    copies: list[ModuleType] = []
    for module in (kernel, ruin):
        twin = _twin(module)
        for other in copies:
            twin.__dict__.update(_functions(other, module))
        for name, function in _own(twin).items():
            setattr(twin, name, compile_one(function))
        copies.append(twin)
    return copies[-1]


def to_arrays(parts: Any) -> Any:
    """Return Facts or a State whose lists are NumPy arrays of 64-bit integers."""
    import numpy

    return parts._make(
        numpy.array(part, dtype=numpy.int64) if isinstance(part, list) else part for part in parts
    )


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
