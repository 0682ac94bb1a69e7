"""Thirty ways to break a plan, each of them found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

import routing
from routing import (
    Bound,
    Depot,
    First,
    Frozen,
    NotOn,
    Plan,
    Problem,
    Route,
    Stop,
    Together,
    Trip,
    Unassigned,
    Vehicle,
    Visit,
)

LEFT = Trip(900, 1000, 1400, (Visit("gone", 1100, 1150, 1200),))


def a_problem() -> Problem:
    """Two tricycles, one of them out on a frozen trip; each leg takes 100 s and 400 m."""
    day = (800, 9000)
    stops = (
        Stop("gone", 1, (1, 0), (0, 0), (1000, 1200)),
        Stop("one", 1, (4, 1), (4, 0), (2000, 2600), 50, 1500, 600),
        Stop("two", 2, (3, 1), (4, 1), (2000, 3000), 50, 0, 900),
        Stop("three", 3, (2, 0), (0, 0), (3000, 5000), 50, 2500, 900, 2),
        Stop("four", 4, (2, 0), (0, 0), (2000, 6000), 50),
        Stop("far", 5, (1, 0), (0, 0), (2000, 2100)),
    )
    legs = [[0 if i == j else 100 for j in range(6)] for i in range(6)]
    legs[0][5] = legs[5][0] = None  # type: ignore[call-overload]
    return Problem(
        name="broken plans",
        objective="duration",
        depot=Depot((850, 8000), 60, 10),
        vehicles=(
            Vehicle("red", (8, 3), day, max_trips=3, max_distance=4000),
            Vehicle("blue", (8, 3), day),
        ),
        stops=stops,
        durations=legs,  # type: ignore[arg-type]
        distances=[[None if leg is None else 4 * leg for leg in row] for row in legs],  # type: ignore[arg-type]
        locks=(
            Frozen("red", LEFT),
            First("one"),
            Together(("one", "two")),
            NotOn("four", "blue"),
        ),
    )


def a_plan() -> Plan:
    """A plan that keeps every rule: the control."""
    out = Trip(1820, 1900, 2300, (Visit("one", 2000, 2000, 2050), Visit("two", 2150, 2150, 2200)))
    late = Trip(2830, 2900, 3150, (Visit("three", 3000, 3000, 3050),))
    short = Trip(2350, 2420, 2670, (Visit("four", 2520, 2520, 2570),))
    return Plan(
        status="optimal",
        unserved_priority=1,
        cost=200 + 300 + 200 + 200,
        bound=Bound(1, 900),
        seconds=0.1,
        routes=(Route("red", (LEFT, out, short)), Route("blue", (late,))),
        unassigned=(Unassigned("far", "unreachable", "No road leads there."),),
    )


def with_trip(plan: Plan, route: int, number: int, trip: Trip) -> Plan:
    trips = list(plan.routes[route].trips)
    trips[number] = trip
    routes = list(plan.routes)
    routes[route] = replace(routes[route], trips=tuple(trips))
    return replace(plan, routes=tuple(routes))


def shifted(trip: Trip, by: int) -> Trip:
    visits = tuple(
        replace(v, arrival=v.arrival + by, start=v.start + by, departure=v.departure + by)
        for v in trip.visits
    )
    return Trip(trip.loading + by, trip.departure + by, trip.return_time + by, visits)


def changed_trip(route: int, number: int, change: Callable[[Trip], Trip]) -> Callable[[Plan], Plan]:
    return lambda plan: with_trip(plan, route, number, change(plan.routes[route].trips[number]))


def changed_visit(number: int, **values: int) -> Callable[[Plan], Plan]:
    """Change a visit of the trip to "one" and "two"."""

    def change(trip: Trip) -> Trip:
        visits = list(trip.visits)
        visits[number] = replace(visits[number], **values)
        return replace(trip, visits=tuple(visits))

    return changed_trip(0, 1, change)


def moved(plan: Plan, origin: int, number: int, target: int) -> Plan:
    """Move a whole trip to the end of another vehicle's day."""
    routes = [list(route.trips) for route in plan.routes]
    trip = routes[origin].pop(number)
    routes[target].append(trip)
    pairs = zip(plan.routes, routes, strict=True)
    return replace(plan, routes=tuple(replace(r, trips=tuple(t)) for r, t in pairs))


def reordered(trip: Trip) -> Trip:
    """Serve "two" before "one"."""
    visits = (Visit("two", 2000, 2000, 2050), Visit("one", 2150, 2150, 2200))
    return replace(trip, visits=visits)


def apart(plan: Plan) -> Plan:
    """Let "one" and "two" ride on two trips."""
    one = Trip(1830, 1900, 2150, (Visit("one", 2000, 2000, 2050),))
    two = Trip(2160, 2230, 2480, (Visit("two", 2330, 2330, 2380),))
    red, blue = plan.routes
    red = replace(red, trips=(red.trips[0], one, red.trips[2]))
    return replace(plan, cost=1000, routes=(red, replace(blue, trips=(two, *blue.trips))))


def joined(trip: Trip) -> Trip:
    """Let "four" ride along with "one" and "two": nine boxes leave."""
    visits = (*trip.visits, Visit("four", 2300, 2300, 2350))
    return Trip(trip.loading - 10, trip.departure, 2450, visits)


def overloaded(plan: Plan) -> Plan:
    plan = changed_trip(0, 1, joined)(plan)
    red = plan.routes[0]
    return replace(plan, routes=(replace(red, trips=red.trips[:2]), plan.routes[1]), cost=800)


BREACHES: list[tuple[str, str, Callable[[Plan], Plan]]] = [
    (
        "unknown vehicle",
        "not in the problem",
        lambda p: replace(p, routes=(*p.routes, Route("green", ()))),
    ),
    ("unknown stop", "not in the problem", changed_visit(0, stop="nowhere")),  # type: ignore[arg-type]
    (
        "unknown unassigned",
        "Unassigned stop",
        lambda p: replace(p, unassigned=(*p.unassigned, Unassigned("no", "unreachable", "?"))),
    ),
    ("two routes", "has 2 routes", lambda p: replace(p, routes=(*p.routes, Route("blue", ())))),
    (
        "served twice",
        "served 2 times",
        lambda p: with_trip(p, 1, 0, shifted(p.routes[0].trips[2], 700)),
    ),
    (
        "served and left out",
        "both served and unassigned",
        lambda p: replace(p, unassigned=(*p.unassigned, Unassigned("one", "fleet_full", "Full."))),
    ),
    ("forgotten", "neither served nor unassigned", lambda p: replace(p, unassigned=())),
    ("left out twice", "unassigned 2 times", lambda p: replace(p, unassigned=p.unassigned * 2)),
    (
        "no reason",
        "without a reason",
        lambda p: replace(p, unassigned=(Unassigned("far", "unreachable", " "),)),
    ),
    ("loads before the return", "starts loading", changed_trip(0, 2, lambda t: shifted(t, -100))),
    (
        "loads before the opening",
        "starts loading",
        changed_trip(1, 0, lambda t: replace(t, loading=840)),
    ),
    (
        "leaves before it is loaded",
        "before it is loaded",
        changed_trip(0, 1, lambda t: replace(t, loading=1821)),
    ),
    (
        "leaves before the release",
        "before three is released",
        changed_trip(1, 0, lambda t: Trip(2330, 2400, 3150, (Visit("three", 2500, 3000, 3050),))),
    ),
    ("arrives too soon", "the way says", changed_visit(0, arrival=1990)),
    ("starts before it arrives", "before it arrives", changed_visit(1, start=2140, departure=2190)),
    (
        "starts before the window",
        "before its window",
        changed_trip(0, 1, lambda t: shifted(t, -50)),
    ),
    ("starts after the window", "after its window", changed_trip(0, 1, lambda t: shifted(t, 700))),
    ("not fresh", "not fresh", changed_visit(1, start=2810, departure=2860)),
    ("serves too shortly", "not when it is served", changed_visit(0, departure=2049)),
    (
        "returns too soon",
        "the way says",
        changed_trip(0, 1, lambda t: replace(t, return_time=2250)),
    ),
    ("returns after the end", "after the end", changed_trip(0, 2, lambda t: shifted(t, 5500))),
    ("leaves overloaded", "leaves with a load of 9", overloaded),
    ("empty trip", "serves no stop", changed_trip(1, 0, lambda t: replace(t, visits=()))),
    ("not first", "locked as first", changed_trip(0, 1, reordered)),
    ("apart", "ride apart", apart),
    ("on the wrong vehicle", "locked off blue", lambda p: moved(p, 0, 2, 1)),
    (
        "frozen trip changed",
        "has changed",
        changed_trip(0, 0, lambda t: replace(t, return_time=1401)),
    ),
    ("wrong unserved priority", "unserved_priority", lambda p: replace(p, unserved_priority=0)),
    ("wrong cost", "says cost", lambda p: replace(p, cost=899)),
    ("bound above the plan's", "above the plan's own", lambda p: replace(p, bound=Bound(1, 901))),
    ("unserved bound above", "above the plan's own", lambda p: replace(p, bound=Bound(2, 0))),
    ("optimal without a proof", "says optimal", lambda p: replace(p, bound=Bound(1, 899))),
]


def test_the_plan_before_it_is_broken_keeps_every_rule() -> None:
    assert routing.violations(a_problem(), a_plan()) == []


@pytest.mark.parametrize(
    ("words", "breach"), [b[1:] for b in BREACHES], ids=[b[0] for b in BREACHES]
)
def test_the_breach_is_found(words: str, breach: Callable[[Plan], Plan]) -> None:
    found = routing.violations(a_problem(), breach(a_plan()))
    assert any(words in sentence for sentence in found), found


def with_vehicle(problem: Problem, **limits: object) -> Problem:
    red, blue = problem.vehicles
    return replace(problem, vehicles=(replace(red, **limits), blue))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "change"),
    [
        ("makes 3 trips, at most 2", lambda p: with_vehicle(p, max_trips=2)),
        ("rides 2800 m, at most 2799", lambda p: with_vehicle(p, max_distance=2799)),
        ("carries 8 after two, red 7", lambda p: with_vehicle(p, capacity=(7, 3))),
        ("leaves with a load of 2, red carries 1", lambda p: with_vehicle(p, capacity=(8, 1))),
        ("cannot be reached", lambda p: without_road(p, 0, 3)),
        ("cannot come back", lambda p: without_road(p, 3, 0)),
    ],
)
def test_a_plan_that_asks_too_much_of_a_tightened_problem_is_found(words, change) -> None:
    found = routing.violations(change(a_problem()), a_plan())
    assert any(words in sentence for sentence in found), found


def without_road(problem: Problem, here: int, there: int) -> Problem:
    legs = [list(row) for row in problem.distances]
    legs[here][there] = None
    return replace(problem, distances=legs)  # type: ignore[arg-type]


def test_at_least_thirty_breaches_are_tried() -> None:
    assert len(BREACHES) >= 30
