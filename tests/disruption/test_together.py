"""Times for all who must be moved, sought at once by the planner."""

from __future__ import annotations

from datetime import time

import pytest
from flask import Flask
from sqlalchemy import select

from locomotive.core.clock import instant
from locomotive.core.db import db, write_tx
from locomotive.disruption import settling
from locomotive.disruption.disruption import Disruption, Upset, what_breaks
from locomotive.service.fleet import shifts_as, shifts_of
from locomotive.service.service import Service
from locomotive.service.slot import Slot
from tests.disruption.test_disruption import day
from tests.disruption.test_kindness import answers, crowd, demonstration
from tests.service_day import DATE, Day

__all__ = ["day", "demonstration"]  # fixtures


def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the planner's answer: each order after the others."""
    monkeypatch.setattr(settling, "REACHES", ())


def test_no_slot_gets_more_than_the_kitchen_can_do(day: Day) -> None:
    crowd(day)
    with write_tx() as session:
        for slot in session.scalars(select(Slot).where(Slot.service_id == day.service.id)):
            slot.capacity_portions = max(3, slot.used_portions)
    for answer in answers(day):
        slots = {one.slot.id: one.slot for one in answer.affected if one.slot}
        for slot in slots.values():
            here = sum(a.order.boxes for a in answer.affected if a.slot is slot)
            assert slot.used_portions + here <= slot.capacity_portions
        moved = [one.order.id for one in answer.affected]
        assert len(set(moved)) == len(moved)


def broken(app: Flask, minute: int) -> Disruption:
    """What is proposed when the second tricycle stops at that minute of the day."""
    session, app_day = db.session(), Day(app)
    service = session.scalars(select(Service).where(Service.date == DATE)).one()
    shifts = shifts_of(session, service)
    copies = shifts_as(service, shifts, {})
    copies[1].ends_at = instant(DATE, time(minute // 60, minute % 60))
    depot = app.extensions["settings"].depot
    return what_breaks(session, service, Upset(shifts=copies), depot=depot, now=app_day.at(8))


@pytest.mark.full
def test_sought_together_fewer_come_for_their_meal(
    demonstration: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("locomotive.disruption.settling.monotonic", lambda: 0.0)
    found = broken(demonstration, 12 * 60 + 15)
    alone(monkeypatch)
    before = broken(demonstration, 12 * 60 + 15)
    assert found.cost <= before.cost
    assert fetched(found) < fetched(before)


def fetched(found: Disruption) -> int:
    return sum(one.order.boxes for one in found.affected if one.is_fetched)
