"""How often a plan's promises are kept when rides, doors and departures take what they take.

Written from the rules of a day alone, without a line of the solver's. Every stop brings its own
random numbers, drawn from its id and the seed: two plans of one problem live the same days.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from math import inf, log, pi, sqrt
from typing import Any, Literal, NamedTuple

from routing.plan import InvalidPlan, Plan, Reliability, Route, Trip
from routing.problem import Frozen, Problem, Stop
from routing.uncertainty import EXACT

Noise = Literal["normal", "lognormal"]
Array = Any  # a NumPy array, one value a day
Kept = tuple[str, Array, Array]  # a stop, the days on which it is on time, and fresh

FASTEST = 0.6  # no leg takes less of its planned time
SHORTEST = 60  # seconds; no door takes less, or less than planned where that is shorter
INTO, DOOR, HOME, LATE = range(4)  # what a stop's random numbers are for


def reliability(
    problem: Problem, plan: Plan, *, days: int = 10_000, seed: int = 0, noise: Noise = "normal"
) -> Reliability:
    """Return how often the plan's promises are kept on so many simulated days.

    A trip leaves at its published departure, or as soon as the trip before is back and it is
    loaded; stops are served in the published order; who is early waits for the window; who is
    late serves all the same. Without an `uncertainty` in the problem every day is as planned.

    Parameters
    ----------
    days
        How many days, at least 1; the standard error of a probability p is √(p (1 - p) / days).
    seed
        Which days.
    noise
        "lognormal" gives the noise a heavy tail, its mean and its spread unchanged.

    Raises
    ------
    InvalidPlan
        When the plan names a stop or a vehicle that the problem does not know.
    """
    if days < 1:
        raise ValueError(f"days must be at least 1, but is {days}")
    _check_names(problem, plan)
    lived = _Days(problem, days, seed, noise=noise)
    return together([lived.life(route) for route in plan.routes])


@dataclass(frozen=True, slots=True)
class Life:
    """One vehicle's simulated days: on which all was kept, and how often each stop was."""

    all_kept: Array
    stops: Mapping[str, float]
    on_time: Mapping[str, float]
    fresh: Mapping[str, float]


def life(problem: Problem, route: Route, *, days: int, seed: int, first: int) -> Life:
    """Return the first of the simulated days of one vehicle; none waits for another."""
    return _Days(problem, days, seed, first=first).life(route)


def together(lives: Sequence[Life]) -> Reliability:
    """Return how often the promises of all vehicles are kept on the same days."""
    stops: dict[str, float] = {}
    on_time: dict[str, float] = {}
    fresh: dict[str, float] = {}
    for one in lives:
        stops |= one.stops
        on_time |= one.on_time
        fresh |= one.fresh
    all_kept = lives[0].all_kept if lives else None
    for one in lives[1:]:
        all_kept = all_kept & one.all_kept
    day = 1.0 if all_kept is None else float(all_kept.mean())
    weakest = min(stops, key=lambda stop: stops[stop], default=None)
    return Reliability(day, weakest, stops, on_time, fresh)


def _check_names(problem: Problem, plan: Plan) -> None:
    vehicles = {vehicle.id for vehicle in problem.vehicles}
    for route in plan.routes:
        if route.vehicle not in vehicles:
            raise InvalidPlan(f"The plan names {route.vehicle!r}, which is not a vehicle.")
    unknown = plan.served() - {stop.id for stop in problem.stops}
    if unknown:
        raise InvalidPlan(f"The plan names {min(unknown)!r}, which is not a stop.")


class _Days:
    """Some days on which plans of one problem are driven."""

    def __init__(
        self,
        problem: Problem,
        days: int,
        seed: int,
        *,
        noise: Noise = "normal",
        first: int | None = None,
    ) -> None:
        self.problem, self.seed, self.drawn = problem, seed, days
        self.days = first or days
        self.is_heavy = noise == "lognormal"
        self.uncertainty = problem.uncertainty or EXACT
        self.stops = {stop.id: stop for stop in problem.stops}
        self.frozen = {(k.vehicle, k.trip) for k in problem.locks if isinstance(k, Frozen)}

    def life(self, route: Route) -> Life:
        """Drive one vehicle's route on each day."""
        import numpy as np

        all_kept = np.ones(self.days, dtype=bool)
        stops: dict[str, float] = {}
        on_time: dict[str, float] = {}
        fresh: dict[str, float] = {}
        for stop, in_time, warm in self._route(route):
            kept = in_time & warm
            all_kept &= kept
            for shares, held in ((stops, kept), (on_time, in_time), (fresh, warm)):
                shares[stop] = _share(held)
        return Life(all_kept, stops, on_time, fresh)

    def _route(self, route: Route) -> Generator[Kept, None, None]:
        back: Array = -inf
        for trip in route.trips:
            if (route.vehicle, trip) in self.frozen:
                back = yield from self._left(trip)
            elif trip.visits:
                back = yield from self._driven(trip, back)

    def _driven(self, trip: Trip, back: Array) -> Generator[Kept, None, Array]:
        """Drive a trip that is still to leave; return when it is back."""
        import numpy as np

        depot = self.problem.depot
        loading = depot.loading_time + depot.loading_time_per_stop * len(trip.visits)
        left = np.maximum(trip.departure, back + loading) + self._delay(trip.visits[0].stop)
        now, here = left, 0
        for visit in trip.visits:
            stop = self.stops[visit.stop]
            now = now + self._leg(here, stop.location, stop.id, INTO)
            now = np.maximum(now, stop.time_window[0])
            yield _kept(stop, now, left)
            now = now + self._door(stop.service_time, stop.id)
            here = stop.location
        return now + self._leg(here, 0, trip.visits[-1].stop, HOME)

    def _left(self, trip: Trip) -> Generator[Kept, None, Array]:
        """Drive a trip that has left, as its own moments tell; return when it is back."""
        import numpy as np

        left = np.full(self.days, trip.departure, dtype=np.float32)
        now, here, planned = left, 0, trip.departure
        for visit in trip.visits:
            stop = self.stops[visit.stop]
            ride = max(0, visit.arrival - planned)
            now = now + self._noisy(ride, here, stop.location, stop.id, INTO)
            if visit.start > visit.arrival:
                now = np.maximum(now, min(stop.time_window[0], visit.start))
            yield _kept(stop, now, left)
            now = now + self._door(max(0, visit.departure - visit.start), stop.id)
            here, planned = stop.location, visit.departure
        home = max(0, trip.return_time - planned)
        return now + self._noisy(home, here, 0, trip.visits[-1].stop, HOME)

    def _leg(self, here: int, there: int, stop: str, use: int) -> Array:
        planned = self.problem.durations[here][there]
        closed = planned is None or self.problem.distances[here][there] is None
        return inf if planned is None or closed else self._noisy(planned, here, there, stop, use)

    def _noisy(self, planned: int, here: int, there: int, stop: str, use: int) -> Array:
        """Return the seconds of a leg on each day."""
        share = self.uncertainty.share(here, there)
        if not share:
            return planned
        drawn = Drawn(stop, self.seed, self.drawn, self.is_heavy)
        return _ridden(drawn, use, planned, share)[: self.days]

    def _door(self, planned: int, stop: str) -> Array:
        """Return the seconds at a door on each day."""
        spread = self.uncertainty.service
        if not spread:
            return planned
        drawn = Drawn(stop, self.seed, self.drawn, self.is_heavy)
        return _stood(drawn, planned, spread)[: self.days]

    def _delay(self, stop: str) -> Array:
        """Return the seconds by which the trip of this first stop leaves late on each day."""
        spread = self.uncertainty.departure
        if not spread:
            return 0
        draws = _draws(stop, self.seed, self.drawn)[LATE, : self.days]
        if self.is_heavy:
            return _lognormal(draws, spread * sqrt(2 / pi), spread * sqrt(1 - 2 / pi))
        return abs(spread * draws)


class Drawn(NamedTuple):
    """Whose random numbers, on which days, and whether their tail is heavy."""

    stop: str
    seed: int
    days: int
    is_heavy: bool

    def numbers(self, use: int) -> Array:
        """Return one number a day."""
        return _draws(self.stop, self.seed, self.days)[use]


@lru_cache(maxsize=256)
def _ridden(drawn: Drawn, use: int, planned: int, share: float) -> Array:
    import numpy as np

    draws = drawn.numbers(use)
    ratio = _lognormal(draws, 1.0, share) if drawn.is_heavy else 1 + share * draws
    return np.maximum(FASTEST * planned, planned * ratio)


@lru_cache(maxsize=128)
def _stood(drawn: Drawn, planned: int, spread: int) -> Array:
    import numpy as np

    draws = drawn.numbers(DOOR)
    mean = max(planned, spread)  # a lognormal mean is above 0, a planned time may be 0
    strayed = _lognormal(draws, mean, spread) - mean if drawn.is_heavy else spread * draws
    return np.maximum(min(SHORTEST, planned), planned + strayed)


def _share(held: Array) -> float:
    """Return on what share of the days it held; one answer may stand for all days."""
    import numpy as np

    return int(np.count_nonzero(held)) / max(1, np.size(held))


def _kept(stop: Stop, start: Array, left: Array) -> Kept:
    import numpy as np

    on_time = start <= stop.time_window[1]
    if stop.freshness is None:
        return stop.id, on_time, np.ones_like(on_time)
    return stop.id, on_time, start <= left + stop.freshness


def _lognormal(draws: Array, mean: float, spread: float) -> Array:
    """Return values of this mean and spread, the logarithms of which are normal."""
    import numpy as np

    variance = log(1 + (spread / mean) ** 2)
    return mean * np.exp(sqrt(variance) * draws - variance / 2)


@lru_cache(maxsize=128)
def _draws(stop: str, seed: int, days: int) -> Array:
    """Return a stop's standard normal numbers: a row for each use, a column for each day."""
    import numpy as np

    name = blake2b(stop.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    dice = np.random.default_rng([abs(seed), int.from_bytes(name)])
    return dice.standard_normal((4, days), dtype=np.float32)
