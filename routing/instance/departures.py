"""When trips leave: so that the smallest margin of any promise is as large as it can be.

A stop of a trip that leaves at D is served at max(D + T, C): T the time from the depot when
nothing waits, C the earliest start when leaving as early as possible. Its window leaves it a
margin that falls with D once nobody waits: no later than its end less T. Its freshness leaves it
one that grows with D until then: no earlier than C less the freshness. A level of margins
therefore holds for an interval of departures, and whether a day of trips can reach the
levels asked of it shows when each leaves as early as it may. Levels are raised together until some
trip can go no higher; that one stays, the others rise on (max-min fairness).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor
from typing import NamedTuple

LOWEST = -(2**40)


class Side(NamedTuple):
    """A promise as a limit of departures: a level asks to stay `weight` seconds for each unit away
    from `limit`, `most` seconds in all, for a greater margin no departure gives."""

    limit: int
    weight: float
    most: int


@dataclass(frozen=True, slots=True)
class Ride:
    """A trip: no departure before `ready`, none before it is loaded; it is back at
    max(D + time, start). Windows ask it to leave before, freshness after some moments."""

    ready: int
    loading: int
    time: int
    start: int
    before: tuple[Side, ...]
    after: tuple[Side, ...]
    punctual: tuple[int, int] = field(init=False)  # the departures that leave no margin below 0

    def __post_init__(self) -> None:
        """Keep what is asked most often."""
        object.__setattr__(self, "punctual", self.between(0))

    def leaving_at(self, moment: int) -> Ride:
        """Return the ride with one departure alone: none before, and at every level none after."""
        only = Side(moment, 0.0, 0)
        return replace(self, ready=max(self.ready, moment), before=(only,), after=())

    def back(self, departure: int) -> int:
        """Return when it is back."""
        return max(self.start, departure + self.time)

    def between(self, level: int) -> tuple[int, int]:
        """Return the first and the last departure that give every margin the level."""
        first: float = LOWEST
        last: float = -LOWEST
        for limit, weight, most in self.after:  # asked some ten thousand times a second
            wanted = level * weight
            moment = limit + (wanted if wanted < most else most)
            if moment > first:
                first = moment
        for limit, weight, most in self.before:
            wanted = level * weight
            moment = limit - (wanted if wanted < most else most)
            if moment < last:
                last = moment
        return ceil(first), floor(last)

    def margins(self, departure: int) -> tuple[list[float], list[float]]:
        """Return the level of each margin that this departure gives: of windows, of freshness."""
        before = [(limit - departure) / weight for limit, weight, _ in self.before]
        return before, [(departure - limit) / weight for limit, weight, _ in self.after]

    def highest(self) -> int:
        """Return a level beyond which no margin rises."""
        sides = (*self.before, *self.after)
        return max((ceil(side.most / side.weight) for side in sides if side.most > 0), default=0)


def can_be_punctual(rides: Sequence[Ride], free: int, end: int) -> bool:
    """Return whether some departures leave no margin below 0, but those that none can help."""
    return _first_departures(rides, [ride.punctual for ride in rides], free, end) is not None


def choose_departures(rides: Sequence[Ride], free: int, end: int) -> list[int]:
    """Return the departures of a vehicle's trips, loaded from `free` on and back by `end`.

    Where no departures keep within these limits, each leaves as early as it can.
    """
    levels = _levels(rides, free, end)
    found = _earliest(rides, levels, free, end) if levels else None
    if levels is None or found is None:
        return _as_soon_as_ready(rides, free)
    chosen = []
    for ride, level, first in zip(rides, levels, found, strict=True):
        # Up to here a later departure brings nobody back later: it only waits less.
        no_wait = min(ride.start - ride.time, ride.between(level)[1])
        chosen.append(max(first, no_wait))
    return chosen


def _levels(rides: Sequence[Ride], free: int, end: int) -> list[int] | None:
    """Return the level that each trip reaches, None where not even the lowest can be had."""
    highest = max((ride.highest() for ride in rides), default=0)
    if _earliest(rides, [highest] * len(rides), free, end) is not None:
        return [highest] * len(rides)
    levels = [LOWEST] * len(rides)
    if _earliest(rides, levels, free, end) is None:
        return None
    rising = list(range(len(rides)))
    while rising:
        common = _highest_common(rides, levels, rising, (free, end, highest))
        for index in rising:
            levels[index] = common
        stuck = [index for index in rising if not _can_rise(rides, levels, index, free, end)]
        if common >= highest:
            break
        stuck = stuck or rising[:1]  # together they cannot, though each alone could
        rising = [index for index in rising if index not in stuck]
    return levels


def _highest_common(
    rides: Sequence[Ride], levels: list[int], rising: list[int], limits: tuple[int, int, int]
) -> int:
    """Return the highest level that all rising trips can have, the others at theirs."""
    free, end, highest = limits

    def holds(level: int) -> bool:
        tried = [level if k in rising else fixed for k, fixed in enumerate(levels)]
        return _earliest(rides, tried, free, end) is not None

    low, high = (max(0, levels[rising[0]]), highest + 1) if holds(0) else (-1, 0)
    while low < 0 and low > LOWEST and not holds(low):
        low, high = 2 * low, low
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle):
            low = middle
        else:
            high = middle
    return low


def _can_rise(rides: Sequence[Ride], levels: list[int], index: int, free: int, end: int) -> bool:
    tried = [level + (k == index) for k, level in enumerate(levels)]
    return _earliest(rides, tried, free, end) is not None


def _earliest(
    rides: Sequence[Ride], levels: Sequence[int], free: int, end: int
) -> list[int] | None:
    """Return the earliest departures with these levels, or None if there are none."""
    limits = [ride.between(level) for ride, level in zip(rides, levels, strict=True)]
    return _first_departures(rides, limits, free, end)


def _first_departures(
    rides: Sequence[Ride], limits: Sequence[tuple[int, int]], free: int, end: int
) -> list[int] | None:
    found = []
    for ride, (first, last) in zip(rides, limits, strict=True):
        departure = max(first, ride.ready, free + ride.loading)
        free = ride.back(departure)
        if departure > last or free > end:
            return None
        found.append(departure)
    return found


def _as_soon_as_ready(rides: Sequence[Ride], free: int) -> list[int]:
    found = []
    for ride in rides:
        departure = max(ride.ready, free + ride.loading)
        found.append(departure)
        free = ride.back(departure)
    return found
