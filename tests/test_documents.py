"""What the documents for the next people name is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from locomotive import ROOMS

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "README.md", "CONTRIBUTING.md", "MEASURED.md", "SECURITY.md", "ASVS.md", "CHANGELOG.md",
)  # fmt: skip
TEST = re.compile(r"`(test_\w+)`")
# A file is named from the root, from the product's folder, or by its name in the planner's face.
FROM = ("", "locomotive", "routing")
NAMED = re.compile(r"`([\w-][\w./-]*\.(?:py|po|html))`")
LINKED = re.compile(r"\]\(([^)#:]+)\)")
ROW = re.compile(r"^\| `([\w]+)` \|", re.M)


def missing(text: str, root: Path = ROOT) -> set[str]:
    """Files that a document names or links to and that do not exist."""
    named = {
        name
        for name in NAMED.findall(text)
        if not any((root / folder / name).exists() for folder in FROM)
    }
    return named | {link for link in LINKED.findall(text) if not (root / link).exists()}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_that_a_document_names_exists(name: str) -> None:
    assert missing((ROOT / name).read_text()) == set()


def test_every_test_that_the_security_table_names_exists() -> None:
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"def (test_\w+)", sources))
    named = set(TEST.findall((ROOT / "ASVS.md").read_text()))
    assert named - there == set()
    assert len(named) > 30


def test_a_file_that_does_not_exist_is_found() -> None:
    text = "`core/clock.py`, `solver.py`, `core/watch.py` and [here](NOWHERE.md), [mail](mailto:a)"
    assert missing(text) == {"core/watch.py", "NOWHERE.md"}


def test_the_table_of_rooms_is_the_list_of_rooms() -> None:
    rooms = ROW.findall((ROOT / "CONTRIBUTING.md").read_text())
    assert rooms == ["core", "web", *ROOMS, "worker", "commands"]


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 110
