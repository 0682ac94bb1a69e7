"""Shipments are fetched, then brought, on one trip: in the plan, in its proof, in one more stop."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest

import routing
from routing import InvalidProblem, Problem, Shipment, Stop, Trip, Uncertainty
from routing.__main__ import main

from .brute import best_value
from .conftest import random_problem


def random_shipments(dice: random.Random, most: int = 5) -> Problem:
    """A random problem in which some stops are the two ends of a shipment."""
    while True:
        raw = random_problem(dice, most)
        gone = {v["stop"] for k in raw["locks"] if "trip" in k for v in k["trip"]["visits"]}
        names = [stop["id"] for stop in raw["stops"] if stop["id"] not in gone]
        if len(names) >= 2 and raw["vehicles"]:
            break
    dice.shuffle(names)
    dimensions = len(raw["vehicles"][0]["capacity"])
    pairs = list(zip(names[::2], names[1::2], strict=False))[: dice.choice([1, 1, 2])]
    most_load = min(room for vehicle in raw["vehicles"] for room in vehicle["capacity"])
    raw["shipments"] = [
        {"pickup": one, "delivery": two, "load": [dice.randint(0, most_load)] * dimensions}
        for one, two in pairs
    ]
    return Problem.from_json(raw)


def agrees(problem: Problem) -> None:
    plan = routing.solve(problem, time_limit=20)
    assert routing.violations(problem, plan) == []
    assert (plan.unserved_priority, plan.cost) == best_value(problem)
    assert plan.status == "optimal"


@pytest.mark.parametrize("seed", range(12))
def test_the_plan_with_shipments_is_the_best_there_is(seed: int) -> None:
    agrees(random_shipments(random.Random(seed)))


@pytest.mark.full
def test_the_plan_with_shipments_is_the_best_there_is_300_times() -> None:
    for seed in range(300):
        agrees(random_shipments(random.Random(1000 + seed)))


def street(**changes: Any) -> Problem:
    """Four places in a row, a minute apart, 600 m from each to the next; one tricycle of four."""
    ways = [[60 * abs(one - two) for two in range(5)] for one in range(5)]
    raw: dict[str, Any] = {
        "depot": {"time_window": [0, 9000]},
        "vehicles": [{"id": "T1", "capacity": [4], "shift": [0, 9000]}],
        "stops": [
            {"id": name, "location": place, "delivery": [load], "time_window": [0, 9000]}
            for name, place, load in (("meal", 1, 2), ("farm", 2, 0), ("school", 4, 0))
        ],
        "durations": ways,
        "distances": [[10 * way for way in row] for row in ways],
        "shipments": [{"pickup": "farm", "delivery": "school", "load": [3]}],
    }
    return Problem.from_json({**raw, **changes})


def order(plan: routing.Plan) -> list[list[str]]:
    return [[visit.stop for visit in trip.visits] for _vehicle, trip in plan.trips()]


def test_the_load_is_aboard_between_its_two_ends_alone() -> None:
    plan = routing.solve(street(), iterations=200)
    # The meal's two boxes are handed over before three more come aboard: one trip is enough.
    assert order(plan) == [["meal", "farm", "school"]]
    heavy = [{"pickup": "farm", "delivery": "school", "load": [4]}]
    assert order(routing.solve(street(shipments=heavy), iterations=200)) == [
        ["meal", "farm", "school"]
    ]
    late = street()
    meal = replace(late.stops[0], location=3)
    # On the way out the meal would ride beside three boxes of the farm: two trips, or a detour.
    plan = routing.solve(replace(late, stops=(meal, *late.stops[1:])), iterations=200)
    assert plan.unserved_priority == 0
    for _vehicle, trip in plan.trips():
        names = [visit.stop for visit in trip.visits]
        assert names.index("farm") < names.index("school") if "farm" in names else True
        assert (
            not (names.index("farm") < names.index("meal") < names.index("school"))
            if ({"farm", "meal"} <= set(names))
            else True
        )


def changed(plan: routing.Plan, names: list[str], problem: Problem) -> list[str]:
    return routing.violations(problem, routing.timed(problem, {"T1": [names]}))


def test_the_checker_names_a_shipment_that_is_turned_round_torn_or_too_heavy() -> None:
    problem = street()
    plan = routing.solve(problem, iterations=200)
    assert changed(plan, ["meal", "farm", "school"], problem) == []
    [turned] = changed(plan, ["meal", "school", "farm"], problem)
    assert turned == "Trip 1 of T1 must fetch a shipment at farm, then bring it to school."
    torn = changed(plan, ["meal", "farm"], problem)
    assert "Trip 1 of T1 must fetch a shipment at farm, then bring it to school." in torn
    [heavy] = changed(plan, ["farm", "meal", "school"], problem)
    assert heavy == "Trip 1 of T1 carries 5 after farm, T1 4."


def test_one_more_shipment_is_taken_where_nobody_promised_is_hurt() -> None:
    problem = street(stops=street().to_json()["stops"][:1], shipments=[])
    plan = routing.solve(problem, iterations=200)
    farm, school = (Stop(n, at, (0,), (0,), (0, 9000)) for n, at in (("farm", 2), ("school", 4)))
    found = routing.fits_shipment(problem, plan, pickup=farm, delivery=school, load=(3,))
    assert found
    asked = replace(
        problem.with_stop(farm).with_stop(school),
        shipments=(Shipment("farm", "school", (3,)),),
    )
    assert routing.violations(asked, found) == []
    assert found.served() == {"meal", "farm", "school"}
    too_heavy = routing.fits_shipment(problem, plan, pickup=farm, delivery=school, load=(5,))
    assert too_heavy is None
    too_late = replace(school, time_window=(0, 100))
    late = routing.fits_shipment(problem, plan, pickup=farm, delivery=too_late, load=(1,))
    assert late is None


def test_one_more_meal_is_taken_beside_a_shipment() -> None:
    problem = street()
    plan = routing.solve(problem, iterations=200)
    more = Stop("soup", 3, (1,), (0,), (0, 9000))
    found = routing.fits(problem, plan, more)
    assert found
    assert routing.violations(problem.with_stop(more), found) == []
    assert found.served() == {"meal", "farm", "school", "soup"}
    heavy = replace(more, delivery=(5,))
    assert routing.fits(problem, plan, heavy) is None


@pytest.mark.parametrize("seed", range(6))
def test_with_uncertainty_every_stop_of_a_shipment_is_as_sure_as_asked(seed: int) -> None:
    problem = random_shipments(random.Random(seed), 6)
    unsure = replace(problem, uncertainty=Uncertainty(0.14, 40), reliability=0.9)
    plan = routing.solve(unsure, time_limit=1)
    assert routing.violations(unsure, plan) == []
    assert plan.reliability


def test_without_a_clock_the_same_seed_gives_the_same_plan() -> None:
    problem = random_shipments(random.Random(4))
    one, two = (routing.solve(problem, iterations=200, seed=3) for _ in range(2))
    assert order(one) == order(two)
    assert routing.violations(problem, one) == []


def test_a_start_plan_loses_none_of_its_shipments() -> None:
    problem = street()
    start = routing.solve(problem, iterations=200)
    again = routing.solve(problem, time_limit=0, start=start)
    assert start.served() <= again.served()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"pickup": "farm", "delivery": "moon", "load": [1]}, "names 'moon', which is not a stop"),
        ({"pickup": "farm", "delivery": "farm", "load": [1]}, "names 'farm' a second time"),
        ({"pickup": "farm", "delivery": "school", "load": [1, 1]}, "load must hold 1 numbers"),
        ({"pickup": "farm", "delivery": "school", "load": [9]}, "is over every vehicle's capacity"),
        ({"pickup": "farm", "delivery": "school", "load": [-1]}, "load[0]"),
        ({"pickup": "farm", "load": [1]}, "shipments[0].delivery is missing"),
        ("farm", "shipments[0] must be an object"),
    ],
)
def test_a_shipment_that_makes_no_sense_is_refused_in_one_sentence(wrong: Any, said: str) -> None:
    with pytest.raises(InvalidProblem) as refused:
        street(shipments=[wrong])
    assert said in str(refused.value)


def test_problems_with_shipments_are_read_and_written(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = street()
    assert Problem.from_json(json.loads(json.dumps(problem.to_json()))) == problem
    path = tmp_path / "problem.json"
    path.write_text(json.dumps(problem.to_json()))
    assert main(["solve", str(path), "--time-limit", "3"]) == 0
    plan = tmp_path / "plan.json"
    plan.write_text(capsys.readouterr().out)
    assert main(["check", str(path), str(plan)]) == 0


def test_a_half_shipment_that_has_left_is_a_fact() -> None:
    problem = street()
    plan = routing.solve(problem, iterations=200)
    [(vehicle, trip)] = list(plan.trips())
    assert isinstance(trip, Trip)
    gone = replace(problem, locks=(routing.Frozen(vehicle, trip),))
    again = routing.solve(gone, time_limit=1)
    assert routing.violations(gone, again) == []
    assert again.served() == plan.served()


@pytest.mark.parametrize("seed", [6, 247])
def test_a_leg_that_nobody_can_ride_is_no_place_for_a_shipment(seed: int) -> None:
    # Known by its length alone, or hidden by what an insertion saves on dear legs.
    agrees(random_shipments(random.Random(1000 + seed)))


def test_a_stop_that_grows_is_asked_anew_beside_a_shipment() -> None:
    problem = street()
    plan = routing.solve(problem, iterations=200)
    larger = replace(problem.stops[0], delivery=(4,))
    found = routing.fits(problem, plan, larger)
    assert found
    assert routing.violations(problem.with_stop(larger), found) == []
    too_large = replace(problem.stops[0], delivery=(5,))
    assert routing.fits(problem, plan, too_large) is None


def test_one_end_of_a_shipment_stands_for_both() -> None:
    problem = street()
    nothing = routing.timed(problem, {})
    for end in ("farm", "school"):
        found = routing.fits(problem, nothing, end)
        assert found
        assert found.served() == {"farm", "school"}


def test_a_shipment_makes_way_within_its_window_for_one_more_meal() -> None:
    # Fetched first, the farm's crates fill the tricycle until it is too late for the meal.
    problem = street(stops=street().to_json()["stops"][1:])
    early = routing.timed(problem, {"T1": [["farm", "school"]]})
    soon = Stop("soup", 1, (4,), (0,), (0, 100), freshness=200)
    found = routing.fits(problem, early, soon)
    assert found
    assert routing.violations(problem.with_stop(soon), found) == []
    assert found.served() == {"farm", "school", "soup"}
