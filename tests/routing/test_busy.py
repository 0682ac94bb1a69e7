"""A solver that gets little time keeps its limit and its start plan, and serves nearly all."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import pytest

import routing
from routing import Plan, Problem, Together
from routing.exact import trips as listing
from routing.exact.proof import grids
from routing.exact.trips import list_trips
from routing.instance.lists import read
from routing.search.search import Search

LUNCHES = ("n20-k2-s1", "n30-k3-s1", "n30-k3-s2", "n34-k3-s2", "n40-k3-s1", "n43-k4-s3")


def value(plan: Plan) -> tuple[int, int]:
    return plan.unserved_priority, plan.cost


def test_a_proof_that_never_ends_keeps_nobody_waiting(shared_problem, monkeypatch) -> None:
    """Listing that hangs: the plan comes all the same, while it still hangs."""
    never = Event()

    def hang(*_: object, **__: object) -> None:
        never.wait()

    monkeypatch.setattr(listing, "list_trips", hang)
    try:
        problem = shared_problem("lunch/lunch-n20-k2-s1")
        plan = routing.solve(problem, time_limit=0.5)
        assert not never.is_set()
        assert routing.violations(problem, plan) == []
        assert len(plan.served()) >= 18
    finally:
        never.set()


def test_a_failure_of_the_proof_is_told_and_not_swallowed(shared_problem, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(listing, "list_trips", fail)
    with pytest.raises(RuntimeError, match="out of order"):
        routing.solve(shared_problem("lunch/lunch-n20-k2-s1"), time_limit=20)


def test_listing_stops_within_a_size_when_its_time_is_over(shared_problem, monkeypatch) -> None:
    looks = 0

    def look() -> float:
        nonlocal looks
        looks += 1
        return float(looks)

    monkeypatch.setattr(listing, "monotonic", look)
    instance = read(shared_problem("lunch/lunch-n40-k3-s1"))
    _, complete = list_trips(instance, until=100.0)
    assert not complete
    assert looks == 101


@pytest.mark.parametrize("limit", [0.0, 0.05])
@pytest.mark.parametrize("together", [False, True])
def test_a_start_plan_is_never_lost(shared_problem, limit: float, together: bool) -> None:
    problem = shared_problem("lunch/lunch-n30-k3-s1")
    start = routing.solve(problem, iterations=3000)
    if together:
        trips = [[visit.stop for visit in trip.visits] for _, trip in start.trips()]
        longest = max(trips, key=len)
        problem = replace(problem, locks=(Together(tuple(longest)),))
    assert routing.violations(problem, start) == []
    assert value(routing.solve(problem, time_limit=limit, start=start)) <= value(start)
    # Control: without it so short a time serves less, or costs more.
    assert value(routing.solve(problem, time_limit=0)) > value(start)


def test_a_long_horizon_makes_no_more_columns_than_a_lunch() -> None:
    problem = wide(10**8)
    instance = read(problem)
    trips, complete = list_trips(instance)
    assert complete
    for grid in grids(instance, trips):
        assert int(((trips.last - trips.first) // grid).sum()) <= 1_000 * len(trips)
        assert int((trips.last + trips.length).max() - trips.first.min()) // grid <= 10_000
    plan = routing.solve(problem, time_limit=60)
    assert (plan.status, plan.unserved_priority) == ("optimal", 0)


def wide(end: int) -> Problem:
    """Four stops that may be served at any moment up to `end`."""
    day = (0, end)
    ways = tuple(tuple(60 * abs(one - two) for two in range(5)) for one in range(5))
    return Problem(
        name="",
        objective="duration",
        depot=routing.Depot(day),
        vehicles=(routing.Vehicle("red", (3,), day),),
        stops=tuple(routing.Stop(f"s{k}", k, (1,), (0,), day) for k in range(1, 5)),
        durations=ways,
        distances=ways,
    )


def test_plain_python_serves_nearly_all_before_anything_is_loaded(shared_problem) -> None:
    """What 0.3 s of processor time are enough for: the insertion by regret and some iterations."""
    served = stops = by_regret = 0
    for name in LUNCHES:
        instance = read(shared_problem(f"lunch/lunch-{name}"))
        search = Search(instance)
        by_regret += instance.size - 1 - search.unserved
        search.run(250)
        served += instance.size - 1 - search.unserved
        stops += instance.size - 1
    assert by_regret >= 0.85 * stops
    assert served >= 0.95 * stops
