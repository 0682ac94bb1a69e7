"""A problem that reserves slack for what may stray, itself a problem without uncertainty.

A stop reached by p legs and p - 1 doors strays by about √(p v), v the variance of a leg and a door.
A promise kept with the probability Φ(z) needs z √(p v) before its end. The tangent at p = 3 is
never below that root and near it for all trips of a lunch: √p ≤ √3 / 2 + p / (2 √3). Its constant
part shortens windows and freshness, its slope slows legs and doors down; what keeps the rules
slowly keeps them at the usual pace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import sqrt
from statistics import NormalDist

from routing.problem import Problem, Stop
from routing.reading import Matrix
from routing.uncertainty import EXACT

TYPICAL = 3.0  # legs to a stop


@dataclass(frozen=True, slots=True)
class Slack:
    """How much is reserved: `scale` 1 is what the reliability asks for by the normal law, `more`
    the seconds that single stops have beyond it."""

    scale: float = 1.0
    more: Mapping[str, int] = field(default_factory=dict, hash=False)


def with_slack(problem: Problem, slack: Slack) -> Problem:
    """Return the problem with slow rides, slow doors and short windows, its costs as they were."""
    law = Law(problem, slack.scale)
    counts_metres = any(v.max_distance is not None for v in problem.vehicles)
    # Slow riding times are no costs: the usual ones take the distances' place.
    swaps = problem.objective == "duration" and not counts_metres
    return replace(
        problem,
        objective="distance" if swaps else problem.objective,
        distances=_costs(problem) if swaps else problem.distances,
        stops=tuple(law.stop(stop, slack.more.get(stop.id, 0)) for stop in problem.stops),
        durations=law.durations(problem.durations),
        uncertainty=None,
    )


def _costs(problem: Problem) -> Matrix:
    """Return the riding times of the legs that can be ridden."""
    return tuple(
        tuple(None if way is None else time for time, way in zip(times, ways, strict=True))
        for times, ways in zip(problem.durations, problem.distances, strict=True)
    )


class Law:
    """What a stop, a leg and a door get of the slack."""

    def __init__(self, problem: Problem, scale: float) -> None:
        uncertainty = self.uncertainty = problem.uncertainty or EXACT
        deviations = scale * max(0.0, NormalDist().inv_cdf(problem.reliability))
        leg = _typical_leg(problem)
        self.leg_variance = leg**2
        variance = self.leg_variance + uncertainty.service**2
        spread = sqrt(variance)
        self.constant = deviations * (spread * sqrt(TYPICAL) / 2 + uncertainty.departure)
        self.per_variance = deviations / (2 * sqrt(TYPICAL) * spread) if variance else 0.0

    def window(self, window: tuple[int, int], more: int = 0) -> tuple[int, int]:
        """Return the window without what is reserved of it."""
        opens, closes = window
        return opens, max(opens, closes - round(self.constant) - more)

    def stop(self, stop: Stop, more: int) -> Stop:
        """Return the stop with its slack."""
        short = round(self.constant) + more
        fresh = None if stop.freshness is None else max(0, stop.freshness - short)
        door = round(self.per_variance * self.uncertainty.service**2)
        return replace(
            stop,
            time_window=self.window(stop.time_window, more),
            freshness=fresh,
            service_time=stop.service_time + door,
        )

    def durations(self, usual: Matrix) -> Matrix:
        """Return the legs with their slack."""
        one = self.uncertainty.leg
        if isinstance(one, float | int):
            legs = {leg for row in usual for leg in row}
            slow = {leg: self._slow(one, leg) for leg in legs}
            return tuple(tuple(map(slow.__getitem__, row)) for row in usual)
        return tuple(tuple(map(self._slow, *rows)) for rows in zip(one, usual, strict=True))

    def _slow(self, share: float, leg: int | None) -> int | None:
        return None if leg is None else leg + round(self._of_leg(share * leg))

    def _of_leg(self, deviation: float) -> float:
        # In proportion to the variance a long leg would be slowed down without end.
        typical = sqrt(self.leg_variance)
        return self.per_variance * deviation * max(typical, min(deviation, 2 * typical))


def _typical_leg(problem: Problem) -> float:
    """Return the standard deviation of a ride to one of the nearest places."""
    share = (problem.uncertainty or EXACT).share
    places = {stop.location for stop in problem.stops}
    found = []
    for here in places:
        row = problem.durations[here]
        near = sorted(
            share(here, there) * leg for there in places - {here} if (leg := row[there]) is not None
        )
        found += near[:4]
    return sqrt(sum(deviation**2 for deviation in found) / len(found)) if found else 0.0
