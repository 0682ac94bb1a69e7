"""Planning a day's rounds, with the real solver."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import routing
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.tasks import PLAN_ROUNDS
from locomotive.dispatch.planning import SILENCE, Planning, claim_planning, last_planning
from locomotive.dispatch.publication import OrdersChanged, PlanningSuperseded, publish
from locomotive.ordering.order import Order
from locomotive.promise.tentative_plan import delivery_of
from locomotive.rounds.release import release
from locomotive.rounds.round import rounds_of
from locomotive.worker import planning as planning_task
from routing import Bound, OnProgress, Plan, Progress, SolverDied
from tests.service_day import Day

PAGE = "/delivery/2026-11-24/"
DEPOT = (50.4697, 2.9936)


def place_some(day: Day) -> list[Order]:
    return [
        day.order("Nadia", to="school", slot=(12, 0)),
        day.order("Karim", to="school", slot=(12, 0), salad=2),
        day.order("Paul", to="library", slot=(12, 0)),
        day.order("Inès", to="garage", slot=(12, 30), carbonade=3),
    ]


def release_first(day: Day) -> int:
    with write_tx() as session:
        first = rounds_of(session, day.service)[0]
        release(session, first, seen=first.stamp, now=day.at(10))
        return first.number


def last(day: Day) -> Planning:
    db.session.rollback()
    found = last_planning(db.session(), day.service)
    assert found
    return found


def test_asking_writes_a_planning_and_wakes_the_worker(
    day: Day, manager: FlaskClient, asked: list[tuple[object, ...]]
) -> None:
    day.order(to="school")
    answer = manager.post(f"{PAGE}plan")
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    planning = last(day)
    assert planning.state == "queued"
    assert asked == [(PLAN_ROUNDS, planning.id)]


def test_while_it_runs_the_page_shows_progress_and_refuses_a_second_one(
    day: Day, manager: FlaskClient, asked: list[tuple[object, ...]]
) -> None:
    day.order(to="school")
    manager.post(f"{PAGE}plan")
    page = manager.get(PAGE).text
    assert 'data-progress-url="/delivery/2026-11-24/progress" data-running' in page
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in page
    assert "data-running" in manager.get(f"{PAGE}progress").text
    again = manager.post(f"{PAGE}plan")
    assert again.status_code == 409
    assert "planned already" in again.text
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("left", "bound", "shown"),
    [
        (0, Bound(0, 1500), "at least 25 min"),
        (1, Bound(1, 1500), "at least 25 min"),
        # Not one stop less may be served, at that cost: says nothing of a plan that serves less.
        (1, Bound(0, 1500), None),
        (0, Bound(0, 0), None),  # nothing is proven yet
    ],
)
def test_a_bound_is_shown_beside_a_plan_that_serves_as_much_and_no_other(
    day: Day,
    manager: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
    left: int,
    bound: Bound,
    shown: str | None,
) -> None:
    day.order(to="school")
    seen: list[str] = []

    def solve(problem: routing.Problem, *, on_progress: OnProgress, **_more: object) -> Plan:
        on_progress(Progress(1.0, 1 - left, 1800, bound, left))
        seen.append(manager.get(f"{PAGE}progress").text.replace("\u00a0", " "))
        return routing.solve(problem, iterations=1)

    monkeypatch.setattr("locomotive.worker.planning.solve_in_process", solve)
    day.plan()
    (page,) = seen
    assert "riding time 30 min" in page
    assert ("at least" in page) == (shown is not None)
    assert shown is None or shown in page


def test_published_rounds_hold_every_delivery_once(day: Day, manager: FlaskClient) -> None:
    placed = place_some(day)
    day.order("Louise")  # she fetches hers
    rounds = day.plan()
    assert sorted(o.id for r in rounds for o in r.orders) == [o.id for o in placed]
    for round_ in rounds:
        assert round_.boxes <= round_.tricycle.capacity_boxes
        for stop in round_.stops:
            assert stop.window_starts_at <= stop.serves_at <= stop.window_ends_at
        for order in round_.orders:
            assert (order.round_number, order.departs_at) == (round_.number, round_.departs_at)
    together = next(s for r in rounds for s in r.stops if s.place_name == "École Pantigny")
    assert [o.first_name for o in together.orders] == ["Nadia", "Karim"]
    page = manager.get(PAGE).text
    for words in ("Mairie" not in page, "École Pantigny" in page, "promised 12:00" in page):
        assert words
    assert "data-running" not in page
    assert manager.get(f"{PAGE}progress").text.strip() == ""


def test_p05_what_one_small_tricycle_cannot_take_stands_there_with_its_reason(
    day: Day, manager: FlaskClient
) -> None:
    day.leave_one_tricycle(boxes=4)
    day.order("Nadia", to="school", phone="06 12 34 56 78", carbonade=5)
    day.order("Paul", to="library", carbonade=2)
    rounds = day.plan()
    assert [o.first_name for r in rounds for o in r.orders] == ["Paul"]
    page = manager.get(PAGE).text
    assert "Without a round: 1 order" in page
    for words in ("École Pantigny", "06 12 34 56 78", "No tricycle can carry so many boxes"):
        assert words in page


def test_without_a_tricycle_every_order_is_left_out_with_that_reason(
    day: Day, manager: FlaskClient
) -> None:
    with write_tx() as session:
        from locomotive.service.fleet import shifts_of

        for shift in shifts_of(session, day.service):
            shift.is_off = True
    day.order(to="school")
    assert day.plan() == []
    assert "No tricycle rides in this service." in manager.get(PAGE).text


def test_p08_a_later_plan_leaves_released_rounds_as_they_are(day: Day) -> None:
    place_some(day)
    day.plan()
    number = release_first(day)
    before = next(r for r in day.rounds() if r.number == number)
    facts = (before.id, before.departs_at, [(s.id, s.serves_at) for s in before.stops])
    late = day.order("Farid", to="library", slot=(12, 30))
    rounds = day.plan()
    after = next(r for r in rounds if r.number == number)
    assert (after.id, after.departs_at, [(s.id, s.serves_at) for s in after.stops]) == facts
    assert late.id in [o.id for r in rounds if r.number != number for o in r.orders]


def test_the_page_says_what_came_and_what_was_cancelled_since_the_plan(
    day: Day, manager: FlaskClient
) -> None:
    gone = place_some(day)[2]
    day.plan()
    assert "came after this plan" not in manager.get(PAGE).text
    late = day.order("Farid", to="library", slot=(12, 30))
    day.cancel(gone)
    page = manager.get(PAGE).text
    assert "1 order came after this plan" in page
    assert f"{late.number} (Médiathèque)" in page
    assert f"Order {gone.number} was cancelled" in page


def test_p12_a_plan_of_other_orders_publishes_nothing(day: Day) -> None:
    day.order(to="school")
    planning_id = day.ask()
    with write_tx() as session:
        claim_planning(session, planning_id, now=day.at(10))
    old = delivery_of(db.session(), day.service, DEPOT)
    plan = routing.solve(old.problem, time_limit=1)
    day.order(to="library")
    with pytest.raises(OrdersChanged), write_tx() as session:
        publish(session, session.get_one(Planning, planning_id), plan, depot=DEPOT, now=day.at(10))
    assert day.rounds() == []


def test_p12_a_planning_that_a_later_one_replaced_publishes_nothing(day: Day) -> None:
    day.order(to="school")
    first = day.ask()
    with write_tx() as session:
        claim_planning(session, first, now=day.at(10))
        session.get_one(Planning, first).alive_at -= SILENCE
    day.ask()
    old = delivery_of(db.session(), day.service, DEPOT)
    plan = routing.solve(old.problem, time_limit=1)
    with pytest.raises(PlanningSuperseded), write_tx() as session:
        publish(session, session.get_one(Planning, first), plan, depot=DEPOT, now=day.at(10))
    assert day.rounds() == []


def test_orders_that_keep_changing_fail_the_planning_and_keep_the_rounds(
    day: Day, manager: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.order(to="school")
    standing = [r.id for r in day.plan()]

    def meddle(problem: routing.Problem, **_options: object) -> routing.Plan:
        plan = routing.solve(problem, time_limit=1)
        day.order(to="library")
        return plan

    monkeypatch.setattr(planning_task, "solve_in_process", meddle)
    planning_task.plan_rounds(day.ask())
    assert last(day).state == "failed"
    assert [r.id for r in day.rounds()] == standing
    page = manager.get(PAGE).text
    assert "The orders changed during the planning" in page
    assert "The rounds below stay in force." in page


def test_p11_a_planner_that_died_is_told_and_can_be_asked_again(
    day: Day, manager: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.order(to="school")

    def die(_problem: routing.Problem, **_options: object) -> routing.Plan:
        raise SolverDied("the planner's process was ended")

    monkeypatch.setattr(planning_task, "solve_in_process", die)
    planning_task.plan_rounds(day.ask())
    assert "process was ended" in manager.get(PAGE).text
    assert manager.post(f"{PAGE}plan").status_code == 303


def test_a_worker_that_fell_silent_counts_as_failed(
    day: Day, manager: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.order(to="school")
    manager.post(f"{PAGE}plan")
    silent = day.at(10) + SILENCE + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: silent)
    page = manager.get(PAGE).text
    assert "the worker does not answer" in page
    assert manager.post(f"{PAGE}plan").status_code == 303


def test_a_day_with_nothing_to_deliver_is_not_planned(day: Day, manager: FlaskClient) -> None:
    day.order("Louise")
    assert "Nothing is to be delivered" in manager.get(PAGE).text
    assert manager.post(f"{PAGE}plan").status_code == 409
    assert db.session.scalars(select(Planning)).all() == []


def test_the_rounds_page_opens_on_the_next_lunch(day: Day, rider: FlaskClient) -> None:
    answer = rider.get("/delivery/")
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    for wrong in ("2026-11-29", "tomorrow", "2026-11-24T00"):
        assert rider.get(f"/delivery/{wrong}/").status_code == 404, wrong


def test_a_rider_reads_the_rounds_and_plans_nothing(day: Day, rider: FlaskClient) -> None:
    place_some(day)
    day.plan()
    page = rider.get(PAGE)
    assert page.status_code == 200
    assert f'action="{PAGE}plan"' not in page.text
    assert f'action="{PAGE}amend' not in page.text
    for path in ("plan", "amend/move", "rounds/1/release"):
        assert rider.post(f"{PAGE}{path}").status_code == 403, path
    assert day.signed_in("kitchen").get(PAGE).status_code == 403
