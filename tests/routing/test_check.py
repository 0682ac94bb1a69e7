"""The checker finds what is wrong, and leaves a sound plan alone."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

import routing
from routing import Plan, Problem

FACE = ("check", "plan", "problem", "reading", "uncertainty", "reliable", "reliable.simulation")
ALLOWED = {"routing", *(f"routing.{name}" for name in FACE)}


def imports_of(code: str) -> set[str]:
    """Return the routing modules that a fresh Python loads for `code`."""
    script = f"{code}\nimport sys, json\nprint(json.dumps([m for m in sys.modules]))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))


def test_p04_the_checker_imports_none_of_the_solver() -> None:
    alone = (
        "import sys, types, pathlib\n"
        f"package = types.ModuleType('routing'); package.__path__ = [{routing.__path__[0]!r}]\n"
        "sys.modules['routing'] = package\n"
    )
    loaded = imports_of(alone + "import routing.check")
    assert {name for name in loaded if name.startswith("routing")} == ALLOWED
    control = imports_of(alone + "import routing.solver")
    assert not {name for name in control if name.startswith("routing")} <= ALLOWED


def test_importing_routing_loads_no_web_no_database_and_no_solver_library() -> None:
    heavy = {"flask", "sqlalchemy", "ortools", "pandas", "numba", "numpy"}
    assert not heavy & imports_of("import routing, routing.streets")
    assert heavy & imports_of("import routing, flask")


def test_the_checkout_s_answer_loads_no_solver_library() -> None:
    question = (
        "import routing\n"
        "stop = routing.Stop('a', 1, (1,), (0,), (0, 900))\n"
        "problem = routing.Problem('', 'duration', routing.Depot((0, 9000)),\n"
        "    (routing.Vehicle('red', (9,), (0, 9000)),), (stop,), ((0, 9), (9, 0)),\n"
        "    ((0, 9), (9, 0)))\n"
        "plan = routing.solve(problem, time_limit=0)\n"
        "more = routing.Stop('b', 1, (1,), (0,), (0, 900))\n"
        "assert routing.fits(problem, plan, more) is not None\n"
    )
    assert not {"ortools", "numba", "numpy", "pandas"} & imports_of(question)


@pytest.mark.parametrize("kind", ["lunch", "busy"])
def test_p04_plans_of_the_shared_lunches_break_no_rule(kind, shared_names, shared_problem) -> None:
    for name in shared_names(kind):
        problem = shared_problem(name)
        assert routing.violations(problem, routing.solve(problem, time_limit=1)) == [], name


@pytest.mark.parametrize(
    "seeds", [range(60), pytest.param(range(60, 500), marks=pytest.mark.full)], ids=["few", "many"]
)
def test_p04_plans_of_500_random_problems_break_no_rule(seeds, make_problem) -> None:
    for seed in seeds:
        problem = make_problem(seed)
        assert routing.violations(problem, routing.solve(problem, time_limit=2)) == [], seed


def test_a_stop_served_after_its_window_is_found(make_problem) -> None:
    problem, plan = a_plan_with_a_visit(make_problem)
    visited = next(v for _, trip in plan.trips() for v in trip.visits)
    stops = tuple(
        replace(stop, time_window=(0, visited.start - 1)) if stop.id == visited.stop else stop
        for stop in problem.stops
    )
    found = routing.violations(replace(problem, stops=stops), plan)
    assert any("after its window" in violation for violation in found)


def a_plan_with_a_visit(make_problem) -> tuple[Problem, Plan]:
    """Return the first random problem whose plan serves a stop, with that plan."""
    for seed in range(100):
        problem = make_problem(seed)
        plan = routing.solve(problem, time_limit=2)
        if plan.served() and not problem.locks:
            return problem, plan
    raise AssertionError("no random problem has a servable stop")
