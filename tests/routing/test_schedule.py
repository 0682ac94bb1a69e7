"""Times for trips that somebody laid out by hand agree with the rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

import routing
from routing import Depot, Frozen, Plan, Problem, Stop, Trip, Unassigned, Vehicle, Visit
from routing.instance.schedule import timed, travelled

DURATIONS = ((0, 300, 600), (300, 0, 300), (600, 300, 0))
DISTANCES = ((0, 1000, 2000), (1000, 0, 900), (2000, 900, 0))


def a_lunch(**changes: object) -> Problem:
    """Two places, one tricycle from 11:00 to 13:00, loading of 2 min and 30 s a stop."""
    stop = Stop(
        id="school",
        location=1,
        delivery=(3,),
        pickup=(0,),
        time_window=(12 * 3600, 12 * 3600 + 900),
        service_time=120,
        freshness=2100,
    )
    lunch = Problem(
        name="lunch",
        objective="duration",
        depot=Depot((0, 86_400), loading_time=120, loading_time_per_stop=30),
        vehicles=(Vehicle("red", (8,), (11 * 3600, 13 * 3600)),),
        stops=(stop, replace(stop, id="town hall", location=2)),
        durations=DURATIONS,
        distances=DISTANCES,
    )
    return replace(lunch, **changes)  # type: ignore[arg-type]


def laid(problem: Problem, plan: Plan) -> dict[str, list[list[str]]]:
    """The order of stops of a plan's trips that have not left."""
    frozen = {(k.vehicle, k.trip) for k in problem.locks if isinstance(k, Frozen)}
    sequences: dict[str, list[list[str]]] = {}
    for vehicle, trip in plan.trips():
        if (vehicle, trip) not in frozen:
            sequences.setdefault(vehicle, []).append([visit.stop for visit in trip.visits])
    return sequences


def test_a_trip_leaves_so_late_that_nobody_waits_at_a_door() -> None:
    (trip,) = timed(a_lunch(), {"red": [["school", "town hall"]]}).routes[0].trips
    assert trip.visits[0] == Visit("school", 43_200, 43_200, 43_320)
    assert trip.visits[1] == Visit("town hall", 43_620, 43_620, 43_740)
    assert (trip.loading, trip.departure, trip.return_time) == (42_720, 42_900, 44_340)


def test_what_a_trip_rides_is_its_cost_in_seconds_and_its_length_in_metres() -> None:
    plan = timed(a_lunch(), {"red": [["school", "town hall"]]})
    (trip,) = plan.routes[0].trips
    assert plan.cost == travelled(a_lunch(), trip) == 1200
    assert travelled(a_lunch(), trip, "distance") == 3900


def test_a_second_trip_is_loaded_when_the_first_is_back() -> None:
    one, two = timed(a_lunch(), {"red": [["school"], ["town hall"]]}).routes[0].trips
    assert two.loading >= one.return_time


def test_a_trip_is_laid_around_one_that_has_left() -> None:
    left = Trip(42_000, 42_150, 42_750, (Visit("school", 42_450, 42_450, 42_570),))
    problem = a_lunch(locks=(Frozen("red", left),))
    plan = timed(problem, {"red": [["town hall"]]})
    assert left in plan.routes[0].trips
    assert routing.violations(problem, plan) == []


def test_times_of_a_choice_that_comes_too_late_are_told_and_break_the_window() -> None:
    late = tuple(replace(stop, release_time=44_000) for stop in a_lunch().stops)
    problem = a_lunch(stops=late)
    found = routing.violations(problem, timed(problem, {"red": [["school", "town hall"]]}))
    assert any("after its window" in sentence for sentence in found)


def test_an_unknown_stop_is_refused() -> None:
    with pytest.raises(KeyError):
        timed(a_lunch(), {"red": [["nowhere"]]})


def test_the_order_of_every_plan_that_keeps_the_rules_keeps_them_when_timed_again(
    make_problem,
) -> None:
    served = 0
    for seed in range(150):
        problem = make_problem(seed)
        plan = routing.solve(problem, time_limit=1)
        again = timed(problem, laid(problem, plan))
        left_out = tuple(Unassigned(u.stop, u.reason, u.explanation) for u in plan.unassigned)
        again = replace(again, unassigned=left_out)
        assert routing.violations(problem, again) == [], seed
        assert again.cost == plan.cost, seed
        served += len(plan.served())
    assert served > 100
