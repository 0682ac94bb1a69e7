"""C-10: a customer cancels at the instant at which the kitchen starts: one of the two wins."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select

from locomotive.db import db, write_tx
from locomotive.kitchen.cooking import ShareChanged, cooking_board, finish
from locomotive.ordering.order import (
    Order,
    OrderLine,
    StepImpossible,
    TooLateToCancel,
    cancel,
    orders_of,
    wrong_counters,
)
from locomotive.service.service import Service
from tests.service_day import Day

pytestmark = pytest.mark.full
ROUNDS = 25


def race(day: Day, *acts: Callable[[], None]) -> list[str]:
    """Do acts at the same instant, each in a thread of its own; return the losers' refusals."""
    start, lost = threading.Barrier(len(acts)), []

    def run(act: Callable[[], None]) -> None:
        with day.app.app_context():
            start.wait()
            try:
                act()
            except (ShareChanged, StepImpossible, TooLateToCancel) as refusal:
                lost.append(type(refusal).__name__)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return lost


def test_c10_of_a_cancellation_and_a_start_at_the_same_instant_exactly_one_wins(both: Day) -> None:
    day = both
    outcomes = set()
    for _ in range(ROUNDS):
        order = day.order(carbonade=1)
        order_id = order.id
        db.session.rollback()
        db.session.expire_all()
        share = cooking_board(orders_of(db.session(), day.service)).dishes[0].shares[0]
        db.session.rollback()

        def start(share=share) -> None:
            with write_tx() as session:
                finish(
                    session,
                    session.scalars(select(Service)).one(),
                    share=share.key,
                    portion_id=share.portion_id,
                    portions=1,
                    seen=share.done,
                    device="stove",
                    now=day.at(9),
                )

        def cancel_it(order_id=order_id) -> None:
            with write_tx() as session:
                cancel(session, session.get_one(Order, order_id), now=day.at(9))

        lost = race(day, start, cancel_it)
        assert len(lost) == 1, lost
        db.session.rollback()
        cooked = db.session.scalars(
            select(OrderLine.cooked).where(OrderLine.order_id == order_id)
        ).one()
        outcome = (day.status(order), cooked)
        assert outcome in {("cancelled", 0), ("started", 1)}
        outcomes.add(outcome)
    assert wrong_counters(db.session()) == []


def test_two_tablets_at_the_same_instant_finish_one_portion(both: Day) -> None:
    day = both
    day.order(carbonade=50)
    for done in range(ROUNDS):
        db.session.rollback()
        db.session.expire_all()
        share = cooking_board(orders_of(db.session(), day.service)).dishes[0].shares[0]
        db.session.rollback()
        assert share.done == done

        def press(share=share) -> None:
            with write_tx() as session:
                finish(
                    session,
                    session.scalars(select(Service)).one(),
                    share=share.key,
                    portion_id=share.portion_id,
                    portions=1,
                    seen=share.done,
                    device="stove",
                    now=day.at(9),
                )

        assert race(day, press, press) == ["ShareChanged"]
