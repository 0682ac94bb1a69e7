"""A shelf is counted as it is: the books become what was found, each difference with its reason."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.farm.lot import Lot, waste, wrong_stocks
from locomotive.farm.produce import Produce
from locomotive.shelves import counting
from locomotive.shelves.counting import Found, LotMoved, Sent, count_shelf
from locomotive.shelves.shelf import CountedLot, Shelf, lots_on, shelves
from tests.exchange.files import words
from tests.farm_day import kg, lot, produce, stock
from tests.office_day import error_at
from tests.service_day import Day

ROOM = "/farm/shelves/dry?name=room+2"


@pytest.fixture
def kitchen(both: Day, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(clock, "now", lambda: both.at(8))
    for name in ("leeks", "carrots"):
        produce(name, shelf="room 2")
    return both.signed_in("kitchen")


def field(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page.text)
    assert found, name
    return found[1]


def send(client: FlaskClient, page: TestResponse, **typed: str) -> TestResponse:
    """Send what a page had shown, by lot: `c7` is what was found of lot 7, `r7` why."""
    names = {"c": "counted-", "r": "reason-"}
    data = {names[key[0]] + key[1:]: value for key, value in typed.items() if key[1:].isdigit()}
    data |= {key: value for key, value in typed.items() if not key[1:].isdigit()}
    return client.post(ROOM, data={n: field(page, n) for n in ("key", "shown")} | data)


def test_the_books_become_what_was_found_and_the_page_does_not_say_them(
    both: Day, kitchen: FlaskClient
) -> None:
    leeks, carrots = lot(both, "leeks", 12.4), lot(both, "carrots", 7)
    page = kitchen.get(ROOM)
    assert "12.4" not in words(page)
    first = send(kitchen, page, **{f"c{leeks.id}": "11,5", f"c{carrots.id}": "7"})
    assert first.status_code == 422
    said = "The books say 12.4 kg. Write why, or count it again."
    assert error_at(first, f"reason-{leeks.id}") == said
    assert stock(leeks) == kg(12.4)
    typed = {f"c{leeks.id}": "11,5", f"c{carrots.id}": "7", f"r{leeks.id}": "spoiled"}
    for _ in range(2):  # pressed twice
        assert send(kitchen, first, **typed).status_code == 303
    assert (stock(leeks), stock(carrots)) == (kg(11.5), kg(7))
    assert wrong_stocks(db.session()) == []
    rows = db.session.scalars(select(CountedLot).order_by(CountedLot.id)).all()
    assert [(r.lot_id, r.difference, r.reason) for r in rows] == [
        (leeks.id, kg(-0.9), "spoiled"),
        (carrots.id, 0, ""),
    ]
    assert rows[0].cents == -73  # of 12.4 kg for €10
    [moved] = [m for m in db.session.get_one(Lot, leeks.id).movements if m.kind == "corrected"]
    assert (moved.delta, moved.reason) == (kg(-0.9), "spoiled")
    told = words(kitchen.get("/farm/shelves/"))
    assert "−0.9 (−€0.73) spoiled" in told
    assert "Last counted" in told


def test_one_reason_may_stand_for_all_and_an_empty_field_counts_nothing(
    both: Day, kitchen: FlaskClient
) -> None:
    first, second, third = (lot(both, "leeks", amount) for amount in (5, 6, 7))
    typed = {f"c{first.id}": "4", f"c{second.id}": "0", f"c{third.id}": "", "reason": "cooked"}
    assert send(kitchen, kitchen.get(ROOM), **typed).status_code == 303
    assert [stock(one) for one in (first, second, third)] == [kg(4), 0, kg(7)]
    empty = send(kitchen, kitchen.get(ROOM))
    assert "Write what you found of one lot at least" in empty.text


def test_what_is_taken_while_a_shelf_is_counted_is_told_and_never_overwritten(
    both: Day, kitchen: FlaskClient
) -> None:
    leeks = lot(both, "leeks", 10)
    page = kitchen.get(ROOM)
    with write_tx() as session:
        taken = session.get_one(Lot, leeks.id)
        waste(session, taken, kg(2), reason="spoiled", now=both.at(8))
    again = send(kitchen, page, **{f"c{leeks.id}": "10"})
    assert "Meanwhile this lot changed: 8 kg by the books." in error_at(
        again, f"counted-{leeks.id}"
    )
    assert stock(leeks) == kg(8)
    assert send(kitchen, again, **{f"c{leeks.id}": "8"}).status_code == 303
    assert stock(leeks) == kg(8)
    # Whoever forges what was shown, or sends the seal of another page, is asked once more.
    forged = kitchen.post(ROOM, data={f"counted-{leeks.id}": "8", "shown": "x", "key": "k" * 20})
    assert "Meanwhile" in error_at(forged, f"counted-{leeks.id}")


def test_the_control_without_what_was_shown_a_count_swallows_what_was_taken(
    both: Day, kitchen: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    leeks = lot(both, "leeks", 10)
    shown = {str(leeks.id): kg(10)}
    with write_tx() as session:
        waste(session, session.get_one(Lot, leeks.id), kg(2), reason="spoiled", now=both.at(8))

    def count() -> None:
        with write_tx() as session:
            found = {leeks.id: Found(kg(10), "counted")}
            count_shelf(session, found, Sent(shown), now=both.at(8))

    with pytest.raises(LotMoved):
        count()
    monkeypatch.setattr(counting, "_check", lambda *_args: None)
    count()
    assert stock(leeks) == kg(10)


def test_more_than_ever_came_is_asked_about(both: Day, kitchen: FlaskClient) -> None:
    leeks = lot(both, "leeks", 10)
    typed = {f"c{leeks.id}": "12", f"r{leeks.id}": "weighed anew"}
    asked = send(kitchen, kitchen.get(ROOM), **typed)
    assert "Only 10 kg of this lot ever came." in error_at(asked, f"counted-{leeks.id}")
    for wrong in ("many", "-3", "1e3", "99999999"):
        bad = send(kitchen, kitchen.get(ROOM), **{f"c{leeks.id}": wrong})
        assert bad.status_code == 422, wrong
        assert error_at(bad, f"counted-{leeks.id}")
    assert stock(leeks) == kg(10)
    assert send(kitchen, asked, sure="y", **typed).status_code == 303
    assert stock(leeks) == kg(12)


def test_each_shelf_holds_its_own_and_what_was_emptied_a_week_ago(
    both: Day, kitchen: FlaskClient
) -> None:
    leeks, cream = lot(both, "leeks", 10), lot(both, "cream", 3)
    emptied = lot(both, "carrots", 4).id
    with write_tx() as session:
        session.get_one(Produce, cream.produce_id).storage = "cold"
        gone = session.get_one(Lot, emptied)
        waste(session, gone, gone.stock, reason="spoiled", now=both.at(8))
    db.session.rollback()
    found = {(one.storage, one.name): one.lots for one in shelves(db.session())}
    assert found == {("dry", "room 2"): 1, ("cold", ""): 1}
    room = Shelf("dry", "room 2")
    here, _pages = lots_on(db.session(), room, 1, now=both.at(8))
    assert [one.id for one in here] == [leeks.id, gone.id]
    later, _pages = lots_on(db.session(), room, 1, now=both.at(8) + timedelta(days=8))
    assert [one.id for one in later] == [leeks.id]
    assert kitchen.get("/farm/shelves/attic").status_code == 404


def test_the_sheet_names_the_lots_and_never_what_the_books_say(
    both: Day, kitchen: FlaskClient
) -> None:
    leeks = lot(both, "leeks", 12.4)
    paper = kitchen.get("/farm/shelves/dry/sheet?name=room+2")
    assert leeks.name in paper.text
    assert "12.4" not in words(paper)
    assert "Count: room 2" in words(paper)


def test_a_shelf_is_written_on_the_produce(both: Day, kitchen: FlaskClient) -> None:
    found = produce("leeks")
    office = both.signed_in("manager")
    data = {"name": "leeks", "kind": "vegetable", "unit": "kg", "unit_grams": "1000"}
    data |= {"storage": "cold", "shelf": " top  shelf ", "the_rest_is_no": "y"}
    assert office.post(f"/farm/produce/{found.id}", data=data).status_code in (303, 422)
    db.session.rollback()
    assert (produce("leeks").storage, produce("leeks").shelf) == ("cold", "top shelf")
