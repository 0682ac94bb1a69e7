"""The checkout's answers: a yes comes with a plan that keeps every promise, a no none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

import routing
from routing import InvalidProblem, Plan, Problem, Stop
from routing.replay import nothing_promised
from routing.search import loading
from routing.search.compiled.code import is_available

QUARTERS = [(at, at + 900) for at in range(41_400, 48_600, 900)]


@pytest.fixture(scope="module")
def promised(shared_problem) -> tuple[Problem, Plan]:
    """A lunch of 20 stops, planned."""
    problem = shared_problem("lunch/lunch-n20-k2-s1")
    return problem, routing.solve(problem, time_limit=2)


def asking(problem: Problem, number: int, **changes) -> Stop:
    """One more order at the place of an older one."""
    return replace(problem.stops[number], id="new", **changes)


def start_of(plan: Plan, stop: str) -> int:
    return next(v.start for _, trip in plan.trips() for v in trip.visits if v.stop == stop)


def test_a_yes_serves_the_new_stop_and_all_that_was_promised(promised) -> None:
    problem, plan = promised
    said_yes = 0
    for number in range(len(problem.stops)):
        stop = asking(problem, number)
        found = routing.fits(problem, plan, stop, time_limit=0.02)
        if found:
            said_yes += 1
            asked = replace(problem, stops=(*problem.stops, stop))
            assert routing.violations(asked, found) == []
            assert plan.served() | {"new"} == found.served()
    assert said_yes


def test_a_stop_nobody_can_reach_in_time_is_refused(promised) -> None:
    problem, plan = promised
    assert routing.fits(problem, plan, asking(problem, 0, time_window=(0, 60))) is None


def test_a_stop_that_has_left_keeps_its_plan(promised) -> None:
    problem, plan = promised
    vehicle, trip = next(plan.trips())
    under_way = replace(problem, locks=(routing.Frozen(vehicle, trip),))
    assert routing.fits(under_way, plan, trip.visits[0].stop) is plan


def test_an_unknown_stop_is_refused_by_its_name(promised) -> None:
    problem, plan = promised
    with pytest.raises(InvalidProblem, match="'nobody'"):
        routing.fits(problem, plan, "nobody")


def test_a_yes_for_a_quarter_of_an_hour_starts_in_it(promised) -> None:
    problem, plan = promised
    said_yes = 0
    for when in QUARTERS:
        found = routing.fits(problem, plan, asking(problem, 0, time_window=when), time_limit=0)
        if found:
            said_yes += 1
            assert when[0] <= start_of(found, "new") <= when[1]
    assert 0 < said_yes < len(QUARTERS)


@pytest.fixture(params=["plain", "compiled"])
def _search(request: pytest.FixtureRequest) -> Iterator[None]:
    """The repair in plain Python, and in a process that has loaded the compiled one."""
    if request.param == "compiled":
        if not is_available():
            pytest.skip("Nothing compiles here")
        loading.compile_all()
        assert loading.load()
    yield
    loading._loaded.clear()


@pytest.mark.usefixtures("_search")
def test_a_repair_finds_room_where_an_insertion_finds_none(make_problem) -> None:
    for seed in range(300):
        problem = make_problem(seed)
        plan = nothing_promised(problem)
        for stop in problem.stops:
            at_once = routing.fits(problem, plan, stop.id, time_limit=0)
            repaired = routing.fits(problem, plan, stop.id, time_limit=0.05)
            if repaired and not at_once:
                assert plan.served() | {stop.id} == repaired.served()
                return
            plan = at_once or plan
    pytest.fail("no repair ever helped")


def test_a_promised_stop_may_ask_again(promised) -> None:
    problem, plan = promised
    stop = problem.stops[3]
    answer = routing.fits(problem, plan, replace(stop, priority=2), time_limit=0)
    assert answer is not None
    assert answer.served() == plan.served()


def test_a_window_that_ends_before_it_starts_is_named(promised) -> None:
    problem, plan = promised
    with pytest.raises(InvalidProblem, match="before it starts"):
        routing.fits(problem, plan, asking(problem, 0, time_window=(50_000, 40_000)))
