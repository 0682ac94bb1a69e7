"""Publication: a plan's trips become the service's rounds, if they still fit its orders."""

import logging
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import count

from sqlalchemy.orm import Session

import routing
from routing import travelled

from ..core.refusal import N_, Refusal
from ..ordering.order import Order, orders_of, touch
from ..places.address import known_doors
from ..places.travel_time import Point, streets_in_force
from ..promise.problem import Delivery, exactly, uncertain
from ..promise.tentative_plan import NOTHING, decide_plan
from ..rounds.collection import collections_of, note_reasons
from ..rounds.release import decided_rounds, trip_of
from ..rounds.round import Carried, Collection, Round, RoundStop, rounds_of
from ..service.fleet import shifts_of, tricycles
from ..service.service import Service
from ..shipments.shipment import End, shipments_of
from .lock import locked_delivery, locks_of, whole_delivery
from .planning import Planning, Unassigned, last_planning

log = logging.getLogger(__name__)


class OrdersChanged(Refusal):
    """The plan no longer fits the orders; nothing was published."""

    message = N_("The orders changed during the planning. Plan the rounds again.")


class PlanningSuperseded(Refusal):
    """A worker that was thought dead came back with its plan; nothing was published."""

    message = N_("A later planning took this one's place.")


def publish(
    session: Session,
    planning: Planning,
    plan: routing.Plan,
    *,
    depot: Point,
    now: datetime,
) -> None:
    """Make the plan's trips the service's rounds, if it still fits the orders as they are now.

    Checked again by `routing.violations` inside this transaction. Raises OrdersChanged, or
    PlanningSuperseded when a later planning was asked for, and writes nothing then.
    """
    service = session.get_one(Service, planning.service_id)
    touch(session, service.id)  # first, so that a release waits for us or we for it
    last = last_planning(session, service)
    if planning.state != "running" or last is None or last.id != planning.id:
        raise PlanningSuperseded
    delivery = locked_delivery(session, service, depot)
    _check(delivery, plan)
    write_rounds(session, service, delivery, plan, now=now)
    reasons: dict[str, str] = {u.stop: u.reason for u in plan.unassigned}
    note_reasons(session, service, reasons)
    for end in delivery.ends.values():
        end.shipment.left_out = reasons.get(end.planner_id, "")
    session.add_all(
        Unassigned(planning_id=planning.id, order_id=order.id, reason=left_out.reason)
        for left_out in plan.unassigned
        for order in delivery.orders.get(left_out.stop, ())
    )
    planning.state, planning.finished_at, planning.alive_at = "done", now, now
    planning.served, planning.stops = len(plan.served()), len(delivery.problem.stops)
    planning.cost, planning.bound = plan.cost, plan.bound.cost_of_level(plan.unserved_priority)
    planning.is_proven = plan.status == "optimal"
    planning.stamp, planning.rounds_version = stamp_of(session, service), service.rounds_version
    planning.elapsed = plan.seconds


def _check(delivery: Delivery, plan: routing.Plan) -> None:
    named = plan.served() | {u.stop for u in plan.unassigned}
    if named != {stop.id for stop in delivery.problem.stops}:
        raise OrdersChanged
    # A promise that cannot be kept as surely as asked is kept as well as it can be.
    broken = routing.violations(exactly(delivery.problem), plan)
    if broken:
        log.warning("a plan is not published: %s", "; ".join(broken))
        raise OrdersChanged


def write_rounds(
    session: Session,
    service: Service,
    delivery: Delivery,
    plan: routing.Plan,
    *,
    held: Container[tuple[str, ...]] = (),
    now: datetime,
) -> None:
    """Replace the rounds that are not released by the plan's trips, numbered by departure; `held`
    are the trips, by their stops, whose departure somebody set."""
    before = rounds_of(session, service)
    kept = {r.number for r in before if r.is_released}
    replaced = max((r.planned_at for r in before if not r.is_released), default=None)
    for old in before:
        if not old.is_released:
            session.delete(old)
    service.rounds_version += 1
    session.flush()
    for order in orders_of(session, service):
        if order.is_delivery and order.round_number not in kept:
            order.round_number = order.departs_at = order.loading_position = None
    to_fetch = {one.planner_id: one for one in collections_of(session, service)}
    numbers = (number for number in count(1) if number not in kept)
    for number, (vehicle, trip) in zip(numbers, _new_trips(plan), strict=False):
        round_ = _round(delivery, vehicle, trip, to_fetch)
        round_.service_id, round_.number = service.id, number
        round_.rounds_version = service.rounds_version
        round_.planned_at, round_.replaces_at = now, replaced
        round_.is_held = tuple(visit.stop for visit in trip.visits) in held
        _put_aboard(round_)
        session.add(round_)
    session.flush()
    decide_plan(session, service.id, plan=plan, decided=decided_rounds(session, service))
    touch(session, service.id)


def stamp_of(session: Session, service: Service) -> str:
    """What the rounds are and what they were planned from; it changes with a move by hand, a
    breakdown, an order, a lock, a learned time, the weather, a closed passage; a release does not
    change it."""
    facts = (
        [
            (
                r.tricycle_id,
                r.departs_at,
                s.serves_at,
                sorted(o.id for o in s.orders),
                s.end and s.end.planner_id,
            )
            for r in rounds_of(session, service)
            for s in r.stops
            if s.is_live
        ],
        [
            (o.id, o.slot_id, o.boxes, o.ready_at, o.latitude, o.longitude, o.carried_by_id)
            for o in orders_of(session, service)
            if o.is_delivery and not o.is_cancelled
        ],
        [(s.tricycle_id, s.starts_at, s.ends_at, s.is_off) for s in shifts_of(session, service)],
        [(t.id, t.capacity_boxes, t.speed_factor) for t in tricycles(session)],
        service.slower_percent,
        [(k.kind, k.order_id, k.other_id, k.tricycle_id) for k in locks_of(session, service)],
        [
            (c.id, c.crates, c.empty_crates, c.peelings_kg, c.starts_at, c.ends_at)
            for c in collections_of(session, service)
        ],
        [(one.code, one.starts_at, one.ends_at) for one in shipments_of(session, service)],
        sorted(known_doors(session).times.items()),
        streets_in_force(session).map_version,
    )
    return sha256(repr(facts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Sureness:
    """How surely the rounds keep what is promised: all of it together (`day`), and each stop that
    has not left, by its id; `weakest` is the one kept least often."""

    day: float
    stops: dict[int, float]
    weakest: RoundStop

    @property
    def least(self) -> float:
        """How surely the weakest stop is kept."""
        return self.stops[self.weakest.id]


def sureness_of(session: Session, service: Service, *, depot: Point) -> Sureness | None:
    """Simulate the rounds as they are; None when nothing is still to leave."""
    rounds = rounds_of(session, service)
    gone = {stop.planner_id for r in rounds if r.has_left for stop in r.stops}
    left = [one for one in decided_rounds(session, service) if gone & one.aboard.keys()]
    delivery = whole_delivery(session, service, depot, decided=left)
    delivery = straying(session, delivery)
    keys = keys_of(delivery, [r for r in rounds if not r.has_left])
    if not keys:
        return None
    kept = routing.reliability(delivery.problem, driven(delivery, rounds, keys))
    stops = {id_: kept.stops[key] for id_, key in keys.items()}
    handed = {s.id: s for r in rounds for s in r.stops if s.id in stops}
    return Sureness(kept.day, stops, handed[min(stops, key=lambda id_: stops[id_])])


def straying(session: Session, delivery: Delivery) -> Delivery:
    """The delivery on real streets: the day of a lunch that asks for no margin strays too."""
    if delivery.problem.uncertainty is not None:
        return delivery
    noise, doors = streets_in_force(session).leg_noise, known_doors(session).noises
    return uncertain(delivery, reliability=50, leg_noise=noise, door_noises=doors)


def keys_of(delivery: Delivery, rounds: Sequence[Round]) -> dict[int, str]:
    """The rounds' stops (by id) as the planner names them."""
    key_of = {order.id: key for key, orders in delivery.orders.items() for order in orders}
    known = {*delivery.collections, *delivery.ends, *delivery.orders}
    stops = (stop for round_ in rounds for stop in round_.stops if stop.is_live)
    keys = {stop.id: key_at(stop, key_of) for stop in stops}
    return {stop_id: key for stop_id, key in keys.items() if key in known}


def key_at(stop: RoundStop, key_of: Mapping[int, str]) -> str:
    """The planner's name of a live stop that has not left; `key_of` names those of orders by id."""
    if stop.collection:
        return stop.collection.planner_id
    return stop.end.planner_id if stop.end else key_of.get(stop.orders[0].id, "")


def driven(delivery: Delivery, rounds: Sequence[Round], keys: dict[int, str]) -> routing.Plan:
    """The rounds as a plan: what has left as it left, the others as they are to leave."""
    frozen = [k for k in delivery.problem.locks if isinstance(k, routing.Frozen)]
    trips = [(lock.vehicle, lock.trip) for lock in frozen]
    for round_ in rounds:
        trip = trip_of(round_, delivery.midnight)
        visits = tuple(
            replace(visit, stop=keys[stop.id])
            for stop, visit in zip(round_.stops, trip.visits, strict=True)
            if stop.id in keys
        )
        if visits:
            trips.append((str(round_.tricycle_id), replace(trip, visits=visits)))
    trips.sort(key=lambda one: one[1].departure)
    vehicles = (vehicle.id for vehicle in delivery.problem.vehicles)
    routes = (routing.Route(v, tuple(t for name, t in trips if name == v)) for v in vehicles)
    return replace(NOTHING, routes=tuple(routes))


def _new_trips(plan: routing.Plan) -> list[tuple[str, routing.Trip]]:
    """The trips that have not left, by departure."""
    new = [
        (vehicle, trip)
        for vehicle, trip in plan.trips()
        if trip.visits and not trip.visits[0].stop.startswith("out-")
    ]
    return sorted(new, key=lambda item: (item[1].departure, item[0]))


def _round(
    delivery: Delivery, vehicle: str, trip: routing.Trip, to_fetch: dict[str, Collection]
) -> Round:
    round_ = Round(
        tricycle_id=int(vehicle),
        loading_at=delivery.at(trip.loading),
        departs_at=delivery.at(trip.departure),
        returns_at=delivery.at(trip.return_time),
        distance_m=travelled(delivery.problem, trip, "distance"),
    )
    for position, visit in enumerate(trip.visits, 1):
        orders = delivery.orders.get(visit.stop, ())
        if visit.stop in delivery.ends:
            stop = _where_end_is(delivery.ends[visit.stop])
        else:
            stop = _where(orders) if orders else _where_crates_are(to_fetch[visit.stop])
        stop.position = position
        stop.arrives_at = delivery.at(visit.arrival)
        stop.serves_at = delivery.at(visit.start)
        stop.leaves_at = delivery.at(visit.departure)
        round_.stops.append(stop)
    return round_


def _put_aboard(round_: Round) -> None:
    """Tell the round's orders where they ride: the last stop goes aboard first."""
    for stop in round_.stops:
        for carried in stop.carried:
            order = carried.order
            order.round_number, order.departs_at = round_.number, round_.departs_at
            order.loading_position = len(round_.stops) + 1 - stop.position


def _where(orders: Sequence[Order]) -> RoundStop:
    first = orders[0]
    return RoundStop(
        place_name=first.place_name,
        street=first.street,
        town=first.town,
        access_note=first.access_note,
        latitude=float(first.latitude or 0),
        longitude=float(first.longitude or 0),
        window_starts_at=first.slot.starts_at,
        window_ends_at=first.slot.ends_at,
        carried=[Carried(order=order) for order in orders],
    )


def _where_crates_are(collection: Collection) -> RoundStop:
    supplier = collection.supplier
    return RoundStop(
        place_name=supplier.name,
        street=supplier.street,
        town=supplier.town,
        access_note=collection.note,
        latitude=collection.latitude,
        longitude=collection.longitude,
        window_starts_at=collection.starts_at,
        window_ends_at=collection.ends_at,
        collection=collection,
    )


def _where_end_is(end: End) -> RoundStop:
    return RoundStop(
        place_name=end.name,
        street=end.street,
        town=end.town,
        access_note=end.note,
        latitude=end.point[0],
        longitude=end.point[1],
        window_starts_at=end.shipment.starts_at,
        window_ends_at=end.shipment.ends_at,
        shipment=end.shipment,
        is_pickup=end.is_pickup,
    )
