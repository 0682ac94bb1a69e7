"""Count the house: how long its files and functions are, how full its folders, how tangled.

    .venv/bin/python -m tests.count_house [ROOT]

Prints each count beside its bound, what breaks a bound by name, and exits with 1 if anything does.
Only source is read, nothing is imported; migrations are left out.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

PACKAGES = ("locomotive", "routing")
ARGUMENTS, FULL_FOLDER = 6, 12
AIM, LONG_MODULE, LONG_FUNCTION = 150, 400, 25  # lines
IGNORE = re.compile(r"#\s*type:\s*ignore")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One module: its path from the root, its lines, its tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """The dotted name by which others import it."""
        return ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())


@dataclass(frozen=True)
class Count:
    """One figure, the most that it may be, and what by name makes it so large."""

    what: str
    value: float
    most: float
    causes: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return self.value <= self.most


def read_sources(root: Path) -> list[Source]:
    """All modules of both packages below a root, without the migrations."""
    paths = sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))
    return [
        Source(path.relative_to(root), text, ast.parse(text))
        for path in paths
        if "migrations" not in path.parts
        for text in [path.read_text()]
    ]


def functions(sources: list[Source]) -> list[tuple[str, Function]]:
    """Each function, also those inside others, with the place where it stands."""
    return [
        (f"{source.path}:{node.lineno} {node.name}", node)
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, Function)
    ]


def length(function: Function) -> int:
    """Lines from `def` to the end; decorators are not counted."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def arguments(function: Function) -> int:
    """How many parameters a caller can give; `self` and `cls` are not counted."""
    given = function.args
    names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    names += [a.arg for a in (given.vararg, given.kwarg) if a]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def files_per_folder(sources: list[Source]) -> Counter[str]:
    """Modules in each folder; `__init__.py` and `__main__.py` belong to every package."""
    return Counter(
        str(source.path.parent) for source in sources if not source.path.stem.startswith("__")
    )


def imports(sources: list[Source]) -> dict[str, set[str]]:
    """Which module of ours imports which, wherever in the file and for whatever reason."""
    known = {source.module for source in sources}
    return {source.module: set(_imported(source, known)) - {source.module} for source in sources}


def _imported(source: Source, known: set[str]) -> Iterator[str]:
    package = source.module.split(".")
    if source.path.name != "__init__.py":
        package.pop()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                if inner in known or base in known:
                    yield inner if inner in known else base


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Groups of modules that all reach each other (Tarjan's strongly connected components)."""
    found: list[list[str]] = []
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        path.append(module)
        for other in sorted(graph[module]):
            if other not in order:
                visit(other)
            if other in path:
                lowest[module] = min(lowest[module], lowest[other])
        if lowest[module] == order[module]:
            start = path.index(module)
            if len(path) - start > 1:
                found.append(sorted(path[start:]))
            del path[start:]

    for module in sorted(graph):
        if module not in order:
            visit(module)
    return sorted(found)


def ignores(sources: list[Source]) -> list[str]:
    """Each line that tells mypy to look away."""
    return [
        f"{source.path}:{number}"
        for source in sources
        for number, line in enumerate(source.text.splitlines(), 1)
        if IGNORE.search(line)
    ]


def count(root: Path) -> list[Count]:
    """Every figure of the house below a root, with its bound."""
    sources = read_sources(root)
    modules = {str(source.path): source.lines for source in sources if source.text.strip()}
    found = functions(sources)
    lengths = {name: length(node) for name, node in found}
    many = {name: arguments(node) for name, node in found if arguments(node) > ARGUMENTS}
    folders = files_per_folder(sources)
    rings = [" ↔ ".join(ring) for ring in circles(imports(sources))]
    unchecked = ignores(sources)
    return [
        Count("lines of a module, median", median(modules.values()), 120, _over(modules, AIM)),
        Count("lines of a module, most", max(modules.values()), 400, _over(modules, LONG_MODULE)),
        Count("lines of a function, median", median(lengths.values()), 8),
        Count(
            "lines of a function, p90",
            quantiles(lengths.values(), n=10, method="inclusive")[-1],
            25,
            _over(lengths, LONG_FUNCTION),
        ),
        Count(f"functions of more than {ARGUMENTS} arguments", len(many), 5, _over(many, 0)),
        Count("files in a folder, most", max(folders.values()), 12, _over(folders, FULL_FOLDER)),
        Count("circles of files", len(rings), 0, tuple(rings)),
        Count("`type: ignore`", len(unchecked), 15, tuple(unchecked)),
    ]


def _over(sizes: Mapping[str, int], most: int) -> tuple[str, ...]:
    """The names whose size is over `most`, the largest first, each with its size."""
    large = sorted((name for name in sizes if sizes[name] > most), key=lambda name: -sizes[name])
    return tuple(f"{sizes[name]:>4}  {name}" for name in large)


def main(root: Path) -> int:
    """Print the counts and what breaks its bound by name; return 1 if anything does."""
    counts = count(root)
    for one in counts:
        print(f"{'   ' if one.holds else 'NO '} {one.value:>6g}  of {one.most:>3g}  {one.what}")
    broken = [one for one in counts if not one.holds]
    for one in broken:
        print(f"\n{one.what}: {one.value:g}, and at most {one.most:g} is allowed")
        print(*(f"  {cause}" for cause in one.causes), sep="\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]))
