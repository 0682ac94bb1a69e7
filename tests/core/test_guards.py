"""C-16: what rivals write is written by guarded updates only, each column in one file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_house import HOUSE, sources

# Counters: their keepers change them by a delta, and name the column in the WHERE unless they
# give back.
COUNTERS = {
    "remaining": ("menu/menu.py",),
    "stock": ("farm/lot.py",),
    "used": ("service/slot.py",),
    "used_portions": ("service/slot.py",),
}
# States: their keepers name the state that was seen in the WHERE.
STATES = {
    "status": ("ordering/step.py",),
    "answered_at": ("promise/proposal.py",),
    "released_at": ("rounds/release.py",),
}
# Versions: each change makes them grow, or names the one that was seen.
VERSIONS = {
    "version": ("ordering/order.py", "ordering/request.py", "promise/tentative_plan.py"),
    "last_number": ("ordering/request.py",),
}
GUARDED = COUNTERS | STATES | VERSIONS
# Where `.values()` takes a dictionary that was made elsewhere: looked at by people.
UNSEEN = {"core/base.py", "promise/tentative_plan.py", "privacy/erasure.py"}
RAW = re.compile(r"\bupdate\b.*\bset\b.*\b(" + "|".join(GUARDED) + r")\s*=", re.I | re.S)


def names_of(target: ast.AST) -> Iterator[str]:
    """The attributes that an assignment's target writes, through tuples, too."""
    for node in ast.walk(target):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


def keys_of(node: ast.Dict) -> Iterator[str]:
    """The columns that a dictionary names by text or by table."""
    for key in node.keys:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value
        elif isinstance(key, ast.Attribute):
            yield key.attr


def mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr == name for n in ast.walk(node))


def guards_of(values: ast.Call) -> list[ast.expr]:
    """What the WHEREs before `.values()` say; those after it stand around it."""
    found: list[ast.expr] = []
    link: ast.AST = values.func
    while isinstance(link, ast.Attribute | ast.Call):
        if isinstance(link, ast.Call) and getattr(link.func, "attr", "") == "where":
            found += link.args
        link = link.func if isinstance(link, ast.Call) else link.value
    return found


def is_guarded(values: ast.Call, name: str, new: ast.expr, function: str) -> bool:
    """Whether an update in the keeper's file names what it saw."""
    gives_back = function.startswith("give_back")
    has_guard = any(mentions(guard, name) for guard in guards_of(values))
    is_delta = mentions(new, name)
    if name in COUNTERS:
        return is_delta and (has_guard or gives_back)
    return has_guard or (name in VERSIONS and is_delta)


def own_attributes(tree: ast.Module) -> set[ast.Attribute]:
    """`self.something` in the classes that are no tables."""
    classes = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    no_tables = [c for c in classes if "Base" not in [ast.unparse(base) for base in c.bases]]
    nodes = [n for c in no_tables for n in ast.walk(c) if isinstance(n, ast.Attribute)]
    return {n for n in nodes if isinstance(n.value, ast.Name) and n.value.id == "self"}


def written(tree: ast.Module, where: str) -> Iterator[tuple[int, str]]:
    """(line, column) of each write that no guard stands for."""
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    own = own_attributes(tree)
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store | ast.Del)
            and node not in own
        ):
            yield line, node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from ((line, found[1].lower()) for found in RAW.finditer(node.value))
        elif isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called == "setattr" and isinstance(node.args[1], ast.Constant):
                yield line, str(node.args[1].value)
            if called in ("execute", "bulk_update_mappings"):
                rows = [n for part in node.args[1:] for n in ast.walk(part)]
                for row in (n for n in rows if isinstance(n, ast.Dict)):
                    yield from ((line, key) for key in keys_of(row))
            if called == "values":
                inside = [f.name for f in functions if f.lineno <= line <= (f.end_lineno or 0)]
                new = [(k.arg or "", k.value) for k in node.keywords]
                for argument in node.args:
                    if isinstance(argument, ast.Name) and where not in UNSEEN:
                        yield line, "unseen"
                    if isinstance(argument, ast.Dict):
                        keys = list(keys_of(argument))
                        new += zip(keys, argument.values, strict=False)
                for name, value in new:
                    is_home = where in GUARDED.get(name, ())
                    if not is_home or not is_guarded(node, name, value, (inside or [""])[-1]):
                        yield line, name


def unguarded_writes(folder: Path) -> list[str]:
    """One sentence for each write to a guarded column that a rival could undo."""
    wrong = []
    for path in sources(folder):
        where = path.relative_to(folder).as_posix()
        found = written(ast.parse(path.read_text()), where)
        wrong += [
            f"{where}:{line} writes {name}" for line, name in found if name in (*GUARDED, "unseen")
        ]
    return wrong


def test_c16_every_guarded_column_is_written_by_guarded_updates_only() -> None:
    assert unguarded_writes(HOUSE) == []


def test_c16_each_guarded_column_is_written_in_its_keepers_file() -> None:
    for name, keepers in GUARDED.items():
        for keeper in keepers:
            text = (HOUSE / keeper).read_text()
            assert re.search(rf"\.values\((?:.*, )?{name}=", text), f"{keeper} writes no {name}"


ASSIGNED = (
    "row.{name} = 3",
    "row.{name} += 1",
    "row.{name}: int = 3",
    "row.{name}, other = 3, 4",
    "[first, row.{name}] = both",
    "for row.{name} in range(3):\n    pass",
    "del row.{name}",
    "setattr(row, '{name}', 3)",
)
STATED = (
    "update(Table).values({name}=3)",
    "update(Table).where(Table.id == 1).values({name}=3)",
    "update(Table).values({{'{name}': 3}})",
    "update(Table).values({{Table.{name}: 3}})",
    "session.execute(text('UPDATE place SET {name} = 3'))",
    "session.execute(update(Table), [{{'id': 1, '{name}': 3}}])",
    "session.bulk_update_mappings(Table, [{{'id': 1, '{name}': 3}}])",
)


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("breach", [*ASSIGNED, *STATED])
def test_c16_the_control_finds_a_write_in_the_keepers_own_file(
    name: str, breach: str, tmp_path: Path
) -> None:
    path = tmp_path / GUARDED[name][0]
    path.parent.mkdir()
    path.write_text(breach.format(name=name))
    assert any(f"writes {name}" in sentence for sentence in unguarded_writes(tmp_path))


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize(
    "breach",
    [
        *ASSIGNED,
        *STATED,
        "update(Table).where(Table.{name} > 0).values({name}=Table.{name} - 1)",
    ],
)
def test_c16_the_control_finds_a_write_in_another_file(
    name: str, breach: str, tmp_path: Path
) -> None:
    (tmp_path / "kitchen").mkdir()
    (tmp_path / "kitchen" / "production.py").write_text(breach.format(name=name))
    assert any(f"writes {name}" in sentence for sentence in unguarded_writes(tmp_path))


def test_c16_the_control_finds_a_table_that_writes_its_own_counter(tmp_path: Path) -> None:
    (tmp_path / "menu").mkdir()
    text = "class Portion(Base):\n    def take(self):\n        self.remaining -= 1\n"
    (tmp_path / "menu" / "menu.py").write_text(text)
    assert unguarded_writes(tmp_path) != []


def test_c16_the_control_finds_values_that_come_from_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "cli.py").write_text("update(Table).values(everything)")
    assert unguarded_writes(tmp_path) == ["cli.py:1 writes unseen"]


@pytest.mark.parametrize("name", COUNTERS)
def test_c16_the_control_finds_a_delta_that_may_go_below_zero(name: str, tmp_path: Path) -> None:
    path = tmp_path / COUNTERS[name][0]
    path.parent.mkdir()
    unguarded = f"    update(Table).where(Table.id == 1).values({name}=Table.{name} - 1)\n"
    path.write_text(f"def take():\n{unguarded}")
    assert unguarded_writes(tmp_path) != []
    path.write_text(f"def give_back():\n{unguarded}")
    assert unguarded_writes(tmp_path) == []
