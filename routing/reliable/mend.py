"""Mending a plan with weak stops: move a stop that is in the way, else give one up.

What makes a stop weak are itself and the stops served before it on its trip and on the trip
before. Each of them is tried everywhere else, the cheapest place first; a move is made when fewer
stops are weak after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from math import inf
from time import monotonic

from routing.instance.schedule import Names
from routing.problem import Problem, Stop, Together
from routing.reliable.judge import Day, Judge, Sequences

PLACES = 24  # places tried for a stop, the cheapest first
CULPRITS = 8  # stops tried for each weak one
FAR = 3600  # seconds between windows that no trip serves both of
CLOSED = 2**31  # the cost of a leg that no one can ride
Place = tuple[int, str, Day]  # added cost, vehicle, its day with the stop


class Mender:
    """Mends plans of one problem, the judge's memory kept between them.

    After the moment `until` (monotonic seconds), or when so many `verdicts` were simulated, it no
    longer moves stops, but gives them up.
    """

    def __init__(self, problem: Problem, judge: Judge) -> None:
        self.judge, self.until, self.verdicts = judge, inf, inf
        self.stops = {stop.id: stop for stop in problem.stops}
        self.ways = problem.distances if problem.objective == "distance" else problem.durations
        self.vehicles = [vehicle.id for vehicle in problem.vehicles]
        # Those who must ride together stay where they are.
        self.fixed = {s for k in problem.locks if isinstance(k, Together) for s in k.stops}

    def mended(self, sequences: Sequences) -> Sequences:
        """Return a plan in which no stop is weak, with as many of the stops as could be kept."""
        plan = self.moved(self._driveable(sequences))
        while weak := self.judge.weak(plan):
            plan = self.moved(self._without_one(plan, _worst(weak)))
        return plan

    def moved(self, sequences: Sequences) -> Sequences:
        """Return the plan after all moves that leave less to mend; no stop is given up."""
        plan = sequences
        while (weak := self.judge.weak(plan)) and not self._is_over():
            found = self._with_a_move(plan, _worst(weak))
            if found is None:
                break
            plan = found
        return plan

    def placed(self, sequences: Sequences, stop: Stop) -> Sequences | None:
        """Return the plan with the stop where it costs least and nobody gets weak."""
        for _, vehicle, day in self._places(sequences, stop):
            if self._is_over():
                break
            if self.judge.outlook(vehicle, day).is_kept:
                return {**sequences, vehicle: day}
        return None

    def with_more(self, sequences: Sequences) -> Sequences:
        """Return the plan with every further stop that finds a place where nobody gets weak."""
        served = {s for day in sequences.values() for trip in day for s in trip}
        absent = [s for s in self.stops.values() if s.id not in served | self.judge.gone]
        for stop in sorted(absent, key=lambda stop: -stop.priority):
            if self._is_over():
                break
            sequences = self.placed(sequences, stop) or sequences
        return sequences

    def cost(self, sequences: Sequences) -> int:
        """Return what the plan's trips cost that are still to leave."""
        return sum(self._cost(trip) for day in sequences.values() for trip in day)

    def unserved(self, sequences: Sequences) -> int:
        """Return the priority that the plan leaves out."""
        served = {s for day in sequences.values() for trip in day for s in trip}
        left_out = self.stops.keys() - served - self.judge.gone
        return sum(self.stops[stop].priority for stop in left_out)

    def _driveable(self, sequences: Sequences) -> Sequences:
        """Give up last trips, and stops at the end, until every day keeps the rules."""
        found: Sequences = {}
        for vehicle, day in sequences.items():
            while self.judge.outlook(vehicle, day).broken and day:
                day = (*day[:-1], day[-1][:-1]) if len(day[-1]) > 1 else day[:-1]
            found[vehicle] = day
        return found

    def _is_over(self) -> bool:
        return self.judge.simulated >= self.verdicts or monotonic() > self.until

    def _with_a_move(self, plan: Sequences, worst: str) -> Sequences | None:
        """Return the plan after the first move found that leaves less to mend."""
        for culprit in self._culprits(plan, worst):
            if culprit in self.fixed:
                continue
            home, rest = self._without(plan, culprit)
            before = self.judge.outlook(home, plan[home]).shortfall
            for _, vehicle, day in self._places(rest, self.stops[culprit]):
                if self._is_over():
                    return None
                tried = {**rest, vehicle: day}
                touched = {home, vehicle}
                verdicts = [self.judge.outlook(v, tried[v]) for v in touched]
                if any(verdict.broken for verdict in verdicts):
                    continue
                old = [self.judge.outlook(v, plan[v]).shortfall for v in touched - {home}]
                if _sum(v.shortfall for v in verdicts) < _sum([before, *old]):
                    return tried
        return None

    def _without_one(self, plan: Sequences, worst: str) -> Sequences:
        """Return the plan without the stop that it costs least to give up for the weak one."""
        if self._is_over():
            return self._without(plan, worst)[1]

        def loss(culprit: str) -> tuple[int, tuple[int, float]]:
            home, rest = self._without(plan, culprit)
            verdict = self.judge.outlook(home, rest[home])
            return self.stops[culprit].priority + bool(verdict.broken) * 10**9, verdict.shortfall

        return self._without(plan, min(self._culprits(plan, worst), key=loss))[1]

    def _culprits(self, plan: Sequences, worst: str) -> list[str]:
        """Return the weak stop and those served before it, the nearest first."""
        for day in plan.values():
            served: list[str] = []
            for trip in day:
                if worst in trip:
                    served += trip[: trip.index(worst) + 1]
                    return served[::-1][:CULPRITS]
                served = list(trip)
        return [worst]

    @staticmethod
    def _without(plan: Sequences, stop: str) -> tuple[str, Sequences]:
        home = next(v for v, day in plan.items() if any(stop in trip for trip in day))
        trips = (tuple(s for s in trip if s != stop) for trip in plan[home])
        return home, {**plan, home: tuple(trip for trip in trips if trip)}

    def _places(self, plan: Sequences, stop: Stop) -> list[Place]:
        """Return the cheapest days with the stop."""
        places = list(self._all_places(plan, stop))
        open_ones = [place for place in places if place[0] < CLOSED // 2]
        return sorted(open_ones, key=lambda place: place[0])[:PLACES]

    def _all_places(self, plan: Sequences, stop: Stop) -> Iterator[Place]:
        opens, closes = stop.time_window
        for vehicle in self.vehicles:
            day = plan.get(vehicle, ())
            for index in range(len(day) + 1):
                new = (*day[:index], (stop.id,), *day[index:])
                yield self._cost((stop.id,)), vehicle, new
            for index, trip in enumerate(day):
                windows = [self.stops[s].time_window for s in trip]
                if all(end < opens - FAR or begin > closes + FAR for begin, end in windows):
                    continue
                for place in range(len(trip) + 1):
                    longer = (*trip[:place], stop.id, *trip[place:])
                    added = self._cost(longer) - self._cost(trip)
                    yield added, vehicle, (*day[:index], longer, *day[index + 1 :])

    def _cost(self, trip: Names) -> int:
        places = [0, *(self.stops[stop].location for stop in trip), 0]
        legs = [self.ways[here][there] for here, there in pairwise(places)]
        return sum(CLOSED if leg is None else leg for leg in legs)


def _worst(weak: Mapping[str, float]) -> str:
    return max(weak, key=lambda stop: weak[stop])


def _sum(shortfalls: Iterable[tuple[int, float]]) -> tuple[int, float]:
    pairs = list(shortfalls)
    return sum(count for count, _ in pairs), sum(amount for _, amount in pairs)
