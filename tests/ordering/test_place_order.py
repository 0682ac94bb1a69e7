"""Placing and cancelling, on both engines."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from locomotive.core.actor import Actor
from locomotive.core.db import db, write_tx
from locomotive.menu.dish import Dish
from locomotive.menu.menu import Portion, SoldOut
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.message import Message
from locomotive.ordering.order import Order, OrderEvent
from locomotive.ordering.request import KeyReused
from locomotive.ordering.step import StepImpossible, TooLateToCancel, cancel, move_on
from locomotive.service.service import CutoffPassed
from locomotive.service.slot import Slot, SlotFull, limit_station
from tests.service_day import Day


def left(name: str = "Carbonade flamande") -> int:
    db.session.rollback()
    query = select(Portion).where(Portion.dish.has(name=name))
    return db.session.scalars(query.execution_options(populate_existing=True)).one().remaining


def set_left(number: int) -> None:
    with write_tx() as session:
        portion = session.scalars(select(Portion).where(Portion.dish.has(family="stew"))).one()
        portion.initial = portion.remaining = number


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_an_order_takes_its_portions_and_one_place_in_its_slot(both: Day) -> None:
    order = both.order(carbonade=3, soup=1)
    assert left() == 197
    assert db.session.get_one(Slot, order.slot_id, populate_existing=True).used == 1
    assert order.total_cents == 3 * 1250 + 550
    assert wrong_counters(db.session()) == []


def test_a_sold_out_dish_leaves_nothing_half_written(both: Day) -> None:
    set_left(2)
    with pytest.raises(SoldOut):
        both.order(soup=1, carbonade=3)
    assert (left(), left("Soupe de potimarron")) == (2, 200)
    assert (count(Order), count(OrderEvent), count(Message)) == (0, 0, 0)


def test_a_full_slot_leaves_the_portions_untouched(both: Day) -> None:
    with write_tx() as session:
        for slot in session.scalars(select(Slot)):
            slot.capacity = 1
    both.order()
    with pytest.raises(SlotFull):
        both.order(carbonade=2)
    assert left() == 199
    assert wrong_counters(db.session()) == []


def test_the_database_itself_refuses_to_sell_below_zero(both: Day) -> None:
    with pytest.raises(IntegrityError):
        set_left(-1)


def test_the_same_key_and_content_gives_the_same_order(both: Day) -> None:
    first = both.order("Nadia")
    both.placed -= 1
    assert both.order("Nadia").id == first.id
    assert left() == 199


def test_the_same_key_with_other_content_is_refused(both: Day) -> None:
    both.order("Nadia")
    both.placed -= 1
    with pytest.raises(KeyReused):
        both.order("Nadia", soup=1)
    assert count(Order) == 1


def test_a_cancelled_order_gives_back_what_it_took_once(both: Day) -> None:
    order = both.order(carbonade=3)
    both.cancel(order)
    assert left() == 200
    both.cancel(order)
    assert left() == 200
    assert wrong_counters(db.session()) == []


def test_a_customer_cannot_cancel_after_the_cut_off(both: Day) -> None:
    order = both.order()
    with pytest.raises(TooLateToCancel), write_tx() as session:
        cancel(session, session.get_one(Order, order.id), actor=Actor.CUSTOMER, now=both.at(11))
    assert both.status(order) == "placed"


def test_an_order_after_the_cut_off_is_refused(both: Day) -> None:
    with write_tx() as session:
        service = session.merge(both.service)
        service.takeaway_cutoff = both.at(7)
    with pytest.raises(CutoffPassed):
        both.order()


def test_of_two_presses_on_one_ticket_one_is_told_that_it_changed(both: Day) -> None:
    order = both.order()
    for expected in (True, False):
        try:
            with write_tx() as session:
                found = session.get_one(Order, order.id)
                move_on(session, found, to="ready", seen="placed", device="tablet", now=both.at(11))
        except StepImpossible:
            assert not expected
        else:
            assert expected


def race(day: Day, act: object, threads: int) -> None:
    """Let threads do the same thing at the same moment, each in its own context."""
    start = threading.Barrier(threads)

    def run() -> None:
        with day.app.app_context():
            start.wait()
            act()  # type: ignore[operator]
            db.session.remove()

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def test_c07_of_many_rivals_for_the_last_portions_exactly_as_many_win(both: Day) -> None:
    set_left(5)
    outcomes: list[str] = []

    def buy() -> None:
        try:
            both.order("Nadia", key=f"rival-{threading.get_ident()}")
        except SoldOut:
            outcomes.append("sold out")
        else:
            outcomes.append("placed")

    race(both, buy, 12)
    assert sorted(outcomes) == ["placed"] * 5 + ["sold out"] * 7
    assert left() == 0
    assert wrong_counters(db.session()) == []


def test_c18_reading_then_writing_would_oversell(both: Day) -> None:
    """The control: the same race with the naive rule must break what the guarded rule keeps."""
    set_left(5)
    sold: list[int] = []
    pause = threading.Barrier(12)

    def buy_naively() -> None:
        remaining = left()
        pause.wait()  # the moment in which the others read, too
        if remaining >= 1:
            with write_tx() as session:
                portion = session.scalars(
                    select(Portion).where(Portion.dish.has(family="stew"))
                ).one()
                portion.remaining = remaining - 1
            sold.append(1)

    race(both, buy_naively, 12)
    assert len(sold) > 5


def test_wrong_counters_are_named(both: Day) -> None:
    both.order()
    with write_tx() as session:
        session.execute(update(Portion).values(remaining=Portion.remaining - 1))
    assert len(wrong_counters(db.session())) == 3


def limit_hot(seconds: int, capacity: int) -> None:
    """Let a stew be so much work at the hot station, which does so much in each slot."""
    with write_tx() as session:
        session.scalars(select(Dish).where(Dish.family == "stew")).one().work_seconds = seconds
        for slot in session.scalars(select(Slot)):
            limit_station(session, slot.id, "hot", capacity=capacity, used=0)


def test_a_stations_minutes_fill_up_and_come_back(both: Day) -> None:
    limit_hot(seconds=60, capacity=180)
    first = both.order(carbonade=2)
    with pytest.raises(SlotFull):
        both.order(carbonade=2)
    both.order(salad=9)
    both.order(carbonade=1)
    both.cancel(first)
    assert both.order(carbonade=2).work == {"hot": 120}
    assert wrong_counters(db.session()) == []


def test_a_slots_portions_fill_up_and_leave_nothing_half_written(both: Day) -> None:
    with write_tx() as session:
        session.execute(update(Slot).values(capacity_portions=5))
    both.order(carbonade=3)
    with pytest.raises(SlotFull):
        both.order(carbonade=3)
    assert left() == 197
    both.order(carbonade=2)
    assert wrong_counters(db.session()) == []
