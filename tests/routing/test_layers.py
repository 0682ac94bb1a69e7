"""The planner's layers: no circle of files, and wings that know only those below them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import routing

HOME = Path(routing.__path__[0])
# From below: what a wing's files import of other wings stands on its left.
WINGS = ("streets", "instance", "exact", "search")
# What the wings use of the face: the words of problems and plans.
WORDS = {"plan", "problem", "progress", "reading", "uncertainty"}


def modules(home: Path) -> dict[str, Path]:
    """Module name → file, packages under their own name."""
    found = {}
    for path in sorted(home.rglob("*.py")):
        parts = [home.name, *path.relative_to(home).with_suffix("").parts]
        found[".".join(parts).removesuffix(".__init__")] = path
    return found


def imports(home: Path) -> dict[str, set[str]]:
    """Module → the modules of the planner that it imports, inside its functions too."""
    known = modules(home)
    return {name: set(_imports(path, known)) - {name} for name, path in known.items()}


def _imports(path: Path, known: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                below = f"{node.module}.{alias.name}"
                if below in known:
                    yield below
                elif node.module in known:
                    yield node.module


def circle(home: Path) -> list[str]:
    """A circle of files that import each other, or nothing."""
    try:
        TopologicalSorter(imports(home)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def upward(home: Path) -> list[str]:
    """Imports of a wing that does not stand below."""
    wrong = []
    for name, others in imports(home).items():
        wing = name.split(".")[1] if "." in name else ""
        if wing in WINGS:
            below = {*WINGS[: WINGS.index(wing) + 1], *WORDS}
            below -= {"streets"} if wing != "streets" else set()
            bad = [other for other in others if other.split(".")[1:2] not in [[b] for b in below]]
            wrong += [f"{name} imports {other}" for other in bad]
    return wrong


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circle(HOME) == []


def test_each_wing_knows_only_those_below_it() -> None:
    assert upward(HOME) == []


def test_no_folder_holds_more_than_twelve_files() -> None:
    for folder in (HOME, HOME / "reliable", *(HOME / wing for wing in WINGS)):
        files = [path for path in folder.glob("*.py") if not path.stem.startswith("__")]
        assert len(files) <= 12, folder


@pytest.fixture
def breached(tmp_path: Path) -> Path:
    """A planner in which a file imports another back, inside a function."""
    home = tmp_path / "routing"
    (home / "exact").mkdir(parents=True)
    (home / "search").mkdir()
    (home / "search" / "large.py").write_text("from routing.exact.days import Parts\n")
    (home / "exact" / "days.py").write_text(
        "def late():\n    from routing.search import large\n    return large\n"
    )
    return home


def test_a_circle_hidden_in_a_function_is_found(breached: Path) -> None:
    assert set(circle(breached)) == {"routing.search.large", "routing.exact.days"}


def test_a_wing_that_knows_one_above_it_is_found(breached: Path) -> None:
    assert upward(breached) == ["routing.exact.days imports routing.search.large"]
