"""Does a plan keep the rules? Written from the rules alone, without a line of the solver's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from routing.plan import Bound, InvalidPlan, Plan, Route, Trip, Visit
from routing.problem import First, Frozen, NotOn, Problem, Stop, Together, Vehicle
from routing.reading import Matrix
from routing.reliable.simulation import reliability

DAYS = 20_000
SEED = 1  # other days than those on which `reliability` lives by default
TOLERANCE = 0.01  # six standard errors of a probability of 0.95


def violations(problem: Problem, plan: Plan) -> list[str]:
    """Return one sentence for each rule that the plan breaks; an empty list if it keeps all.

    Where the problem has an `uncertainty`, that every stop is kept as surely as asked is a rule.
    """
    return [*broken_rules(problem, plan), *_not_sure(problem, plan)]


def broken_rules(problem: Problem, plan: Plan) -> list[str]:
    """Return the violations of all rules but the reliability."""
    return list(_Check(problem, plan))


def broken_rules_of(problem: Problem, route: Route) -> list[str]:
    """Return what one route breaks of the rules for its vehicle and of the locks."""
    check = _Check(problem, Plan("feasible", 0, 0, Bound(0, 0), 0.0, (route,), ()))
    return [*check._route(route), *check._locks(of=route.vehicle)]


def _not_sure(problem: Problem, plan: Plan) -> Iterator[str]:
    if problem.uncertainty is None:
        return
    try:
        found = reliability(problem, plan, days=DAYS, seed=SEED)
    except InvalidPlan:
        return  # names that are unknown are told as such
    gone = {v.stop for k in problem.locks if isinstance(k, Frozen) for v in k.trip.visits}
    for stop, kept in found.stops.items():
        if stop not in gone and kept < problem.reliability - TOLERANCE:
            yield (
                f"Stop {stop} is kept on {kept:.1%} of days, "
                f"{problem.reliability:.1%} are asked for."
            )


class _Check:
    """One reading of one plan; iterating over it yields the violations."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.plan = plan
        self.stops = {stop.id: stop for stop in problem.stops}
        self.vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
        # By how much a shipment changes the load at a stop, in each dimension.
        self.shipped = {
            (stop, dimension): sign * amount
            for one in problem.shipments
            for dimension, amount in enumerate(one.load)
            for stop, sign in ((one.pickup, 1), (one.delivery, -1))
        }
        self.frozen = {(k.vehicle, k.trip) for k in problem.locks if isinstance(k, Frozen)}

    def __iter__(self) -> Iterator[str]:
        unknown = list(self._unknown())
        yield from unknown
        if unknown:
            return  # the rules below look names up
        yield from self._once()
        for route in self.plan.routes:
            yield from self._route(route)
        yield from self._locks()
        yield from self._figures()

    def _unknown(self) -> Iterator[str]:
        for route in self.plan.routes:
            if route.vehicle not in self.vehicles:
                yield f"Vehicle {route.vehicle!r} is not in the problem."
        for _, trip in self.plan.trips():
            for visit in trip.visits:
                if visit.stop not in self.stops:
                    yield f"Stop {visit.stop!r} is not in the problem."
        for left_out in self.plan.unassigned:
            if left_out.stop not in self.stops:
                yield f"Unassigned stop {left_out.stop!r} is not in the problem."

    def _once(self) -> Iterator[str]:
        routes = Counter(route.vehicle for route in self.plan.routes)
        yield from (f"Vehicle {v} has {n} routes." for v, n in routes.items() if n > 1)
        visits = Counter(visit.stop for _, trip in self.plan.trips() for visit in trip.visits)
        left_out = Counter(unassigned.stop for unassigned in self.plan.unassigned)
        for stop in self.stops:
            if visits[stop] > 1:
                yield f"Stop {stop} is served {visits[stop]} times."
            if visits[stop] and left_out[stop]:
                yield f"Stop {stop} is both served and unassigned."
            if not visits[stop] and not left_out[stop]:
                yield f"Stop {stop} is neither served nor unassigned."
            if left_out[stop] > 1:
                yield f"Stop {stop} is unassigned {left_out[stop]} times."
        for unassigned in self.plan.unassigned:
            if not unassigned.reason or not unassigned.explanation.strip():
                yield f"Stop {unassigned.stop} is unassigned without a reason."

    def _route(self, route: Route) -> Iterator[str]:
        vehicle = self.vehicles[route.vehicle]
        free = max(vehicle.shift[0], self.problem.depot.time_window[0])
        for number, trip in enumerate(route.trips, start=1):
            name = f"Trip {number} of {vehicle.id}"
            left = (vehicle.id, trip) in self.frozen  # it left as it left: only its end matters
            if trip.loading < free and not (left and number == 1):
                yield f"{name} starts loading at {trip.loading}, before it can at {free}."
            if not left:
                yield from self._trip(name, vehicle, trip)
            free = max(free, trip.return_time)
        if all((vehicle.id, trip) in self.frozen for trip in route.trips):
            return
        if vehicle.max_trips is not None and len(route.trips) > vehicle.max_trips:
            yield f"{vehicle.id} makes {len(route.trips)} trips, at most {vehicle.max_trips} hold."
        metres = sum(self._way(self.problem.distances, trip) for trip in route.trips)
        if vehicle.max_distance is not None and metres > vehicle.max_distance:
            yield f"{vehicle.id} rides {metres} m, at most {vehicle.max_distance} m hold."

    def _trip(self, name: str, vehicle: Vehicle, trip: Trip) -> Iterator[str]:
        if not trip.visits:
            yield f"{name} serves no stop."
            return
        depot = self.problem.depot
        stops = [self.stops[visit.stop] for visit in trip.visits]
        loaded = trip.loading + depot.loading_time + depot.loading_time_per_stop * len(stops)
        if trip.departure < loaded:
            yield f"{name} departs at {trip.departure}, before it is loaded at {loaded}."
        for stop in stops:
            if trip.departure < stop.release_time:
                yield f"{name} departs at {trip.departure}, before {stop.id} is released."
        yield from self._times(name, trip)
        end = min(vehicle.shift[1], depot.time_window[1])
        if trip.return_time > end:
            yield f"{name} returns at {trip.return_time}, after the end at {end}."
        yield from self._loads(name, vehicle, stops)
        if self.shipped:
            yield from self._shipments(name, [stop.id for stop in stops])

    def _times(self, name: str, trip: Trip) -> Iterator[str]:
        here, now = 0, trip.departure
        for visit in trip.visits:
            stop = self.stops[visit.stop]
            way = self._leg(self.problem.durations, here, stop.location)
            if way is None:
                yield f"{name} rides to {stop.id}, which cannot be reached from where it is."
            elif visit.arrival != now + way:
                yield f"{name} arrives at {stop.id} at {visit.arrival}, the way says {now + way}."
            yield from self._visit(name, stop, visit, trip.departure)
            here, now = stop.location, visit.departure
        way = self._leg(self.problem.durations, here, 0)
        if way is None:
            yield f"{name} cannot come back from its last stop."
        elif trip.return_time != now + way:
            yield f"{name} returns at {trip.return_time}, the way says {now + way}."

    @staticmethod
    def _visit(name: str, stop: Stop, visit: Visit, departure: int) -> Iterator[str]:
        if visit.start < visit.arrival:
            yield f"{name} starts serving {stop.id} at {visit.start}, before it arrives."
        if visit.start < stop.time_window[0]:
            yield f"{name} starts serving {stop.id} at {visit.start}, before its window."
        if visit.start > stop.time_window[1]:
            yield f"{name} starts serving {stop.id} at {visit.start}, after its window."
        if stop.freshness is not None and visit.start > departure + stop.freshness:
            yield f"{name} serves {stop.id} {visit.start - departure} s after leaving: not fresh."
        if visit.departure != visit.start + stop.service_time:
            yield f"{name} leaves {stop.id} at {visit.departure}, not when it is served."

    def _shipments(self, name: str, stops: list[str]) -> Iterator[str]:
        place = {stop: order for order, stop in enumerate(stops)}
        for shipment in self.problem.shipments:
            first, then = place.get(shipment.pickup), place.get(shipment.delivery)
            if first is None and then is None:
                continue
            if first is None or then is None or first > then:
                order = f"at {shipment.pickup}, then bring it to {shipment.delivery}"
                yield f"{name} must fetch a shipment {order}."

    def _loads(self, name: str, vehicle: Vehicle, stops: list[Stop]) -> Iterator[str]:
        for dimension, capacity in enumerate(vehicle.capacity):
            aboard = sum(stop.delivery[dimension] for stop in stops)
            if aboard > capacity:
                yield f"{name} leaves with a load of {aboard}, {vehicle.id} carries {capacity}."
            for stop in stops:
                aboard += stop.pickup[dimension] - stop.delivery[dimension]
                if self.shipped:
                    aboard += self.shipped.get((stop.id, dimension), 0)
                if aboard > capacity:
                    yield f"{name} carries {aboard} after {stop.id}, {vehicle.id} {capacity}."

    def _locks(self, of: str | None = None) -> Iterator[str]:
        """Yield the locks that are broken; with `of`, frozen trips of that vehicle alone count."""
        place = {
            visit.stop: (route.vehicle, number, order)
            for route in self.plan.routes
            for number, trip in enumerate(route.trips)
            for order, visit in enumerate(trip.visits)
        }
        trips = set(self.plan.trips())
        frozen = {v.stop for _, trip in self.frozen for v in trip.visits}
        for lock in self.problem.locks:
            match lock:
                case First(stop) if stop in place and stop not in frozen and place[stop][2]:
                    yield f"Stop {stop} is locked as first of its trip, but is not."
                case Together(stops):
                    served = [stop for stop in stops if stop in place]
                    apart = len({place[stop][:2] for stop in served}) > 1
                    if apart and not frozen.issuperset(served):
                        yield f"Stops {', '.join(stops)} are locked together, but ride apart."
                case NotOn(stop, vehicle) if stop in place and stop not in frozen:
                    if place[stop][0] == vehicle:
                        yield f"Stop {stop} is locked off {vehicle}, but rides on it."
                case Frozen(vehicle, trip) if of in (None, vehicle) and (
                    (vehicle, trip) not in trips
                ):
                    yield f"The frozen trip of {vehicle} left at {trip.departure} has changed."
                case _:
                    pass

    def _figures(self) -> Iterator[str]:
        plan, served = self.plan, self.plan.served()
        unserved = sum(stop.priority for stop in self.problem.stops if stop.id not in served)
        if plan.unserved_priority != unserved:
            yield f"The plan says unserved_priority {plan.unserved_priority}, it is {unserved}."
        ways = getattr(self.problem, f"{self.problem.objective}s")
        cost = sum(self._way(ways, trip) for _, trip in plan.trips())
        if plan.cost != cost:
            yield f"The plan says cost {plan.cost}, it is {cost}."
        bound = plan.bound
        if bound.unserved_priority > plan.unserved_priority:
            yield "The bound on unserved_priority is above the plan's own."
        elif bound.unserved_priority == plan.unserved_priority and bound.cost > plan.cost:
            yield "The bound on cost is above the plan's own."
        proven = (bound.unserved_priority, bound.cost) == (plan.unserved_priority, plan.cost)
        if plan.status == "optimal" and not proven:
            yield "The plan says optimal, but its bound is below its value."

    def _way(self, ways: Matrix, trip: Trip) -> int:
        places = [0, *(self.stops[visit.stop].location for visit in trip.visits), 0]
        return sum(ways[one][two] or 0 for one, two in pairwise(places))

    def _leg(self, ways: Matrix, here: int, there: int) -> int | None:
        other = self.problem.distances[here][there]
        return None if other is None else ways[here][there]
