"""How surely the promises of one vehicle's day are kept, remembered for each day that was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from routing.check import broken_rules_of
from routing.instance.schedule import can_be_punctual, timed_route
from routing.plan import Plan, Reliability, Route
from routing.problem import Frozen, Problem
from routing.reliable.simulation import Life, life, together

Names = tuple[str, ...]
Day = tuple[Names, ...]  # one vehicle's trips that are still to leave, each the stops in order
Sequences = dict[str, Day]

DAYS = 10_000
ERRORS = 2.5  # standard errors by which more is asked than the problem asks


@dataclass(frozen=True, slots=True)
class Verdict:
    """A timed day, the rules that it breaks, the shortfall of each weak stop, the days lived."""

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
        self._vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
        self.gone = {v.stop for k in problem.locks if isinstance(k, Frozen) for v in k.trip.visits}
        self._under_way = {k.vehicle for k in problem.locks if isinstance(k, Frozen)}
        self._verdicts: dict[tuple[str, Day], Verdict] = {}
        self._base, self._own = base, own
        self.simulated = 0  # days asked for that were driven, whoever drove them

    def verdict(self, vehicle: str, day: Day) -> Verdict:
        """Return what there is to say of a vehicle's day."""
        key = (vehicle, day)
        if key not in self._verdicts:
            is_own = self._base is None or any(self._own in trip for trip in day)
            judge = self if is_own or self._base is None else self._base
            found = self._judged(vehicle, day) if judge is self else judge.verdict(vehicle, day)
            self._verdicts[key] = found
            self.simulated += not found.broken
        return self._verdicts[key]

    def weak(self, sequences: Sequences) -> dict[str, float]:
        """Return the shortfall of every weak stop of a plan."""
        found: dict[str, float] = {}
        for vehicle, day in sequences.items():
            found |= self.verdict(vehicle, day).weak
        return found

    def is_kept(self, sequences: Sequences) -> bool:
        """Return whether all days are kept."""
        return all(self.verdict(vehicle, day).is_kept for vehicle, day in sequences.items())

    def routes(self, sequences: Sequences) -> tuple[Route, ...]:
        """Return the timed routes of all vehicles."""
        days = ((v.id, sequences.get(v.id, ())) for v in self.problem.vehicles)
        return tuple(self.verdict(vehicle, day).route for vehicle, day in days)

    def reliability(self, sequences: Sequences) -> Reliability:
        """Return how often the promises of a plan's days that break no rule are kept."""
        days = (self.verdict(v.id, sequences.get(v.id, ())) for v in self.problem.vehicles)
        return together([day.life for day in days if day.life is not None])

    def _judged(self, vehicle: str, day: Day) -> Verdict:
        car = self._vehicles[vehicle]
        if vehicle not in self._under_way and not can_be_punctual(self.problem, car, day):
            return Verdict(Route(vehicle, ()), ("It cannot be in time.",), {})
        route = timed_route(self.problem, car, day)
        broken = tuple(broken_rules_of(self.problem, route))
        if broken:
            return Verdict(route, broken, {})
        lived = life(self.problem, route, days=self.days, seed=self.seed)
        weak = {
            stop: self.asked - kept
            for stop, kept in lived.stops.items()
            if kept < self.asked and stop not in self.gone
        }
        return Verdict(route, broken, weak, lived)


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
