"""A zone that splits: a river without a bridge lies between the kitchen and a part of the town."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.ordering.cart import Basket
from locomotive.places.address import Address
from locomotive.places.roads import network_of
from locomotive.promise.answer import Wish
from locomotive.promise.question import ask_slots
from locomotive.service.slot import slots_of
from routing.streets import why_not
from tests.service_day import Day, new_day
from tests.town import crossing, town

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

BEYOND = Address("", "3 Rue 7", "Oignies", *crossing(3, 7))
HERE = Address("", "3 Rue 5", "Oignies", *crossing(3, 5))
NO_WAY = "no street that a tricycle can ride leads there"


def on_streets(folder: Path, *, bridge: bool) -> Day:
    day = new_day(folder)
    extract = town(folder / "town.osm.pbf", river=True, bridge=bridge, south_of_river=5)
    with day.app.app_context():
        done = day.app.test_cli_runner().invoke(args=["import-roads", str(extract)])
        assert done.exit_code == 0, done.output
        db.session.remove()
    return day


@pytest.fixture
def split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Day]:
    """The lunch's day in the town that is cut in two; with a bridge where the test asks for it."""
    day = on_streets(tmp_path, bridge=getattr(request, "param", "") == "bridge")
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    with day.app.app_context():
        yield day
        db.session.remove()
        db.engine.dispose()


def answers(day: Day, place: Address) -> tuple[bool, set[str]]:
    """Whether a delivery there is possible at some time, and the reasons of the others."""
    slots = [s for s in slots_of(db.session(), day.service) if s.kind == "delivery"]
    wish = Wish(day.service, "delivery", Basket(()), place)
    depot = day.app.extensions["settings"].depot
    found = ask_slots(db.session(), slots, wish, depot=depot, now=day.at(9))
    said = {str(one.reason.message) for one in found if one.reason}
    return any(one.is_possible for one in found), said


def test_the_checkout_says_that_no_street_leads_to_the_other_part(split: Day) -> None:
    split.order("Karim", place=HERE)
    assert answers(split, BEYOND) == (False, {NO_WAY})
    assert answers(split, HERE)[0]


@pytest.mark.parametrize("split", ["bridge"], indirect=True)
def test_the_control_a_bridge_leads_there(split: Day) -> None:
    split.order("Karim", place=HERE)
    assert answers(split, BEYOND)[0]


def test_what_was_promised_before_has_its_reason_and_the_others_are_planned(split: Day) -> None:
    lost, found = split.order("Nadia", place=BEYOND), split.order("Karim", place=HERE)
    rounds = split.plan()
    assert [order.id for round_ in rounds for order in round_.orders] == [found.id]
    manager = split.signed_in("manager")
    assert "No road leads there." in manager.get("/delivery/2026-11-24/").text
    sentence = "No street that a tricycle can ride leads from the kitchen to this point"
    assert sentence in manager.get(f"/delivery/orders/{lost.id}/position").text
    assert sentence not in manager.get(f"/delivery/orders/{found.id}/position").text


def test_the_streets_of_the_other_part_are_no_way_to_it(split: Day) -> None:
    network = network_of(db.session())
    depot = split.app.extensions["settings"].depot
    ways = network.ways([(depot, BEYOND.point), (BEYOND.point, depot)])
    assert ways == [(None, None), (None, None)]
