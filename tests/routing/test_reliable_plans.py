"""Plans and answers in which every promise is kept as surely as the problem asks."""

from __future__ import annotations

from dataclasses import replace

import pytest

import routing
from routing import (
    Frozen,
    Plan,
    Problem,
    Progress,
    Stop,
    Uncertainty,
    fits,
    reliability,
    violations,
)
from routing.reliable.judge import Judge, sequences_of
from routing.reliable.mend import Mender
from routing.reliable.slack import Slack, with_slack
from tests.routing.street import a_street, driven, leaving, with_stop_changed

NOISE = Uncertainty(leg=0.14, service=40)
DAYS, SEED = 20_000, 31
OPENS = 40_000


def a_lunch(
    many: int = 8, minutes: int = 15, uncertainty: Uncertainty = NOISE, **changes: object
) -> Problem:
    """Stops along a street, two every quarter of an hour, and two vehicles."""
    problem = a_street(many, uncertainty=uncertainty, **changes)
    red = problem.vehicles[0]
    stops = tuple(
        replace(
            stop,
            time_window=(OPENS + 900 * (k // 2), OPENS + 900 * (k // 2) + 60 * minutes),
            freshness=2400,
        )
        for k, stop in enumerate(problem.stops)
    )
    return replace(problem, stops=stops, vehicles=(red, replace(red, id="blue")))


def least(problem: Problem, plan: Plan) -> float:
    return reliability(problem, plan, days=DAYS, seed=SEED).least


def test_a_plan_serves_only_what_is_kept_as_surely_as_asked() -> None:
    exact = routing.solve(replace(a_lunch(minutes=4), uncertainty=None), time_limit=2)
    assert least(a_lunch(minutes=4), exact) < 0.9
    for asked in (0.8, 0.95, 0.99):
        problem = a_lunch(minutes=4, reliability=asked)
        plan = routing.solve(problem, time_limit=2)
        assert plan.served()
        assert violations(problem, plan) == []
        assert least(problem, plan) >= asked - 0.005
        assert plan.reliability is not None
        assert plan.reliability.least >= asked
        assert plan.reliability.stops.keys() == plan.served()


def test_where_there_is_room_nobody_is_left_out_for_it() -> None:
    plan = routing.solve(a_lunch(), time_limit=3)
    assert plan.unassigned == ()


def test_a_plan_that_is_the_best_without_doubt_and_sure_is_proven() -> None:
    problem = a_street(3, uncertainty=NOISE)
    assert routing.solve(problem, time_limit=5).status == "optimal"


def test_a_stop_that_is_never_sure_is_left_out_and_says_so() -> None:
    # Its meal stays fresh for just as long as the ride takes: late on every second day.
    problem = with_stop_changed(a_street(3, uncertainty=NOISE), 3, freshness=600)
    plan = routing.solve(problem, time_limit=1)
    assert [(u.stop, u.reason) for u in plan.unassigned] == [("s3", "not_sure")]
    assert "not as surely" in plan.unassigned[0].explanation
    exact = routing.solve(replace(problem, uncertainty=None), time_limit=1)
    assert exact.unassigned == ()


def test_the_same_number_of_iterations_gives_the_same_plan() -> None:
    one, two = (routing.solve(a_lunch(minutes=6), iterations=50) for _ in range(2))
    assert one.routes == two.routes
    assert violations(a_lunch(minutes=6), one) == []


def test_doubt_of_nothing_asks_for_nothing() -> None:
    problem = a_lunch(minutes=4, uncertainty=Uncertainty())
    exact = routing.solve(replace(problem, uncertainty=None), time_limit=1)
    plan = routing.solve(problem, time_limit=1)
    assert (plan.unserved_priority, plan.cost) == (exact.unserved_priority, exact.cost)
    assert plan.reliability is not None
    assert plan.reliability.day == 1


def test_progress_tells_the_figures_of_the_plan(make_problem) -> None:
    for problem in (a_lunch(minutes=6), frozen_one(make_problem)):
        told: list[Progress] = []
        plan = routing.solve(problem, iterations=30, on_progress=told.append)
        last = told[-1]
        assert (last.served, last.cost) == (len(plan.served()), plan.cost)
        assert last.unserved_priority == plan.unserved_priority


def frozen_one(make_problem) -> Problem:
    """A random problem with a trip that has left."""
    made = (replace(make_problem(seed), uncertainty=NOISE) for seed in range(200))
    return next(p for p in made if any(isinstance(lock, Frozen) for lock in p.locks))


@pytest.mark.parametrize("limit", [0, 0.05])
def test_no_time_still_makes_a_plan_that_is_sure(limit: float) -> None:
    problem = a_lunch(minutes=6)
    plan = routing.solve(problem, time_limit=limit)
    assert plan.served()
    assert violations(problem, plan) == []


def test_a_start_plan_that_is_sure_is_never_lost() -> None:
    problem = a_lunch(minutes=10)
    before = routing.solve(problem, time_limit=3)
    again = routing.solve(problem, time_limit=0, start=before)
    assert before.served() <= again.served()


def test_plans_of_random_problems_are_as_sure_as_asked(make_problem) -> None:
    served = 0
    for seed in range(40):
        problem = replace(make_problem(seed), uncertainty=Uncertainty(0.1, 20, 15), reliability=0.9)
        plan = routing.solve(problem, iterations=30)
        assert violations(problem, plan) == [], seed
        served += len(plan.served())
    assert served > 40


def test_what_keeps_the_rules_slowly_keeps_them_at_the_usual_pace(make_problem) -> None:
    compared = 0
    for seed in range(60):
        problem = replace(make_problem(seed), uncertainty=NOISE)
        slow = routing.solve(with_slack(problem, Slack()), iterations=30)
        exact = replace(problem, uncertainty=None)
        plan = routing.timed(exact, sequences_of(problem, slow))
        plan = replace(plan, unassigned=slow.unassigned)
        assert violations(exact, plan) == [], seed
        assert plan.unserved_priority == slow.unserved_priority
        compared += bool(plan.served())
    assert compared > 20


def test_slow_costs_are_the_usual_costs() -> None:
    problem = a_lunch()
    slow = with_slack(problem, Slack())
    assert slow.durations[0][1] > problem.durations[0][1]
    assert slow.distances == problem.durations
    assert slow.objective == "distance"


def test_a_stop_in_the_way_is_moved_before_any_is_given_up() -> None:
    problem = with_stop_changed(a_street(2, uncertainty=NOISE), 2, time_window=(40_000, 40_400))
    problem = with_stop_changed(problem, 1, service_time=900, time_window=(39_000, 44_000))
    plan = sequences_of(problem, driven(problem, ["s1", "s2"]))
    judge = Judge(problem)
    mended = Mender(problem, judge).mended({"red": (("s1", "s2"),)})
    assert judge.is_kept(mended)
    assert {s for trip in mended["red"] for s in trip} == {"s1", "s2"}
    late = with_stop_changed(problem, 1, freshness=210)
    judge = Judge(late)
    given_up = Mender(late, judge).mended(plan)
    assert given_up == {"red": (("s2",),)}


def test_a_yes_is_as_sure_as_asked_and_a_no_is_not_for_want_of_trying() -> None:
    problem = a_lunch(minutes=6)
    promised = replace(problem, stops=problem.stops[:4])
    plan = routing.solve(promised, time_limit=2)
    said_yes = 0
    for stop in problem.stops[4:]:
        found = fits(promised, plan, stop, time_limit=0.2)
        if found is None:
            continue
        promised, plan = replace(promised, stops=(*promised.stops, stop)), found
        assert violations(promised, plan) == []
        assert least(promised, plan) >= 0.945
        said_yes += 1
    assert said_yes >= 3


def test_a_stop_that_would_make_another_late_is_refused() -> None:
    problem = with_stop_changed(a_street(1, uncertainty=NOISE), 1, time_window=(36_400, 36_470))
    red = replace(problem.vehicles[0], max_trips=1)
    problem = replace(problem, vehicles=(red,))
    plan = leaving(problem, (36_150, ["s1"]))
    assert violations(problem, plan) == []
    more = Stop("new", 1, (1,), (0,), (36_300, 36_470), 60)
    exact = replace(problem, uncertainty=None)
    assert fits(exact, plan, more, time_limit=0.1) is not None
    assert fits(problem, plan, more, time_limit=0.1) is None


def test_a_yes_for_another_window_is_as_sure_as_asked() -> None:
    problem = a_lunch(minutes=8)
    promised = replace(problem, stops=problem.stops[:5])
    plan = routing.solve(promised, time_limit=2)
    said_yes = 0
    for begin in range(39_000, 45_000, 900):
        stop = replace(problem.stops[6], time_window=(begin, begin + 480))
        answer = fits(promised, plan, stop, time_limit=0)
        if answer:
            said_yes += 1
            assert violations(replace(promised, stops=(*promised.stops, stop)), answer) == []
    assert said_yes


def test_a_promised_stop_may_ask_again_for_a_surer_day() -> None:
    problem = a_lunch(minutes=8)
    plan = routing.solve(problem, time_limit=2)
    stop = next(stop for stop in problem.stops if stop.id in plan.served())
    answer = fits(problem, plan, replace(stop, priority=2), time_limit=0)
    assert answer is not None
    assert answer.served() == plan.served()


def test_a_stop_asked_for_again_is_refused_once_its_window_is_too_short_to_be_sure() -> None:
    problem = a_street(1, uncertainty=NOISE)
    plan = routing.solve(problem, time_limit=1)
    asked = replace(problem.stops[0], freshness=problem.durations[0][1])
    assert fits(problem, plan, asked, time_limit=0) is None
    assert fits(replace(problem, uncertainty=None), plan, asked, time_limit=0) is not None


def test_a_stop_that_no_road_leads_to_is_left_out_and_stops_nobody() -> None:
    problem = a_lunch()
    far = problem.stops[3].location
    closed = tuple(
        tuple(None if far in (here, there) and here != there else leg for there, leg in row)
        for here, row in enumerate(map(enumerate, problem.durations))
    )
    cut = replace(problem, durations=closed)
    plan = routing.solve(cut, time_limit=1)
    assert [one.reason for one in plan.unassigned] == ["unreachable"]
    assert fits(cut, plan, problem.stops[3].id, time_limit=0.05) is None
