"""The manager sees how the promises stand."""

from __future__ import annotations

from flask.testing import FlaskClient

from locomotive.core.db import write_tx
from locomotive.promise.promise import RefusedSlot
from locomotive.service.fleet import shifts_of
from locomotive.service.slot import Slot
from tests.service_day import Day
from tests.shop_day import words


def test_promises_that_can_be_kept_are_no_concern(day: Day, office: FlaskClient) -> None:
    day.order(to="school")
    text = words(office.get("/office/"))
    assert "cannot be kept" not in text
    assert "0 at risk" in text


def test_a_promise_that_no_tricycle_can_keep_is_named(day: Day, office: FlaskClient) -> None:
    day.order("Samira", to="school")
    with write_tx() as session:
        for shift in shifts_of(session, day.service):
            shift.is_off = True
    text = words(office.get("/office/"))
    assert "1 promise cannot be kept as things stand: Samira (1)." in text


def test_what_was_asked_for_in_vain_is_counted_by_time(day: Day, office: FlaskClient) -> None:
    with write_tx() as session:
        slot = session.query(Slot).filter_by(kind="delivery", starts_at=day.at(12)).one()
        for number in range(3):
            row = {"slot_id": slot.id, "reason": "tricycle_full", "at": day.at(9)}
            session.add(RefusedSlot(key=f"{number}", **row))
    text = words(office.get("/office/"))
    assert "Asked for, and not possible" in text
    assert "12:00 The tricycle is full 3" in text
