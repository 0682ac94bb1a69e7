"""A lot's stock is the sum of its movements and never below zero, on both engines."""

from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from locomotive.core.db import db, write_tx
from locomotive.core.refusal import Refusal
from locomotive.farm.lot import (
    Lot,
    LotBlocked,
    LotMovement,
    LotTooSmall,
    block,
    correct,
    give_back,
    use,
    waste,
    wrong_stocks,
)
from tests.farm_day import kg, lot, stock
from tests.ordering.test_place_order import race
from tests.service_day import DATE, Day


def total(found: Lot) -> int:
    db.session.rollback()
    query = select(func.coalesce(func.sum(LotMovement.delta), 0))
    return int(db.session.scalars(query.where(LotMovement.lot_id == found.id)).one())


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["use", "give back", "correct", "waste"]),
        st.integers(min_value=-15_000, max_value=15_000),
    ),
    max_size=12,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(acts=ACTS)
def test_stock_is_the_sum_of_movements_and_never_negative(
    both: Day, acts: list[tuple[str, int]]
) -> None:
    found = lot(both, "leeks", 10)
    for act, amount in acts:
        try:
            with write_tx() as session:
                here = session.get_one(Lot, found.id)
                if act == "use":
                    use(session, {here.id: amount}, for_day=DATE, now=both.at(9))
                elif act == "give back":
                    give_back(session, {here.id: abs(amount)}, for_day=DATE, now=both.at(9))
                elif act == "correct":
                    correct(session, here, amount, reason="counted", now=both.at(9))
                else:
                    waste(session, here, amount, reason="spoiled", now=both.at(9))
        except LotTooSmall:
            pass
        assert stock(found) == total(found) >= 0
    assert wrong_stocks(db.session()) == []


def test_of_many_cooks_at_one_moment_as_many_get_the_lot_as_it_has(both: Day) -> None:
    found = lot(both, "leeks", 5)
    outcomes: list[str] = []

    def take() -> None:
        try:
            with write_tx() as session:
                use(session, {found.id: kg(1)}, for_day=DATE, now=both.at(9))
        except Refusal:
            outcomes.append("refused")
        else:
            outcomes.append("taken")

    race(both, take, 12)
    assert sorted(outcomes) == ["refused"] * 7 + ["taken"] * 5
    assert stock(found) == total(found) == 0


def test_the_control_reading_then_writing_takes_more_than_there_is(both: Day) -> None:
    """The same race with the naive rule must break what the guarded rule keeps."""
    found = lot(both, "leeks", 5)
    taken: list[int] = []
    pause = threading.Barrier(12)

    def take_naively() -> None:
        left = stock(found)
        pause.wait()  # the moment in which the others read, too
        if left >= kg(1):
            with write_tx() as session:
                session.get_one(Lot, found.id).stock = left - kg(1)
                session.add(LotMovement(lot_id=found.id, kind="used", delta=-kg(1), at=both.at(9)))
            taken.append(1)

    race(both, take_naively, 12)
    assert len(taken) > 5
    assert len(wrong_stocks(db.session())) == 1


def test_the_database_itself_refuses_a_stock_below_zero(both: Day) -> None:
    found = lot(both, "leeks", 1)
    with pytest.raises(IntegrityError), write_tx() as session:
        session.get_one(Lot, found.id).stock = -1


def test_nothing_is_taken_when_one_lot_of_several_is_too_small(both: Day) -> None:
    first, second = lot(both, "leeks", 5), lot(both, "carrots", 1)
    with pytest.raises(LotTooSmall), write_tx() as session:
        use(session, {first.id: kg(2), second.id: kg(2)}, for_day=DATE, now=both.at(9))
    assert (stock(first), stock(second)) == (kg(5), kg(1))


def test_a_recalled_lot_is_used_by_nobody(both: Day) -> None:
    found = lot(both, "leeks", 5)
    with write_tx() as session:
        block(session, [found.id], now=both.at(9))
    with pytest.raises(LotBlocked), write_tx() as session:
        use(session, {found.id: kg(1)}, for_day=DATE, now=both.at(9))
    assert stock(found) == kg(5)
