"""Trips leave so that the smallest margin of any promise is as large as it can be."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product

import pytest

from routing import Frozen, Plan, Problem, Trip, Uncertainty, reliability, violations
from routing.instance.departures import Ride, Side, choose_departures
from routing.instance.schedule import timed
from tests.routing.street import a_street, driven, with_stop_changed


def margins(problem: Problem, plan: Plan) -> list[int]:
    """The seconds left of windows and freshness, as far as another departure could change them."""
    stops = {stop.id: stop for stop in problem.stops}
    found = []
    for _, trip in plan.trips():
        for visit in trip.visits:
            stop = stops[visit.stop]
            found.append(stop.time_window[1] - visit.start)
            if stop.freshness is not None:
                found.append(trip.departure + stop.freshness - visit.start)
    return found


def test_a_trip_leaves_earlier_for_the_stop_that_would_be_the_last_in_time() -> None:
    problem = with_stop_changed(a_street(2), 1, time_window=(40_000, 40_900), freshness=1500)
    problem = with_stop_changed(problem, 2, time_window=(40_300, 40_500), freshness=1500)
    (trip,) = driven(problem, ["s1", "s2"]).routes[0].trips
    assert [visit.start for visit in trip.visits] == [40_000, 40_300]
    assert trip.departure == 39_800  # so early that s2 waits: its margin is the whole window


def test_window_and_freshness_share_what_there_is() -> None:
    # Leaving at D serves s1 at D + 200, s2 at 40 460 at the earliest however early D is.
    problem = with_stop_changed(a_street(2), 1, time_window=(36_000, 40_100), freshness=None)
    problem = with_stop_changed(problem, 2, time_window=(40_460, 50_000), freshness=800)
    plan = driven(problem, ["s1", "s2"])
    (trip,) = plan.routes[0].trips
    # The window of s1 leaves 39 900 - D, the freshness of s2 D - 39 660.
    assert trip.departure == 39_780
    assert margins(problem, plan)[0] == margins(problem, plan)[2] == 120


def test_a_trip_leaves_early_enough_for_the_one_after_it() -> None:
    problem = with_stop_changed(a_street(2), 1, time_window=(40_000, 44_000), freshness=600)
    problem = with_stop_changed(problem, 2, time_window=(40_600, 41_600))
    plan = driven(problem, ["s1"], ["s2"])
    one, two = plan.routes[0].trips
    assert two.loading >= one.return_time
    assert violations(problem, plan) == []
    late = driven(with_stop_changed(problem, 2, time_window=(45_000, 50_000)), ["s1"], ["s2"])
    assert late.routes[0].trips[0].departure >= one.departure


def test_a_trip_is_back_before_the_one_that_has_left_is_loaded() -> None:
    problem = with_stop_changed(a_street(2), 1, time_window=(39_000, 45_000), freshness=500)
    plan = driven(problem, ["s2"])
    left = plan.routes[0].trips[0]
    problem = replace(problem, locks=(Frozen("red", left),))
    again = timed(problem, {"red": [["s1"]]})
    assert again.routes[0].trips[0].return_time <= left.loading
    assert violations(problem, again) == []


def test_no_departures_of_small_days_have_a_larger_smallest_margin() -> None:
    compared = 0
    for seed in range(300):
        dice = random.Random(seed)
        rides = [a_ride(dice, 20 * number) for number in range(dice.choice([1, 2]))]
        end = dice.randint(40, 70)
        best = max(
            (
                smallest(rides, tried)
                for tried in product(range(60), repeat=len(rides))
                if is_driven(rides, list(tried), end)
            ),
            default=None,
        )
        found = choose_departures(rides, 0, end)
        if best is None:
            assert not is_driven(rides, found, end)
            continue
        assert is_driven(rides, found, end), seed
        assert smallest(rides, found) == best, seed
        compared += 1
    assert compared > 100


def a_ride(dice: random.Random, after: int) -> Ride:
    time, start, before, fresh = 0, 0, [], []
    for _ in range(dice.randint(1, 3)):
        step = dice.randint(1, 4)
        opens = after + dice.randint(5, 20)
        time, start = time + step, max(start + step, opens)
        room, keeps = dice.randint(0, 12), dice.randint(0, 8)
        before.append(Side(start + room - time, 1.0, room))
        fresh.append(Side(start - time - keeps, 1.0, keeps))
    sides = tuple(before), tuple(fresh[: dice.randint(0, 3)])
    return Ride(dice.randint(0, 12), dice.randint(0, 3), time + 2, start + 2, *sides)


def is_driven(rides: list[Ride], departures: list[int], end: int) -> bool:
    free = 0
    for ride, departure in zip(rides, departures, strict=True):
        if departure < max(ride.ready, free + ride.loading):
            return False
        free = ride.back(departure)
    return free <= end


def smallest(rides: list[Ride], departures: tuple[int, ...] | list[int]) -> int:
    """The smallest margin of those that another departure would make larger."""
    found = [100]
    for ride, departure in zip(rides, departures, strict=True):
        found += [m for s in ride.before if (m := s.limit - departure) < s.most]
        found += [m for s in ride.after if (m := departure - s.limit) < s.most]
    return min(found)


def test_with_uncertainty_margins_are_shared_by_how_far_each_may_stray() -> None:
    problem = with_stop_changed(a_street(5), 1, time_window=(36_000, 40_000))
    problem = with_stop_changed(problem, 5, time_window=(41_150, 50_000), freshness=1450)
    exact = driven(problem, ["s1", "s2", "s3", "s4", "s5"])
    unsure = replace(problem, uncertainty=Uncertainty(leg=0.14, service=40))
    sure = driven(unsure, ["s1", "s2", "s3", "s4", "s5"])
    assert sure.routes[0].trips[0].departure < exact.routes[0].trips[0].departure
    assert reliability(unsure, sure).least > reliability(unsure, exact).least


@pytest.mark.parametrize("uncertainty", [None, Uncertainty(leg=0.14, service=40, departure=30)])
def test_a_day_that_cannot_be_kept_is_timed_all_the_same(uncertainty: Uncertainty | None) -> None:
    problem = with_stop_changed(a_street(2, uncertainty=uncertainty), 1, time_window=(0, 10))
    one, two = driven(problem, ["s1"], ["s2"]).routes[0].trips
    assert isinstance(one, Trip)
    assert one.departure == 36_150  # as early as it can
    assert two.loading >= one.return_time


def test_a_departure_that_somebody_sets_is_kept_and_what_follows_waits() -> None:
    ways = [[0, 300], [300, 0]]
    problem = Problem.from_json(
        {
            "depot": {"time_window": [0, 9000], "loading_time": 100},
            "vehicles": [{"id": "T1", "capacity": [9], "shift": [0, 9000]}],
            "stops": [
                {"id": name, "location": 1, "delivery": [1], "time_window": [0, 8000]}
                for name in ("a", "b")
            ],
            "durations": ways,
            "distances": ways,
        }
    )
    chosen = {"T1": [["a"], ["b"]]}
    held = timed(problem, chosen, held={("a",): 2222, ("b",): 5000})
    assert [trip.departure for _v, trip in held.trips()] == [2222, 5000]
    # What cannot be is as soon as it can: home at 2822, loaded 100 s later.
    late = timed(problem, chosen, held={("a",): 2222, ("b",): 2300})
    assert [trip.departure for _v, trip in late.trips()] == [2222, 2922]
    assert violations(problem, late) == []
