"""The exact plan agrees with trying everything, on small problems in which every rule may bite."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import routing
from routing import First, Frozen, NotOn, Problem, Together

from .brute import best_value
from .conftest import random_problem

SMALL = 5
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


def agrees(dice: random.Random, most: int) -> None:
    problem = Problem.from_json(random_problem(dice, most))
    plan = routing.solve(problem, time_limit=20)
    assert routing.violations(problem, plan) == []
    assert (plan.unserved_priority, plan.cost) == best_value(problem)
    assert plan.status == "optimal"


@settings(max_examples=40, deadline=None, suppress_health_check=QUIET, derandomize=True)
@given(st.randoms(use_true_random=True))
def test_the_exact_plan_is_the_best_there_is(dice: random.Random) -> None:
    agrees(dice, SMALL)


@pytest.mark.full
@settings(max_examples=500, deadline=None, suppress_health_check=QUIET, phases=[Phase.generate])
@given(st.randoms(use_true_random=True))
def test_the_exact_plan_is_the_best_there_is_500_times(dice: random.Random) -> None:
    agrees(dice, 6)


def test_every_rule_is_in_play(make_problem) -> None:
    problems = [make_problem(seed) for seed in range(500)]
    stops = [stop for problem in problems for stop in problem.stops]
    vehicles = [vehicle for problem in problems for vehicle in problem.vehicles]
    for kind in (First, Frozen, NotOn, Together):
        assert sum(isinstance(k, kind) for problem in problems for k in problem.locks) > 50
    assert sum(any(stop.pickup) for stop in stops) > 50
    assert sum(len(stop.delivery) == 2 for stop in stops) > 50
    assert 50 < sum(stop.freshness is None for stop in stops) < len(stops) - 50
    assert sum(vehicle.max_trips is not None for vehicle in vehicles) > 50
    assert sum(vehicle.max_distance is not None for vehicle in vehicles) > 50
    assert {problem.objective for problem in problems} == {"duration", "distance"}


def test_a_dearer_plan_would_not_pass_for_the_best(make_problem) -> None:
    """The control: the search alone, stopped at once, is seen to be worse than the best."""
    worse = 0
    for seed in range(60):
        problem = make_problem(seed, 5)
        plan = routing.solve(problem, iterations=0)
        worse += (plan.unserved_priority, plan.cost) > best_value(problem)
    assert worse
