"""Ten thousand questions of partners break no promise of a meal."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

import routing
from routing import Problem, Questions, Stop, Uncertainty

QUESTIONS, LUNCHES = 10_000, 200
# So many ask of one plan: each answer is looked at, the last promise stays and is asked of next.
AT_ONE_PLAN = 4
NOON = 12 * 3600


def lunch(dice: random.Random) -> Problem:
    """Two tricycles and ten places in a square of two kilometres around the kitchen."""
    places = [(0.0, 0.0)] + [
        (dice.uniform(-1000, 1000), dice.uniform(-1000, 1000)) for _ in range(10)
    ]
    ways = [
        [round(1.4 * ((a - c) ** 2 + (b - d) ** 2) ** 0.5 / 4) for c, d in places]
        for a, b in places
    ]
    stops = [
        {
            "id": f"meal-{at}",
            "location": at,
            "delivery": [dice.randint(1, 4)],
            "time_window": [opens := NOON + 900 * dice.randint(0, 4), opens + 900],
            "service_time": 160,
            "freshness": 2100,
            "priority": 1,
        }
        for at in range(1, 7)
    ]
    return Problem.from_json(
        {
            "depot": {"time_window": [0, 86400], "loading_time": 120, "loading_time_per_stop": 30},
            "vehicles": [
                {"id": name, "capacity": [12], "shift": [NOON - 3600, NOON + 7200]}
                for name in ("red", "white")
            ],
            "stops": stops,
            "durations": ways,
            "distances": ways,
        }
    )


def ends(dice: random.Random, number: int) -> tuple[Stop, Stop]:
    """Both ends of a shipment somewhere, in a window of an hour or two."""
    one, two = dice.sample(range(1, 11), 2)
    opens = NOON + 1800 * dice.randint(-2, 3)
    window = (opens, opens + 3600 * dice.randint(1, 2))
    return (
        Stop(f"fetch-{number}", one, (0,), (0,), window, 150),
        Stop(f"bring-{number}", two, (0,), (0,), window, 150),
    )


def asks(seed: int, questions: int, *, is_sure: bool, at_one_plan: int = 1) -> Counter[str]:
    """A lunch full of promises, and so many questions: what was promised, and what broke."""
    dice = random.Random(seed)
    problem = lunch(dice)
    if is_sure:
        problem = replace(problem, uncertainty=Uncertainty(0.14, 40), reliability=0.9)
    plan = routing.solve(problem, iterations=300)
    problem = replace(problem, stops=tuple(s for s in problem.stops if s.id in plan.served()))
    plan = routing.timed(problem, {r.vehicle: _names(r) for r in plan.routes})
    told, following = Counter[str](), (problem, plan)
    asked = Questions(problem, plan)
    for number in range(questions):
        pickup, delivery = ends(dice, number)
        load = (4 * dice.randint(1, 2),)
        found = asked.ask_shipment(pickup, delivery, load).plan
        told["asked"] += 1
        if found is not None:
            problem = with_shipment(asked.problem, pickup, delivery, load)
            told["promised"] += 1
            told["broken"] += len(routing.violations(problem, found))
            told["lost"] += len(asked.plan.served() - found.served())
            following = problem, found
        if number % at_one_plan == at_one_plan - 1:
            asked = Questions(*following)
    return told


def _names(route: routing.Route) -> list[list[str]]:
    return [[visit.stop for visit in trip.visits] for trip in route.trips]


def with_shipment(problem: Problem, pickup: Stop, delivery: Stop, load: tuple[int, ...]) -> Problem:
    shipment = routing.Shipment(pickup.id, delivery.id, load)
    longer = problem.with_stop(pickup).with_stop(delivery)
    return replace(longer, shipments=(*longer.shipments, shipment))


@pytest.mark.parametrize("is_sure", [False, True])
def test_a_hundred_questions_of_partners_break_no_promise(is_sure: bool) -> None:
    told = sum((asks(seed, 20, is_sure=is_sure) for seed in range(2)), Counter[str]())
    assert told["promised"]
    assert told["promised"] < told["asked"]
    assert (told["broken"], told["lost"]) == (0, 0)


@pytest.mark.full
def test_ten_thousand_questions_of_partners_break_no_promise() -> None:
    each = QUESTIONS // LUNCHES
    told = Counter[str]()
    for seed in range(LUNCHES):
        told += asks(seed, each, is_sure=bool(seed % 2), at_one_plan=AT_ONE_PLAN)
    assert told["asked"] == QUESTIONS
    assert 0 < told["promised"] < QUESTIONS
    assert (told["broken"], told["lost"]) == (0, 0)


def test_a_shipment_that_is_taken_without_a_question_breaks_promises() -> None:
    """The control: put into the plan wherever it comes, it makes meals late."""
    dice = random.Random(1)
    problem = lunch(dice)
    plan = routing.solve(problem, iterations=300)
    broken = 0
    for number in range(6):
        pickup, delivery = ends(dice, number)
        problem = with_shipment(problem, pickup, delivery, (8,))
        trips = {route.vehicle: _names(route) for route in plan.routes}
        vehicle = next(name for name, names in trips.items() if names)
        trips[vehicle][0] = [pickup.id, delivery.id, *trips[vehicle][0]]
        plan = routing.timed(problem, trips)
        broken += len(routing.violations(problem, plan))
    assert broken
