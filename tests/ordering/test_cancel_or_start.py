"""C-10: a customer cancels in the moment in which the kitchen starts."""

from __future__ import annotations

import random
from time import sleep

import pytest

from locomotive.core.actor import Actor
from locomotive.core.db import db, write_tx
from locomotive.kitchen.press import press
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.order import Order
from locomotive.ordering.step import StepImpossible, TooLateToCancel, cancel
from tests.races import race
from tests.service_day import Day

RACES = 100


def start(day: Day, order_id: int) -> None:
    """The kitchen's press, on a board that still shows the order as placed."""
    with write_tx() as session:
        order = session.get_one(Order, order_id)
        press(session, order, to="ready", seen="placed", device="tablet", now=day.at(9))


def give_up(day: Day, order_id: int) -> None:
    """The customer's press on "cancel"."""
    with write_tx() as session:
        cancel(session, session.get_one(Order, order_id), actor=Actor.CUSTOMER, now=day.at(9))


@pytest.mark.full
def test_c10_of_cancelling_and_starting_one_wins_each_time(both: Day) -> None:
    orders = [both.order(carbonade=2, key=f"race-{number}") for number in range(RACES)]
    ids = [order.id for order in orders]
    dice, winners = random.Random(10), []
    for order_id in ids:
        waits = [dice.random() * 0.004, dice.random() * 0.004]
        acts = [
            ("cancelled", lambda o=order_id, w=waits[0]: (sleep(w), give_up(both, o))),
            ("ready", lambda o=order_id, w=waits[1]: (sleep(w), start(both, o))),
        ]
        outcomes = race(both, *(act for _, act in acts))
        won = [status for (status, _), refusal in zip(acts, outcomes, strict=True) if not refusal]
        lost = [refusal for refusal in outcomes if refusal]
        assert len(won) == 1
        assert lost[0] in (StepImpossible, TooLateToCancel)
        db.session.rollback()
        assert db.session.get_one(Order, order_id, populate_existing=True).status == won[0]
        winners += won
    assert set(winners) == {"cancelled", "ready"}  # each was the faster one at times
    assert wrong_counters(db.session()) == []


def test_c10_the_control_that_starts_without_looking_cooks_what_was_given_back(
    both: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = both.order(carbonade=2)
    both.cancel(order)
    with pytest.raises(StepImpossible):
        start(both, order.id)

    def move_on_naively(session: object, order: Order, *, to: str, **more: object) -> None:
        order.status = to

    monkeypatch.setattr("locomotive.kitchen.press.move_on", move_on_naively)
    start(both, order.id)
    assert wrong_counters(db.session()) != []
