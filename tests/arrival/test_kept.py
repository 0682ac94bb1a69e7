"""The promises kept: counted by day, place and slot, drawn, written as CSV, shown where wished."""

from __future__ import annotations

from datetime import date, time

import pytest
from flask.testing import FlaskClient

from locomotive.arrival.kept import Judged, judged_between, kept_by, last_days
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.ordering.order import Order
from locomotive.promise.promise import give_promise, judge_promises
from locomotive.rounds.act import Done, note_act
from locomotive.rounds.release import release
from locomotive.rounds.round import Round
from tests.service_day import Day

PAGE, CSV, PUBLIC = "/delivery/kept", "/delivery/kept.csv", "/promises-kept"


@pytest.fixture
def served(day: Day, monkeypatch: pytest.MonkeyPatch) -> Day:
    """The school is served in time, the library an hour late; both were promised noon."""
    for name, place in (("Nadia", "school"), ("Karim", "library"), ("Louise", "town hall")):
        order = day.order(name, to=place, slot=(12, 0))
        with write_tx() as session:
            ours = session.get_one(Order, order.id)
            give_promise(session, ours, None, cause="ordered", now=day.at(8))
    # Nobody has brought Louise's meal yet.
    [round_] = day.lay(["school", "library"])
    with write_tx() as session:
        released = session.get_one(Round, round_.id)
        release(session, released, seen=released.stamp, now=day.at(10))
        for stop in released.stops:
            at = day.at(12, 5) if stop.place_name == "École Pantigny" else day.at(13)
            done = Done(f"k{stop.id}", stop.id, "delivered", at)
            note_act(session, released, done, device="phone", now=day.at(14))
        judge_promises(session, now=day.at(15))
    monkeypatch.setattr(clock, "now", lambda: day.at(15))
    return day


def test_each_promise_is_counted_on_its_day_at_its_place_and_slot(served: Day) -> None:
    rows = judged_between(db.session(), *last_days(served.date))
    assert {(row.day, row.place, row.slot): (row.kept, row.judged) for row in rows} == {
        (served.date, "École Pantigny", time(12, 0)): (1, 1),
        (served.date, "Médiathèque", time(12, 0)): (0, 1),
    }
    tomorrow = last_days(served.date, days=0)
    assert judged_between(db.session(), *tomorrow) == []


def test_the_sums_of_days_places_and_slots_are_those_of_the_lines() -> None:
    rows = [
        Judged(date(2026, 11, day), place, time(12, 15 * (day % 2)), day % 3, 3)
        for day in range(1, 8)
        for place in ("school", "library")
    ]
    for key in (lambda row: row.day, lambda row: row.place, lambda row: row.slot):
        sums = kept_by(rows, key)
        assert sum(one.kept for one in sums) == sum(row.kept for row in rows)
        assert sum(one.judged for one in sums) == sum(row.judged for row in rows)
        assert [one.of for one in sums] == sorted({key(row) for row in rows})


def test_the_page_draws_what_its_tables_say(served: Day, manager: FlaskClient) -> None:
    page = manager.get(PAGE).text
    assert "in the last 31 days: 1 of 2." in page
    assert page.count('<svg class="chart"') == 3
    assert "0 / 1" in page
    assert page.index("Médiathèque") < page.index("École Pantigny")  # the worst first


def test_the_csv_has_a_line_for_each_day_place_and_slot(served: Day, manager: FlaskClient) -> None:
    _heading, *lines = manager.get(CSV).text.splitlines()
    assert sorted(lines) == [
        "2026-11-24;Médiathèque;12:00;0;1",
        "2026-11-24;École Pantigny;12:00;1;1",
    ]


def test_everybody_reads_them_only_while_the_manager_wishes_it(
    served: Day, manager: FlaskClient
) -> None:
    visitor = served.app.test_client()
    assert visitor.get(PUBLIC).status_code == 404
    assert manager.post(f"{PAGE}/shown", data={"shown": "yes"}).status_code == 303
    page = visitor.get(PUBLIC)
    assert page.status_code == 200
    assert "1 / 2" in page.text
    # At whose place it was late is nobody's business.
    assert "Pantigny" not in page.text
    assert manager.post(f"{PAGE}/shown", data={"shown": "no"}).status_code == 303
    assert visitor.get(PUBLIC).status_code == 404


def test_where_nothing_was_judged_the_page_says_so(day: Day, manager: FlaskClient) -> None:
    page = manager.get(PAGE).text
    assert "No promise has been judged yet" in page
    assert '<svg class="chart"' not in page
