"""Acts that arrive late, twice and in any order: what was done last counts."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from locomotive.core.db import db, write_tx
from locomotive.ordering.order import Order
from locomotive.promise.promise import give_promise, judge_promises, promise_of
from locomotive.rounds import act as rules
from locomotive.rounds.act import ACTS, Done, RoundAct, note_act, round_token
from locomotive.rounds.box import balances
from locomotive.rounds.release import release, take_back
from locomotive.rounds.round import Round
from tests.service_day import SECRET, Day

CASES = 60
WHAT = ("delivered", "absent", "problem")


class Undone(Exception):
    """Ends a case without a trace."""


def round_of_one_stop(day: Day) -> Order:
    order = day.order("Nadia", to="school")
    [round_] = day.lay(["school"])
    with write_tx() as session:
        round_ = session.get_one(Round, round_.id)
        release(session, round_, seen=round_.stamp, now=day.at(10))
    return order


def acts_of(chance: random.Random, day: Day, stop: int) -> list[Done]:
    """What riders did at one stop, each at its own second of the hour after noon."""
    seconds = chance.sample(range(3600), chance.randint(1, 7))
    noon = day.at(12)
    return [
        Done(f"k{second}", stop, chance.choice(WHAT), noon + timedelta(seconds=second))
        for second in sorted(seconds)
    ]


def expected(done: list[Done]) -> str:
    """Where the latest act that says so leaves the order."""
    targets = [target for one in done if (target := ACTS[one.act])]
    return targets[-1] if targets else "placed"


def wrong_ends(day: Day, *, seed: int) -> int:
    """Cases in which arriving late, twice or out of order changed what counts."""
    [round_] = day.rounds()
    [stop] = round_.stops
    wrong = 0
    for case in range(CASES):
        chance = random.Random(f"{seed} {case}")
        done = acts_of(chance, day, stop.id)
        arriving = done + chance.choices(done, k=3)
        chance.shuffle(arriving)
        with suppress(Undone), write_tx() as session:
            ours = session.get_one(Round, round_.id)
            for one in arriving:
                note_act(session, ours, one, device="phone", now=day.at(14))
            [order] = ours.orders
            kept = session.scalar(select(func.count()).select_from(RoundAct))
            wrong += order.status != expected(done) or kept != len(done)
            raise Undone
    return wrong


def test_acts_count_by_their_own_time_in_whatever_order_they_arrive(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_of_one_stop(day)
    assert wrong_ends(day, seed=1) == 0
    # The control: with the rule of before, the last to arrive counts.
    monkeypatch.setattr(rules, "_decides", lambda act, _at, before: act != before.act)
    assert wrong_ends(day, seed=1) > 0


def note(day: Day, *done: Done, now: datetime | None = None) -> None:
    for one in done:
        [round_] = day.rounds()
        with write_tx() as session:
            ours = session.get_one(Round, round_.id)
            note_act(session, ours, one, device="phone", now=now or day.at(13))


@pytest.mark.parametrize("wrong_by", [timedelta(days=1), timedelta(days=-1)])
def test_a_phone_whose_clock_is_wrong_by_a_day_keeps_its_place_among_the_others(
    day: Day, wrong_by: timedelta
) -> None:
    order = round_of_one_stop(day)
    [stop] = day.rounds()[0].stops
    note(day, Done("a", stop.id, "delivered", day.at(12, 30)))
    # Absent at 12:10, said at 13:00 by a phone of another day.
    at, sent = day.at(12, 10) + wrong_by, day.at(13) + wrong_by
    note(day, Done("b", stop.id, "absent", at, sent_at=sent))
    db.session.rollback()
    assert db.session.scalars(select(RoundAct.at).where(RoundAct.key == "b")).one() == day.at(
        12, 10
    )
    assert day.status(order) == "handed over"
    # The control: done at 12:40 by the same phone, it is the later act.
    note(day, Done("c", stop.id, "absent", day.at(12, 40) + wrong_by, sent_at=sent))
    assert day.status(order) == "not delivered"


def test_a_slow_network_shifts_no_act(day: Day) -> None:
    done = Done("a", 1, "absent", day.at(12), sent_at=day.at(12, 1))
    assert done.happened_at(day.at(12, 2)) == day.at(12)
    assert done.happened_at(day.at(15)) == day.at(14, 59)


def test_an_absurd_clock_is_bounded(day: Day) -> None:
    round_of_one_stop(day)
    [stop] = day.rounds()[0].stops
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    note(day, Done("a", stop.id, "absent", last, sent_at=first))
    db.session.rollback()
    assert db.session.scalars(select(RoundAct.at)).one() == day.at(13)


def test_an_act_of_an_older_sheet_finds_the_stop_that_carries_its_orders(day: Day) -> None:
    day.order("Nadia", to="school")
    day.order("Bruno", to="library")
    day.lay(["school", "library"])
    old = {stop.place_name: stop.id for stop in day.rounds()[0].stops}
    orders = {
        stop.place_name: frozenset(o.id for o in stop.orders) for stop in day.rounds()[0].stops
    }
    day.lay(["library", "school"])
    [round_] = day.rounds()
    with write_tx() as session:
        ours = session.get_one(Round, round_.id)
        release(session, ours, seen=ours.stamp, now=day.at(10))
    school = "École Pantigny"
    note(day, Done("a", old[school], "delivered", day.at(12), orders=orders[school]))
    status = {stop.place_name: stop.orders[0].status for stop in day.rounds()[0].stops}
    assert status == {school: "handed over", "Médiathèque": "placed"}


def test_boxes_count_by_the_time_of_their_act(day: Day) -> None:
    round_of_one_stop(day)
    [stop] = day.rounds()[0].stops
    late = Done("b", stop.id, "delivered", day.at(12, 30), boxes_back=1)
    note(day, late, Done("a", stop.id, "delivered", day.at(12, 10), boxes_back=0))
    [school] = balances(db.session())
    assert school.back == 1


def test_the_link_of_a_round_that_is_planned_anew_is_another(day: Day) -> None:
    round_of_one_stop(day)
    [round_] = day.rounds()
    before = round_token(SECRET, round_)
    with write_tx() as session:
        ours = session.get_one(Round, round_.id)
        take_back(session, ours)
        release(session, ours, seen=ours.stamp, now=day.at(11))
    assert round_token(SECRET, day.rounds()[0]) != before


def test_a_phone_that_sends_yesterday_s_acts_writes_them_where_they_happened(day: Day) -> None:
    order = round_of_one_stop(day)
    [stop] = day.rounds()[0].stops
    with write_tx() as session:
        give_promise(
            session, session.get_one(Order, order.id), None, cause="ordered", now=day.at(8)
        )
    # Out of battery at noon: what it kept is sent the next morning, by a clock that is right.
    morning = day.at(8) + timedelta(days=1)
    kept = Done("a", stop.id, "delivered", day.at(12, 10), sent_at=morning)
    note(day, kept, kept, now=morning)
    with write_tx() as session:
        judge_promises(session, now=morning)
    db.session.rollback()
    assert db.session.scalars(select(RoundAct.at)).one() == day.at(12, 10)
    [*_, last] = db.session.get_one(Order, order.id).events
    assert (last.status, last.at) == ("handed over", day.at(12, 10))
    promise = promise_of(db.session(), db.session.get_one(Order, order.id))
    assert promise is not None
    assert promise.is_kept
    # The control: handed over in the morning, it would have been late.
    note(day, Done("b", stop.id, "absent", morning), now=morning)
    assert day.status(order) == "not delivered"
