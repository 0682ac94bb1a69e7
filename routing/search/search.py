"""Ruin and recreate on a problem of any size: a plan at any moment, better as time goes by."""

from __future__ import annotations

from typing import Any

from routing.instance.lists import NEVER, Days, Instance, Nodes
from routing.search import ruin
from routing.search.arrays import (
    AFTER,
    COST,
    DAY,
    FIRST,
    FIXED,
    GROUP,
    HEAD,
    NEXT_TRIP,
    NODE,
    ON_TRIP,
    STOP,
    TRIP,
    UNSERVED,
    Facts,
    State,
    empty_seen,
    empty_state,
    facts,
)
from routing.search.compiled import compiled_ruin, to_arrays
from routing.search.moves import drive, refresh_day

REMOVED = 5  # stops that an iteration removes on average
STRIVING = 64  # what it costs more to leave a stop out, each time that it was left out
HEAT = 0.4  # at the beginning, of the cost of a mean leg


class Search:
    """One search; `cost` and `unserved` are the best plan's, `days` its trips.

    With `compiled` it runs outside the global lock; `keeps` is how many trips seen it keeps,
    `removed` how many stops an iteration removes on average, `known` the facts of another search.
    The greater `striving`, the sooner it serves more, and the less it minds the cost meanwhile.
    """

    def __init__(
        self,
        instance: Instance,
        *,
        seed: int = 0,
        days: Days | None = None,
        compiled: bool = False,
        keeps: int = 0,
        removed: int = REMOVED,
        striving: int = STRIVING,
        known: Facts | None = None,
    ) -> None:
        self.instance = instance
        data = self.facts = known or facts(instance)
        state = empty_state(instance, data)
        absent: Any = fill(data, state, days or [])
        spare: Any = [0] * (data.size + len(state.trips) // TRIP + 1)
        seen: Any = empty_seen(data.size, keeps)
        self._ruin: Any = ruin
        self._lists = not compiled
        if compiled:
            import numpy

            self._ruin = compiled_ruin()
            data, state = to_arrays(data), to_arrays(state)
            absent, spare = numpy.array(absent), numpy.array(spare)
            seen = to_arrays(seen)
        self._data, self._now, self._seen = data, state, seen
        self._trial, self._best = self._clone(), self._clone()
        self._absent, self._trial_absent = absent, absent[:] if self._lists else absent.copy()
        self._scratch = spare
        self._place = self._numbers([0] * 4)
        self._missed = self._numbers([0] * data.size)
        self._dice = self._numbers([(seed * 7919 + 12345) % 2147483646 + 1])
        for _ in range(8):
            self._ruin.draw(self._dice, 2)
        many = self._absent[0]
        self._absent[0] = self._ruin.recreate(
            data,
            self._now,
            self._absent,
            many,
            self._dice,
            0,
            0,
            self._scratch,
            self._place,
            self._missed,
            0,
            NEVER,
            1,
        )
        self._ruin.copy(self._now, self._best)
        legs = max(1, data.size - 1)
        self.heat = max(1.0, self.cost / legs * HEAT)
        dearest = max((cost for cost in instance.costs if cost < NEVER), default=1)
        self._removed = max(2, min(removed, (data.size - 1) // 3))
        self._weight = max(1, 2 * dearest)
        self._striving = striving

    @property
    def cost(self) -> int:
        """Return the best plan's cost, frozen trips not counted."""
        return int(self._best.tally[COST])

    @property
    def unserved(self) -> int:
        """Return the priority that the best plan leaves unserved."""
        return int(self._best.tally[UNSERVED])

    @property
    def days(self) -> Days:
        """Return the best plan's trips, for each vehicle in order, frozen ones left out."""
        return days_of_state(self._best, len(self.instance.vehicles))

    def run(self, iterations: int, cooling: float = 1.0) -> None:
        """Run so many iterations, the heat falling by the factor `cooling` with each."""
        self.heat = self._ruin.improve(
            self._data,
            self._now,
            self._trial,
            self._best,
            self._absent,
            self._trial_absent,
            self._seen,
            self._missed,
            self._dice,
            self._scratch,
            self._place,
            iterations,
            self.heat,
            cooling,
            self._weight,
            self._removed,
            self._striving,
            1,
        )

    def adopt(self, days: Days) -> None:
        """Go on from these days, and take them as the best if they are."""
        state: Any = empty_state(self.instance, self.facts)
        absent: Any = fill(self.facts, state, days)
        if not self._lists:
            state, absent = to_arrays(state), self._numbers(absent)
        self._ruin.copy(state, self._now)
        self._absent[:] = absent
        found = (int(state.tally[UNSERVED]), int(state.tally[COST]))
        if found < (self.unserved, self.cost):
            self._ruin.copy(state, self._best)

    def begin_anew(self) -> tuple[Days, int, int]:
        """Go on from nothing, as if no stop had been missed yet; the best plan stays.

        Return the plan that is left behind: its days, the priority unserved and the cost.
        """
        days = days_of_state(self._now, len(self.instance.vehicles))
        left = (days, int(self._now.tally[UNSERVED]), int(self._now.tally[COST]))
        self.adopt([[] for _ in self.instance.vehicles])
        self._missed[:] = [0] * len(self._missed) if self._lists else 0
        return left

    def take_seen(self) -> Any:
        """Return the trips seen since the last call, as rows of nodes filled up with 0."""
        import numpy

        seen = self._seen
        many = int(seen.tally[0])
        rows = numpy.array(seen.nodes[: many * seen.width]).reshape(many, seen.width)
        seen.tally[0] = 0
        seen.keys[:] = [0] * seen.slots if self._lists else 0
        return rows

    def _numbers(self, values: list[int]) -> Any:
        if self._lists:
            return values
        import numpy

        return numpy.array(values, dtype=numpy.int64)

    def _clone(self) -> Any:
        return type(self._now)(*(p[:] if self._lists else p.copy() for p in self._now))


def fill(data: Facts, state: State, days: Days) -> list[int]:
    """Drive what can be driven of `days`; return the absent nodes behind their number."""
    for vehicle in range(data.fleet):
        refresh_day(data, state, vehicle)
    if data.has_groups:
        # A group that rides apart in the old plan may not be completed stop by stop.
        days = [[nodes for nodes in day if not _holds_group(data, nodes)] for day in days]
    for vehicle, day in enumerate(days):
        for nodes in day:
            drive(data, state, vehicle, nodes)
    absent = [n for n in range(1, data.size) if not state.nodes[n * NODE + ON_TRIP]]
    return [len(absent), *absent, *([0] * (data.size - 1 - len(absent)))]


def _holds_group(data: Facts, nodes: Nodes) -> bool:
    return any(data.stops[node * STOP + GROUP] for node in nodes)


def days_of_state(state: Any, fleet: int) -> Days:
    days: Days = []
    for vehicle in range(fleet):
        day = []
        trip = state.days[vehicle * DAY + FIRST]
        while trip:
            nodes = []
            node = state.trips[trip * TRIP + HEAD]
            while node:
                nodes.append(int(node))
                node = state.nodes[node * NODE + AFTER]
            if not state.trips[trip * TRIP + FIXED]:
                day.append(tuple(nodes))
            trip = state.trips[trip * TRIP + NEXT_TRIP]
        days.append(day)
    return days
