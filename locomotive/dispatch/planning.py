"""Planning: one attempt to plan a service's rounds, from the orders to the rounds it published."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

import routing
from routing import travelled

from ..core.base import Base, Key, Words, guarded
from ..core.refusal import N_, Refusal
from ..core.status import OPEN
from ..ordering.order import Order, orders_of, touch
from ..promise.problem import Delivery, is_to_carry
from ..promise.tentative_plan import decide_plan
from ..rounds.collection import Collection, collections_of, note_reasons
from ..rounds.round import Carried, Round, RoundStop, decided_rounds, rounds_of
from ..service.service import Service
from .lock import locked_delivery

# What a worker may say of its planner, besides the refusals below.
FAILURES = (N_("the planner gave no answer in time"), N_("the planner's process was ended"))
# A planning that shows no sign of life for so long belongs to a worker that died.
SILENCE = timedelta(minutes=2)


class Planning(Base):
    """One attempt: asked for, running with its progress, then done or failed with a sentence."""

    __tablename__ = "planning"

    id: Mapped[Key]
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    state: Mapped[str] = mapped_column(String(20))  # queued, running, done, failed
    asked_at: Mapped[datetime]
    alive_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    elapsed: Mapped[float] = mapped_column(default=0.0)  # seconds
    stops: Mapped[int] = mapped_column(default=0)
    served: Mapped[int] = mapped_column(default=0)
    cost: Mapped[int | None]  # seconds ridden
    bound: Mapped[int | None]
    is_proven: Mapped[bool] = mapped_column(default=False)
    failure: Mapped[Words] = mapped_column(default="")

    def is_under_way(self, now: datetime) -> bool:
        """Whether the worker is still at it."""
        return self.state in ("queued", "running") and now - self.alive_at < SILENCE

    def has_failed(self, now: datetime) -> bool:
        """Whether it came to nothing, or its worker has been silent for too long."""
        return self.state != "done" and not self.is_under_way(now)

    @property
    def gap(self) -> float | None:
        """By how much of its riding time the plan may still be longer than the best (0.12 is
        12 %); None before there is a plan."""
        if not self.cost or self.bound is None:
            return None
        return max(0.0, (self.cost - self.bound) / self.cost)


class Unassigned(Base):
    """A stop that the last planning could not serve, with the planner's reason."""

    __tablename__ = "unassigned"

    id: Mapped[Key]
    planning_id: Mapped[int] = mapped_column(ForeignKey("planning.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"))
    reason: Mapped[str] = mapped_column(String(40))


REASONS: dict[str, str] = {
    "no_vehicle": N_("No tricycle rides in this service."),
    "unreachable": N_("No road leads there."),
    "too_heavy": N_("No tricycle can carry so many boxes at once."),
    "too_far_in_time": N_("The time window closes before a tricycle can be there."),
    "too_far_for_freshness": N_("The ride is longer than the meal stays fresh."),
    "shift_over": N_("The tricycle would come back after the end of its shift."),
    "too_far_in_distance": N_("The way there and back is longer than the tricycle's range."),
    "no_trips": N_("The tricycles have made all the trips they may."),
    "locked_out": N_("A lock keeps it off every tricycle that could serve it."),
    "frozen": N_("The rounds already released take the tricycles it would need."),
    "several": N_("Several obstacles at once: window, load and shift do not fit together."),
    "no_load": N_("It would fit a round, but the boxes are too many for the room that is left."),
    "no_time": N_("Every tricycle is busy in this window; at another time one is free."),
    "fleet_full": N_("The other stops take all the time of the tricycles."),
}


class PlanningUnderWay(Refusal):
    message = N_("The rounds are being planned already. Wait a moment.")


class NothingToDeliver(Refusal):
    message = N_("No order is to be delivered in this service.")


class OrdersChanged(Refusal):
    """The plan no longer fits the orders; nothing was published."""

    message = N_("The orders changed during the planning. Plan the rounds again.")


class PlanningSuperseded(Refusal):
    """A worker that was thought dead came back with its plan; nothing was published."""

    message = N_("A later planning took this one's place.")


def ask_planning(session: Session, service: Service, *, now: datetime) -> Planning:
    """Write down that rounds are wanted. Raises PlanningUnderWay, NothingToDeliver."""
    last = last_planning(session, service)
    if last is not None and last.is_under_way(now):
        raise PlanningUnderWay
    to_fetch = collections_of(session, service)
    if not to_fetch and not any(is_to_carry(order) for order in orders_of(session, service)):
        raise NothingToDeliver
    planning = Planning(service_id=service.id, state="queued", asked_at=now, alive_at=now)
    session.add(planning)
    session.flush()
    return planning


def last_planning(session: Session, service: Service) -> Planning | None:
    """The latest attempt of a service."""
    return session.scalar(
        select(Planning)
        .where(Planning.service_id == service.id)
        .order_by(Planning.id.desc())
        .limit(1)
    )


def unassigned_of(session: Session, planning: Planning) -> list[tuple[Order, str]]:
    """The orders that the planning left out, each with the reason's code."""
    rows = session.execute(
        select(Order, Unassigned.reason)
        .join(Unassigned, Unassigned.order_id == Order.id)
        .where(Unassigned.planning_id == planning.id, Order.status.in_(OPEN))
        .order_by(Order.number)
    )
    return [(order, reason) for order, reason in rows]


@dataclass(frozen=True)
class Changes:
    """What happened to the orders since the rounds were planned."""

    without_round: tuple[Order, ...]
    cancelled: tuple[tuple[Order, Round], ...]

    def __bool__(self) -> bool:
        return bool(self.without_round or self.cancelled)


def changes_since(
    orders: Sequence[Order], rounds: Sequence[Round], left_out: Sequence[Order]
) -> Changes:
    """The deliveries that came after the plan, and those cancelled that rounds still hold."""
    known = {order.id for order in left_out}
    aboard = {c.order.id: r for r in rounds for stop in r.stops for c in stop.carried}
    return Changes(
        without_round=tuple(
            o for o in orders if is_to_carry(o) and o.id not in known and o.id not in aboard
        ),
        cancelled=tuple((o, aboard[o.id]) for o in orders if o.is_cancelled and o.id in aboard),
    )


def claim_planning(session: Session, planning_id: int, *, now: datetime) -> bool:
    """Start a queued planning; False when another worker has it."""
    return guarded(
        session,
        update(Planning)
        .where(Planning.id == planning_id, Planning.state == "queued")
        .values(state="running", alive_at=now),
    )


def fail_planning(session: Session, planning_id: int, *, failure: str, now: datetime) -> None:
    """Say why a planning came to nothing; the rounds in force stay."""
    planning = session.get_one(Planning, planning_id)
    planning.state, planning.failure, planning.finished_at = "failed", failure[:200], now


def publish(
    session: Session,
    planning: Planning,
    plan: routing.Plan,
    *,
    depot: tuple[float, float],
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
    named = plan.served() | {u.stop for u in plan.unassigned}
    if named != {stop.id for stop in delivery.problem.stops}:
        raise OrdersChanged
    broken = routing.violations(delivery.problem, plan)
    if broken:
        logging.getLogger(__name__).warning("a plan is not published: %s", "; ".join(broken))
        raise OrdersChanged
    write_rounds(session, service, delivery, plan, now=now)
    note_reasons(session, service, {u.stop: u.reason for u in plan.unassigned})
    for left_out in plan.unassigned:
        for order in delivery.orders.get(left_out.stop, ()):
            session.add(
                Unassigned(planning_id=planning.id, order_id=order.id, reason=left_out.reason)
            )
    planning.state, planning.finished_at, planning.alive_at = "done", now, now
    planning.served, planning.stops = len(plan.served()), len(delivery.problem.stops)
    planning.cost, planning.bound = plan.cost, plan.bound.cost_of_level(plan.unserved_priority)
    planning.is_proven = plan.status == "optimal"
    planning.elapsed = plan.seconds


def write_rounds(
    session: Session, service: Service, delivery: Delivery, plan: routing.Plan, *, now: datetime
) -> None:
    """Replace the rounds that are not released by the plan's trips, numbered by departure."""
    standing = rounds_of(session, service)
    kept = {r.number for r in standing if r.is_released}
    replaced = max((r.planned_at for r in standing if not r.is_released), default=None)
    for old in standing:
        if not old.is_released:
            session.delete(old)
    session.flush()
    for order in orders_of(session, service):
        if order.is_delivery and order.round_number not in kept:
            order.round_number = order.departs_at = order.loading_position = None
    new_trips = [
        (vehicle, trip)
        for vehicle, trip in plan.trips()
        if trip.visits and not trip.visits[0].stop.startswith("out-")
    ]
    to_fetch = {one.planner_id: one for one in collections_of(session, service)}
    number = 0
    for vehicle, trip in sorted(new_trips, key=lambda item: (item[1].departure, item[0])):
        number += 1
        while number in kept:
            number += 1
        session.add(_round(service, delivery, vehicle, trip, to_fetch, number, now, replaced))
    session.flush()
    decide_plan(session, service.id, plan=plan, decided=decided_rounds(session, service))
    touch(session, service.id)


def _round(
    service: Service,
    delivery: Delivery,
    vehicle: str,
    trip: routing.Trip,
    to_fetch: dict[str, Collection],
    number: int,
    now: datetime,
    replaced: datetime | None,
) -> Round:
    round_ = Round(
        service_id=service.id,
        tricycle_id=int(vehicle),
        number=number,
        loading_at=delivery.at(trip.loading),
        departs_at=delivery.at(trip.departure),
        returns_at=delivery.at(trip.return_time),
        distance_m=travelled(delivery.problem, trip, "distance"),
        planned_at=now,
        replaces_at=replaced,
    )
    for position, visit in enumerate(trip.visits, 1):
        orders = delivery.orders.get(visit.stop, ())
        stop = _where_crates_are(to_fetch[visit.stop]) if not orders else _where(orders)
        stop.position = position
        stop.arrives_at = delivery.at(visit.arrival)
        stop.serves_at = delivery.at(visit.start)
        stop.leaves_at = delivery.at(visit.departure)
        round_.stops.append(stop)
        for order in orders:
            order.round_number, order.departs_at = number, round_.departs_at
            # The last stop goes aboard first: it comes off last.
            order.loading_position = len(trip.visits) + 1 - position
    return round_


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
