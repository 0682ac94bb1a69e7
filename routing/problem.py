"""What is asked of the planner, in the field's words; see Problem.from_json for the format.

Times are integer seconds after midnight, distances integer metres, loads integers, one for each
load dimension. Row and column 0 of the matrices are the depot; None is a leg that no one can ride.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

from routing.plan import Trip
from routing.reading import (
    Matrix,
    at,
    carries,
    check_amounts,
    check_ids,
    check_load,
    check_window,
    each,
    integer,
    integers,
    limit,
    mapping,
    matrix,
    member,
    text,
    whole,
    window,
    writable,
)
from routing.uncertainty import (
    DEFAULT_RELIABILITY,
    Uncertainty,
    check_uncertainty,
    read_uncertainty,
)

Objective = Literal["duration", "distance"]


class InvalidProblem(ValueError):
    """The problem makes no sense; the message is one sentence naming the field."""


@dataclass(frozen=True, slots=True)
class Depot:
    """Where trips begin and end; loading takes `loading_time` plus so much for each stop."""

    time_window: tuple[int, int]
    loading_time: int = 0
    loading_time_per_stop: int = 0


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A tricycle; `max_trips` and `max_distance` (metres over the shift) may be None."""

    id: str
    capacity: tuple[int, ...]
    shift: tuple[int, int]
    max_trips: int | None = None
    max_distance: int | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """A place to serve once: the handing over starts within `time_window`."""

    id: str
    location: int
    delivery: tuple[int, ...]
    pickup: tuple[int, ...]
    time_window: tuple[int, int]
    service_time: int = 0
    release_time: int = 0
    freshness: int | None = None
    priority: int = 1


@dataclass(frozen=True, slots=True)
class Shipment:
    """What is fetched at one stop and handed over at another of the same trip; both or neither."""

    pickup: str
    delivery: str
    load: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class First:
    """The stop, if served, is the first of its trip."""

    stop: str


@dataclass(frozen=True, slots=True)
class Together:
    """Those of the stops that are served share one trip."""

    stops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotOn:
    """The vehicle does not serve the stop."""

    stop: str
    vehicle: str


@dataclass(frozen=True, slots=True)
class Frozen:
    """The vehicle has left on this trip: it stands in every plan exactly as it is here.

    It is a fact, so rules on windows, loads and shifts no longer judge it; it still takes the
    vehicle's time, one of its trips and its distance, and its visits count as served.
    """

    vehicle: str
    trip: Trip


Lock = First | Together | NotOn | Frozen


@dataclass(frozen=True, slots=True)
class Problem:
    """A lunch to plan. Raises InvalidProblem when its parts contradict each other.

    With an `uncertainty`, every stop served is kept with the probability `reliability` at least.
    """

    name: str
    objective: Objective
    depot: Depot
    vehicles: tuple[Vehicle, ...]
    stops: tuple[Stop, ...]
    durations: Matrix
    distances: Matrix
    locks: tuple[Lock, ...] = ()
    uncertainty: Uncertainty | None = None
    reliability: float = DEFAULT_RELIABILITY
    shipments: tuple[Shipment, ...] = ()

    def __post_init__(self) -> None:
        """Take matrices as nested lists or arrays, then check that all parts fit together."""
        try:
            for field in ("durations", "distances"):
                object.__setattr__(self, field, matrix(getattr(self, field), field))
            _check_parts(self)
        except ValueError as wrong:
            raise InvalidProblem(str(wrong)) from None

    def with_stop(self, stop: Stop) -> Problem:
        """Return the problem with one more stop, or with another in place of the one with its id;
        nothing else is checked again."""
        places = {other.id: index for index, other in enumerate(self.stops)}
        place = places.get(stop.id, len(self.stops))
        try:
            check_ids([stop.id], "stops")
            _check_stop(stop, at("stops", place), _dimensions(self), len(self.durations))
        except ValueError as wrong:
            raise InvalidProblem(str(wrong)) from None
        longer = copy(self)
        object.__setattr__(longer, "stops", (*self.stops[:place], stop, *self.stops[place + 1 :]))
        return longer

    def to_json(self) -> dict[str, Any]:
        """Return the problem as JSON's plain objects."""
        return {
            "name": self.name,
            "objective": self.objective,
            "depot": _members(self.depot),
            "vehicles": [_members(vehicle) for vehicle in self.vehicles],
            "stops": [_members(stop) for stop in self.stops],
            "durations": [list(row) for row in self.durations],
            "distances": [list(row) for row in self.distances],
            "locks": [_lock_to_json(lock) for lock in self.locks],
            "uncertainty": self.uncertainty and self.uncertainty.to_json(),
            "reliability": self.reliability,
            "shipments": [_members(shipment) for shipment in self.shipments],
        }

    @classmethod
    def from_json(cls, raw: object) -> Problem:
        """Read a problem; raise InvalidProblem with one sentence naming the wrong field.

        A load that no vehicle can carry is refused here, at the border; a Problem built in
        Python may hold one, and its stop comes back unassigned as ``too_heavy``.
        """
        try:
            problem = _problem(mapping(raw, "problem"))
            _check_loads(problem)
        except InvalidProblem:
            raise
        except ValueError as wrong:
            raise InvalidProblem(str(wrong)) from None
        return problem


def _problem(data: Mapping[str, Any]) -> Problem:
    stops = tuple(_stop(raw, path) for path, raw in each(data, "stops", ""))
    return Problem(
        name=writable(str(data.get("name") or ""), "name"),
        objective=member({"objective": "duration", **data}, "objective", get_args(Objective), ""),
        depot=_depot(data.get("depot")),
        vehicles=tuple(_vehicle(raw, path) for path, raw in each(data, "vehicles", "")),
        stops=stops,
        durations=data.get("durations"),  # type: ignore[arg-type]  # checked by Problem
        distances=data.get("distances"),  # type: ignore[arg-type]
        locks=tuple(_lock(raw, path) for path, raw in each({"locks": [], **data}, "locks", "")),
        uncertainty=read_uncertainty(data.get("uncertainty")),
        reliability=data.get("reliability", DEFAULT_RELIABILITY),
        shipments=tuple(
            Shipment(
                text(one, "pickup", path), text(one, "delivery", path), integers(one, "load", path)
            )
            for path, raw in each({"shipments": [], **data}, "shipments", "")
            for one in (mapping(raw, path),)
        ),
    )


def _depot(raw: object) -> Depot:
    data = mapping(raw, "depot")
    return Depot(
        time_window=window(data, "time_window", "depot"),
        loading_time=integer(data, "loading_time", "depot", default=0),
        loading_time_per_stop=integer(data, "loading_time_per_stop", "depot", default=0),
    )


def _vehicle(raw: object, field: str) -> Vehicle:
    data = mapping(raw, field)
    return Vehicle(
        id=text(data, "id", field),
        capacity=integers(data, "capacity", field),
        shift=window(data, "shift", field),
        max_trips=limit(data, "max_trips", field),
        max_distance=limit(data, "max_distance", field),
    )


def _stop(raw: object, field: str) -> Stop:
    data = mapping(raw, field)
    delivery = integers(data, "delivery", field)
    return Stop(
        id=text(data, "id", field),
        location=integer(data, "location", field),
        delivery=delivery,
        pickup=integers(data, "pickup", field, default=[0] * len(delivery)),
        time_window=window(data, "time_window", field),
        service_time=integer(data, "service_time", field, default=0),
        release_time=integer(data, "release_time", field, default=0),
        freshness=limit(data, "freshness", field),
        priority=integer(data, "priority", field, least=1, default=1),
    )


def _lock(raw: object, field: str) -> Lock:
    data = mapping(raw, field)
    match member(data, "kind", ("first", "together", "not_on", "frozen"), field):
        case "first":
            return First(text(data, "stop", field))
        case "together":
            names = [text({"stop": s}, "stop", path) for path, s in each(data, "stops", field)]
            return Together(tuple(names))
        case "not_on":
            return NotOn(text(data, "stop", field), text(data, "vehicle", field))
        case _:
            trip = Trip.from_json(data.get("trip"), at(field, "trip"))
            return Frozen(text(data, "vehicle", field), trip)


def _lock_to_json(lock: Lock) -> dict[str, Any]:
    match lock:
        case First(stop):
            return {"kind": "first", "stop": stop}
        case Together(stops):
            return {"kind": "together", "stops": list(stops)}
        case NotOn(stop, vehicle):
            return {"kind": "not_on", "stop": stop, "vehicle": vehicle}
        case Frozen(vehicle, trip):
            return {"kind": "frozen", "vehicle": vehicle, "trip": trip.to_json()}


def _members(part: Depot | Vehicle | Stop | Shipment) -> dict[str, Any]:
    named = {name: getattr(part, name) for name in part.__slots__}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in named.items()}


def _check_parts(problem: Problem) -> None:
    size = len(problem.durations)
    if len(problem.distances) != size:
        raise ValueError(f"distances must hold {size} rows, as durations does")
    if problem.objective not in get_args(Objective):
        raise ValueError(f"objective must be one of {', '.join(get_args(Objective))}")
    check_window(problem.depot.time_window, "depot.time_window")
    check_amounts(problem.depot, "depot", ("loading_time", "loading_time_per_stop"))
    check_ids([vehicle.id for vehicle in problem.vehicles], "vehicles")
    check_ids([stop.id for stop in problem.stops], "stops")
    dimensions = _dimensions(problem)
    for index, vehicle in enumerate(problem.vehicles):
        _check_vehicle(vehicle, at("vehicles", index), dimensions)
    for index, stop in enumerate(problem.stops):
        _check_stop(stop, at("stops", index), dimensions, size)
    _check_locks(problem)
    _check_shipments(problem, dimensions)
    check_uncertainty(problem.uncertainty, problem.reliability, size)


def _dimensions(problem: Problem) -> int:
    parts = [v.capacity for v in problem.vehicles] or [s.delivery for s in problem.stops]
    return len(parts[0]) if parts else 0


def _check_vehicle(vehicle: Vehicle, field: str, dimensions: int) -> None:
    check_load(vehicle.capacity, at(field, "capacity"), dimensions)
    check_window(vehicle.shift, at(field, "shift"))
    check_amounts(vehicle, field, ("max_trips", "max_distance"))


def _check_stop(stop: Stop, field: str, dimensions: int, size: int) -> None:
    if not 0 <= stop.location < size:
        raise ValueError(f"{field}.location is {stop.location}, outside the {size} matrix rows")
    check_load(stop.delivery, at(field, "delivery"), dimensions)
    check_load(stop.pickup, at(field, "pickup"), dimensions)
    check_window(stop.time_window, at(field, "time_window"))
    check_amounts(stop, field, ("service_time", "release_time", "freshness"))
    whole(stop.priority, at(field, "priority"), 1)


def _check_locks(problem: Problem) -> None:
    stops = {stop.id for stop in problem.stops}
    vehicles = {vehicle.id for vehicle in problem.vehicles}
    left: set[str] = set()
    days: dict[str, list[Trip]] = {}
    for index, lock in enumerate(problem.locks):
        field = at("locks", index)
        for name in _named_stops(lock):
            if name not in stops:
                raise ValueError(f"{field} names {name!r}, which is not a stop")
        if isinstance(lock, NotOn | Frozen) and lock.vehicle not in vehicles:
            raise ValueError(f"{field}.vehicle names {lock.vehicle!r}, which is not a vehicle")
        if isinstance(lock, Frozen):
            for visit in lock.trip.visits:
                if visit.stop in left:
                    raise ValueError(f"{field}.trip serves {visit.stop!r} a second time")
                left.add(visit.stop)
            trip = lock.trip
            if not trip.visits:
                raise ValueError(f"{field}.trip.visits must not be empty")
            if not trip.loading <= trip.departure <= trip.return_time:
                raise ValueError(f"{field}.trip must load, depart and return in this order")
            days.setdefault(lock.vehicle, []).append(lock.trip)
    for vehicle, trips in days.items():
        for one, two in pairwise(sorted(trips, key=lambda trip: trip.loading)):
            if two.loading < one.return_time:
                raise ValueError(f"locks hold two frozen trips of {vehicle!r} at the same time")


def _check_shipments(problem: Problem, dimensions: int) -> None:
    known, seen = {stop.id for stop in problem.stops}, set[str]()
    for index, shipment in enumerate(problem.shipments):
        field = at("shipments", index)
        for name in (shipment.pickup, shipment.delivery):
            if name not in known:
                raise ValueError(f"{field} names {name!r}, which is not a stop")
            if name in seen:
                raise ValueError(f"{field} names {name!r} a second time")
            seen.add(name)
        check_load(shipment.load, at(field, "load"), dimensions)


def _named_stops(lock: Lock) -> tuple[str, ...]:
    match lock:
        case First(stop) | NotOn(stop, _):
            return (stop,)
        case Together(stops):
            return stops
        case Frozen(_, trip):
            return tuple(visit.stop for visit in trip.visits)


def _check_loads(problem: Problem) -> None:
    loads = [
        (f"{at('stops', index)}.{field}", getattr(stop, field))
        for index, stop in enumerate(problem.stops)
        for field in ("delivery", "pickup")
    ]
    loads += [(f"{at('shipments', n)}.load", one.load) for n, one in enumerate(problem.shipments)]
    for field, load in loads if problem.vehicles else ():
        if not any(carries(vehicle.capacity, load) for vehicle in problem.vehicles):
            raise ValueError(f"{field} is over every vehicle's capacity")
