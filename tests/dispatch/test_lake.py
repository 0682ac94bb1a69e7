"""An address where no street is: the middle of a lake, a field far from any way."""

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
from tests.town import KITCHEN, NORTH, crossing, town

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

# The town's northern edge lies four streets away, and no way is nearer than a kilometre.
LAKE = Address("", "Ponton du lac", "Oignies", KITCHEN[0] + 9.5 * NORTH, KITCHEN[1])
HOUSE = Address("", "Rue 6", "Oignies", *crossing(3, 6))


@pytest.fixture
def by_the_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    """The lunch's day on the streets of the small town."""
    day = new_day(tmp_path)
    extract = town(tmp_path / "town.osm.pbf")
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    with day.app.app_context():
        done = day.app.test_cli_runner().invoke(args=["import-roads", str(extract)])
        assert done.exit_code == 0, done.output
        assert not network_of(db.session()).is_estimated
        yield day
        db.session.remove()
        db.engine.dispose()


def test_the_others_are_planned_and_the_lake_has_its_reason(by_the_lake: Day) -> None:
    day = by_the_lake
    lost, found = day.order("Nadia", place=LAKE), day.order("Karim", place=HOUSE)
    rounds = day.plan()
    assert [order.id for round_ in rounds for order in round_.orders] == [found.id]
    page = day.signed_in("manager").get("/delivery/2026-11-24/").text
    assert "No road leads there." in page
    assert f"/delivery/orders/{lost.id}/position" in page


def test_the_checkout_promises_nothing_there(by_the_lake: Day) -> None:
    day = by_the_lake
    order = day.order("Karim", place=HOUSE)
    slots = [s for s in slots_of(db.session(), day.service) if s.kind == "delivery"]
    basket = Basket(())
    for place, is_possible in ((LAKE, False), (HOUSE, True)):
        wish = Wish(day.service, "delivery", basket, place)
        depot = day.app.extensions["settings"].depot
        answers = ask_slots(db.session(), slots, wish, depot=depot, now=day.at(9))
        assert any(answer.is_possible for answer in answers) is is_possible
        if not is_possible:
            said = {answer.reason.message for answer in answers if answer.reason}
            assert said == {"no street that a tricycle can ride leads there"}
    assert order.id


def test_a_round_drawn_there_by_hand_is_straight_and_says_so(by_the_lake: Day) -> None:
    network = network_of(db.session())
    depot = by_the_lake.app.extensions["settings"].depot
    to_lake, back = network.route((depot, LAKE.point, depot))
    assert to_lake.turns == back.turns == ()
    assert to_lake.shape == (depot, LAKE.point)
    assert network.ways([(depot, LAKE.point), (depot, HOUSE.point)])[0] == (None, None)
    assert network.ways([(depot, LAKE.point), (depot, HOUSE.point)])[1][0]


def test_the_page_of_its_position_says_that_nothing_can_be_brought_there(by_the_lake: Day) -> None:
    day = by_the_lake
    manager = day.signed_in("manager")
    lost, found = day.order("Nadia", place=LAKE), day.order("Karim", place=HOUSE)
    sentence = "No street that a tricycle can ride is near this point"
    assert sentence in manager.get(f"/delivery/orders/{lost.id}/position").text
    page = manager.get(f"/delivery/orders/{found.id}/position").text
    assert sentence not in page
    assert "The nearest street that a tricycle can ride" in page
