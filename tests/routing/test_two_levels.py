"""A lunch whose relaxation first proves a cost for serving all, then that not all can be served."""

from __future__ import annotations

import pytest

import routing
from routing import Depot, Problem, Stop, Vehicle
from routing.instance.best import Best

# Boxes, the quarter of an hour after 11:30 in which the window opens, and the priority.
STOPS = [(3, 0, 1), (4, 0, 1), (6, 0, 2), (6, 1, 3), (3, 1, 1)]
STOPS += [(1, 1, 1), (10, 1, 3), (2, 2, 1), (5, 2, 2), (7, 2, 3)]
# Seconds, the same in both directions: from each place to the places before it.
WAYS = """
770
194 929
262 568 456
514 261 684 309
300 805 456 252 552
125 670 260 241 424 377
262 568 456 0 309 252 241
845 870 1023 639 740 574 873 639
514 261 684 309 0 552 424 309 740
164 720 348 154 459 155 223 154 681 459
"""


@pytest.fixture(autouse=True)
def _a_grid_that_proves_a_cost_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routing.exact.proof.GRIDS", (60, 20, 10, 5))


def a_lunch() -> Problem:
    below = [[], *([int(way) for way in line.split()] for line in WAYS.split("\n") if line)]
    places = range(len(below))
    ways = [[0 if i == j else below[max(i, j)][min(i, j)] for j in places] for i in places]
    stops = []
    for number, (boxes, quarter, priority) in enumerate(STOPS, start=1):
        opens = 41_400 + 900 * quarter
        window, service = (opens, opens + 900), 120 + 20 * boxes
        stops.append(
            Stop(
                f"s{number}", number, (boxes,), (0,), window, service, opens - 1800, 2100, priority
            )
        )
    shift = (39_600, 50_400)
    return Problem(
        name="two levels",
        objective="duration",
        depot=Depot((0, 86_400), 120, 30),
        vehicles=(Vehicle("T1", (40,), shift), Vehicle("T2", (40,), shift)),
        stops=tuple(stops),
        durations=ways,  # type: ignore[arg-type]
        distances=ways,  # type: ignore[arg-type]
    )


def test_the_bound_on_the_cost_of_serving_all_is_forgotten() -> None:
    problem = a_lunch()
    plan = routing.solve(problem, time_limit=30)
    assert routing.violations(problem, plan) == []
    assert plan.unserved_priority > 0
    assert plan.status == "optimal"


def test_a_bound_that_is_kept_is_found_to_be_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what was proven of serving all says nothing of serving less."""

    def keep(best: Best, bound: int) -> None:
        best.unserved_bound = max(best.unserved_bound, bound)

    monkeypatch.setattr(Best, "raise_unserved", keep)
    problem = a_lunch()
    found = routing.violations(problem, routing.solve(problem, time_limit=6))
    assert found == ["The bound on cost is above the plan's own."]
