"""What the office says of its machine."""

from __future__ import annotations

from datetime import timedelta

from locomotive.core.db import db, write_tx
from locomotive.core.mark import DEMONSTRATION, mark
from locomotive.office.condition import find_clock
from tests.service_day import Day


def test_a_clock_behind_the_last_order_is_said(day: Day) -> None:
    order = day.order()
    assert find_clock(db.session(), now=order.placed_at).is_well
    behind = order.placed_at - timedelta(hours=1)
    found = find_clock(db.session(), now=behind)
    assert (found.is_well, found.values) == (False, {"minutes": 60})


def test_the_orders_of_a_demonstration_say_nothing_of_the_clock(day: Day) -> None:
    behind = day.order().placed_at - timedelta(hours=1)
    with write_tx() as session:
        mark(session, DEMONSTRATION, "the tests")
    assert find_clock(db.session(), now=behind).is_well
