"""What the rider does times anew what follows, for the dispatcher, the customer and the phone."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from flask.testing import FlaskClient

from locomotive.arrival.arrival import Arrival, arrivals_of
from locomotive.core.clock import clock, local, next_minute
from locomotive.core.db import db, write_tx
from locomotive.core.status import Status
from locomotive.ordering.order import order_token
from locomotive.ordering.step import move_on
from locomotive.rounds.act import Done, RoundAct, note_act, round_token
from locomotive.rounds.release import release, set_out
from locomotive.rounds.round import Round, rounds_of
from tests.service_day import SECRET, Day

MINUTE = timedelta(minutes=1)


@pytest.fixture
def out(day: Day, monkeypatch: pytest.MonkeyPatch) -> Day:
    """One released round of three stops, at ten o'clock."""
    for name, to in (("Nadia", "school"), ("Karim", "library"), ("Louise", "garage")):
        day.order(name, to=to)
    [round_] = day.lay(["school", "library", "garage"])
    with write_tx() as session:
        round_ = session.get_one(Round, round_.id)
        release(session, round_, seen=round_.stamp, now=day.at(10))
        for order in round_.orders:
            for to in (Status.STARTED, Status.READY):
                seen_as = order.status
                move_on(session, order, to=to, seen=seen_as, device="kitchen", now=day.at(10))
    return day


def the_round(day: Day) -> Round:
    [round_] = day.rounds()
    return round_


def act(day: Day, position: int, what: str, at: datetime, *, now: datetime | None = None) -> None:
    stop = the_round(day).stops[position]
    done = Done(f"{position} {what} {at}", stop.id, what, at)
    with write_tx() as session:
        ours = session.get_one(Round, the_round(day).id)
        note_act(session, ours, done, device="phone", now=now or at)


def seen(day: Day, at: datetime) -> list[Arrival]:
    return arrivals_of(db.session(), the_round(day), now=at)


def leave(day: Day, at: datetime) -> None:
    with write_tx() as session:
        set_out(session, session.get_one(Round, the_round(day).id), device="office", now=at)


def test_before_it_leaves_the_plan_is_what_is_expected(out: Day) -> None:
    stops = the_round(out).stops
    assert [one.at for one in seen(out, out.at(10))] == [stop.serves_at for stop in stops]
    assert not any(one.is_moved for one in seen(out, out.at(10)))


def test_a_late_departure_moves_all_that_follows_and_is_seen_before_anybody_is_late(
    out: Day,
) -> None:
    round_ = the_round(out)
    at = round_.departs_at + 40 * MINUTE
    first, *others = seen(out, at)
    assert first.at == at + (round_.stops[0].arrives_at - round_.departs_at)
    assert all(one.is_moved for one in others)
    assert others[-1].minutes_late > 0
    leave(out, at - 5 * MINUTE)
    assert seen(out, at)[0].at == max(at, first.at - 5 * MINUTE)


def test_an_act_times_what_follows_and_an_early_one_waits_for_the_window(out: Day) -> None:
    stops = the_round(out).stops
    leave(out, the_round(out).departs_at)
    late = stops[0].leaves_at + 10 * MINUTE
    act(out, 0, "delivered", late)
    second, third = seen(out, late)
    assert second.at == max(
        late + (stops[1].arrives_at - stops[0].leaves_at), second.stop.window_starts_at
    )
    assert third.at >= second.at + (stops[1].leaves_at - stops[1].serves_at)
    # One at the door long before its time waits until the window that was promised opens.
    early = stops[0].window_starts_at - 30 * MINUTE
    act(out, 1, "absent", early, now=late)
    assert all(one.at >= one.stop.window_starts_at for one in seen(out, early))


def test_a_problem_ends_nothing_and_nothing_is_expected_in_the_past(out: Day) -> None:
    stops = the_round(out).stops
    leave(out, the_round(out).departs_at)
    act(out, 0, "problem", stops[0].serves_at)
    at = stops[0].serves_at + 25 * MINUTE
    found = seen(out, at)
    assert len(found) == 3
    assert found[0].at == at


def test_a_round_waits_for_its_tricycle_that_is_still_out(day: Day) -> None:
    for name, to in (("Nadia", "school"), ("Karim", "library")):
        day.order(name, to=to)
    day.lay(["school"], ["library"])
    with write_tx() as session:
        for round_ in rounds_of(session, day.service):
            release(session, round_, seen=round_.stamp, now=day.at(10))
    first, second = day.rounds()
    planned = [stop.serves_at for stop in second.stops]
    assert [one.at for one in arrivals_of(db.session(), second, now=day.at(10))] == planned
    # Nobody has left when the first one should be back: the second one is as late.
    at = first.returns_at
    [expected] = arrivals_of(db.session(), second, now=at)
    ride = first.returns_at - first.departs_at
    assert expected.at >= at + ride + (second.stops[0].arrives_at - second.loading_at)


class Undone(Exception):
    """Ends a case without a trace."""


def test_the_acts_of_two_phones_in_any_order_give_one_answer(out: Day) -> None:
    leave(out, the_round(out).departs_at)
    stops = [stop.id for stop in the_round(out).stops]
    noon = the_round(out).stops[0].leaves_at
    acts = [
        Done("a", stops[0], "absent", noon),
        Done("b", stops[0], "delivered", noon + 4 * MINUTE),
        Done("c", stops[1], "delivered", noon + 9 * MINUTE),
        Done("d", stops[1], "problem", noon + 10 * MINUTE),
    ]
    answers = set()
    for arriving in permutations(acts):
        with suppress(Undone), write_tx() as session:
            ours = session.get_one(Round, the_round(out).id)
            for done in arriving:
                note_act(session, ours, done, device="phone", now=out.at(13))
            found = arrivals_of(session, ours, now=noon)
            answers.add((*(one.at for one in found), ours.orders[0].status))
            raise Undone
    [(at, status)] = answers
    assert status == "handed over"
    assert at > noon + 9 * MINUTE


def test_desk_customer_and_phone_show_the_same_new_time(
    out: Day, manager: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = the_round(out)
    at = round_.stops[0].window_ends_at + 10 * MINUTE
    monkeypatch.setattr(clock, "now", lambda: at)
    leave(out, round_.departs_at + 20 * MINUTE)
    customer = out.app.test_client()
    order = the_round(out).stops[1].orders[0]
    page = f"/o/{order_token(SECRET, order.idempotency_key)}"
    said = f"{local(next_minute(seen(out, at)[1].at)):%H:%M}"
    customer.set_cookie("language", "en")
    assert f"Expected at about {said}" in customer.get(page).text
    # No streets are loaded: the promise says so.
    assert "Distances are estimated." in customer.get(page).text
    desk = manager.get(f"/delivery/{out.date}/").text
    assert f"about {said}" in desk
    assert "stops will be served late" in desk
    phone = out.app.test_client()
    phone.set_cookie("language", "en")
    assert said in phone.get(f"/r/{round_token(SECRET, the_round(out))}").text
    # What is asked again while nothing changed is answered by its mark alone.
    first = customer.get(f"{page}/arrival")
    same = customer.get(f"{page}/arrival", headers={"If-None-Match": first.headers["ETag"]})
    assert same.status_code == 304
    act(out, 1, "delivered", at)
    over = customer.get(f"{page}/arrival", headers={"If-None-Match": first.headers["ETag"]})
    assert over.status_code == 200
    assert "Expected" not in over.text


def test_no_position_of_a_person_is_kept() -> None:
    """Acts say what and when; the only places are those of doors, kitchens and passages."""
    assert {"latitude", "longitude"}.isdisjoint(RoundAct.__table__.columns.keys())
