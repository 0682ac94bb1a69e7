"""Run what the catalogue asks to be proven, id by id, and print one line of a table for each.

Run by hand from the root (all ids, or those that are named; hours on a busy machine):

    .venv/bin/python -m tests.proofs [C-01 D-03 …]

Each id is a run of pytest of its own, both tiers, so that one which fails hides no other.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

from locomotive.core.clock import clock
from tests.test_catalogue import ENTRY, TESTS, ids_with_tests

OUTCOME = re.compile(r"(\d+) (passed|failed|errors?|skipped)")


def outcome(said: str) -> str:
    """What the last line of a run of pytest counts: "5 passed", "1 failed, 4 passed"."""
    last = said.strip().splitlines()[-1] if said.strip() else ""
    return ", ".join(" ".join(pair) for pair in OUTCOME.findall(last)) or "nothing ran"


def lines(asked: list[str]) -> Iterator[str]:
    """The lines of a Markdown table: id, tier, what was done, what came of it, when."""
    tests = ids_with_tests(TESTS)
    yield "| id | tier | what is done | result | date |"
    yield "|---|---|---|---|---|"
    for match in map(ENTRY.fullmatch, (TESTS / "catalogue.txt").read_text().splitlines()):
        if match and (not asked or match[2] in asked):
            run = [sys.executable, "-m", "pytest", "-q", "-m", "full or not full", *tests[match[2]]]
            said = subprocess.run(run, capture_output=True, text=True, check=False).stdout
            now = f"{clock.now():%Y-%m-%d}"
            yield "| " + " | ".join([*match.groups()[1:], outcome(said), now]) + " |"


if __name__ == "__main__":
    for line in lines(sys.argv[1:]):
        print(line, flush=True)
