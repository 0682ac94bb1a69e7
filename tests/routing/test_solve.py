"""Solving keeps its time limit, its seed, its start; it says what it proved and nothing twice."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import pairwise

import pytest

import routing
from routing import Depot, Frozen, Plan, Problem, Progress, Stop, Trip, Vehicle, Visit
from routing.exact.changes import count_changes
from routing.instance.assemble import days_of
from routing.instance.best import Best
from routing.instance.lists import read


def value(plan: Plan) -> tuple[int, int]:
    return plan.unserved_priority, plan.cost


def timeless(plan: Plan) -> Plan:
    return replace(plan, seconds=0)


LOOK = 0.05


class Looks:
    """A clock that goes on by LOOK seconds whenever somebody looks at it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        for name, module in list(sys.modules.items()):
            if name.startswith("routing.") and hasattr(module, "monotonic"):
                monkeypatch.setattr(module, "monotonic", self.look)

    def look(self) -> float:
        self.count += 1
        return self.count * LOOK


@pytest.mark.parametrize("limit", [0, 0.3, 1.5])
def test_p02_a_time_limit_is_kept(limit, shared_problem, monkeypatch) -> None:
    problem = shared_problem("lunch/lunch-n60-k4-s1")
    clock = Looks(monkeypatch)
    plan = routing.solve(problem, time_limit=limit)
    # Whoever finds the time over stops: each part of the solver looks a few times more.
    assert clock.count < limit / LOOK + 200
    assert routing.violations(problem, plan) == []


def test_p06_a_seed_and_a_count_of_iterations_make_one_plan(make_problem, shared_problem) -> None:
    problems = [make_problem(seed, 10) for seed in range(20)]
    problems.append(shared_problem("lunch/lunch-n30-k3-s1"))
    for problem in problems:
        one, two = (routing.solve(problem, seed=3, iterations=60) for _ in range(2))
        assert timeless(one) == timeless(two)
    others = {routing.solve(problems[-1], seed=seed, iterations=60).routes for seed in range(4)}
    assert len(others) > 1


def test_the_plan_serves_as_much_with_more_iterations(shared_problem) -> None:
    problem = shared_problem("busy/busy-n20-k2-s1")
    values = [value(routing.solve(problem, iterations=n)) for n in (0, 20, 200, 600)]
    assert values == sorted(values, reverse=True)


def test_a_bound_on_the_cost_of_an_easier_level_is_forgotten() -> None:
    best = Best([], unserved=2, cost=800)
    best.cost_bound = 1000
    best.raise_unserved(1)
    assert (best.unserved_bound, best.cost_bound) == (1, 0)
    best.cost_bound = 700
    best.raise_unserved(1)
    assert (best.unserved_bound, best.cost_bound) == (1, 700)


def test_where_not_all_can_be_served_the_plan_is_proven_and_its_bound_is_true(
    make_problem, shared_problem
) -> None:
    problems = [make_problem(seed, 9) for seed in range(30)]
    problems.append(shared_problem("busy/busy-n12-k2-s2"))
    left_out = 0
    for problem in problems:
        plan = routing.solve(problem, time_limit=10)
        assert routing.violations(problem, plan) == []
        assert plan.status == "optimal"
        left_out += plan.unserved_priority > 0
    assert left_out > 5


def test_a_start_plan_that_is_best_is_returned_unchanged(shared_problem) -> None:
    problem = shared_problem("lunch/lunch-n20-k2-s1")
    first = routing.solve(problem, time_limit=10)
    again = routing.solve(problem, time_limit=10, start=first, seed=5)
    assert again.routes == first.routes


def test_p09_of_equal_plans_the_one_with_the_fewest_changes_is_returned(shared_problem) -> None:
    """One order is called off: the others keep their tricycle and their trip where they can."""
    problem = shared_problem("lunch/lunch-n20-k2-s2")
    before = routing.solve(problem, time_limit=10)
    swapped = replace(
        before,
        routes=tuple(
            replace(route, vehicle=other.vehicle)
            for route, other in zip(before.routes, reversed(before.routes), strict=True)
        ),
    )
    fewer = replace(problem, stops=problem.stops[:-1])
    for start in (before, swapped):
        with_start = routing.solve(fewer, time_limit=10, start=start)
        without = routing.solve(fewer, time_limit=10)
        assert value(with_start) == value(without)
        assert with_start.status == "optimal"
        assert changes(fewer, start, with_start) <= changes(fewer, start, without)
        assert changes(fewer, start, with_start) < len(fewer.stops) / 2


def changes(problem: Problem, before: Plan, after: Plan) -> int:
    instance = read(problem)
    return count_changes(days_of(instance, before), days_of(instance, after))


def test_a_start_plan_that_no_longer_keeps_the_rules_is_mended(make_problem) -> None:
    for seed in range(60):
        problem = make_problem(seed, 8)
        start = routing.solve(problem, iterations=30)
        other = replace(make_problem(seed + 1, 8), name="other")
        for changed in (other, replace(problem, locks=()), replace(problem, locks=(), vehicles=())):
            plan = routing.solve(changed, iterations=30, start=start)
            assert routing.violations(changed, plan) == []


def test_p08_a_trip_that_has_left_stands_in_every_later_plan(shared_problem) -> None:
    problem = shared_problem("lunch/lunch-n20-k2-s3")
    plan = routing.solve(problem, time_limit=5)
    vehicle, trip = next(plan.trips())
    later = replace(problem, locks=(Frozen(vehicle, trip),), stops=problem.stops[::-1])
    again = routing.solve(later, time_limit=5, start=plan)
    assert routing.violations(later, again) == []
    assert (vehicle, trip) in set(again.trips())
    assert value(again) == value(plan)


def test_a_vehicle_that_rode_too_far_already_rides_no_more() -> None:
    """Not even to a stop at the depot, which is no metre away."""
    left = Trip(100, 100, 500, (Visit("far", 300, 300, 300),))
    day = (0, 9000)
    problem = Problem(
        name="",
        objective="duration",
        depot=Depot(day),
        vehicles=(Vehicle("red", (9,), day, max_distance=300),),
        stops=(Stop("far", 1, (1,), (0,), day), Stop("near", 0, (1,), (0,), day)),
        durations=((0, 200), (200, 0)),
        distances=((0, 200), (200, 0)),
        locks=(Frozen("red", left),),
    )
    plan = routing.solve(problem, time_limit=1)
    assert routing.violations(problem, plan) == []
    assert [(u.stop, u.reason) for u in plan.unassigned] == [("near", "too_far_in_distance")]
    longer = replace(problem, vehicles=(Vehicle("red", (9,), day, max_distance=400),))
    assert routing.solve(longer, time_limit=1).served() == {"far", "near"}


def test_progress_is_told_when_something_got_better_and_only_then(shared_problem) -> None:
    told: list[Progress] = []
    problem = shared_problem("lunch/lunch-n20-k2-s1")
    plan = routing.solve(problem, time_limit=5, on_progress=told.append)
    facts = [(p.served, p.cost, p.bound) for p in told]
    assert all(one != two for one, two in pairwise(facts))
    last = (told[-1].served, told[-1].cost, told[-1].bound)
    assert last == (len(plan.served()), plan.cost, plan.bound)
    assert told[-1].unserved_priority == plan.unserved_priority
    assert [p.elapsed for p in told] == sorted(p.elapsed for p in told)


@pytest.mark.full
def test_p04_no_rule_is_broken_in_2000_random_solves(make_problem) -> None:
    for seed in range(2000):
        problem = make_problem(seed, 12)
        how = {"iterations": seed % 50} if seed % 2 else {"time_limit": 0.2}
        plan = routing.solve(problem, seed=seed, **how)
        assert routing.violations(problem, plan) == [], seed
