"""Times for trips whose stops and order somebody has chosen by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from routing.plan import Bound, Plan, Route, Trip, Visit
from routing.problem import Frozen, Problem, Stop


def timed(problem: Problem, sequences: Mapping[str, Sequence[Sequence[str]]]) -> Plan:
    """Give every trip of chosen stop sequences its times, as early as the rules allow.

    Each trip leaves as late as it can without being back later, which keeps meals fresh. No rule
    is enforced: what the choice breaks, `routing.violations` tells.

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
    vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
    stops = {stop.id: stop for stop in problem.stops}
    routes = []
    for vehicle_id, vehicle in vehicles.items():
        chosen = [[stops[stop] for stop in trip] for trip in sequences.get(vehicle_id, ())]
        free_at = max(vehicle.shift[0], problem.depot.time_window[0])
        routes.append(Route(vehicle_id, _timed_day(problem, vehicle_id, chosen, free_at)))
    served = {visit.stop for route in routes for trip in route.trips for visit in trip.visits}
    return Plan(
        status="feasible",
        unserved_priority=sum(s.priority for s in problem.stops if s.id not in served),
        cost=sum(travelled(problem, trip) for route in routes for trip in route.trips),
        bound=Bound(0, 0),
        seconds=0.0,
        routes=tuple(routes),
        unassigned=(),
    )


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
    problem: Problem, vehicle: str, chosen: Sequence[Sequence[Stop]], free_at: int
) -> tuple[Trip, ...]:
    """Fit the chosen trips, in their order, around the vehicle's frozen ones."""
    frozen = [k.trip for k in problem.locks if isinstance(k, Frozen) and k.vehicle == vehicle]
    frozen.sort(key=lambda trip: trip.loading)
    day: list[Trip] = []
    for stops in chosen:
        trip = _timed_trip(problem, stops, free_at)
        while frozen and trip.return_time > frozen[0].loading:
            day.append(frozen.pop(0))
            trip = _timed_trip(problem, stops, day[-1].return_time)
        day.append(trip)
        free_at = trip.return_time
    return (*day, *frozen)


def _timed_trip(problem: Problem, stops: Sequence[Stop], free_at: int) -> Trip:
    loading_time = problem.depot.loading_time + problem.depot.loading_time_per_stop * len(stops)
    departure = max([free_at + loading_time, *(stop.release_time for stop in stops)])
    starts = _starts(problem, stops, departure)
    # Waiting at a door makes meals cold: leave later instead, as far as every window allows.
    waits, spare = 0, []
    here, clock = 0, departure
    for stop, start in zip(stops, starts, strict=True):
        waits += start - (clock + _leg(problem.durations, here, stop.location))
        spare.append(max(0, stop.time_window[1] - start) + waits)
        here, clock = stop.location, start + stop.service_time
    departure += min([waits, *spare])
    starts = _starts(problem, stops, departure)
    return _trip(problem, stops, starts, departure, loading_time)


def _starts(problem: Problem, stops: Sequence[Stop], departure: int) -> list[int]:
    starts, here, clock = [], 0, departure
    for stop in stops:
        arrival = clock + _leg(problem.durations, here, stop.location)
        starts.append(max(arrival, stop.time_window[0]))
        here, clock = stop.location, starts[-1] + stop.service_time
    return starts


def _trip(
    problem: Problem, stops: Sequence[Stop], starts: Sequence[int], departure: int, loading: int
) -> Trip:
    visits, here, clock = [], 0, departure
    for stop, start in zip(stops, starts, strict=True):
        arrival = clock + _leg(problem.durations, here, stop.location)
        clock = start + stop.service_time
        visits.append(Visit(stop=stop.id, arrival=arrival, start=start, departure=clock))
        here = stop.location
    return Trip(
        loading=departure - loading,
        departure=departure,
        return_time=clock + _leg(problem.durations, here, 0) if stops else departure,
        visits=tuple(visits),
    )
