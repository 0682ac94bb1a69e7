"""What is due, what was left undone, and who is told; closed days ask nothing."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from flask.testing import FlaskClient

from locomotive.core.clock import instant
from locomotive.core.db import db, write_tx
from locomotive.hygiene.due import Due, due_line, due_points, gaps
from locomotive.hygiene.point import ControlPoint, end_point
from locomotive.kitchen import board_cache
from locomotive.service.service import ClosedDay
from tests.hygiene.conftest import Kitchen, noted

TUESDAY = date(2026, 11, 24)


def at(day: int, hour: int = 9) -> datetime:
    return instant(date(2026, 11, day), time(hour))


def due_of(kitchen: Kitchen, name: str, today: date = TUESDAY) -> Due:
    found = due_points(db.session(), today=today)
    return next(one for one in found if one.point.id == kitchen.points[name])


def test_a_fridge_is_due_each_day_of_work_until_it_is_read(kitchen: Kitchen) -> None:
    noted(kitchen.points["Frigo 1"], 30, at(23))
    one = due_of(kitchen, "Frigo 1")
    assert (one.is_due, one.missed, one.is_late) == (True, 0, False)
    noted(kitchen.points["Frigo 1"], 30, at(24))
    assert not due_of(kitchen, "Frigo 1").is_due


def test_a_task_not_done_for_three_days_of_work_is_late(kitchen: Kitchen) -> None:
    # Wednesday, Thursday, a closed Friday, the week-end, Monday: three days of work.
    noted(kitchen.points["Frigo 1"], 30, at(17))
    with write_tx() as session:
        session.add(ClosedDay(date=date(2026, 11, 20), reason="pont"))
    one = due_of(kitchen, "Frigo 1")
    assert (one.missed, one.is_late) == (3, True)
    assert not due_of(kitchen, "Frigo 1", date(2026, 11, 23)).is_late


@pytest.mark.parametrize("closed", [date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 20)])
def test_a_closed_day_asks_nothing(kitchen: Kitchen, closed: date) -> None:
    with write_tx() as session:
        session.add(ClosedDay(date=date(2026, 11, 20), reason="pont"))
    assert not any(one.is_due or one.is_late for one in due_points(db.session(), today=closed))
    assert any(one.is_due for one in due_points(db.session(), today=TUESDAY))


def test_a_weekly_task_waits_from_its_day_until_it_is_done(kitchen: Kitchen) -> None:
    noted(kitchen.points["Friteuse"], 100, at(18))
    assert not due_of(kitchen, "Friteuse").is_due
    assert due_of(kitchen, "Friteuse", date(2026, 11, 25)).is_due
    assert due_of(kitchen, "Friteuse", date(2026, 11, 26)).missed == 1


def test_what_was_ended_is_asked_for_no_more(kitchen: Kitchen) -> None:
    with write_tx() as session:
        point = session.get_one(ControlPoint, kitchen.points["Frigo 2"])
        end_point(point, today=TUESDAY)
    found = {one.point.name for one in due_points(db.session(), today=TUESDAY)}
    assert "Frigo 1" in found
    assert "Frigo 2" not in found
    assert kitchen.read("Frigo 2", "3").status_code == 409


def test_gaps_are_the_days_on_which_a_point_waited(kitchen: Kitchen) -> None:
    point = db.session.get_one(ControlPoint, kitchen.points["Friteuse"])
    days = [date(2026, 11, d) for d in (16, 17, 18, 19, 20, 23, 24)]
    found = list(gaps(point, {date(2026, 11, 18)}, days, date(2026, 11, 9)))
    assert found == [date(2026, 11, 16), date(2026, 11, 17)]
    assert list(gaps(point, set(), days, None)) == days


def test_the_board_says_it_in_one_line_and_no_more(kitchen: Kitchen) -> None:
    page = kitchen.client.get("/kitchen/").text
    assert page.count("due-line") == 1
    assert "is-red" in page  # nothing was ever read since the second of November
    for name in kitchen.points:
        noted(kitchen.points[name], VALUES.get(name), at(24, 8))
    assert due_line(db.session(), now=kitchen.now) is None
    assert "due-line" not in kitchen.client.get("/kitchen/").text
    kitchen.read("Frigo 1", "12")
    assert kitchen.client.get("/kitchen/").text.count("due-line is-red") == 1


VALUES = {"Frigo 1": 30, "Frigo 2": 30, "Congélateur": -200, "Bain-marie": 700, "Sonde A": 0,
          "Friteuse": 100}  # fmt: skip


def test_a_reading_reaches_the_board_of_the_wall(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board_cache, "MAX_AGE", 0.0)
    kitchen.day.order()
    address = "/kitchen/board"
    tag = {"If-None-Match": kitchen.client.get(address).headers["ETag"]}
    assert kitchen.client.get(address, headers=tag).status_code == 304
    kitchen.read("Frigo 1", "3")
    assert kitchen.client.get(address, headers=tag).status_code == 200


def test_the_manager_is_told_what_nobody_does(kitchen: Kitchen) -> None:
    office: FlaskClient = kitchen.day.signed_in("manager")
    kitchen.read("Frigo 2", "11")
    for address in ("/office/", "/office/hygiene/"):
        page = office.get(address).text
        assert "Frigo 1: days of work without it: 16." in page
    assert "1 reading was out of range" in office.get("/office/").text
