"""What a bag must not contain is seen by who does not read: on every screen and paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from locomotive.core.db import write_tx
from locomotive.ordering.order import Order, OrderLine
from tests.service_day import Day

DRAWINGS = Path(__file__).parents[2] / "locomotive/static/drawings"
PLACES = (
    "/kitchen/cook",
    "/kitchen/pack",
    "/kitchen/2026-11-24/exceptions",
    "/kitchen/2026-11-24/production",
    "/kitchen/2026-11-24/labels/a4",
    "/kitchen/2026-11-24/labels/roll",
)


def shape(code: str) -> str:
    """The lines of an allergen's drawing."""
    found = re.search(r' d="([^"]+)"', (DRAWINGS / f"allergen-{code}.svg").read_text())
    assert found
    return found[1]


def drawn(day: Day, place: str) -> set[str]:
    """The allergens that a page draws of eggs, milk and fish."""
    answer = day.signed_in("kitchen").get(place)
    assert answer.status_code == 200, place
    return {code for code in ("eggs", "milk", "fish") if shape(code) in answer.text}


@pytest.fixture
def exception(day: Day) -> Day:
    """An order of which one portion must not contain eggs, the other neither eggs nor milk."""
    order = day.order("Nadia", carbonade=1, soup=1)
    with write_tx() as session:
        lines = session.get_one(Order, order.id).lines
        lines[0].avoids, lines[0].eater = "eggs", "Zoé"
        lines[1].avoids = "eggs,milk"
    return day


@pytest.mark.parametrize("place", PLACES)
def test_what_it_must_not_contain_stands_there_as_pictures(exception: Day, place: str) -> None:
    assert drawn(exception, place) == {"eggs", "milk"}


@pytest.mark.parametrize("place", PLACES[:4])
def test_the_control_without_a_wish_no_picture_stands_there(exception: Day, place: str) -> None:
    with write_tx() as session:
        for line in session.query(OrderLine):
            line.avoids = ""
        session.get_one(Order, 1).must_not_contain = "coriandre"
    assert drawn(exception, place) == set()
