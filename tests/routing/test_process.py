"""The solver in a process of its own gives the same plan, and its death is noticed."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from dataclasses import replace

import pytest

import routing
from routing import Progress
from routing.process import SolverDied, solve_in_process


def a_full_lunch(make_problem) -> routing.Problem:
    """The first random problem in which a vehicle serves some stop."""
    for seed in range(100):
        problem = make_problem(seed)
        if routing.solve(problem, time_limit=1).served():
            return problem
    raise AssertionError("no random problem has a servable stop")


def kill_the_child(found: list[int]) -> None:
    """End the solving process as soon as it is there."""
    for _ in range(6000):  # a minute: a busy machine is slow to start a process
        children = multiprocessing.active_children()
        if children and children[0].pid:
            found.append(children[0].pid)
            os.kill(children[0].pid, signal.SIGKILL)
            return
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_plan_of_the_process_keeps_the_rules_and_serves_as_many(make_problem) -> None:
    problem = a_full_lunch(make_problem)
    told: list[Progress] = []
    # Both end with the proof that no plan serves more, long before the time is over.
    plan = solve_in_process(problem, time_limit=60, on_progress=told.append)
    assert routing.violations(problem, plan) == []
    assert plan.unserved_priority == routing.solve(problem, time_limit=60).unserved_priority
    assert all(isinstance(progress, Progress) for progress in told)
    assert multiprocessing.active_children() == []


def test_p11_a_killed_solver_is_said_to_have_died_and_leaves_no_process(make_problem) -> None:
    found: list[int] = []
    killer = threading.Thread(target=kill_the_child, args=(found,))
    killer.start()
    with pytest.raises(SolverDied, match="was ended"):
        solve_in_process(a_full_lunch(make_problem), time_limit=30)
    killer.join()
    assert found
    assert multiprocessing.active_children() == []
    assert not is_running(found[0])


def test_a_solver_that_fails_says_why() -> None:
    with pytest.raises(SolverDied, match="Error"):
        solve_in_process(None)  # type: ignore[arg-type]
    assert multiprocessing.active_children() == []


def test_a_caller_that_stops_listening_leaves_no_process(make_problem) -> None:
    class Stopped(Exception):
        pass

    def stop(_progress: Progress) -> None:
        raise Stopped

    with contextlib.suppress(Stopped):
        solve_in_process(a_full_lunch(make_problem), time_limit=5, on_progress=stop)
    assert multiprocessing.active_children() == []


def test_a_long_search_is_heard_of_though_nothing_gets_better(make_problem, monkeypatch) -> None:
    monkeypatch.setattr("routing.process.HEARTBEAT", 0.05)
    told: list[Progress] = []
    problem = max((make_problem(seed, 60) for seed in range(8)), key=lambda p: len(p.stops))
    large = replace(problem, locks=(), stops=tuple(many_times(problem, 80)))
    plan = solve_in_process(large, time_limit=3, on_progress=told.append)
    assert routing.violations(large, plan) == []
    facts = [(p.served, p.cost, p.bound) for p in told]
    assert len(set(facts)) < len(facts)


def many_times(problem: routing.Problem, stops: int):
    """The problem's stops again and again, each under a name of its own."""
    for number in range(stops):
        yield replace(problem.stops[number % len(problem.stops)], id=f"again {number}")
