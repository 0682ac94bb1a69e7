"""Whether a promise was kept is read from what happened to its order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from locomotive.core.db import db, write_tx
from locomotive.ordering.order import Order
from locomotive.ordering.step import move_on
from locomotive.promise.promise import Promise, give_promise, judge_promises, promise_of
from tests.service_day import Day


def promised(day: Day, **order: object) -> Order:
    found = day.order(**order)  # type: ignore[arg-type]
    with write_tx() as session:
        give_promise(
            session, session.get_one(Order, found.id), None, cause="ordered", now=day.at(8)
        )
    return found


def step(day: Day, order: Order, *statuses: str, hour: int, minute: int) -> None:
    """Bring the order through statuses, all at one moment, then judge."""
    at = day.at(hour, minute)
    with write_tx() as session:
        found = session.get_one(Order, order.id)
        for status in statuses:
            move_on(session, found, to=status, seen=found.status, device="wall", now=at)
        judge_promises(session, now=at)


def judged(order: Order) -> tuple[bool | None, int | None]:
    db.session.rollback()
    promise = promise_of(db.session(), db.session.get_one(Order, order.id))
    assert isinstance(promise, Promise)
    return promise.is_kept, promise.late_minutes


@pytest.mark.parametrize(
    ("hour", "minute", "result"),
    [(12, 10, (True, 0)), (12, 17, (True, 0)), (12, 20, (False, 3))],
)
def test_a_delivery_counts_when_it_was_handed_over(
    both: Day, hour: int, minute: int, result: tuple[bool, int]
) -> None:
    order = promised(both, to="school", slot=(12, 0))
    step(both, order, "ready", "left", hour=11, minute=50)
    assert judged(order) == (None, None)
    step(both, order, "handed over", hour=hour, minute=minute)
    assert judged(order) == result


@pytest.mark.parametrize(("minute", "result"), [(0, (True, 0)), (4, (False, 4))])
def test_a_take_away_counts_when_it_was_ready(
    both: Day, minute: int, result: tuple[bool, int]
) -> None:
    order = promised(both, slot=(12, 0))
    step(both, order, "ready", hour=12, minute=minute)
    assert judged(order) == result


def test_what_is_taken_back_is_unknown_again(both: Day) -> None:
    order = promised(both, slot=(12, 0))
    step(both, order, "ready", hour=11, minute=50)
    assert judged(order) == (True, 0)
    step(both, order, "placed", hour=11, minute=51)
    assert judged(order) == (None, None)


def test_promises_of_older_lunches_are_left_as_they_are(both: Day) -> None:
    order = promised(both, slot=(12, 0))
    with write_tx() as session:
        found = session.get_one(Order, order.id)
        move_on(session, found, to="ready", seen="placed", device="wall", now=both.at(12))
        judge_promises(session, now=both.at(12) + timedelta(days=9))
    assert judged(order) == (None, None)
