"""Times for trips whose stops and order somebody has chosen by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil, sqrt

from routing.instance import departures
from routing.instance.departures import Ride, Side, choose_departures
from routing.plan import Bound, Plan, Route, Trip, Visit
from routing.problem import Frozen, Problem, Stop, Vehicle
from routing.uncertainty import Uncertainty

PER_DEVIATION = 20  # levels of margins that are counted in standard deviations
MOST_DEVIATIONS = 3  # a greater margin is of no use
LEAST_DEVIATION = 15.0  # seconds: where nothing strays, a margin is good all the same


def timed(problem: Problem, sequences: Mapping[str, Sequence[Sequence[str]]]) -> Plan:
    """Give every trip of chosen stop sequences its times: the smallest margin as large as can be.

    A margin is the time by which a stop is served before its window ends, or while its meal is
    still fresh; with an `uncertainty` it counts in standard deviations. Among such departures each
    is the latest that brings nobody back later. No rule is enforced: what the choice breaks,
    `routing.violations` tells.

    Parameters
    ----------
    sequences
        Vehicle id → its trips in order, each a sequence of stop ids.

    Returns
    -------
    Plan
        With status "feasible", a bound of 0 (nothing was proven) and no unassigned stops listed.

    Raises
    ------
    KeyError
        For an unknown stop, or a leg that no one can ride.
    """
    routes = timed_routes(problem, sequences)
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
    problem: Problem, sequences: Mapping[str, Sequence[Sequence[str]]]
) -> tuple[Route, ...]:
    """Return the routes of `timed`."""
    return tuple(timed_route(problem, v, sequences.get(v.id, ())) for v in problem.vehicles)


def timed_route(problem: Problem, vehicle: Vehicle, trips: Sequence[Sequence[str]]) -> Route:
    """Return the route of `timed` for one vehicle."""
    stops = {stop.id: stop for stop in problem.stops}
    chosen = [[stops[stop] for stop in trip] for trip in trips]
    return Route(vehicle.id, _timed_day(problem, vehicle, chosen))


def can_be_punctual(problem: Problem, vehicle: Vehicle, trips: Sequence[Sequence[str]]) -> bool:
    """Return whether a vehicle with no trip under way could make these trips in time.

    It is quicker to ask than to time the trips and to see.
    """
    stops = {stop.id: stop for stop in problem.stops}
    rides = [_ride(problem, [stops[stop] for stop in trip]) for trip in trips]
    return departures.can_be_punctual(rides, *_duty(problem, vehicle))


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


def _timed_day(
    problem: Problem, vehicle: Vehicle, chosen: Sequence[Sequence[Stop]]
) -> tuple[Trip, ...]:
    """Fit the chosen trips, in their order, around the vehicle's frozen ones."""
    free, end = _duty(problem, vehicle)
    frozen = [k.trip for k in problem.locks if isinstance(k, Frozen) and k.vehicle == vehicle.id]
    day: list[Trip] = []
    gap: list[Sequence[Stop]] = []
    waiting = [stops for stops in chosen if stops]
    for left in sorted(frozen, key=lambda trip: trip.loading):
        while waiting and _back(problem, [*gap, waiting[0]], free) <= left.loading:
            gap.append(waiting.pop(0))
        day += [*_timed_trips(problem, gap, free, left.loading), left]
        gap, free = [], max(free, left.return_time)
    return (*day, *_timed_trips(problem, waiting, free, end))


def _duty(problem: Problem, vehicle: Vehicle) -> tuple[int, int]:
    """Return from when on the vehicle may be loaded and when it must be back."""
    opening, closing = problem.depot.time_window
    return max(vehicle.shift[0], opening), min(vehicle.shift[1], closing)


def _back(problem: Problem, trips: Sequence[Sequence[Stop]], free: int) -> int:
    """Return when a vehicle is back that makes the trips as early as it can."""
    for ride in (_ride(problem, stops) for stops in trips):
        free = ride.back(max(ride.ready, free + ride.loading))
    return free


def _timed_trips(
    problem: Problem, trips: Sequence[Sequence[Stop]], free: int, end: int
) -> list[Trip]:
    rides = [_ride(problem, stops) for stops in trips]
    chosen = choose_departures(rides, free, end)
    return [
        _trip(problem, stops, _starts(problem, stops, departure), (departure, ride.loading))
        for stops, ride, departure in zip(trips, rides, chosen, strict=True)
    ]


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
