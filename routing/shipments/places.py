"""Where in a plan a stop, or the two of a shipment, finds room: every place is tried, the cheapest
first, and what is planned already keeps its order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from routing.check import broken_rules, broken_rules_of
from routing.instance.assemble import with_routes
from routing.instance.lists import read
from routing.instance.schedule import Names, Timetable
from routing.plan import Bound, Plan
from routing.problem import Frozen, Problem
from routing.reliable.judge import Day, Judge, Sequences, sequences_of

CLOSED = 2**40  # the cost of a leg that no one can ride: whatever is saved beside it is little


class Places:
    """The places in plans of one problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.stops = {stop.id: stop for stop in problem.stops}
        self.ways = problem.distances if problem.objective == "distance" else problem.durations
        self.times = Timetable(problem)
        self.under_way = {lock.vehicle for lock in problem.locks if isinstance(lock, Frozen)}
        self.judge = Judge(problem) if problem.uncertainty is not None else None
        self._kept: dict[tuple[str, Day], bool] = {}

    def placed(self, plan: Plan, names: Names) -> Plan | None:
        """Return the plan with these stops, in this order on one trip, where they cost least and
        every rule and promise is kept; None where there is no such place."""
        sequences = sequences_of(self.problem, plan)
        tried = sorted(self._all(sequences, names), key=lambda one: one[0])
        for cost, vehicle, day in tried:
            if cost >= CLOSED // 2:
                return None
            key = vehicle, day
            if key not in self._kept:
                self._kept[key] = self._keeps(vehicle, day)
            if self._kept[key]:
                found = self.plan({**sequences, vehicle: day})
                if not broken_rules(self.problem, found):
                    return found
        return None

    def all_placed(self, plan: Plan, groups: Sequence[Names]) -> Plan | None:
        """Return the plan with all of these, one after the other; None where one finds no place."""
        found: Plan | None = plan
        for names in groups:
            found = found and self.placed(found, names)
        return found

    def plan(self, sequences: Sequences) -> Plan:
        """Return the timed plan of these trips, with its figures, and how surely it is kept."""
        vehicles = self.problem.vehicles
        routes = tuple(self.times.route(v, sequences.get(v.id, ())) for v in vehicles)
        found = with_routes(read(self.problem), routes, Bound(0, 0), 0.0)
        kept = None if self.judge is None else self.judge.reliability(sequences)
        return replace(found, reliability=kept)

    def _keeps(self, vehicle: str, day: Day) -> bool:
        if self.judge is not None:
            return self.judge.outlook(vehicle, day).is_kept
        car = next(one for one in self.problem.vehicles if one.id == vehicle)
        if vehicle not in self.under_way and not self.times.can_be_punctual(car, day):
            return False
        return not broken_rules_of(self.problem, self.times.route(car, day))

    def _all(self, sequences: Sequences, names: Names) -> Iterator[tuple[int, str, Day]]:
        """Yield what each place adds to the cost, its vehicle, and its day with the stops."""
        for vehicle in (one.id for one in self.problem.vehicles):
            day = sequences.get(vehicle, ())
            for index in range(len(day) + 1):
                yield self._cost(names), vehicle, (*day[:index], names, *day[index:])
            for index, trip in enumerate(day):
                for longer in _woven(trip, names):
                    added = self._cost(longer) - self._cost(trip)
                    yield added, vehicle, (*day[:index], longer, *day[index + 1 :])

    def _cost(self, trip: Names) -> int:
        places = [0, *(self.stops[stop].location for stop in trip), 0]
        return sum(self._leg(here, there) for here, there in pairwise(places))

    def _leg(self, here: int, there: int) -> int:
        """The cost of a leg; one of which only the length is known cannot be ridden either."""
        leg = self.ways[here][there]
        is_open = leg is not None and self.problem.durations[here][there] is not None
        return leg if is_open and leg is not None else CLOSED


def _woven(trip: Names, names: Names) -> Iterator[Names]:
    """Yield the trip with the names at every place, in their order."""
    if not names:
        yield trip
        return
    for place in range(len(trip) + 1):
        for rest in _woven(trip[place:], names[1:]):
            yield (*trip[:place], names[0], *rest)
