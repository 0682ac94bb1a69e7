"""Each drawing of the kitchen has one meaning: whoever does not read can trust it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from locomotive.practice.exercise import EXERCISES
from tests.service_day import Day

TEMPLATES = Path(__file__).parents[2] / "locomotive/templates"
DRAWINGS = TEMPLATES.parent / "static/drawings"
ROOMS = ("kitchen", "practice", "hygiene", "use_by")
# Drawing → its one meaning, and the words that say it; "" is a drawing without words beside it.
MEANINGS: dict[str, tuple[str, set[str]]] = {
    "act-other": ("another corrective act", {"something else", ""}),
    "all": ("all stations", {"All"}),
    "arrow": ("the next one", {"Next exercise"}),
    "batches": ("what was cooked", {"Batches"}),
    "calendar": ("another day than today", {""}),
    "cancel": ("what was cancelled", {"Say that you saw what was cancelled."}),
    "clock": ("the time until departure", {"until departure", "Close one bag that leaves next."}),
    "cold": ("the cold station", {"Cold"}),
    "cook": ("to cook", {"Cook", "Cook 3 of the 5 stews."}),
    "counter": ("the counter", {"Counter"}),
    "done": ("done, in order", {"", "Well done!", "all done", "cooked", "done", "up to date"}),
    "forbidden": (
        "must not contain",
        {"", "Must not contain:", "Close the bag with the red frame, then verify it."},
    ),
    "hand": ("practice: touch here", {"", "Practice"}),
    "hand-off": ("practice without guidance", {""}),
    "hand-over": ("to hand over", {"Handover", "Samira is here: find her bag, give it."}),
    "hot": ("the hot station", {"Hot"}),
    "hygiene": ("the controls of the office", {"Controls"}),
    "label": ("use-by labels", {"Labels", "New label"}),
    "locomotive": ("the kitchen's first screen", {"Kitchen", "To the kitchen"}),
    "menu": ("all pages", {"Menu"}),
    "no-network": ("no network", {"No network: close a bag, then wait."}),
    "pack": ("to pack", {"Pack", "A quarter of an hour: pack two departures."}),
    "person": ("the manager decides", {"The manager decides"}),
    "phone": ("call the restaurant", {"A question? Call us:"}),
    "portions": ("how many portions are on sale", {"Portions"}),
    "printer": (
        "to print",
        {"", "Papers", "Label", "Make the label", "My gestures in the kitchen",
         "Bag 3 got wet: print its label again."},
    ),
    "search": ("to find", {"", "Find"}),
    "sound": ("heard", {""}),
    "sound-off": ("not heard", {"", "No voice on this screen"}),
    "takeaway": ("fetched at the restaurant", {"Take-away"}),
    "thermometer": ("food safety", {"Food safety", "Temperatures", "Readings"}),
    "tricycle": ("delivered", {"Delivery"}),
    "undo": ("back, as it was", {"", "Reopen", "Close a bag, then open it again."}),
    "waiting": ("it waits", {"waiting", "not ready yet"}),
    "warning": (
        "look here first",
        {"", "Blocked: recalled lot", "Cancelled", "Changed", "No news", "late or out of range",
         "It contains what it must not: the manager decides", "no news", "not done",
         "past its date", "Say that you saw what changed."},
    ),
}  # fmt: skip
COOK = "/kitchen/cook"
STEPS = (("started", "ready"), ("ready", "handed over"))
END = "</(?:button|a|p|summary|li|h1|h2|div|th|td|header|label|span)>"
USE = re.compile(
    rf'drawing\(\s*"([a-z-]+)"(?:, label=_\("([^"]+)"\))?[,)](.*?)(?=drawing\(|{END})', re.S
)
# What shows that there is nothing shows the thing itself: no second meaning.
PAIR = re.compile(r'(?<!empty\()"([a-z-]+)", _\("([^"]+)"\)')
WORDS = re.compile(r'_\("([^"]+)"')


def uses(template: str) -> Iterator[tuple[str, str]]:
    """Each drawing of a template with the words beside it."""
    for drawn in USE.finditer(template):
        beside = WORDS.search(drawn[3])
        yield drawn[1], drawn[2] or (beside[1] if beside else "")
    for pair in PAIR.finditer(template):
        if (DRAWINGS / f"{pair[1]}.svg").exists():
            yield pair[1], pair[2]


@cache
def sources() -> dict[str, str]:
    found = {
        f"{room}/{page.name}": page.read_text()
        for room in ROOMS
        for page in (TEMPLATES / room).glob("*.html")
    }
    components = (TEMPLATES / "components.html").read_text()
    board = components[components.index("macro freshness") : components.index("macro ticket_act")]
    return {**found, "components.html": board}


def strange(pages: dict[str, str]) -> list[str]:
    """Where a drawing stands for something else than its meaning."""
    return [
        f'{page}: "{name}" beside "{words}"'
        for page, text in pages.items()
        for name, words in uses(text)
        if words not in MEANINGS.get(name, ("", set()))[1]
    ]


def test_each_drawing_of_the_kitchen_stands_for_its_one_meaning() -> None:
    assert sum(len(list(uses(text))) for text in sources().values()) > 60
    assert strange(sources()) == []


def test_the_control_a_second_meaning_is_found() -> None:
    second = '<a>{{ drawing("clock") }}{{ _("waiting") }}</a>'
    assert strange({"_more.html": second}) == ['_more.html: "clock" beside "waiting"']


def test_an_exercise_shows_the_drawing_of_what_it_teaches() -> None:
    for exercise in EXERCISES:
        assert exercise.sentence in MEANINGS[exercise.picture][1], exercise.key


def test_two_meanings_are_never_one_picture() -> None:
    shapes: dict[str, str] = {}
    for drawing in sorted(DRAWINGS.glob("*.svg")):
        other = shapes.setdefault(drawing.read_text(), drawing.stem)
        assert other == drawing.stem, (other, drawing.stem)
    meanings = [meaning for meaning, _ in MEANINGS.values()]
    assert len(set(meanings)) == len(meanings)


@pytest.mark.parametrize("page", ["cook", "pack", "hand-over"])
def test_a_screen_says_once_that_things_can_be_reopened(day: Day, page: str) -> None:
    day.order("Nadia", carbonade=2)
    screen = day.signed_in("kitchen", language="fr")
    cooked = re.search(r'action="([^"]*/finish[^"]*portions=1[^"]*)"', screen.get(COOK).text)
    assert cooked
    assert screen.post(cooked[1].replace("&amp;", "&")).status_code == 303
    for seen, to in STEPS[: ("cook", "pack", "hand-over").index(page)]:
        answer = screen.post("/kitchen/orders/1/step", data={"seen": seen, "to": to})
        assert answer.status_code == 303
    shown = re.sub(r"<[^>]*>", " ", screen.get(f"/kitchen/{page}").text)
    assert shown.count("Reprendre") == 1
