"""What the kitchen's tablets and the riders' phones run is understood by the oldest browsers that
are promised."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

STATIC = Path(__file__).parents[2] / "locomotive/static"
DEPLOY = Path(__file__).parents[2] / "deploy/README.md"
# The browsers that are promised, and since which version each has a word of the language, by the
# browsers' own release notes: Chrome (and Android's web view), Safari, Firefox.
OLDEST = (88, 15.0, 90)
SINCE: dict[str, tuple[float, float, float]] = {
    r"\.replaceChildren\(": (86, 14, 78),
    r"[^-]:is\(": (88, 14, 78),
    r"\.replaceAll\(": (85, 13.1, 77),
    r"\?\?=|\|\|=|&&=": (85, 14, 79),
    r"^await |^const \w+ = await ": (89, 15, 89),
    r"\.submitter\b": (81, 15.4, 75),
    r"\.at\(": (92, 15.4, 90),
    r"Object\.hasOwn\(": (93, 15.4, 92),
    r"crypto\.randomUUID": (92, 15.4, 95),
    r"\bstructuredClone\(": (98, 15.4, 94),
    r"\.findLast(?:Index)?\(": (97, 15.4, 104),
    r"AbortSignal\.timeout": (103, 16, 100),
    r"AbortSignal\.any": (116, 17.4, 124),
    r":has\(": (105, 15.4, 121),
    r"\.checkVisibility\(": (105, 17.4, 106),
    r"\.to(?:Sorted|Reversed|Spliced)\(": (110, 16, 115),
    r"\.showPopover\(": (114, 17, 125),
    r"(?:Object|Map)\.groupBy\(": (117, 17.4, 119),
    r"Promise\.withResolvers\(": (119, 17.4, 121),
    r"URL\.canParse\(": (120, 17, 115),
}
FIRST = ("board.js", "rider.js", "pad.js", "kept-page.js", "kept-pages-worker.js")
# It goes on without: seen in a browser in tests/browser/kitchen/test_kept_presses.py.
DONE_WITHOUT = {("rider.js", r"\.submitter\b")}


def loaded(name: str, seen: set[str]) -> set[str]:
    """A script and all that it imports."""
    if name not in seen:
        seen.add(name)
        for other in re.findall(r'(?:from|import) "\./([\w-]+\.js)"', (STATIC / name).read_text()):
            loaded(other, seen)
    return seen


def too_new(scripts: dict[str, str], oldest: tuple[float, float, float]) -> list[str]:
    """What a script uses that one of the oldest browsers does not know."""
    return [
        f"{name}: {word}"
        for name, text in scripts.items()
        for word, since in SINCE.items()
        if (name, word) not in DONE_WITHOUT
        and any(first > ours for first, ours in zip(since, oldest, strict=True))
        and re.search(word, re.sub(r"^\s*//.*", "", text, flags=re.M), re.M)
    ]


def scripts() -> dict[str, str]:
    names = {one for first in FIRST for one in loaded(first, set())}
    return {name: (STATIC / name).read_text() for name in sorted(names)}


def test_no_script_needs_a_newer_browser() -> None:
    assert {"queue.js", "keys.js", "press-guard.js"} <= set(scripts())
    assert too_new(scripts(), OLDEST) == []


def test_the_control_one_version_less_is_not_enough() -> None:
    assert "keys.js: [^-]:is\\(" in too_new(scripts(), (87, 15.0, 90))
    assert too_new({"a.js": "acts.at(-1)"}, OLDEST) == ["a.js: \\.at\\("]


def test_the_oldest_browsers_are_the_ones_that_are_named() -> None:
    chrome, safari, firefox = OLDEST
    for text in (DEPLOY.read_text(), (STATIC / "network.js").read_text()):
        for words in (f"web view {chrome:g}", f"Safari {safari:g}", f"Firefox {firefox:g}"):
            assert words in text, words


def test_a_sign_cut_out_of_a_drawing_is_no_block_in_an_older_chrome() -> None:
    """Before Chrome 120 a mask has its old name only: without it a sign is a full square."""
    for sheet in STATIC.glob("*.css"):
        lines = sheet.read_text().splitlines()
        for before, line in pairwise(lines):
            if line.strip().startswith("mask:"):
                assert before.strip() == f"-webkit-{line.strip()}", (sheet.name, line)
