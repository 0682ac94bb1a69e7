"""The position of a customer's address, put right on a map, and the note for next time."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.maps.spot import SPANS, nudged, tapped
from locomotive.ordering.order import Order
from locomotive.ordering.request import Destination, address_of
from locomotive.places.address import Address, KnownAddress
from locomotive.rounds.release import release
from routing.streets import great_circle
from tests.service_day import Day

DEPOT = (50.4697, 2.9936)
WRONG = (50.4722, 2.9881)
RIGHT = ("50.4730", "2.9890")
STREET = "15 rue Pasteur"


@pytest.fixture(autouse=True)
def at_ten(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(10))


def at_home(day: Day, name: str = "Nadia", note: str = "") -> Order:
    return day.order(name, place=Address("", STREET, "Oignies", *WRONG, note))


def page_of(order: Order) -> str:
    return f"/delivery/orders/{order.id}/position"


def save(
    client: FlaskClient, order: Order, at: tuple[str, str] = RIGHT, note: str = "", **pressed: str
) -> TestResponse:
    fields = {"latitude": at[0], "longitude": at[1], "level": "1", "access_note": note}
    return client.post(page_of(order), data=fields | pressed)


def shown(answer: TestResponse) -> tuple[float, float]:
    """The position in the page's fields."""
    texts = [
        re.search(rf'name="{name}"[^>]*value="([^"]*)"', answer.text)
        for name in ("latitude", "longitude")
    ]
    assert texts[0]
    assert texts[1]
    return float(texts[0][1]), float(texts[1][1])


def known() -> list[KnownAddress]:
    db.session.rollback()
    return list(db.session.scalars(select(KnownAddress)))


def test_the_next_order_at_the_address_goes_to_the_right_door(
    day: Day, manager: FlaskClient
) -> None:
    order = at_home(day)
    assert save(manager, order, note="second door in the yard").status_code == 303
    [kept] = known()
    assert (kept.latitude, kept.longitude) == (50.4730, 2.9890)
    for typed in ("15 rue Pasteur Oignies", "15 rue pasteur, oignies"):
        asked = Destination(None, typed, note="ring twice")
        found = address_of(db.session(), asked, depot=DEPOT, zone_km=6)
        assert found.point == (50.4730, 2.9890)
        assert found.access_note == "second door in the yard · ring twice"


def test_the_rounds_of_the_day_ride_to_the_right_door(day: Day, manager: FlaskClient) -> None:
    order, other = at_home(day, note="blue gate"), at_home(day, "Karim", note="ring twice")
    day.plan()
    answer = save(manager, order, note="second door")
    assert answer.location.endswith("/delivery/2026-11-24/")
    assert "plan the rounds again" in manager.get(answer.location).text
    [stop] = [s for r in day.rounds() for s in r.stops]
    assert stop.point == (50.4730, 2.9890)
    [round_] = day.plan()
    [stop] = round_.stops
    assert stop.point == (50.4730, 2.9890)
    assert {o.id for o in stop.orders} == {order.id, other.id}
    notes = {o.id: o.access_note for o in stop.orders}
    assert notes == {order.id: "second door", other.id: "second door · ring twice"}


def test_the_sheet_and_the_phone_of_a_released_round_say_it_too(
    day: Day, manager: FlaskClient, rider: FlaskClient
) -> None:
    order = at_home(day)
    [round_] = day.plan()
    with write_tx() as session:
        release(session, session.merge(round_), seen=round_.stamp, now=day.at(10))
    times = [(s.arrives_at, s.serves_at) for s in day.rounds()[0].stops]
    save(manager, order, note="second door")
    sheet = rider.get("/delivery/2026-11-24/rounds/1/sheet").text
    assert "second door" in sheet
    phone = re.search(r'href="(/r/[^"]+)"', rider.get("/delivery/2026-11-24/").text)
    assert phone
    page = day.app.test_client().get(phone[1]).text
    assert "second door" in page
    assert "geo:50.473000,2.989000" in page
    # Its times stay: the sheet is out.
    assert [(s.arrives_at, s.serves_at) for s in day.rounds()[0].stops] == times
    assert len(day.plan()) == 1


def test_promises_that_cannot_be_kept_from_there_are_told(day: Day, manager: FlaskClient) -> None:
    day.leave_one_tricycle()
    order = at_home(day)
    day.order("Karim", to="stadium", slot=(12, 0))
    day.plan()
    far = save(manager, order, at=("50.4300", "2.9600"))
    page = manager.get(far.location).text
    assert "these promises cannot all be kept" in page


def test_the_page_works_by_a_tap_and_by_nudges_without_saving(
    day: Day, manager: FlaskClient
) -> None:
    order = at_home(day)
    page = manager.get(page_of(order))
    assert shown(page) == WRONG
    north = save(manager, order, at=("50.4722", "2.9881"), nudge="north")
    assert north.status_code == 200
    latitude, longitude = shown(north)
    assert longitude == WRONG[1]
    assert 9 < great_circle(WRONG, (latitude, longitude)) < 11
    assert latitude > WRONG[0]
    corner = save(manager, order, at=("50.4722", "2.9881"), **{"large.x": "576", "large.y": "0"})
    small = save(manager, order, at=("50.4722", "2.9881"), **{"small.x": "288", "small.y": "0"})
    assert shown(corner) == shown(small) == tapped(WRONG, 1, 1, 0)
    closer = save(manager, order, at=("50.4722", "2.9881"), look="0")
    assert 'name="level" value="0"' in closer.text
    # A picture pressed with a key has no point: nothing moves, nothing is saved.
    keyed = save(manager, order, at=("50.4722", "2.9881"), **{"large.x": "0", "large.y": "0"})
    assert shown(keyed) == WRONG
    assert known() == []


@pytest.mark.parametrize("level", range(len(SPANS)))
def test_a_tap_in_the_middle_stays_and_one_at_the_edge_moves_half_the_span(level: int) -> None:
    assert tapped(WRONG, level, 0.5, 0.5) == WRONG
    moved = great_circle(WRONG, tapped(WRONG, level, 1, 0.5))
    assert moved == pytest.approx(SPANS[level] / 2, rel=0.01)
    east, back = nudged(WRONG, level, "east"), nudged(nudged(WRONG, level, "east"), level, "west")
    assert east != WRONG
    assert back == pytest.approx(WRONG, abs=2e-6)


def test_a_note_that_names_the_customer_is_refused(day: Day, manager: FlaskClient) -> None:
    order = at_home(day, "Nadia")
    answer = save(manager, order, note="ring at NADIA, 2nd floor")
    assert answer.status_code == 422
    assert "leave out nadia" in unescape(answer.text)
    assert "ring at NADIA, 2nd floor" in unescape(answer.text)
    assert known() == []


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        (("here", "2.9"), "Write degrees such as"),
        (("2.9890", "50.4730"), "look exchanged"),
        (("48.85", "2.35"), "from the kitchen"),
    ],
)
def test_a_point_that_cannot_be_is_refused_and_nothing_moves(
    day: Day, manager: FlaskClient, at: tuple[str, str], sentence: str
) -> None:
    order = at_home(day)
    answer = save(manager, order, at=at)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert known() == []
    assert (order.latitude, order.longitude) == WRONG


def test_a_named_place_is_changed_on_its_own_page(day: Day, manager: FlaskClient) -> None:
    order = day.order(to="school")
    answer = manager.get(page_of(order))
    assert answer.status_code == 303
    assert re.search(r"/office/places/\d+$", answer.location)
    assert manager.get(page_of(day.order())).status_code == 404
    assert manager.get("/delivery/orders/999/position").status_code == 404


def test_the_page_is_found_from_the_rounds_and_the_order_and_is_the_manager_s(
    day: Day, manager: FlaskClient, rider: FlaskClient
) -> None:
    order = at_home(day)
    day.plan()
    for page in ("/delivery/2026-11-24/", f"/kitchen/orders/{order.id}/cancel"):
        assert page_of(order) in manager.get(page).text
    assert page_of(order) not in rider.get("/delivery/2026-11-24/").text
    assert rider.get(page_of(order)).status_code == 403


def test_the_small_map_is_drawn_without_any_streets(day: Day, manager: FlaskClient) -> None:
    answer = manager.get("/office/map/spot.svg?lat=50.4697&lon=2.9936&level=0")
    assert answer.mimetype == "image/svg+xml"
    assert answer.text.lstrip().startswith("<svg")
    assert manager.get("/office/map/spot.svg?lat=x&lon=2.9936").status_code == 404
    assert manager.get("/office/map/spot.svg?lat=50&lon=2.9&level=7").status_code == 404
