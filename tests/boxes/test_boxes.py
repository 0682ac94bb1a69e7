"""Boxes go out, come back, are washed: a ledger for each place, a word to the customer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from locomotive.boxes.ledger import ledger_of
from locomotive.boxes.washing import to_wash
from locomotive.core.db import db, write_tx
from locomotive.ordering.order import Order, order_token
from locomotive.rounds.act import Done, note_act
from locomotive.rounds.box import boxes_there
from locomotive.rounds.release import release
from locomotive.rounds.round import Round
from tests.service_day import SECRET, Day
from tests.shop_day import words

PAGE = "/kitchen/boxes/"
SCHOOL = "École Pantigny"
LEDGER = f"{PAGE}place?name={SCHOOL}"


@pytest.fixture
def order(day: Day) -> Order:
    """Three boxes handed over at the school, one taken back there."""
    order = day.order("Nadia", to="school", carbonade=3)
    [laid] = day.lay(["school"])
    with write_tx() as session:
        round_ = session.get_one(Round, laid.id)
        release(session, round_, seen=round_.stamp, now=day.at(10))
        done = Done("a", round_.stops[0].id, "delivered", day.at(12), boxes_back=1)
        note_act(session, round_, done, device="phone", now=day.at(12, 1))
    return order


def there() -> dict[str, int]:
    db.session.rollback()
    return boxes_there(db.session())


def test_the_ledger_of_a_place_has_each_movement_and_what_is_there_then(
    order: Order, manager: FlaskClient
) -> None:
    newest, first = ledger_of(db.session(), SCHOOL)
    assert (first.kind, first.boxes, first.there) == ("out", 3, 3)
    assert (newest.kind, newest.boxes, newest.there) == ("back", -1, 2)
    page = words(manager.get(LEDGER))
    assert "2 boxes are still there." in page
    assert "taken back by the rider" in page
    assert SCHOOL in manager.get(PAGE).text


def test_a_deposit_is_told_of_the_boxes_there_and_lost_where_the_house_takes_one(
    day: Day, order: Order, manager: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Deposit" not in words(manager.get(LEDGER))
    house = day.app.extensions["settings"]
    monkeypatch.setitem(day.app.extensions, "settings", replace(house, box_deposit_cents=250))
    said = "Deposit of €2.50 a box. Still there: {}. Given up as lost: {}."
    assert said.format("€5.00", "€0.00") in words(manager.get(LEDGER))
    manager.post(LEDGER, data={"kind": "lost", "boxes": "1"})
    assert said.format("€2.50", "€2.50") in words(manager.get(LEDGER))


def test_a_customer_is_asked_for_the_boxes_that_are_still_at_her_place(
    day: Day, order: Order
) -> None:
    other = day.order("Karim", to="school", slot=(12, 30))
    client = day.app.test_client()
    client.set_cookie("language", "en")
    page = f"/o/{order_token(SECRET, other.idempotency_key)}"
    assert f"2 of our boxes are still at {SCHOOL}" in words(client.get(page))
    elsewhere = day.order("Paul", to="library", slot=(12, 30))
    page = f"/o/{order_token(SECRET, elsewhere.idempotency_key)}"
    assert "of our boxes" not in client.get(page).text


def test_boxes_brought_to_the_counter_or_lost_leave_the_place(
    order: Order, manager: FlaskClient
) -> None:
    assert manager.post(LEDGER, data={"kind": "counter", "boxes": "1"}).status_code == 303
    assert there() == {SCHOOL: 1}
    page = manager.post(LEDGER, data={"kind": "lost", "boxes": "2"})
    assert page.status_code == 422
    assert "Boxes still at this place: 1." in words(page)
    assert manager.post(LEDGER, data={"kind": "lost", "boxes": "1"}).status_code == 303
    assert there() == {}
    kinds = [line.kind for line in ledger_of(db.session(), SCHOOL)]
    assert sorted(kinds) == ["back", "counter", "lost", "out"]


def test_a_form_sent_twice_counts_once(order: Order, manager: FlaskClient) -> None:
    for _ in range(2):
        manager.post(LEDGER, data={"kind": "counter", "boxes": "1", "key": "s" * 20})
    assert there() == {SCHOOL: 1}
    for _ in range(2):
        manager.post(PAGE, data={"boxes": "1", "key": "a" * 20})
    db.session.rollback()
    assert to_wash(db.session()) == 1


def test_what_came_back_is_washed_and_no_more_than_that(order: Order, manager: FlaskClient) -> None:
    assert "1 box came back and waits to be washed." in words(manager.get(PAGE))
    page = manager.post(PAGE, data={"boxes": "2"})
    assert page.status_code == 422
    assert 'id="boxes-error"' in page.text
    assert manager.post(PAGE, data={"boxes": "1"}).status_code == 303
    db.session.rollback()
    assert to_wash(db.session()) == 0
    assert "The last washings" in manager.get(PAGE).text


@pytest.mark.parametrize("boxes", ["0", "-1", "501", "two", ""])
def test_a_number_that_makes_no_sense_is_refused_at_its_field(
    order: Order, manager: FlaskClient, boxes: str
) -> None:
    for address in (PAGE, LEDGER):
        page = manager.post(address, data={"boxes": boxes, "kind": "lost"})
        assert page.status_code == 422
        assert 'id="boxes-error"' in page.text
    assert there() == {SCHOOL: 2}


def test_a_place_without_boxes_has_no_ledger(order: Order, manager: FlaskClient) -> None:
    assert manager.get(f"{PAGE}place?name=Nowhere").status_code == 404
    data = {"kind": "counter", "boxes": "1"}
    assert manager.post(f"{PAGE}place?name=Nowhere", data=data).status_code == 404
