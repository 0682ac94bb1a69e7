"""A day that goes wrong: what has left stays, nobody is lost, each one touched is told once."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

import routing
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.menu.dish import Dish
from locomotive.ordering.message import Message
from locomotive.ordering.order import Order, order_token
from locomotive.ordering.step import move_on
from locomotive.places.roads import Passage
from locomotive.promise.problem import exactly
from locomotive.promise.proposal import Proposal
from locomotive.promise.tentative_plan import current_plan, delivery_of
from locomotive.rounds.release import decided_rounds, release, set_out
from locomotive.rounds.round import Round
from locomotive.service.fleet import Tricycle
from locomotive.worker.queue import Jobs
from tests.service_day import SECRET, Day

PAGE = "/delivery/2026-11-24/trouble"


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch, day: Day) -> Callable[[int, int], None]:
    """Let it be another time of the day."""

    def at(hour: int, minute: int) -> None:
        monkeypatch.setattr(clock, "now", lambda: day.at(hour, minute))
        monkeypatch.setattr(Jobs, "soon", lambda *_what: None)

    at(11, 0)
    return at


def lunch(day: Day) -> list[Order]:
    """Six orders with an address of e-mail, in three slots."""
    orders = []
    for at, (name, place, slot) in enumerate(
        [
            ("Nadia", "school", (12, 0)),
            ("Bruno", "library", (12, 0)),
            ("Farid", "garage", (12, 15)),
            ("Inès", "town hall", (12, 15)),
            ("Karim", "school", (12, 45)),
            ("Zoé", "library", (12, 45)),
        ]
    ):
        order = day.order(name, to=place, slot=slot, carbonade=2 if at % 2 else 1)
        orders.append(order)
    with write_tx() as session:
        for order in orders:
            session.get_one(Order, order.id).email = f"{order.first_name.lower()}@example.org"
    return orders


def send(manager: FlaskClient, **trouble: object) -> TestResponse:
    """Say what happened, and do what the page then proposes."""
    shown = manager.post(PAGE, data=trouble)
    if shown.status_code != 200:
        return shown
    stamp = re.search(r'name="stamp" value="([^"]+)"', shown.text)
    assert stamp
    first, _, _others = shown.text[stamp.start() :].partition("</form>")
    pairs = re.findall(r'name="shown" value="([^"]+)"', first)
    return manager.post(PAGE, data={**trouble, "stamp": stamp[1], "shown": pairs})


def mails(kind: str) -> dict[int, int]:
    db.session.rollback()
    rows = db.session.execute(
        select(Message.order_id, func.count())
        .where(Message.kind == kind)
        .group_by(Message.order_id)
    )
    return dict(rows.all())  # type: ignore[arg-type]


def let_leave(day: Day, number: int, hour: int, minute: int) -> Round:
    """Release a round, make its bags ready, and let it go."""
    with write_tx() as session:
        round_ = session.merge(next(r for r in day.rounds() if r.number == number))
        release(session, round_, seen=round_.stamp, now=day.at(11))
    with write_tx() as session:
        round_ = session.get_one(Round, round_.id)
        for order in round_.orders:
            move_on(session, order, to="ready", seen="placed", device="t", now=day.at(11, 30))
        set_out(session, round_, device="t", now=day.at(hour, minute))
    return next(r for r in day.rounds() if r.number == number)


def facts(round_: Round) -> list[tuple[object, ...]]:
    """All that the sheet of a round says of times and places."""
    return [
        (round_.number, round_.tricycle_id, round_.departs_at, round_.returns_at),
        *((s.id, s.serves_at, s.place_name, [o.id for o in s.orders]) for s in round_.stops),
    ]


def times(day: Day) -> dict[tuple[str, datetime], datetime]:
    """When each place is served in each of its windows."""
    stops = [stop for round_ in day.rounds() for stop in round_.stops]
    return {(stop.place_name, stop.window_starts_at): stop.serves_at for stop in stops}


def check(day: Day) -> None:
    """The plan in force breaks no rule, and nobody who is still to be served is lost."""
    db.session.expire_all()
    settings = day.app.extensions["settings"]
    service = day.service
    delivery = delivery_of(db.session(), service, settings.depot)
    served = {
        v.stop for _, trip in current_plan(db.session(), service).plan.trips() for v in trip.visits
    }
    frozen = {stop for one in decided_rounds(db.session(), service) for stop in one.aboard}
    # What no slot could take waits for a call: it has a proposal without a time.
    waiting = {
        p.order_id
        for p in db.session.scalars(select(Proposal))
        if p.new_slot_id is None and p.answered_at is None
    }
    for stop, orders in delivery.orders.items():
        assert stop in served | frozen or {o.id for o in orders} <= waiting, stop
    rounds = day.rounds()
    aboard = [order.id for round_ in rounds for order in round_.orders]
    assert len(aboard) == len(set(aboard))
    assert rounds
    plan = current_plan(db.session(), service).plan
    movable = delivery.problem
    stops = tuple(s for s in movable.stops if s.id in served | frozen)

    known = {s.id for s in stops}
    left_out = [s for s in plan.unassigned if s.stop in known]
    wrong = routing.violations(
        exactly(replace(movable, stops=stops)), replace(plan, unassigned=tuple(left_out))
    )
    assert wrong == []


def test_a_tricycle_is_out_and_what_had_left_stays(
    day: Day, manager: FlaskClient, noon: Callable[[int, int], None]
) -> None:
    lunch(day)
    day.plan()
    first = min(day.rounds(), key=lambda r: r.departs_at)
    gone = let_leave(day, first.number, 11, 55)
    before = facts(gone)
    noon(12, 5)
    answer = send(manager, kind="tricycle", tricycle=gone.tricycle_id, at="12:05")
    assert answer.status_code == 303, answer.text
    [still] = [r for r in day.rounds() if r.number == gone.number]
    assert facts(still) == before
    assert all(
        r.tricycle_id != gone.tricycle_id for r in day.rounds() if r.departs_at > day.at(12, 5)
    )
    check(day)


def test_who_becomes_late_is_shown_before_and_told_once(
    day: Day, manager: FlaskClient, noon: Callable[[int, int], None]
) -> None:
    orders = lunch(day)
    day.plan()
    noon(11, 40)
    [dish] = db.session.scalars(select(Dish.id).where(Dish.name == "Carbonade flamande"))
    trouble = {"kind": "batch", "dish": dish, "minutes": 50}
    shown = manager.post(PAGE, data=trouble)
    assert "promised orders are touched. Nothing is changed yet." in shown.text
    assert "min later)" in shown.text
    assert mails("proposed") == {}
    assert send(manager, **trouble).status_code == 303
    told = mails("proposed")
    assert told
    assert set(told.values()) == {1}
    assert set(told) <= {order.id for order in orders}
    db.session.rollback()
    proposals = list(db.session.scalars(select(Proposal)))
    assert {p.order_id for p in proposals} == set(told)
    check(day)


def test_a_meal_that_is_too_late_for_a_kind_time_is_proposed_no_other(
    day: Day, manager: FlaskClient, noon: Callable[[int, int], None]
) -> None:
    order = day.order("Nadia", to="school", slot=(12, 0))
    day.plan()
    [dish] = db.session.scalars(select(Dish.id).where(Dish.name == "Carbonade flamande"))
    trouble = {"kind": "batch", "dish": dish, "minutes": 100}
    assert "nothing possible: call" in manager.post(PAGE, data=trouble).text
    assert send(manager, **trouble).status_code == 303
    db.session.rollback()
    page = day.app.test_client().get(f"/o/{order_token(SECRET, order.idempotency_key)}").text
    times = re.findall(r"Plutôt\s: (?:livré à|à venir chercher à) (\d+)\D+(\d+)", page)
    assert len(times) == 2
    # Ready at ten past one: nothing is offered before.
    assert all((int(hour), int(minute)) >= (13, 0) for hour, minute in times)


def test_a_batch_twenty_minutes_late_breaks_nothing_that_has_room(
    day: Day, manager: FlaskClient, noon: Callable[[int, int], None]
) -> None:
    day.order("Nadia", to="school", slot=(12, 0))
    day.plan()
    [dish] = db.session.scalars(select(Dish.id).where(Dish.name == "Carbonade flamande"))
    assert send(manager, kind="batch", dish=dish, minutes=20).status_code == 303
    assert mails("proposed") == {}
    [round_] = day.rounds()
    assert round_.departs_at >= day.at(11, 50)
    check(day)


def test_a_workplace_that_cancels_is_told_and_the_others_stay(
    day: Day, manager: FlaskClient, noon: Callable[[int, int], None]
) -> None:
    orders = lunch(day)
    day.plan()
    assert send(manager, kind="place", place="École Pantigny").status_code == 303
    db.session.rollback()
    assert [day.status(order) for order in orders] == [
        "cancelled", "placed", "placed", "placed", "cancelled", "placed",
    ]  # fmt: skip
    assert mails("cancelled") == {orders[0].id: 1, orders[4].id: 1}
    assert mails("proposed") == {}
    check(day)


def test_a_late_order_joins_the_rounds_with_the_fewest_changes(
    day: Day, manager: FlaskClient, noon: Callable[[int, int], None]
) -> None:
    lunch(day)
    day.plan()
    before = {
        stop.place_name + str(stop.window_starts_at): stop.serves_at
        for r in day.rounds()
        for stop in r.stops
    }
    late = day.order("Hugo", to="garage", slot=(12, 45))
    assert send(manager, kind="late").status_code == 303
    aboard = {order.id for round_ in day.rounds() for order in round_.orders}
    assert late.id in aboard
    after = {
        stop.place_name + str(stop.window_starts_at): stop.serves_at
        for r in day.rounds()
        for stop in r.stops
    }
    assert before.keys() <= after.keys()
    assert sum(after[key] != before[key] for key in before) <= len(before) // 2 + 1
    assert mails("proposed") == {}
    check(day)


def test_a_rider_who_starts_late_moves_only_what_must_move(
    day: Day, manager: FlaskClient, noon: Callable[[int, int], None]
) -> None:
    day.leave_one_tricycle()
    lunch(day)
    day.plan()
    tricycle = day.rounds()[0].tricycle_id
    answer = send(manager, kind="rider", tricycle=tricycle, at="12:20")
    assert answer.status_code == 303
    assert all(round_.loading_at >= day.at(12, 20) for round_ in day.rounds())
    assert mails("proposed")
    check(day)


def test_a_closed_passage_makes_the_rounds_that_have_not_left_anew(
    day: Day,
    manager: FlaskClient,
    noon: Callable[[int, int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lunch(day)
    day.plan()
    for round_ in day.rounds():
        with write_tx() as session:
            mine = session.get_one(Round, round_.id)
            release(session, mine, seen=mine.stamp, now=day.at(11))
    from locomotive.places import travel_time
    from locomotive.places.roads import Network
    from routing.streets import GreatCircle

    class Detour(GreatCircle):
        version = "with a closed crossing"

        def between(self, sources: object, targets: object) -> object:  # type: ignore[override]
            seconds, metres = super().between(sources, targets)  # type: ignore[arg-type]
            return [[2 * s for s in row] for row in seconds], metres

    monkeypatch.setattr(travel_time, "network_of", lambda session: Network(Detour()))
    noon(11, 20)
    shown = manager.post(PAGE, data={"kind": "passage"})
    assert "take their sheets back" in shown.text
    assert send(manager, kind="passage").status_code == 303
    db.session.expire_all()
    assert not any(round_.is_released for round_ in day.rounds())
    check(day)


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ({"kind": "meteor"}, "Say what went wrong"),
        ({"kind": "tricycle", "tricycle": "99", "at": "12:05"}, "Say what went wrong"),
        ({"kind": "tricycle", "tricycle": "1", "at": ""}, "Write a time of this lunch"),
        ({"kind": "batch", "dish": "1", "minutes": "-5"}, "a whole number from 1 to 180"),
        ({"kind": "batch", "dish": "1", "minutes": "200"}, "a whole number from 1 to 180"),
        ({"kind": "place", "place": "Nowhere"}, "No order that is still to come goes there."),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(
    day: Day,
    manager: FlaskClient,
    noon: Callable[[int, int], None],
    trouble: dict[str, str],
    sentence: str,
) -> None:
    lunch(day)
    before = [facts(round_) for round_ in day.plan()]
    answer = manager.post(PAGE, data=trouble)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert [facts(round_) for round_ in day.rounds()] == before


def test_what_changed_meanwhile_is_shown_again_instead_of_done(
    day: Day, manager: FlaskClient, noon: Callable[[int, int], None]
) -> None:
    lunch(day)
    day.plan()
    [red] = db.session.scalars(select(Tricycle.id).where(Tricycle.name == "red tricycle"))
    trouble = {"kind": "tricycle", "tricycle": red, "at": "12:05"}
    shown = manager.post(PAGE, data=trouble)
    stamp = re.search(r'name="stamp" value="([^"]+)"', shown.text)
    assert stamp
    day.order("Hugo", to="garage", slot=(12, 0))
    day.plan()
    again = manager.post(PAGE, data={**trouble, "stamp": stamp[1]})
    assert again.status_code == 200
    assert mails("proposed") == {}


def test_the_page_is_for_the_manager(day: Day, rider: FlaskClient, manager: FlaskClient) -> None:
    assert rider.get(PAGE).status_code == 403
    assert "A tricycle is out" in manager.get(PAGE).text


def test_a_closed_passage_that_nobody_marked_is_said_instead_of_changing_nothing(
    day: Day, manager: FlaskClient, noon: Callable[[int, int], None]
) -> None:
    lunch(day)
    day.plan()
    answer = manager.post(PAGE, data={"kind": "passage"})
    assert answer.status_code == 409
    assert "No passage is marked" in answer.text
    with write_tx() as session:
        session.add(Passage(latitude=50.47, longitude=2.99, is_closed=True, marked_at=day.at(9)))
    assert manager.post(PAGE, data={"kind": "passage"}).status_code == 200


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    day: Day, manager: FlaskClient, noon: Callable[[int, int], None]
) -> None:
    lunch(day)
    day.plan()
    page = manager.post(PAGE, data={"kind": "batch", "dish": "1", "minutes": "200"}).text
    field = re.search(r'<input[^>]*id="minutes"[^>]*>', page)
    assert field
    assert 'value="200"' in field[0]
    assert 'aria-describedby="batch-wrong"' in field[0]
    assert re.search(r'id="batch-wrong">.*?a whole number from 1 to 180', page)
    assert 'id="rider-wrong"' not in page


def test_a_breakdown_is_taken_to_be_now_unless_something_else_is_typed(
    day: Day,
    manager: FlaskClient,
    noon: Callable[[int, int], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lunch(day)
    noon(11, 42)
    monkeypatch.setattr(clock, "today", lambda: day.date)
    field = re.search(r'<input[^>]*id="tricycle-at"[^>]*>', manager.get(PAGE).text)
    assert field
    assert 'value="11:42"' in field[0]
