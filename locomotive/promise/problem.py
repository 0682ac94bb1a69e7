"""The planner's problem: a day's deliveries as stops, the tricycles' shifts as vehicles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import sqrt
from typing import TypeVar

import routing

from ..core.status import LIVE, TO_DEPART
from ..ordering.order import Order
from ..places.address import Address
from ..places.travel_time import Matrix, Point
from ..service.fleet import Shift
from ..service.slot import Slot
from ..shipments.shipment import End, Shipment

LOADING = timedelta(minutes=2)
LOADING_PER_STOP = timedelta(seconds=30)
AT_THE_DOOR = timedelta(minutes=2)
AT_THE_DOOR_PER_BOX = timedelta(seconds=20)
AT_THE_DOOR_PER_CRATE = timedelta(seconds=30)
# The standard deviation of the time at a door that no round has taught: somebody is sent for.
AT_THE_DOOR_NOISE = timedelta(seconds=40)
FRESHNESS = timedelta(minutes=35)
# The kitchen has a slot's meals ready this long before the slot begins.
READY_BEFORE = timedelta(minutes=30)
# How sure a promise given may be where what is asked cannot be reached; then what is exact.
LEVELS = (0.9, 0.8, 0.65, 0.5)
TOLERANCE = 0.01  # by which a probability may be smaller than asked: what chance makes of it
WIDEST = 2.0  # the largest share of its time by which a ride is said to stray
T = TypeVar("T")
Legs = Callable[[Sequence[Point]], tuple[Matrix, Matrix]]


@dataclass(frozen=True)
class Decided:
    """A round that is released: its trip stays as it is, with the orders aboard by stop; a stop
    where only crates are fetched or brought has none. `shipments` are those aboard, by id."""

    vehicle: str
    trip: routing.Trip
    aboard: dict[str, tuple[int, ...]]
    shipments: tuple[int, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """The problem of a service's deliveries, and which orders each of its stops stands for."""

    problem: routing.Problem
    orders: dict[str, tuple[Order, ...]]
    midnight: datetime
    points: tuple[Point, ...]  # of the matrices' rows, the depot first
    doors: Mapping[str, int]  # place name → seconds at its door
    # Stops without any order, where crates are fetched: the planner's name → whose they are.
    collections: Mapping[str, str] = field(default_factory=dict)
    # Both stops of every shipment that is still to leave: the planner's name → which end it is.
    ends: Mapping[str, End] = field(default_factory=dict)

    def at(self, seconds: int) -> datetime:
        """The instant of the problem's clock."""
        return self.midnight + timedelta(seconds=seconds)

    def place(self, stop: str) -> str:
        """The name of a stop's place, as people say it."""
        if stop in self.collections:
            return self.collections[stop]
        if stop in self.ends:
            return self.ends[stop].name
        first = self.orders[stop][0]
        return first.place_name or first.street


def build_problem(
    orders: Sequence[Order],
    shifts: Sequence[Shift],
    decided: Sequence[Decided],
    *,
    day_starts: datetime,
    depot: Point,
    legs: Legs,
    more: Sequence[Point] = (),
    ready: Mapping[int, datetime] | None = None,
    doors: Mapping[str, int] | None = None,
    now: datetime | None = None,
) -> Delivery:
    """The planner's problem of these orders: one stop for each place and slot.

    Decided rounds are frozen trips. Times are seconds after `day_starts` (an instant); points are
    latitude and longitude in degrees, and `more` of them get a row in the matrices. `ready` tells
    of orders (by id) when the kitchen has them, beside what they say themselves; `doors` of places
    (by name) how many seconds their door takes. With `now`, nothing is planned before it and what
    can no longer be served in time is left out.
    """
    aboard = {id_: stop for d in decided for stop, ids in d.aboard.items() for id_ in ids}
    groups: dict[str, list[Order]] = {}
    for order in orders:
        is_late = now is not None and order.slot.ends_at < now
        is_aboard = order.id in aboard and order.status in LIVE
        if is_aboard or (is_to_carry(order) and not is_late):
            groups.setdefault(aboard.get(order.id) or stop_id(order, order.slot_id), []).append(
                order
            )
    # A stop that has left keeps to itself; one whose orders were all cancelled is no stop.
    points: list[Point] = [depot]
    stops = []
    for name, group in groups.items():
        points.append((float(group[0].latitude or 0), float(group[0].longitude or 0)))
        boxes = sum(order.boxes for order in group)
        stops.append(
            new_stop(
                name,
                len(points) - 1,
                group[0].slot,
                boxes=boxes,
                orders=len(group),
                day_starts=day_starts,
                ready_at=latest_ready(group, ready or {}),
                door=(doors or {}).get(group[0].place_name),
            )
        )
    fetched = [name for d in decided for name, ids in d.aboard.items() if not ids]
    stops += [_fetch(name) for name in fetched]
    points += [point for point in more if point not in points]
    durations, distances = legs(points)
    problem = routing.Problem(
        name=day_starts.isoformat(),
        objective="duration",
        depot=routing.Depot(
            time_window=(0, 24 * 3600),
            loading_time=_seconds(LOADING),
            loading_time_per_stop=_seconds(LOADING_PER_STOP),
        ),
        vehicles=_vehicles(shifts, decided, day_starts, now),
        stops=tuple(stops),
        durations=durations,  # type: ignore[arg-type]
        distances=distances,  # type: ignore[arg-type]
        locks=tuple(_locks(decided, {*groups, *fetched})),
    )
    return Delivery(
        problem, {k: tuple(v) for k, v in groups.items()}, day_starts, tuple(points), doors or {}
    )


def with_shipments(delivery: Delivery, wanted: Sequence[Shipment]) -> Delivery:
    """The delivery with these shipments: two stops each, on one trip, the load aboard between them.

    One order weighs more than all of them together: what can no longer be kept beside the meals is
    left out. Each place has a row in the matrices already.
    """
    ends = {end.planner_id: end for one in wanted for end in one.ends}
    if not ends:
        return delivery
    weight = len(ends) + 1
    meals = [replace(stop, priority=stop.priority * weight) for stop in delivery.problem.stops]
    stops = (end_stop(delivery, end, end.shipment) for end in ends.values())
    shipments = (
        routing.Shipment(start.planner_id, end.planner_id, (one.boxes,))
        for one in wanted
        for start, end in (one.ends,)
    )
    problem = replace(delivery.problem, stops=(*meals, *stops), shipments=tuple(shipments))
    return replace(delivery, problem=problem, ends=ends)


def end_stop(delivery: Delivery, end: End, window: Shipment) -> routing.Stop:
    """The stop at one end of a shipment, in the window of that one."""
    fixed = delivery.doors.get(end.name, _seconds(AT_THE_DOOR))
    return routing.Stop(
        id=end.planner_id,
        location=delivery.points.index(end.point),
        delivery=(0,),
        pickup=(0,),
        time_window=(
            _seconds(end.opens_at(window) - delivery.midnight),
            _seconds(window.ends_at - delivery.midnight),
        ),
        service_time=fixed + _seconds(AT_THE_DOOR_PER_CRATE * end.shipment.crates),
    )


def uncertain(
    delivery: Delivery, *, reliability: int, leg_noise: float, door_noises: Mapping[Point, int]
) -> Delivery:
    """The delivery on real streets: every promise kept on so many days of a hundred (0: exact).

    `leg_noise` is the standard deviation of rides as a share of them; `door_noises` are those of
    known doors in seconds, by their points.
    """
    if not reliability:
        return delivery
    usual = _seconds(AT_THE_DOOR_NOISE)
    noises = [door_noises.get(point, usual) for point in delivery.points]
    least = min(noises)
    shares = tuple(
        tuple(_share(leg_noise, leg, noise**2 - least**2) for leg in row)
        for row, noise in zip(delivery.problem.durations, noises, strict=True)
    )
    problem = replace(
        delivery.problem,
        uncertainty=routing.Uncertainty(shares if max(noises) > least else leg_noise, least),
        reliability=reliability / 100,
    )
    return replace(delivery, problem=problem)


def _share(noise: float, leg: int | None, more: int) -> float:
    """The noise of a leg that also carries what a door strays `more` (seconds²) than others: the
    planner knows one noise for all doors, and whoever is late at one is late at the next."""
    return min(WIDEST, sqrt(noise**2 + more / leg**2)) if leg else noise


def alone(problem: routing.Problem, stop: routing.Stop) -> routing.Problem:
    """The problem of this stop alone, its matrices those of two places."""
    here, doubt = stop.location, problem.uncertainty
    if doubt and isinstance(doubt.leg, tuple):
        doubt = replace(doubt, leg=_ends(doubt.leg, here))
    return replace(
        problem,
        stops=(replace(stop, location=1),),
        durations=_ends(problem.durations, here),
        distances=_ends(problem.distances, here),
        locks=(),
        uncertainty=doubt,
        shipments=(),
    )


def _ends(rows: Sequence[Sequence[T]], here: int) -> tuple[tuple[T, ...], ...]:
    return tuple((row[0], row[here]) for row in (rows[0], rows[here]))


def exactly(problem: routing.Problem) -> routing.Problem:
    """The problem with its rules alone: as if every ride took what the map says."""
    return replace(problem, uncertainty=None)


def as_sure_as(problem: routing.Problem, plan: routing.Plan) -> routing.Problem:
    """The problem asking what it asks, or as much as the plan's promises reach: a promise that was
    given is served although it is weak, and others are planned beside it."""
    reached = min(kept_by(problem, plan).values(), default=1.0)
    if problem.uncertainty is None or reached >= _planned_for(problem.reliability):
        return problem
    lower = reached - _planned_for(0.5) + 0.5
    return replace(problem, reliability=lower) if lower > 0 else exactly(problem)


def _planned_for(reliability: float) -> float:
    """What the planner makes of it: 2.5 standard errors more, on the days that it simulates."""
    return reliability + 2.5 * sqrt(reliability * (1 - reliability) / 10_000)


def weak_stops(problem: routing.Problem, plan: routing.Plan) -> dict[str, float]:
    """The stops still to leave that the plan keeps less surely than asked, and how surely."""
    least = problem.reliability - TOLERANCE
    return {stop: sure for stop, sure in kept_by(problem, plan).items() if sure < least}


def weakens(problem: routing.Problem, before: routing.Plan, after: routing.Plan) -> bool:
    """Whether the second plan has a stop that is weak, and was not or not as weak in the first."""
    known = weak_stops(problem, before)
    return any(sure < known.get(stop, 1.0) for stop, sure in weak_stops(problem, after).items())


def kept_by(problem: routing.Problem, plan: routing.Plan) -> dict[str, float]:
    """How surely the plan keeps each stop that is still to leave; nothing where all is exact."""
    if problem.uncertainty is None:
        return {}
    gone = {v.stop for k in problem.locks if isinstance(k, routing.Frozen) for v in k.trip.visits}
    kept = routing.reliability(problem, plan).stops
    return {stop: sure for stop, sure in kept.items() if stop not in gone}


def latest_ready(orders: Sequence[Order], ready: Mapping[int, datetime]) -> datetime | None:
    """When the last of the orders is ready, if a batch is late."""
    times = [ready.get(order.id) or order.ready_at for order in orders]
    return max((time for time in times if time), default=None)


def new_stop(
    name: str,
    location: int,
    slot: Slot,
    *,
    boxes: int,
    orders: int,
    day_starts: datetime,
    ready_at: datetime | None = None,
    door: int | None = None,
) -> routing.Stop:
    """A stop of one place and slot: its service time is fixed plus so much for each box.

    `door` is the fixed part in seconds where it is known.
    """
    fixed = AT_THE_DOOR if door is None else timedelta(seconds=door)
    usually = slot.starts_at - READY_BEFORE
    return routing.Stop(
        id=name,
        location=location,
        delivery=(boxes,),
        pickup=(0,),
        time_window=(_seconds(slot.starts_at - day_starts), _seconds(slot.ends_at - day_starts)),
        service_time=_seconds(fixed + AT_THE_DOOR_PER_BOX * boxes),
        release_time=_seconds(max(usually, ready_at or usually) - day_starts),
        freshness=_seconds(FRESHNESS),
        priority=orders,
    )


def is_to_carry(order: Order) -> bool:
    """Whether the order is still to be planned: a delivery that has not left, and that no other
    restaurant brings."""
    return order.is_delivery and order.status in TO_DEPART and order.carried_by_id is None


def stop_id(place: Order | Address, slot_id: int) -> str:
    """The planner's name of a place in a slot: orders of one place and slot are one stop."""
    return f"{slot_id}@{place.latitude:.5f},{place.longitude:.5f}"


def place_in(stop: str) -> str:
    """The part of a stop's name that its place makes: the same in every slot."""
    return stop.partition("@")[2]


def _vehicles(
    shifts: Sequence[Shift],
    decided: Sequence[Decided],
    day_starts: datetime,
    now: datetime | None,
) -> tuple[routing.Vehicle, ...]:
    riding = {d.vehicle for d in decided}
    vehicles = []
    for shift in shifts:
        if shift.is_off and str(shift.tricycle_id) not in riding:
            continue
        # A tricycle that was taken off after a round left does nothing more.
        ends_at = shift.starts_at if shift.is_off else shift.ends_at
        starts_at = min(max(shift.starts_at, now or shift.starts_at), ends_at)
        vehicles.append(
            routing.Vehicle(
                id=str(shift.tricycle_id),
                capacity=(shift.tricycle.capacity_boxes,),
                shift=(_seconds(starts_at - day_starts), _seconds(ends_at - day_starts)),
            )
        )
    return tuple(vehicles)


def _fetch(name: str) -> routing.Stop:
    """Crates that a released round fetches: the trip is frozen, so no more need be known."""
    return routing.Stop(id=name, location=0, delivery=(0,), pickup=(0,), time_window=(0, 24 * 3600))


def _locks(decided: Sequence[Decided], known: set[str]) -> list[routing.Frozen]:
    locks = []
    for one in decided:
        visits = tuple(v for v in one.trip.visits if v.stop in known)
        if visits:
            trip = routing.Trip(one.trip.loading, one.trip.departure, one.trip.return_time, visits)
            locks.append(routing.Frozen(vehicle=one.vehicle, trip=trip))
    return locks


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())
