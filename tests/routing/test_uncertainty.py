"""What a problem may say of uncertainty, and what it may not."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from routing import InvalidPlan, InvalidProblem, Plan, Problem, Uncertainty, reliability, solve
from tests.routing.street import a_street


def test_a_problem_without_it_is_exact_and_asks_nothing() -> None:
    raw = a_street(2).to_json()
    del raw["uncertainty"], raw["reliability"]
    problem = Problem.from_json(raw)
    assert (problem.uncertainty, problem.reliability) == (None, 0.95)
    assert solve(problem, time_limit=1).reliability is None


@pytest.mark.parametrize("leg", [0.14, 0, [[0, 0.1, 0.2], [0.1, 0, 0.3], [0.2, 0.3, 0]]])
def test_what_is_written_is_read_again(leg: object) -> None:
    said = {"leg": leg, "service": 40, "departure": 20}
    problem = Problem.from_json({**a_street(2).to_json(), "uncertainty": said, "reliability": 0.9})
    assert problem.to_json()["uncertainty"] == said
    assert Problem.from_json(json.loads(json.dumps(problem.to_json()))) == problem


def test_a_leg_known_by_itself_has_its_own_share() -> None:
    shares = ((0.0, 0.1, 0.2), (0.1, 0.0, 0.3), (0.2, 0.3, 0.0))
    assert Uncertainty(leg=shares).share(1, 2) == 0.3
    assert Uncertainty(leg=0.14).share(1, 2) == 0.14


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("uncertainty", 3, "uncertainty must be an object"),
        ("uncertainty", {"leg": "much"}, "uncertainty.leg must be a number"),
        ("uncertainty", {"leg": float("nan")}, "uncertainty.leg must lie between 0 and 10"),
        ("uncertainty", {"leg": -0.1}, "uncertainty.leg must lie between 0 and 10"),
        ("uncertainty", {"leg": [[0, 0]]}, "uncertainty.leg must be one number or hold 3 rows"),
        ("uncertainty", {"leg": [0, 0, 0]}, "uncertainty.leg[0] must hold 3 values"),
        (
            "uncertainty",
            {"leg": [[0, 0, 0], [0, 0, "x"], [0, 0, 0]]},
            "uncertainty.leg[1][2] must be a number",
        ),
        ("uncertainty", {"service": -1}, "uncertainty.service must not be below 0"),
        ("uncertainty", {"service": 1.5}, "uncertainty.service must be a whole number"),
        ("uncertainty", {"departure": True}, "uncertainty.departure must be a whole number"),
        ("reliability", 1, "reliability must lie between 0 and 1, both excluded"),
        ("reliability", 0, "reliability must lie between 0 and 1, both excluded"),
        ("reliability", 95, "reliability must lie between 0 and 1"),
        ("reliability", "sure", "reliability must be a number"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(field: str, value: Any, said: str) -> None:
    with pytest.raises(InvalidProblem, match=re.escape(said)):
        Problem.from_json({**a_street(2).to_json(), field: value})


def test_a_plan_carries_its_reliability_and_is_read_again() -> None:
    problem = replace(a_street(2), uncertainty=Uncertainty(leg=0.14, service=40))
    plan = solve(problem, time_limit=1)
    plan = replace(plan, reliability=reliability(problem, plan, days=100))
    raw = json.loads(json.dumps(plan.to_json()))
    assert set(raw["reliability"]["stops"]) == {"s1", "s2"}
    assert raw["reliability"]["weakest"] in raw["reliability"]["stops"]
    assert Plan.from_json(raw) == plan


def test_a_probability_above_one_is_refused_by_its_field() -> None:
    raw = solve(a_street(1), time_limit=1).to_json()
    raw["reliability"] = {"day": 1.0, "weakest": "s1", "stops": {"s1": 1.5}}
    with pytest.raises(InvalidPlan, match=r"reliability\.stops\.s1 must lie between 0 and 1"):
        Plan.from_json(raw)
