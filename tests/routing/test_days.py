"""Days of a plan made best two and three at a time."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

import pytest

import routing
from routing.exact.days import Parts
from routing.exact.trips import list_trips
from routing.instance.assemble import assemble
from routing.instance.best import Best
from routing.instance.lists import read
from routing.search.search import Search

LONG = 60  # seconds that no part needs


def beginning(problem: routing.Problem) -> tuple[Search, Best]:
    search = Search(read(problem))
    return search, Best(search.days, search.unserved, search.cost)


def exhaust(parts: Parts, best: Best) -> int:
    """Try parts of the plan until none is left; return how many."""
    tried = 0
    while parts.improve(best, monotonic() + LONG):
        tried += 1
    return tried


def better(problem: routing.Problem) -> Best:
    """Return the plan in which no part can be bettered."""
    search, best = beginning(problem)
    exhaust(Parts(search.instance), best)
    return best


def three_alike(problem: routing.Problem) -> routing.Problem:
    """The problem with three vehicles that may do the same, and no locks."""
    one, *_ = problem.vehicles
    return replace(problem, vehicles=tuple(replace(one, id=name) for name in "abc"), locks=())


@pytest.mark.parametrize("seed", range(12))
def test_parts_never_make_a_plan_worse_nor_break_a_rule(make_problem, seed: int) -> None:
    problem = make_problem(seed)
    search, first = beginning(problem)
    best = better(problem)
    assert (best.unserved, best.cost) <= (first.unserved, first.cost)
    plan = assemble(problem, search.instance, best, 0.0)
    assert routing.violations(problem, plan) == []


def test_two_days_together_are_as_good_as_the_proven_best(make_problem) -> None:
    bettered = 0
    for seed in range(40):
        problem = make_problem(seed)
        if len(problem.vehicles) == 2:
            search, first = beginning(problem)
            best = better(problem)
            plan = assemble(problem, search.instance, best, 0.0)
            proven = routing.solve(problem, time_limit=LONG)
            assert proven.status == "optimal"
            assert (plan.unserved_priority, plan.cost) == (proven.unserved_priority, proven.cost)
            bettered += (best.unserved, best.cost) < (first.unserved, first.cost)
    assert bettered  # else the beginning was the best already, and nothing was tried


def test_days_that_vehicles_alike_have_exchanged_are_not_tried_again(make_problem) -> None:
    tried = 0
    for problem in filter(lambda p: p.vehicles, map(make_problem, range(20))):
        search, best = beginning(three_alike(problem))
        parts = Parts(search.instance)
        tried += exhaust(parts, best)
        assert exhaust(parts, Best([*best.days[1:], best.days[0]], best.unserved, best.cost)) == 0
    assert tried


def test_trips_listed_part_by_part_make_days_as_good_as_all_listed_at_once(
    make_problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    problems = [p for p in map(make_problem, range(40)) if len(p.vehicles) == 2]
    at_once = [better(problem) for problem in problems]
    asked = []

    def list_parts(instance, **options):
        asked.append(instance)
        trips, complete = list_trips(instance, **options)
        return trips, complete and len(asked) > 1  # the first time it is the whole's

    monkeypatch.setattr("routing.exact.days.list_trips", list_parts)
    for problem, known in zip(problems, at_once, strict=True):
        asked.clear()
        best = better(problem)
        assert (best.unserved, best.cost) == (known.unserved, known.cost)
        assert len(asked) != 1  # the parts were listed too, unless there were none
