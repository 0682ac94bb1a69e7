"""Times for trips whose stops and order somebody has chosen by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil, inf, sqrt

from routing.instance import departures
from routing.instance.departures import Ride, Side, choose_departures
from routing.plan import Bound, Plan, Route, Trip, Visit
from routing.problem import Frozen, Problem, Stop, Vehicle
from routing.uncertainty import Uncertainty

Names = tuple[str, ...]  # the stops of a trip in their order

PER_DEVIATION = 20  # levels of margins that are counted in standard deviations
MOST_DEVIATIONS = 3  # a greater margin is of no use
LEAST_DEVIATION = 15.0  # seconds: where nothing strays, a margin is good all the same


def timed(
    problem: Problem,
    sequences: Mapping[str, Sequence[Sequence[str]]],
    *,
    held: Mapping[Names, int] | None = None,
) -> Plan:
    """Give every trip of chosen stop sequences its times: the smallest margin as large as can be.

    A margin is the time by which a stop is served before its window ends, or while its meal is
    still fresh; with an `uncertainty` it counts in standard deviations. Among such departures each
    is the latest that brings nobody back later. No rule is enforced: what the choice breaks,
    `routing.violations` tells.

    Parameters
    ----------
    sequences
        Vehicle id → its trips in order, each a sequence of stop ids.
    held
        A trip's stops → when somebody wants it to leave, in seconds. It leaves then, or where that
        cannot be as soon as it can.

    Returns
    -------
    Plan
        With status "feasible", a bound of 0 (nothing was proven) and no unassigned stops listed.

    Raises
    ------
    KeyError
        For an unknown stop, or a leg that no one can ride.
    """
    routes = timed_routes(problem, sequences, held)
    served = {visit.stop for route in routes for trip in route.trips for visit in trip.visits}
    return Plan(
        status="feasible",
        unserved_priority=sum(s.priority for s in problem.stops if s.id not in served),
        cost=sum(travelled(problem, trip) for route in routes for trip in route.trips),
        bound=Bound(0, 0),
        seconds=0.0,
        routes=routes,
        unassigned=(),
    )


def timed_routes(
    problem: Problem,
    sequences: Mapping[str, Sequence[Sequence[str]]],
    held: Mapping[Names, int] | None = None,
) -> tuple[Route, ...]:
    """Return the routes of `timed`."""
    times = Timetable(problem, held)
    return tuple(times.route(v, sequences.get(v.id, ())) for v in problem.vehicles)


class Timetable:
    """Times for trips of one problem; what is known of a trip is kept."""

    def __init__(self, problem: Problem, held: Mapping[Names, int] | None = None) -> None:
        self.problem = problem
        self.held = held or {}
        self.stops = {stop.id: stop for stop in problem.stops}
        self._rides: dict[Names, Ride] = {}

    def route(self, vehicle: Vehicle, trips: Sequence[Sequence[str]]) -> Route:
        """Return the route of `timed` for one vehicle: its trips, in their order, around the
        frozen ones."""
        free, end = self._duty(vehicle)
        locks = (lock for lock in self.problem.locks if isinstance(lock, Frozen))
        frozen = [lock.trip for lock in locks if lock.vehicle == vehicle.id]
        day: list[Trip] = []
        gap: list[Names] = []
        waiting = [tuple(trip) for trip in trips if trip]
        for left in sorted(frozen, key=lambda trip: trip.loading):
            while waiting and self._back([*gap, waiting[0]], free) <= left.loading:
                gap.append(waiting.pop(0))
            day += [*self._timed(gap, free, left.loading), left]
            gap, free = [], max(free, left.return_time)
        return Route(vehicle.id, (*day, *self._timed(waiting, free, end)))

    def can_be_punctual(self, vehicle: Vehicle, trips: Sequence[Names]) -> bool:
        """Return whether a vehicle with no trip under way could make these trips in time.

        It is quicker to ask than to time the trips and to see.
        """
        rides = [self._ride(trip) for trip in trips]
        return departures.can_be_punctual(rides, *self._duty(vehicle))

    def margins(self, trips: Sequence[Names], route: Route) -> dict[str, float]:
        """Return each stop's smallest margin in standard deviations, no trip being late itself;
        `route` gives the trips their times."""
        found: dict[str, float] = {}
        for trip, timed in zip(trips, route.trips, strict=True):
            ride = self._ride(trip)
            before, after = ride.margins(timed.departure)
            fresh = [stop for stop in trip if self.stops[stop].freshness is not None]
            sides = [*ride.before, *ride.after]
            for stop, level, side in zip([*trip, *fresh], [*before, *after], sides, strict=True):
                if side.weight * PER_DEVIATION > LEAST_DEVIATION:
                    found[stop] = min(found.get(stop, inf), level / PER_DEVIATION)
        return found

    def _ride(self, trip: Names) -> Ride:
        ride = self._rides.get(trip)
        if ride is None:
            ride = _ride(self.problem, [self.stops[stop] for stop in trip])
            if trip in self.held:
                ride = ride.leaving_at(self.held[trip])
            self._rides[trip] = ride
        return ride

    def _duty(self, vehicle: Vehicle) -> tuple[int, int]:
        """Return from when on the vehicle may be loaded and when it must be back."""
        opening, closing = self.problem.depot.time_window
        return max(vehicle.shift[0], opening), min(vehicle.shift[1], closing)

    def _back(self, trips: Sequence[Names], free: int) -> int:
        """Return when a vehicle is back that makes the trips as early as it can."""
        for ride in map(self._ride, trips):
            free = ride.back(max(ride.ready, free + ride.loading))
        return free

    def _timed(self, trips: Sequence[Names], free: int, end: int) -> list[Trip]:
        rides = [self._ride(trip) for trip in trips]
        chosen = choose_departures(rides, free, end)
        days = zip(trips, rides, chosen, strict=True)
        return [self._trip(trip, departure, ride.loading) for trip, ride, departure in days]

    def _trip(self, trip: Names, departure: int, loading: int) -> Trip:
        stops = [self.stops[stop] for stop in trip]
        starts = _starts(self.problem, stops, departure)
        return _trip(self.problem, stops, starts, (departure, loading))


def travelled(problem: Problem, trip: Trip, objective: str | None = None) -> int:
    """Return the seconds or metres that a trip rides, by the problem's or the given objective."""
    matrix = (
        problem.distances if (objective or problem.objective) == "distance" else problem.durations
    )
    places = {stop.id: stop.location for stop in problem.stops}
    along = [0, *(places[visit.stop] for visit in trip.visits), 0]
    return sum(_leg(matrix, here, there) for here, there in pairwise(along))


def _leg(matrix: Sequence[Sequence[int | None]], here: int, there: int) -> int:
    leg = matrix[here][there]
    if leg is None:
        raise KeyError(f"nobody can ride from location {here} to {there}")
    return leg


def _ride(problem: Problem, stops: Sequence[Stop]) -> Ride:
    depot, doubt = problem.depot, _Doubt(problem.uncertainty)
    here, time, start = 0, 0, 0
    before: list[Side] = []
    after: list[Side] = []
    for stop in stops:
        leg = _leg(problem.durations, here, stop.location)
        doubt.ride(here, stop.location, leg)
        time, start = time + leg, start + leg
        if start < stop.time_window[0]:
            start = stop.time_window[0]
            doubt.wait()
        close, fresh = stop.time_window[1], stop.freshness
        before.append(doubt.side(close - time, close - start))
        if fresh is not None:
            after.append(doubt.side_after_waiting(start - fresh, fresh - time))
        time, start = time + stop.service_time, start + stop.service_time
        doubt.serve()
        here = stop.location
    leg = _leg(problem.durations, here, 0)
    loading = depot.loading_time + depot.loading_time_per_stop * len(stops)
    ready = max(stop.release_time for stop in stops)
    return Ride(ready, loading, time + leg, start + leg, tuple(before), tuple(after))


class _Doubt:
    """How far a trip may stray: the variance since it left, and since it last waited."""

    def __init__(self, uncertainty: Uncertainty | None) -> None:
        self.uncertainty = uncertainty
        self.since_leaving = self.since_waiting = 0.0
        if uncertainty:
            self.since_leaving = float(uncertainty.departure**2)

    def ride(self, here: int, there: int, leg: int) -> None:
        """Ride a leg of so many seconds."""
        if self.uncertainty:
            self._add((self.uncertainty.share(here, there) * leg) ** 2)

    def serve(self) -> None:
        """Stand at a door."""
        if self.uncertainty:
            self._add(self.uncertainty.service**2)

    def wait(self) -> None:
        """Wait for a window: who does is no longer late."""
        self.since_waiting = 0.0

    def side(self, limit: int, most: int) -> Side:
        """Return what a window asks; `most` is the margin that it can give without doubt."""
        return self._side(self.since_leaving, limit, most)

    def side_after_waiting(self, limit: int, most: int) -> Side:
        """Return what freshness asks of a trip that leaves so early that it waits."""
        return self._side(self.since_waiting, limit, most)

    def _add(self, variance: float) -> None:
        self.since_leaving += variance
        self.since_waiting += variance

    def _side(self, variance: float, limit: int, most: int) -> Side:
        if not self.uncertainty:
            return Side(limit, 1.0, most)
        deviation = max(LEAST_DEVIATION, sqrt(variance))
        return Side(limit, deviation / PER_DEVIATION, ceil(MOST_DEVIATIONS * deviation))


def _starts(problem: Problem, stops: Sequence[Stop], departure: int) -> list[int]:
    starts, here, clock = [], 0, departure
    for stop in stops:
        arrival = clock + _leg(problem.durations, here, stop.location)
        starts.append(max(arrival, stop.time_window[0]))
        here, clock = stop.location, starts[-1] + stop.service_time
    return starts


def _trip(
    problem: Problem, stops: Sequence[Stop], starts: Sequence[int], leaving: tuple[int, int]
) -> Trip:
    """Return the trip; `leaving` is its departure and how long it is loaded before."""
    departure, loading = leaving
    visits, here, clock = [], 0, departure
    for stop, start in zip(stops, starts, strict=True):
        arrival = clock + _leg(problem.durations, here, stop.location)
        clock = start + stop.service_time
        visits.append(Visit(stop=stop.id, arrival=arrival, start=start, departure=clock))
        here = stop.location
    return Trip(
        loading=departure - loading,
        departure=departure,
        return_time=clock + _leg(problem.durations, here, 0),
        visits=tuple(visits),
    )
