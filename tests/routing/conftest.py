"""Lunches for the planner's tests: made by a seed, or read from the shared instances."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from routing import Problem

SHARED = Path(__file__).parents[2] / ".." / "shared" / "data" / "planner"


@pytest.fixture(scope="session")
def shared_problem() -> Callable[[str], Problem]:
    """Return a reader of one shared instance by its name; the test skips where it is absent."""

    def read(name: str) -> Problem:
        path = SHARED / f"{name}.json"
        if not path.exists():
            pytest.skip(f"the shared instance {name} is not here")
        return Problem.from_json(json.loads(path.read_text()))

    return read


@pytest.fixture(scope="session")
def shared_names() -> Callable[[str], list[str]]:
    """Return a lister of the shared instances of one kind; the test skips where there are none."""

    def names(kind: str) -> list[str]:
        found = sorted(f"{kind}/{path.stem}" for path in (SHARED / kind).glob("*.json"))
        if not found:
            pytest.skip(f"the shared instances of {kind} are not here")
        return found

    return names


@pytest.fixture(scope="session")
def make_problem() -> Callable[..., Problem]:
    """Return a maker of random problems: ``make_problem(seed, most=6)``."""
    return lambda seed, most=6: Problem.from_json(random_problem(random.Random(seed), most))


def random_problem(dice: random.Random, most: int) -> dict[str, Any]:
    """Return a random problem of at most `most` stops in which every rule may bite."""
    count = dice.randint(0, most)
    dimensions = dice.choice([1, 1, 2])
    size = dice.randint(2, count + 2)
    shift = (1000, dice.choice([4000, 6000, 9000]))
    spread = dice.choice([200, 500, 900])
    durations = [
        [0 if i == j else dice.randint(30, spread) for j in range(size)] for i in range(size)
    ]
    distances = [[way * dice.randint(3, 5) for way in row] for row in durations]
    if dice.random() < 0.15:
        durations[dice.randrange(size)][dice.randrange(size)] = None  # type: ignore[call-overload]
    tight = dice.random() < 0.5
    alike = dice.random() < 0.5
    vehicles = []
    for index in range(dice.choice([0, 1, 1, 2, 2, 2, 3])):
        if not (alike and vehicles):
            vehicle = {
                "capacity": [dice.randint(8, 14) for _ in range(dimensions)],
                "shift": [shift[0] + dice.choice([0, 0, 500]), shift[1] - dice.choice([0, 0, 700])],
                "max_trips": dice.choice([None, None, 0, 1, 2]),
                "max_distance": dice.choice([None, None, 3000, 8000]),
            }
        vehicles.append({"id": f"T{index}", **vehicle})
    stops = []
    for index in range(count):
        opens = dice.randint(shift[0], shift[1])
        stops.append(
            {
                "id": f"s{index}",
                "location": dice.randrange(size),
                "delivery": [dice.randint(0, 8) for _ in range(dimensions)],
                "pickup": [dice.choice([0, 0, dice.randint(0, 8)]) for _ in range(dimensions)],
                "time_window": [opens, opens + dice.choice([0, 300, 900, 3000])]
                if tight
                else [0, 9000],
                "service_time": dice.choice([0, 60, 200]),
                "release_time": dice.choice([0, dice.randint(shift[0], shift[1])]),
                "freshness": dice.choice([None, 400, 900, 1500]),
                "priority": dice.choice([1, 1, 1, 2, 3]),
            }
        )
    return {
        "name": "random",
        "objective": dice.choice(["duration", "distance"]),
        "depot": {
            "time_window": [dice.choice([0, 1200]), dice.choice([10000, 5000])],
            "loading_time": dice.choice([0, 100]),
            "loading_time_per_stop": dice.choice([0, 30]),
        },
        "vehicles": vehicles,
        "stops": stops,
        "durations": durations,
        "distances": distances,
        "locks": _locks(dice, stops, vehicles),
    }


def _locks(dice: random.Random, stops: list[Any], vehicles: list[Any]) -> list[dict[str, Any]]:
    locks: list[dict[str, Any]] = []
    if not stops or dice.random() < 0.4:
        return locks
    pick = lambda: dice.choice(stops)["id"]  # noqa: E731
    if dice.random() < 0.5:
        locks.append({"kind": "first", "stop": pick()})
    if dice.random() < 0.5:
        locks.append({"kind": "together", "stops": sorted({pick(), pick(), pick()})})
    if vehicles and dice.random() < 0.5:
        locks.append({"kind": "not_on", "stop": pick(), "vehicle": dice.choice(vehicles)["id"]})
    if vehicles and dice.random() < 0.4:
        left = dice.randint(900, 2500)
        visit = {
            "stop": pick(),
            "arrival": left + 100,
            "start": left + 150,
            "departure": left + 200,
        }
        trip = {"loading": left - 60, "departure": left, "return": left + 400, "visits": [visit]}
        locks.append({"kind": "frozen", "vehicle": dice.choice(vehicles)["id"], "trip": trip})
    return locks
