"""Why a stop is left out is true: with the obstacle out of the way, and no other, it is served."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

import routing
from routing import Depot, First, Frozen, NotOn, Problem, Stop, Together, Trip, Vehicle, Visit
from routing.fits import with_stop
from routing.instance.obstacles import EXPLANATIONS
from routing.reasons import at_any_time, without_load

LATE = 2**30
DAY = (1000, 9000)


def a_problem(stop: Stop, **changes: object) -> Problem:
    """One tricycle, one stop 300 s and 900 m away."""
    problem = Problem(
        name="",
        objective="duration",
        depot=Depot((0, 10_000), 60, 0),
        vehicles=(Vehicle("red", (8,), DAY),),
        stops=(stop,),
        durations=((0, 300), (300, 0)),
        distances=((0, 900), (900, 0)),
    )
    return replace(problem, **changes)  # type: ignore[arg-type]


def a_stop(**changes: object) -> Stop:
    return replace(Stop("s", 1, (2,), (0,), (2000, 3000), 60), **changes)  # type: ignore[arg-type]


ALL_DAY = Frozen("red", Trip(1000, 1000, 5000, (Visit("gone", 1100, 1100, 1200),)))
GONE = Stop("gone", 1, (1,), (0,), (0, 9000))

CASES: list[tuple[str, Callable[[], Problem]]] = [
    ("no_vehicle", lambda: a_problem(a_stop(), vehicles=())),
    ("unreachable", lambda: a_problem(a_stop(), durations=((0, None), (300, 0)))),
    ("unreachable", lambda: a_problem(a_stop(), distances=((0, 900), (None, 0)))),
    ("too_heavy", lambda: a_problem(a_stop(delivery=(9,)))),
    ("too_heavy", lambda: a_problem(a_stop(pickup=(9,)))),
    ("too_far_in_time", lambda: a_problem(a_stop(time_window=(0, 1200)))),
    ("too_far_for_freshness", lambda: a_problem(a_stop(freshness=299))),
    ("shift_over", lambda: a_problem(a_stop(time_window=(8800, 9000)))),
    (
        "too_far_in_distance",
        lambda: a_problem(a_stop(), vehicles=(Vehicle("red", (8,), DAY, max_distance=1799),)),
    ),
    ("no_trips", lambda: a_problem(a_stop(), vehicles=(Vehicle("red", (8,), DAY, max_trips=0),))),
    ("locked_out", lambda: a_problem(a_stop(), locks=(NotOn("s", "red"),))),
    ("frozen", lambda: a_problem(a_stop(), stops=(a_stop(), GONE), locks=(ALL_DAY,))),
    ("several", lambda: a_problem(a_stop(delivery=(9,), freshness=10))),
    (
        "no_load",
        lambda: a_problem(
            a_stop(),
            stops=(
                a_stop(time_window=(2000, 2200), delivery=(5,)),
                a_stop(id="t", time_window=(2000, 2200), delivery=(5,), priority=2),
            ),
        ),
    ),
    (
        "no_time",
        lambda: a_problem(
            a_stop(),
            stops=(
                a_stop(time_window=(2000, 2000)),
                a_stop(id="t", time_window=(2000, 2000), priority=2),
            ),
        ),
    ),
    (
        "fleet_full",
        lambda: a_problem(
            a_stop(),
            stops=(
                a_stop(service_time=800),
                a_stop(id="t", time_window=(1360, 1400), service_time=7000, priority=2),
            ),
        ),
    ),
]


@pytest.mark.parametrize(
    ("reason", "made"), CASES, ids=[f"{c[0]}-{i}" for i, c in enumerate(CASES)]
)
def test_p05_what_cannot_be_served_is_left_out_with_its_reason(
    reason: str, made: Callable[[], Problem]
) -> None:
    problem = made()
    plan = routing.solve(problem, time_limit=2)
    assert routing.violations(problem, plan) == []
    assert [(u.stop, u.reason) for u in plan.unassigned] == [("s", reason)]
    assert plan.unassigned[0].explanation == EXPLANATIONS[plan.unassigned[0].reason]
    assert plan.status == "optimal"


TOGETHER = Together(("s", "t"))


def two_stops(*locks: routing.Lock, **changes: object) -> Problem:
    """Two stops that one tricycle, or another, could serve at any time of the day."""
    s = a_stop(time_window=(2000, 8000), **changes)
    red = Vehicle("red", (8,), DAY)
    return a_problem(
        s,
        stops=(s, replace(s, id="t", priority=2)),
        vehicles=(red, replace(red, id="blue")),
        locks=locks,
    )


LOCKED: list[tuple[str, Problem]] = [
    ("together with t", two_stops(TOGETHER, First("s"), First("t"))),
    ("together with t", two_stops(TOGETHER, NotOn("s", "red"), NotOn("t", "blue"))),
    ("together with t", two_stops(TOGETHER, delivery=(5,))),
    ("together with t", two_stops(TOGETHER, freshness=300)),
]


@pytest.mark.parametrize(("said", "problem"), LOCKED)
def test_a_lock_that_leaves_no_way_is_named(said: str, problem: Problem) -> None:
    plan = routing.solve(problem, time_limit=1)
    (left_out,) = plan.unassigned
    assert (left_out.stop, left_out.reason) == ("s", "locked_out")
    assert said in left_out.explanation
    free = replace(problem, locks=())
    assert routing.solve(free, time_limit=1).unassigned == ()


def test_the_lock_named_is_the_one_that_is_in_the_way() -> None:
    # The red tricycle has no time for both, and t may not ride on the blue one either.
    off_blue = NotOn("t", "blue"), NotOn("s", "blue")
    problem = two_stops(First("s"), *off_blue, service_time=5500)
    (left_out,) = routing.solve(problem, time_limit=1).unassigned
    assert left_out.reason == "locked_out"
    assert "not to ride on blue" in left_out.explanation


def test_a_lock_is_not_blamed_where_the_tricycles_are_full() -> None:
    problem = two_stops(First("s"), service_time=5500)
    stops = (*problem.stops, replace(problem.stops[1], id="u"))
    (left_out,) = routing.solve(replace(problem, stops=stops), time_limit=1).unassigned
    assert (left_out.stop, left_out.reason) == ("s", "fleet_full")


def freed(problem: Problem, stop: Stop, reason: str) -> Problem | None:
    """Return the problem of this stop alone with the named obstacle gone; None if none is named."""
    frozen = tuple(k for k in problem.locks if isinstance(k, Frozen))
    out = {visit.stop for lock in frozen for visit in lock.trip.visits}
    others = tuple(s for s in problem.stops if s.id in out)
    mine = tuple(
        k
        for k in problem.locks
        if isinstance(k, Frozen)
        or (isinstance(k, First | NotOn) and k.stop == stop.id)
        or (isinstance(k, Together) and stop.id in k.stops)
    )
    kept = {s.id for s in others} | {stop.id}
    mine = tuple(
        Together(tuple(s for s in k.stops if s in kept)) if isinstance(k, Together) else k
        for k in mine
    )
    alone = replace(problem, stops=(stop, *others), locks=mine)
    vehicles = alone.vehicles
    match reason:
        case "fleet_full":
            return alone
        case "unreachable":
            ways = [[0 if w is None else w for w in row] for row in problem.durations]
            far = [[0 if w is None else w for w in row] for row in problem.distances]
            return replace(alone, durations=ways, distances=far)  # type: ignore[arg-type]
        case "too_heavy":
            room = tuple(LATE // 2 for _ in stop.delivery)
            return replace(alone, vehicles=tuple(replace(v, capacity=room) for v in vehicles))
        case "too_far_in_time":
            return replace(alone, stops=(replace(stop, time_window=(0, LATE)), *others))
        case "too_far_for_freshness":
            return replace(alone, stops=(replace(stop, freshness=None), *others))
        case "shift_over":
            longer = tuple(replace(v, shift=(v.shift[0], LATE)) for v in vehicles)
            opens = alone.depot.time_window[0]
            depot = replace(alone.depot, time_window=(opens, LATE))
            return replace(alone, vehicles=longer, depot=depot)
        case "too_far_in_distance":
            return replace(alone, vehicles=tuple(replace(v, max_distance=None) for v in vehicles))
        case "no_trips":
            return replace(alone, vehicles=tuple(replace(v, max_trips=None) for v in vehicles))
        case "locked_out":
            return replace(alone, locks=frozen if not _rides_with_one_out(mine, out) else ())
        case "frozen":
            return replace(alone, stops=(stop,), locks=tuple(k for k in mine if k not in frozen))
    return None


def _rides_with_one_out(locks: tuple[routing.Lock, ...], out: set[str]) -> bool:
    return any(isinstance(k, Together) and not out.isdisjoint(k.stops) for k in locks)


def test_with_the_named_obstacle_gone_the_stop_is_served(make_problem) -> None:
    named: dict[str, int] = {}
    for seed in range(250):
        problem = make_problem(seed, 8)
        plan = routing.solve(problem, iterations=20)
        stops = {stop.id: stop for stop in problem.stops}
        for left_out in plan.unassigned:
            easier = freed(problem, stops[left_out.stop], left_out.reason)
            if easier is not None:
                served = routing.solve(easier, iterations=0).served()
                assert left_out.stop in served, (seed, left_out)
            named[left_out.reason] = named.get(left_out.reason, 0) + 1
    assert len(named) >= 8


EASED: dict[str, Callable[[Problem, Stop], Stop]] = {
    "no_load": lambda _problem, stop: without_load(stop),
    "no_time": at_any_time,
}


def test_without_its_load_or_in_another_window_it_is_served_beside_all_others(make_problem) -> None:
    named: dict[str, int] = {}
    for seed in range(150):
        problem = make_problem(seed, 10)
        plan = routing.solve(problem, iterations=20)
        stops = {stop.id: stop for stop in problem.stops}
        for left_out in plan.unassigned:
            named[left_out.reason] = named.get(left_out.reason, 0) + 1
            for reason, eased in EASED.items():
                easier = with_stop(problem, eased(problem, stops[left_out.stop]))[0]
                found = routing.fits(problem, plan, eased(problem, stops[left_out.stop]))
                if left_out.reason == reason:
                    assert found is not None, (seed, left_out)
                    assert found.served() == plan.served() | {left_out.stop}
                    assert routing.violations(easier, found) == []
    assert named["no_load"] >= 5
    assert named["no_time"] >= 5


def test_the_control_that_names_the_load_every_time_is_found_out(make_problem) -> None:
    untrue = 0
    for seed in range(60):
        problem = make_problem(seed, 10)
        plan = routing.solve(problem, iterations=20)
        stops = {stop.id: stop for stop in problem.stops}
        for left_out in plan.unassigned:
            if left_out.reason in ("no_time", "fleet_full"):
                light = without_load(stops[left_out.stop])
                untrue += routing.fits(problem, plan, light, time_limit=0.0) is None
    assert untrue >= 5


def test_several_obstacles_are_not_named_where_one_would_do(make_problem) -> None:
    for seed in range(120):
        problem = make_problem(seed, 6)
        plan = routing.solve(problem, iterations=20)
        stops = {stop.id: stop for stop in problem.stops}
        for left_out in plan.unassigned:
            if left_out.reason == "several":
                for reason in ("too_heavy", "too_far_in_time", "too_far_for_freshness"):
                    easier = freed(problem, stops[left_out.stop], reason)
                    assert easier is not None
                    assert left_out.stop not in routing.solve(easier, iterations=0).served()
