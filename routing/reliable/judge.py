"""How surely the promises of one vehicle's day are kept, remembered for each day that was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt
from statistics import NormalDist

from routing.check import broken_rules_of
from routing.instance.schedule import Names, Timetable
from routing.plan import Plan, Reliability, Route
from routing.problem import Frozen, Problem
from routing.reliable.simulation import Life, life, together

Day = tuple[Names, ...]  # one vehicle's trips that are still to leave, each the stops in order
Sequences = dict[str, Day]
Key = tuple[str, Day]  # a vehicle and its day

DAYS, FIRST_DAYS = 10_000, 1_000  # on the first of them a day may be clearly weak already
CLEARLY = 4.0  # standard errors below what is asked
FORESEEN = 0.03  # the shortfall by which margins alone, which flatter, tell a weak day
LAW = NormalDist()
ERRORS = 2.5  # standard errors by which more is asked than the problem asks


@dataclass(frozen=True, slots=True)
class Verdict:
    """A timed day, the rules that it breaks, the shortfall of each weak stop, the days lived.

    Of a day that is clearly weak, some simulated days are enough: then `life` is None.
    """

    route: Route
    broken: tuple[str, ...]
    weak: Mapping[str, float]
    life: Life | None = None

    @property
    def is_kept(self) -> bool:
        """Return whether the day keeps every rule and every promise as surely as asked."""
        return not self.broken and not self.weak

    @property
    def shortfall(self) -> tuple[int, float]:
        """Return how many stops are weak, and by how much in all; smaller is better."""
        return len(self.weak), sum(self.weak.values())


class Judge:
    """Judges days of one problem; vehicles never wait for each other, so each is judged alone.

    With a `base`, the judge of a problem that differs in the stop `own` alone, days without this
    stop are judged by that one.
    """

    def __init__(
        self,
        problem: Problem,
        *,
        days: int = DAYS,
        seed: int = 0,
        base: Judge | None = None,
        own: str = "",
    ) -> None:
        self.problem, self.days, self.seed = problem, days, seed
        error = sqrt(problem.reliability * (1 - problem.reliability) / days)
        self.asked = min(problem.reliability + ERRORS * error, (1 + problem.reliability) / 2)
        self.surely = LAW.inv_cdf(self.asked)
        self.clearly = CLEARLY * sqrt(self.asked * (1 - self.asked) / min(FIRST_DAYS, days))
        self.times = Timetable(problem)
        self._vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
        self.gone = {v.stop for k in problem.locks if isinstance(k, Frozen) for v in k.trip.visits}
        self._under_way = {k.vehicle for k in problem.locks if isinstance(k, Frozen)}
        self._timed: dict[Key, Verdict] = {}
        self._outlooks: dict[Key, Verdict] = {}
        self._verdicts: dict[Key, Verdict] = {}
        self._counted: set[Key] = set()
        self._base, self._own = base, own
        self.simulated = 0  # days asked for that break no rule, whoever judged them

    def verdict(self, vehicle: str, day: Day) -> Verdict:
        """Return what there is to say of a vehicle's day."""
        key, judge = (vehicle, day), self._judge_of(day)
        if key not in self._verdicts:
            own = judge is self
            self._verdicts[key] = self._judged(key) if own else judge.verdict(vehicle, day)
            self._count(key, self._verdicts[key])
        return self._verdicts[key]

    def outlook(self, vehicle: str, day: Day) -> Verdict:
        """Return the verdict, or what the margins alone tell of a day that is clearly weak."""
        key, judge = (vehicle, day), self._judge_of(day)
        if key not in self._outlooks:
            own = judge is self
            found = self._foreseen(key) if own else judge.outlook(vehicle, day)
            self._outlooks[key] = found or self.verdict(vehicle, day)
            self._count(key, self._outlooks[key])
        return self._outlooks[key]

    def weak(self, sequences: Sequences) -> dict[str, float]:
        """Return the shortfall of every weak stop of a plan."""
        found: dict[str, float] = {}
        for vehicle, day in sequences.items():
            found |= self.outlook(vehicle, day).weak
        return found

    def is_kept(self, sequences: Sequences) -> bool:
        """Return whether all days are kept."""
        return all(self.outlook(vehicle, day).is_kept for vehicle, day in sequences.items())

    def routes(self, sequences: Sequences) -> tuple[Route, ...]:
        """Return the timed routes of all vehicles."""
        days = ((v.id, sequences.get(v.id, ())) for v in self.problem.vehicles)
        return tuple(self.verdict(vehicle, day).route for vehicle, day in days)

    def reliability(self, sequences: Sequences) -> Reliability:
        """Return how often the promises of a plan's days that break no rule are kept."""
        days = (self.verdict(v.id, sequences.get(v.id, ())) for v in self.problem.vehicles)
        return together([day.life for day in days if day.life is not None])

    def _judge_of(self, day: Day) -> Judge:
        is_own = self._base is None or any(self._own in trip for trip in day)
        return self if is_own or self._base is None else self._base

    def _count(self, key: Key, found: Verdict) -> None:
        if key not in self._counted and not found.broken:
            self._counted.add(key)
            self.simulated += 1

    def _with_times(self, key: Key) -> Verdict:
        """Return the day with its times, and the rules that it breaks."""
        if key not in self._timed:
            vehicle, day = key
            car = self._vehicles[vehicle]
            if vehicle not in self._under_way and not self.times.can_be_punctual(car, day):
                return Verdict(Route(vehicle, ()), ("It cannot be in time.",), {})
            route = self.times.route(car, day)
            broken = tuple(broken_rules_of(self.problem, route))
            self._timed[key] = Verdict(route, broken, {})
        return self._timed[key]

    def _foreseen(self, key: Key) -> Verdict | None:
        """Return what the margins tell of a day that is clearly weak, or breaks a rule."""
        found = self._with_times(key)
        vehicle, day = key
        if found.broken or vehicle in self._under_way:
            return found if found.broken else None
        margins = self.times.margins(day, found.route)
        weak = {s: self.asked - LAW.cdf(z) for s, z in margins.items() if z < self.surely}
        is_clear = max(weak.values(), default=0.0) > FORESEEN
        return replace(found, weak=weak) if is_clear else None

    def _judged(self, key: Key) -> Verdict:
        found = self._with_times(key)
        if found.broken:
            return found
        route = found.route
        weak = self._weak_in(self._life(route, min(FIRST_DAYS, self.days)))
        if max(weak.values(), default=0.0) > self.clearly:
            return replace(found, weak=weak)
        lived = self._life(route, self.days)
        return replace(found, weak=self._weak_in(lived), life=lived)

    def _life(self, route: Route, first: int) -> Life:
        return life(self.problem, route, days=self.days, seed=self.seed, first=first)

    def _weak_in(self, lived: Life) -> dict[str, float]:
        return {
            stop: self.asked - kept
            for stop, kept in lived.stops.items()
            if kept < self.asked and stop not in self.gone
        }


def sequences_of(problem: Problem, plan: Plan) -> Sequences:
    """Return the plan's trips that are still to leave, stops that the problem lacks left out."""
    gone = {v.stop for k in problem.locks if isinstance(k, Frozen) for v in k.trip.visits}
    known = {stop.id for stop in problem.stops} - gone
    routes = {route.vehicle: route for route in plan.routes}
    found: Sequences = {}
    for vehicle in problem.vehicles:
        trips = routes[vehicle.id].trips if vehicle.id in routes else ()
        named = (tuple(v.stop for v in trip.visits if v.stop in known) for trip in trips)
        found[vehicle.id] = tuple(trip for trip in named if trip)
    return found
