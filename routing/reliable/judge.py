"""How surely the promises of one vehicle's day are kept, remembered for each day that was asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

from routing.check import broken_rules_of
from routing.instance.schedule import can_be_punctual, timed_route
from routing.plan import Bound, Plan, Reliability, Route
from routing.problem import Frozen, Problem
from routing.reliable.simulation import reliability

Names = tuple[str, ...]
Day = tuple[Names, ...]  # one vehicle's trips that are still to leave, each the stops in order
Sequences = dict[str, Day]

DAYS = 10_000
ERRORS = 2.5  # standard errors by which more is asked than the problem asks


@dataclass(frozen=True, slots=True)
class Verdict:
    """A timed day, the rules that it breaks, and the shortfall of each weak stop."""

    route: Route
    broken: tuple[str, ...]
    weak: Mapping[str, float]

    @property
    def is_kept(self) -> bool:
        """Return whether the day keeps every rule and every promise as surely as asked."""
        return not self.broken and not self.weak

    @property
    def shortfall(self) -> tuple[int, float]:
        """Return how many stops are weak, and by how much in all; smaller is better."""
        return len(self.weak), sum(self.weak.values())


class Judge:
    """Judges days of one problem; vehicles never wait for each other, so each is judged alone."""

    def __init__(self, problem: Problem, *, days: int = DAYS, seed: int = 0) -> None:
        self.problem, self.days, self.seed = problem, days, seed
        error = sqrt(problem.reliability * (1 - problem.reliability) / days)
        self.asked = min(problem.reliability + ERRORS * error, (1 + problem.reliability) / 2)
        self._vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
        self.gone = {v.stop for k in problem.locks if isinstance(k, Frozen) for v in k.trip.visits}
        self._under_way = {k.vehicle for k in problem.locks if isinstance(k, Frozen)}
        self._verdicts: dict[tuple[str, Day], Verdict] = {}

    def verdict(self, vehicle: str, day: Day) -> Verdict:
        """Return what there is to say of a vehicle's day."""
        key = (vehicle, day)
        if key not in self._verdicts:
            self._verdicts[key] = self._judged(vehicle, day)
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

    def reliability(self, routes: Iterable[Route]) -> Reliability:
        """Return how often the promises of these routes are kept."""
        plan = _of_routes(tuple(routes))
        return reliability(self.problem, plan, days=self.days, seed=self.seed)

    def _judged(self, vehicle: str, day: Day) -> Verdict:
        car = self._vehicles[vehicle]
        if vehicle not in self._under_way and not can_be_punctual(self.problem, car, day):
            return Verdict(Route(vehicle, ()), ("It cannot be in time.",), {})
        route = timed_route(self.problem, car, day)
        broken = tuple(broken_rules_of(self.problem, route))
        if broken:
            return Verdict(route, broken, {})
        found = self.reliability((route,)).stops
        weak = {
            stop: self.asked - kept
            for stop, kept in found.items()
            if kept < self.asked and stop not in self.gone
        }
        return Verdict(route, broken, weak)


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


def _of_routes(routes: tuple[Route, ...]) -> Plan:
    return Plan("feasible", 0, 0, Bound(0, 0), 0.0, routes, ())
