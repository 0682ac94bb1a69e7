"""The catalogue of what must be proven: every id has a test of its name, or is said to lack one."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from pathlib import Path

TESTS = Path(__file__).parent
ENTRY = re.compile(r"(-?)([A-Z]-[0-9]{2}b?) ([QNR]) (.+)")
NAMED = re.compile(r"test_([a-z])([0-9]{2}b?)_")
# How many ids may lack a test: this number only shrinks.
MOST_LACKING = 0


def entries(text: str) -> list[tuple[str, bool]]:
    """(id, whether it lacks a test) of each line."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = [ENTRY.fullmatch(line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found, strict=True) if not match]
    return [(match[2], bool(match[1])) for match in found if match]


def ids_with_tests(folder: Path) -> dict[str, list[str]]:
    """Id → the tests below a folder that carry it in their names, as pytest takes them."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and (match := NAMED.match(node.name)):
                found[f"{match[1].upper()}-{match[2]}"].append(f"{path}::{node.name}")
    return found


def wrong(text: str, tests: set[str]) -> list[str]:
    """What is doubled, missing, unknown, or there although it is said to lack."""
    listed = entries(text)
    counts = Counter(id_ for id_, _ in listed)
    found = [f"{id_} is listed {n} times" for id_, n in counts.items() if n > 1]
    found += [f"{id_} has no test" for id_, lacks in listed if not lacks and id_ not in tests]
    found += [
        f"{id_} has a test: take its - away" for id_, lacks in listed if lacks and id_ in tests
    ]
    return found + [f"{id_} is in no catalogue" for id_ in sorted(tests - counts.keys())]


def test_every_id_of_the_catalogue_has_a_test_of_its_name() -> None:
    text = (TESTS / "catalogue.txt").read_text()
    assert wrong(text, set(ids_with_tests(TESTS))) == []
    assert sum(lacks for _, lacks in entries(text)) <= MOST_LACKING


def test_the_control_what_is_doubled_missing_or_unknown_is_found() -> None:
    text = "C-01 N one\nC-01 N one again\n-C-02 Q two\nC-03 R three\n"
    assert wrong(text, {"C-01", "C-02", "C-04b"}) == [
        "C-01 is listed 2 times",
        "C-03 has no test",
        "C-02 has a test: take its - away",
        "C-04b is in no catalogue",
    ]
