"""C-09: a payment in the moment in which its hold ends."""

from __future__ import annotations

import random
from datetime import timedelta
from time import sleep

import pytest
from sqlalchemy import select

from locomotive.core.db import db, write_tx
from locomotive.ordering import step
from locomotive.ordering.order import Order, OrderEvent
from locomotive.promise import hold
from locomotive.promise.hold import HELD_FOR, HoldExpired, complete_hold, expire_holds
from tests.load.house import size
from tests.promises import Desk, broken
from tests.races import race
from tests.service_day import Day

RACES = size(200, 500)


def pay(day: Day, key: str) -> None:
    """The payment, a second before the hold ends."""
    with write_tx() as session:
        complete_hold(session, key, now=day.at(8) + HELD_FOR - timedelta(seconds=1))


def give_up(day: Day, key: str) -> None:
    """The timetable, when the hold is over."""
    with write_tx() as session:
        if not expire_holds(session, now=day.at(8) + HELD_FOR):
            raise HoldExpired  # nothing was left to give up: the payment was first


def held(day: Day, desk: Desk) -> Order:
    asked = desk.ask((12, 0) if desk.sent % 2 else (12, 15), carbonade=1)
    order = desk.accept(asked, is_held=True)
    assert order.status == "held"
    return order


@pytest.mark.full
def test_c09_of_payment_and_expiry_one_wins_each_time(both: Day) -> None:
    desk, dice, winners = Desk(both), random.Random(9), []
    for _ in range(RACES):
        order = held(both, desk)
        key, waits = order.idempotency_key, [dice.random() * 0.004, dice.random() * 0.004]
        outcomes = race(
            both,
            lambda k=key, w=waits[0]: (sleep(w), pay(both, k)),
            lambda k=key, w=waits[1]: (sleep(w), give_up(both, k)),
        )
        assert sorted(refusal is None for refusal in outcomes) == [False, True]
        status = both.status(order)
        assert status == ("placed" if outcomes[0] is None else "expired")
        winners.append(status)
        if status == "placed":  # room for the next one
            both.cancel(order)
    assert set(winners) == {"placed", "expired"}
    assert broken(both) == []


def test_a_hold_keeps_portions_slot_and_tricycle_until_it_is_over(both: Day) -> None:
    both.leave_one_tricycle(boxes=12)
    desk = Desk(both)
    order = desk.accept(desk.ask(to="stadium", carbonade=8), is_held=True)
    assert desk.ask(to="stadium", carbonade=8).reason == "tricycle_full"
    assert broken(both) == []
    with write_tx() as session:
        assert expire_holds(session, now=both.at(8) + HELD_FOR - timedelta(seconds=1)) == 0
    with write_tx() as session:
        assert expire_holds(session, now=both.at(8) + HELD_FOR) == 1
    assert both.status(order) == "expired"
    assert desk.ask(to="stadium", carbonade=8).reason == ""
    assert broken(both) == []


def test_a_completed_hold_is_an_order_like_any_other(both: Day) -> None:
    desk = Desk(both)
    order = desk.accept(desk.ask(to="school"), is_held=True)
    for _ in range(2):  # a payment that is told twice
        pay(both, order.idempotency_key)
    assert both.status(order) == "placed"
    db.session.rollback()
    events = db.session.scalars(select(OrderEvent.status).where(OrderEvent.order_id == order.id))
    assert list(events) == ["held", "placed"]
    with pytest.raises(HoldExpired):
        give_up(both, order.idempotency_key)
    assert broken(both) == []


def test_c09_the_control_that_expires_without_looking_gives_back_what_was_paid(
    both: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(both)
    order = desk.accept(desk.ask(), is_held=True)
    seen = [db.session.get_one(Order, order.id)]  # as the timetable saw it before the payment
    pay(both, order.idempotency_key)
    with write_tx() as session:
        for found in seen:
            step.give_back_portions(session, found.quantities)
            step.give_back_slot(session, found.slot_id, portions=found.boxes)
    assert broken(both) != []


def test_one_customer_holds_two_orders_at_most(both: Day) -> None:
    desk = Desk(both)
    for slot in ((12, 0), (12, 15)):
        desk.accept(desk.ask(slot), is_held=True, phone="06 39 98 00 00")
    with pytest.raises(hold.TooManyHolds):
        desk.accept(desk.ask((12, 30)), is_held=True, phone="06 39 98 00 00")
    assert broken(both) == []
