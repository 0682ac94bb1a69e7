"""Answers depend on the question alone: work is counted, and a no says whether it is proven."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

import routing
from routing import Plan, Problem, Questions, Stop, Uncertainty, decide
from routing.replay import nothing_promised
from routing.shipments.meals import only

QUARTERS = [(at, at + 900) for at in range(41_400, 48_600, 900)]
NOISE = Uncertainty(leg=0.14, service=40)


class SlowClock:
    """A clock on which each look takes as long as on a machine that does much else."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.now, self.seconds = 0.0, seconds
        for name, module in list(sys.modules.items()):
            if name.startswith("routing.") and hasattr(module, "monotonic"):
                monkeypatch.setattr(module, "monotonic", self.look)

    def look(self) -> float:
        self.now += self.seconds
        return self.now


@pytest.fixture(scope="module")
def promised(shared_problem) -> tuple[Problem, Plan]:
    """A lunch with room for some of the stops that ask: half of its promises are given."""
    problem = shared_problem("busy/busy-n20-k2-s1")
    plan = routing.solve(problem, iterations=3_000)
    served = tuple(stop for stop in problem.stops if stop.id in plan.served())
    return replace(problem, stops=served), replace(plan, unassigned=(), unserved_priority=0)


def asked_of(problem: Problem, many: int) -> list[Stop]:
    return [
        replace(problem.stops[k % len(problem.stops)], id="new", time_window=when)
        for k in range(many)
        for when in QUARTERS[k % 3 :: 3]
    ]


def answers(problem: Problem, plan: Plan, iterations: int) -> list[object]:
    questions = Questions(problem, plan)
    found = [questions.ask(s, iterations=iterations) for s in asked_of(problem, 9)]
    return [(one.is_proven, one.plan and one.plan.routes) for one in found]


@pytest.mark.parametrize("uncertainty", [None, NOISE])
def test_p13_the_same_question_has_the_same_answer_on_a_slow_clock(
    promised, uncertainty, monkeypatch
) -> None:
    problem, plan = replace(promised[0], uncertainty=uncertainty), promised[1]
    if uncertainty is not None:
        plan = routing.solve(problem, iterations=500)
        problem = replace(problem, stops=tuple(s for s in problem.stops if s.id in plan.served()))
        plan = replace(plan, unassigned=(), unserved_priority=0)
    quiet = answers(problem, plan, 300)
    with monkeypatch.context() as busy:
        SlowClock(busy, 0.05)
        assert answers(problem, plan, 300) == quiet
    assert {bool(found) for _, found in quiet} == {True, False}


def test_the_control_only_the_last_guard_ends_a_repair_early(promised, monkeypatch) -> None:
    problem, plan = promised
    quiet = answers(problem, plan, 20_000)
    SlowClock(monkeypatch, 1_000.0)
    assert answers(problem, plan, 20_000) != quiet


def test_asked_together_or_alone_the_answer_is_the_same(promised) -> None:
    problem, plan = replace(promised[0], uncertainty=NOISE), promised[1]
    together = Questions(problem, plan)
    for stop in asked_of(problem, 4):
        one = together.ask(stop, iterations=200)
        alone = Questions(problem, plan).ask(stop, iterations=200)
        assert (one.plan and one.plan.routes) == (alone.plan and alone.plan.routes)
        assert one.is_proven == alone.is_proven


def test_a_time_limit_stands_for_a_count_of_iterations(promised) -> None:
    problem, plan = promised
    for stop in asked_of(problem, 5):
        by_seconds = routing.fits(problem, plan, stop, time_limit=0.01)
        again = routing.fits(problem, plan, stop, time_limit=0.01)
        assert (by_seconds and by_seconds.routes) == (again and again.routes)


def test_a_proven_no_is_true_and_deciding_settles_the_others(make_problem) -> None:
    proven = settled = yes = 0
    for seed in range(25):
        problem = make_problem(seed, 7)
        plan = nothing_promised(problem)
        for stop in problem.stops:
            answer = Questions(problem, plan).ask(stop.id, iterations=20)
            if answer.plan is not None:
                plan = answer.plan
                yes += 1
                continue
            if answer.is_proven:
                proven += 1
                exact = only(problem, plan.served() | {stop.id})
                assert routing.solve(exact, time_limit=10).unserved_priority > 0
                continue
            final = decide(problem, plan, stop, time_limit=10)
            if final.plan is None:
                settled += final.is_proven
            else:
                assert routing.violations(problem, final.plan) == []
                assert plan.served() | {stop.id} == final.plan.served()
    assert proven > 4
    assert settled > 1
    assert yes > 20


def test_a_stop_that_is_late_every_second_day_is_a_proven_no(promised) -> None:
    problem, plan = replace(promised[0], uncertainty=NOISE), promised[1]
    far = replace(problem.stops[0], id="new")
    ride = problem.durations[0][far.location] or 0
    answer = Questions(problem, plan).ask(replace(far, freshness=ride + 1), iterations=50)
    assert (answer.plan, answer.is_proven) == (None, True)


@pytest.mark.full
def test_what_strays_too_much_is_sought_again_from_other_beginnings(
    shared_problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = replace(shared_problem("lunch/lunch-n20-k2-s1"), uncertainty=NOISE, reliability=0.95)
    plan = routing.solve(problem, iterations=1_500)
    served = tuple(stop for stop in problem.stops if stop.id in plan.served())
    problem, plan = (
        replace(problem, stops=served),
        replace(plan, unassigned=(), unserved_priority=0),
    )

    def yes() -> int:
        questions = Questions(problem, plan)
        found = (questions.ask(stop, iterations=8_000).plan for stop in asked_of(problem, 8))
        return sum(one is not None for one in found)

    many = yes()
    # The control: one repair alone.
    monkeypatch.setattr(sys.modules["routing.fits"], "TRIES", 1)
    assert yes() < many
