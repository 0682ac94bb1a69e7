"""How often promises are kept agrees with what can be computed by hand, and with a slow day."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from math import log, sqrt
from statistics import NormalDist

import pytest

from routing import Frozen, InvalidPlan, Plan, Problem, Uncertainty, reliability, violations
from routing.__main__ import main
from tests.routing.street import a_street, leaving, with_stop_changed

DAYS = 100_000
NEAR = 0.006  # four standard errors of the least certain probability
BELOW_ONE_DEVIATION = NormalDist().cdf(1)
LEAVES = 40_000


def one_stop(uncertainty: Uncertainty, close: int, **changes: object) -> tuple[Problem, Plan]:
    """A stop 200 s away whose window has been open for long and ends at `close`."""
    problem = with_stop_changed(
        a_street(1, uncertainty=uncertainty), 1, time_window=(36_000, close), **changes
    )
    return problem, leaving(problem, (LEAVES, ["s1"]))


def kept(problem: Problem, plan: Plan, stop: str = "s1", **options: object) -> float:
    return reliability(problem, plan, **{"days": DAYS, **options}).stops[stop]  # type: ignore[arg-type]


def test_a_stop_a_deviation_before_its_end_is_kept_as_the_normal_law_says() -> None:
    problem, plan = one_stop(Uncertainty(leg=0.14), LEAVES + 228)
    assert kept(problem, plan) == pytest.approx(BELOW_ONE_DEVIATION, abs=NEAR)


def test_without_uncertainty_every_day_is_as_planned() -> None:
    for close, share in ((LEAVES + 200, 1.0), (LEAVES + 199, 0.0)):
        problem, plan = one_stop(Uncertainty(), close)
        assert kept(replace(problem, uncertainty=None), plan) == share
        assert kept(problem, plan) == share


def test_no_leg_takes_less_than_six_tenths() -> None:
    problem, plan = one_stop(Uncertainty(leg=1.0), LEAVES + 120)
    assert kept(problem, plan) == pytest.approx(NormalDist().cdf(-0.4), abs=NEAR)
    problem, plan = one_stop(Uncertainty(leg=1.0), LEAVES + 119)
    assert kept(problem, plan) == 0


@pytest.mark.parametrize(("planned", "least"), [(170, 60), (60, 60), (30, 30)])
def test_no_door_takes_less_than_a_minute_or_than_planned(planned: int, least: int) -> None:
    for close, share in ((least, NormalDist(planned, 1000).cdf(least)), (least - 1, 0)):
        problem = with_stop_changed(
            a_street(2, uncertainty=Uncertainty(service=1000)), 1, service_time=planned
        )
        window = (36_000, LEAVES + 400 + close)
        problem = with_stop_changed(problem, 2, time_window=window)
        plan = leaving(problem, (LEAVES, ["s1", "s2"]))
        assert kept(problem, plan, "s2") == pytest.approx(share, abs=NEAR)


def test_a_late_departure_costs_the_window_and_not_the_freshness() -> None:
    problem, plan = one_stop(Uncertainty(departure=50), LEAVES + 250, freshness=200)
    found = reliability(problem, plan, days=DAYS)
    both_sides = NormalDist().cdf(1) - NormalDist().cdf(-1)
    assert found.on_time["s1"] == pytest.approx(both_sides, abs=NEAR)
    assert found.fresh["s1"] == 1
    assert found.stops == found.on_time


def test_a_ride_that_takes_long_costs_the_freshness() -> None:
    problem, plan = one_stop(Uncertainty(leg=0.14), 50_000, freshness=228)
    found = reliability(problem, plan, days=DAYS)
    assert found.on_time["s1"] == 1
    assert found.fresh["s1"] == pytest.approx(BELOW_ONE_DEVIATION, abs=NEAR)


def test_who_is_early_waits_and_forgets_it() -> None:
    problem = with_stop_changed(
        a_street(2, uncertainty=Uncertainty(leg=0.14)), 1, time_window=(LEAVES + 400, 50_000)
    )
    problem = with_stop_changed(problem, 2, time_window=(36_000, LEAVES + 400 + 60 + 228))
    plan = leaving(problem, (LEAVES, ["s1", "s2"]))
    assert kept(problem, plan, "s2") == pytest.approx(BELOW_ONE_DEVIATION, abs=NEAR)


@pytest.mark.parametrize(("gap", "share"), [(0, BELOW_ONE_DEVIATION), (600, 1.0)])
def test_a_trip_is_late_because_the_trip_before_is(gap: int, share: float) -> None:
    back = LEAVES + 200 + 60 + 200
    again = back + 150 + gap  # loaded in 150 s
    problem = a_street(2, uncertainty=Uncertainty(service=40))
    problem = with_stop_changed(problem, 2, time_window=(36_000, again + 400 + 40))
    plan = leaving(problem, (LEAVES, ["s1"]), (again, ["s2"]))
    assert kept(problem, plan, "s2") == pytest.approx(share, abs=NEAR)


def test_heavy_tails_keep_mean_and_spread() -> None:
    problem, plan = one_stop(Uncertainty(leg=0.14), LEAVES + 284)  # three deviations
    variance = log(1 + 0.14**2)
    law = NormalDist(-variance / 2, sqrt(variance))
    light, heavy = kept(problem, plan), kept(problem, plan, noise="lognormal")
    assert heavy == pytest.approx(law.cdf(log(1.42)), abs=0.001)
    assert heavy < light


def test_the_day_is_kept_when_all_stops_are() -> None:
    problem = a_street(2, uncertainty=Uncertainty(departure=50))
    for number in (1, 2):
        close = LEAVES + 200 * number + 60 * (number - 1) + 50
        problem = with_stop_changed(problem, number, time_window=(36_000, close))
    found = reliability(problem, leaving(problem, (LEAVES, ["s1", "s2"])))
    assert found.day == found.stops["s1"] == found.stops["s2"]  # the same delay for both
    assert found.weakest == "s1"


def test_the_same_days_are_lived_whatever_else_is_served() -> None:
    problem = a_street(3, uncertainty=Uncertainty(leg=0.14, service=40))
    problem = with_stop_changed(problem, 1, time_window=(36_000, LEAVES + 200))
    few = leaving(problem, (LEAVES, ["s1"]))
    more = leaving(problem, (LEAVES, ["s1", "s2", "s3"]))
    assert kept(problem, few) == kept(problem, more)
    assert kept(problem, few) != kept(problem, few, seed=1)


def test_a_trip_that_has_left_is_driven_from_its_own_moments_and_never_blamed() -> None:
    problem = with_stop_changed(
        a_street(1, uncertainty=Uncertainty(leg=0.14)), 1, time_window=(36_000, LEAVES + 228)
    )
    plan = leaving(problem, (LEAVES, ["s1"]))
    left = replace(problem, locks=(Frozen("red", plan.routes[0].trips[0]),))
    assert kept(left, plan) == pytest.approx(BELOW_ONE_DEVIATION, abs=NEAR)
    assert violations(left, plan) == []
    (said,) = violations(problem, plan)
    assert "Stop s1 is kept on 84" in said


def test_an_unknown_name_is_refused() -> None:
    problem, plan = one_stop(Uncertainty(leg=0.14), 50_000)
    with pytest.raises(InvalidPlan, match="'s1', which is not a stop"):
        reliability(a_street(0), plan)
    with pytest.raises(InvalidPlan, match="'red', which is not a vehicle"):
        reliability(replace(problem, vehicles=()), plan)
    with pytest.raises(ValueError, match="days must be at least 1"):
        reliability(problem, plan, days=0)


def test_a_slow_simulation_written_by_itself_agrees(make_problem) -> None:
    uncertainty, compared = Uncertainty(leg=0.2, service=50, departure=30), 0
    for seed in range(400):
        problem = make_problem(seed, 8)
        plan = a_plan_of(problem)
        if plan is None:
            continue
        problem = replace(problem, uncertainty=uncertainty)
        fast = reliability(problem, plan, days=20_000)
        slow = slowly(problem, plan, 1_500, random.Random(seed))
        assert set(fast.stops) == set(slow)
        for stop, share in slow.items():
            assert fast.stops[stop] == pytest.approx(share, abs=0.05), (seed, stop)
            compared += 0.05 < share < 0.95
        if compared > 8:
            return
    pytest.fail("too few uncertain stops were compared")


def a_plan_of(problem: Problem) -> Plan | None:
    """A plan of two trips of one vehicle at least, where the problem has no lock."""
    from routing import solve

    if problem.locks:
        return None
    plan = solve(problem, iterations=20)
    return plan if any(len(route.trips) > 1 for route in plan.routes) else None


def slowly(problem: Problem, plan: Plan, days: int, dice: random.Random) -> dict[str, float]:
    """Drive the plan day by day, as the rules tell it."""
    stops = {stop.id: stop for stop in problem.stops}
    noise = problem.uncertainty or Uncertainty()
    depot = problem.depot
    times_kept = dict.fromkeys(plan.served(), 0)

    def ride(here: int, there: int) -> float:
        planned = problem.durations[here][there] or 0
        return planned * max(0.6, 1 + noise.share(here, there) * dice.gauss())

    for _ in range(days):
        for route in plan.routes:
            back = float("-inf")
            for trip in route.trips:
                loading = depot.loading_time + depot.loading_time_per_stop * len(trip.visits)
                left = max(trip.departure, back + loading)
                left += abs(noise.departure * dice.gauss())
                now, here = left, 0
                for visit in trip.visits:
                    stop = stops[visit.stop]
                    now = max(now + ride(here, stop.location), stop.time_window[0])
                    fresh = stop.freshness is None or now <= left + stop.freshness
                    times_kept[stop.id] += now <= stop.time_window[1] and fresh
                    at_door = stop.service_time + noise.service * dice.gauss()
                    now += max(min(60, stop.service_time), at_door)
                    here = stop.location
                back = now + ride(here, 0)
    return {stop: count / days for stop, count in times_kept.items()}


def test_the_command_prints_what_the_function_returns(tmp_path, capsys) -> None:
    problem, plan = one_stop(Uncertainty(leg=0.14), LEAVES + 228)
    paths = tmp_path / "problem.json", tmp_path / "plan.json"
    paths[0].write_text(json.dumps(problem.to_json()))
    paths[1].write_text(json.dumps(plan.to_json()))
    assert main(["simulate", *map(str, paths), "--days", "500"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == reliability(problem, plan, days=500).to_json()
    with pytest.raises(SystemExit):
        main(["simulate", *map(str, paths), "--days", "0"])
    assert "must be a whole number from 1 to 1000000" in capsys.readouterr().err
