"""The search's source as trees, its tables read row by row in one array; what is compiled of it."""

from __future__ import annotations

import ast
import hashlib
import os
from pathlib import Path
from types import ModuleType

from routing.instance import lists
from routing.search import arrays, construct, improve, insertion, moves, recreate, ruin
from routing.search.arrays import TABLES

MODULES = (moves, insertion, construct, recreate, ruin, improve)  # each calls those before it
HERE = Path(__file__).parent


def tree_of(module: ModuleType) -> ast.Module:
    """Return the module's tree, in which columns of tables are elements of one array."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    _Tables().visit(tree)
    return ast.fix_missing_locations(tree)


def sources() -> list[Path]:
    """Return the files that decide what is compiled."""
    modules = (lists, arrays, *MODULES)
    return [*sorted(HERE.glob("*.py")), *(Path(str(module.__file__)) for module in modules)]


def fingerprint(*more: object) -> str:
    """Return what stands for the source and for what else is named."""
    known = hashlib.sha256(b"".join(source.read_bytes() for source in sources()))
    known.update(repr(more).encode())
    return known.hexdigest()[:16]


def cache_home() -> Path:
    """Return the folder for what was compiled: next to the source, or the user's cache folder."""
    folder = HERE.parent / "__pycache__"
    if os.access(folder if folder.exists() else folder.parent, os.W_OK):
        return folder
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "la-locomotive"


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
