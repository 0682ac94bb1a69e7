"""The search, compiled by Numba where it is installed; plain Python otherwise.

The compiled form is a second copy of the modules in MODULES, so that a process may use both: lists
go to the plain one, NumPy arrays to the compiled one. Numba keeps what it compiled in a folder
next to the source (or in the user's cache folder) that is named by all of the source: by itself
it does not see a change in a module that another one calls. `routing.search.loading` fills it.
"""

from __future__ import annotations

import ast
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
from routing.search import arrays, improve, insertion, moves, recreate, ruin
from routing.search.arrays import TABLES, State

MODULES = (moves, insertion, recreate, ruin, improve)  # each calls those before it


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
def compiled_improve() -> ModuleType:
    """Return `routing.search.improve` compiled; the work is done at each function's first call."""
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
    return copies[-1]


def to_arrays(parts: Any) -> Any:
    """Return columns as NumPy arrays of 64-bit integers, a table of them row by row in one."""
    import numpy

    if isinstance(parts, State):
        return _state_to_arrays(parts)
    if isinstance(parts, tuple(TABLES.values())):
        return numpy.array(parts, dtype=numpy.int64).T.reshape(-1)
    if isinstance(parts, list):
        return numpy.array(parts, dtype=numpy.int64)
    return type(parts)(*map(to_arrays, parts)) if isinstance(parts, tuple) else parts


def _state_to_arrays(state: State) -> State:
    """Return the state as parts of one array, so that it is copied at once."""
    import numpy

    arrays = [to_arrays(part) for part in state._replace(block=None)[:-1]]
    block = numpy.concatenate(arrays).reshape(1, -1)
    parts: list[Any] = numpy.split(block[0], numpy.cumsum([part.size for part in arrays])[:-1])
    return State._make([*parts, block])


def to_columns(parts: Any, name: str) -> Any:
    """Return the columns of a table of Facts or a State, of whichever kind it is."""
    table, kind = getattr(parts, name), TABLES[name]
    return table if isinstance(table, kind) else kind(*table.reshape(-1, len(kind._fields)).T)


class _Tables(ast.NodeTransformer):
    """Lets the source read a table row by row in one array: ``days.trips[v]`` as ``days[v*3+1]``.

    Numba passes tuples by value: with an array for each column, calls made the search four times
    as slow.
    """

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        """Turn an element of a column into an element of the array."""
        if (found := _column(node.value)) is None:
            return self.generic_visit(node)
        table, column, width = found
        row = ast.BinOp(self.visit(node.slice), ast.Mult(), ast.Constant(width))
        return ast.Subscript(table, ast.BinOp(row, ast.Add(), ast.Constant(column)), node.ctx)


def _column(node: ast.expr) -> tuple[ast.expr, int, int] | None:
    """Return the table whose column the expression is, the column's number, and their number."""
    if not isinstance(node, ast.Attribute):
        return None
    table = node.value
    name = table.attr if isinstance(table, ast.Attribute) else getattr(table, "id", "")
    fields = TABLES[name]._fields if name in TABLES else ()
    return (table, fields.index(node.attr), len(fields)) if node.attr in fields else None


def _twin(module: ModuleType) -> ModuleType:
    """Return a second copy of the module, its tables read as arrays."""
    path = str(module.__file__)
    twin = ModuleType(f"{module.__name__}_compiled")
    twin.__file__ = path
    sys.modules[twin.__name__] = twin
    tree = _Tables().visit(ast.parse(Path(path).read_text(encoding="utf-8")))
    exec(compile(ast.fix_missing_locations(tree), path, "exec"), twin.__dict__)
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
