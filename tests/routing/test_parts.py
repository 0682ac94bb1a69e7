"""Days of a plan made best two and three at a time."""

from __future__ import annotations

from time import monotonic

import pytest

import routing
from routing.assemble import Best, assemble
from routing.instance import read
from routing.parts import Parts
from routing.search import Search

LONG = 60  # seconds that no part needs


def beginning(problem: routing.Problem) -> tuple[Search, Best]:
    search = Search(read(problem))
    return search, Best(search.days, search.unserved, search.cost)


def better(problem: routing.Problem) -> Best:
    """Return the plan in which no part can be bettered."""
    search, best = beginning(problem)
    parts = Parts(search.instance)
    while parts.improve(best, monotonic() + LONG):
        pass
    return best


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
