"""P-08: one late order changes nothing that has left."""

from __future__ import annotations

import pytest

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.dispatch import publication
from locomotive.dispatch.publication import write_rounds
from locomotive.ordering.order import Order
from locomotive.ordering.step import move_on
from locomotive.promise.tentative_plan import current_plan, delivery_of
from locomotive.rounds.release import release, set_out
from locomotive.rounds.round import Round, rounds_of
from locomotive.service.service import EXACT
from tests.promises import Desk, broken
from tests.service_day import Day


@pytest.fixture
def desk(both: Day, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Seven deliveries, the tentative plan made their rounds, the first one left at 11:40."""
    monkeypatch.setattr(clock, "now", lambda: both.at(11, 40))
    desk = Desk(both)
    with write_tx() as session:  # two tricycles are to be busy
        session.merge(both.service).reliability = EXACT
    for place in ("school", "library", "town hall", "garage"):
        desk.order((12, 0), to=place, carbonade=2)
    for place in ("school", "garage", "stadium"):
        desk.order((12, 30), to=place, salad=2)
    with write_tx() as session:
        delivery = delivery_of(session, both.service, desk.depot)
        plan = current_plan(session, both.service).plan
        write_rounds(session, both.service, delivery, plan, now=both.at(11, 30))
    with write_tx() as session:
        first = rounds_of(session, both.service)[0]
        release(session, first, seen=first.stamp, now=both.at(11, 30))
        for order in first.orders:
            move_on(session, order, to="ready", seen="placed", device="tablet", now=both.at(11, 35))
        assert set_out(session, first, device="tablet", now=both.at(11, 40)) == 0
    return desk


def what_left(day: Day) -> list[tuple[object, ...]]:
    """The rounds that are on their way: tricycle, times, stops, and who is aboard."""
    db.session.rollback()
    db.session.expire_all()
    return [
        (
            *(r.id, r.number, r.tricycle_id, r.loading_at, r.departs_at, r.returns_at),
            [(s.position, s.place_name, s.serves_at, [o.id for o in s.orders]) for s in r.stops],
            [(o.status, o.round_number, o.departs_at, o.slot_id) for o in r.orders],
        )
        for r in rounds_of(db.session(), day.service)
        if r.has_left
    ]


def call(desk: Desk, to: str, slot: tuple[int, int]) -> Order | None:
    """A late order by phone, for the same place as one that has left."""
    now = desk.day.at(11, 45)
    asked = desk.ask(slot, to=to, now=now, is_late_call=True, soup=1)
    if asked.reason:
        return None
    return desk.accept(asked, first_name="Late", now=now, is_late_call=True)


def test_p08_a_late_order_finds_its_round_and_changes_nothing_that_has_left(
    both: Day, desk: Desk
) -> None:
    before = what_left(both)
    assert len(before) == 1
    assert call(desk, "stadium", (12, 0)) is None  # a quarter of an hour is too short
    assert what_left(both) == before
    late = call(desk, "school", (12, 30))
    assert late is not None
    assert what_left(both) == before
    both.plan()
    assert what_left(both) == before
    aboard = {o.id: r for r in both.rounds() for o in r.orders}
    assert aboard[late.id].number != before[0][1]
    assert broken(both) == []


@pytest.mark.full
def test_p08_the_control_that_forgets_what_has_left_plans_it_anew(
    both: Day, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = what_left(both)
    monkeypatch.setattr(Round, "is_released", False)
    monkeypatch.setattr(publication, "decided_rounds", lambda *args: [])
    call(desk, "school", (12, 30))
    both.plan()
    assert what_left(both) != before
