"""PlanLock: what the dispatcher insists on, and what it costs.

This stop first of its trip, these two on one trip, this one not on that tricycle. A released round
is frozen by itself.
"""

from collections.abc import Sequence, Set
from dataclasses import replace

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

import routing

from ..core.base import Base, Key
from ..core.refusal import N_, Invalid, Refusal
from ..ordering.order import Order, touch
from ..places.travel_time import Point
from ..promise.problem import Decided, Delivery
from ..promise.tentative_plan import delivery_of
from ..rounds.box import boxes_there, with_boxes_back
from ..rounds.collection import collections_of, with_collections
from ..rounds.round import RoundStop
from ..service.fleet import Tricycle, shifts_of
from ..service.service import Service

LOCK_WORDS: dict[str, str] = {
    "first": N_("first of its round"),
    "together": N_("in one round with"),
    "not_on": N_("not with"),
}
MOST_LOCKS = 20


class PlanLock(Base):
    """One wish about the stops of a service, kept by one order of each stop."""

    __tablename__ = "plan_lock"

    id: Mapped[Key]
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"))
    other_id: Mapped[int | None] = mapped_column(ForeignKey("customer_order.id"))
    tricycle_id: Mapped[int | None] = mapped_column(ForeignKey("tricycle.id"))
    # What the last plan would save without it; None: not measured yet.
    cost_seconds: Mapped[int | None]
    cost_orders: Mapped[int | None]
    order: Mapped[Order] = relationship(foreign_keys=[order_id], lazy="joined", innerjoin=True)
    other: Mapped[Order | None] = relationship(foreign_keys=[other_id], lazy="joined")
    tricycle: Mapped[Tricycle | None] = relationship(lazy="joined")


class LockInvalid(Invalid):
    message = N_("Choose what shall be locked, and with what.")


class LockUnknown(Refusal):
    message = N_("This lock is gone already.")
    status = 404


class TooManyLocks(Refusal):
    message = N_("There are too many locks: the planner has nothing left to choose. Open some.")


def locks_of(session: Session, service: Service) -> list[PlanLock]:
    """The locks of a service, in the order they were set."""
    query = select(PlanLock).where(PlanLock.service_id == service.id).order_by(PlanLock.id)
    return list(session.scalars(query))


def set_lock(
    session: Session,
    service: Service,
    kind: str,
    stop: RoundStop,
    *,
    other: RoundStop | None = None,
    tricycle_id: int | None = None,
) -> PlanLock:
    """Insist on something for the next plan. Raises LockInvalid, TooManyLocks."""
    if not stop.orders:
        raise LockInvalid(field="lock")
    lock = PlanLock(
        service_id=service.id,
        kind=kind,
        order_id=stop.orders[0].id,
        other_id=other.orders[0].id if other and other.orders and kind == "together" else None,
        tricycle_id=tricycle_id if kind == "not_on" else None,
    )
    if not _is_whole(lock, {shift.tricycle_id for shift in shifts_of(session, service)}):
        raise LockInvalid(field="lock")
    if len(locks_of(session, service)) >= MOST_LOCKS:
        raise TooManyLocks
    session.add(lock)
    touch(session, service.id)
    session.flush()
    return lock


def _is_whole(lock: PlanLock, riding: Set[int]) -> bool:
    """Whether it says what its kind needs: nothing more, another stop, or a tricycle that rides."""
    is_whole = {
        "first": True,
        "together": lock.other_id not in (None, lock.order_id),
        "not_on": lock.tricycle_id in riding,
    }
    return is_whole.get(lock.kind, False)


def open_lock(session: Session, service: Service, lock_id: int) -> None:
    """Insist no longer. Raises LockUnknown."""
    lock = session.get(PlanLock, lock_id)
    if lock is None or lock.service_id != service.id:
        raise LockUnknown
    session.delete(lock)
    touch(session, service.id)


def locked_delivery(session: Session, service: Service, depot: Point) -> Delivery:
    """The service's problem as its orders stand now, with the dispatcher's locks."""
    return with_locks(whole_delivery(session, service, depot), locks_of(session, service))


def whole_delivery(
    session: Session,
    service: Service,
    depot: Point,
    *,
    decided: Sequence[Decided] | None = None,
) -> Delivery:
    """The service's problem with all that is fetched on the way: boxes back and crates."""
    wanted = collections_of(session, service)
    more = [one.point for one in wanted]
    delivery = delivery_of(session, service, depot, decided=decided, more=more)
    return with_collections(with_boxes_back(delivery, boxes_there(session)), wanted)


def with_locks(delivery: Delivery, locks: Sequence[PlanLock]) -> Delivery:
    """The delivery with these locks; one whose stop is gone or has left says nothing."""
    stop_of = {
        order.id: name
        for name, orders in delivery.orders.items()
        if not name.startswith("out-")
        for order in orders
    }
    vehicles = {vehicle.id for vehicle in delivery.problem.vehicles}
    found: list[routing.Lock] = []
    for lock in locks:
        stop, other = stop_of.get(lock.order_id), stop_of.get(lock.other_id or 0)
        if stop is None:
            continue
        if lock.kind == "first":
            found.append(routing.First(stop))
        elif lock.kind == "together" and other is not None and other != stop:
            found.append(routing.Together((stop, other)))
        elif lock.kind == "not_on" and str(lock.tricycle_id) in vehicles:
            found.append(routing.NotOn(stop, str(lock.tricycle_id)))
    problem = replace(delivery.problem, locks=(*delivery.problem.locks, *found))
    return replace(delivery, problem=problem)


def note_cost(
    lock: PlanLock, *, with_it: routing.Plan, without: routing.Plan, weight: int = 1
) -> None:
    """Write what a lock costs: orders that it leaves out, else riding time (seconds).

    `weight` is the priority of one order in both plans.
    """
    more = with_it.unserved_priority // weight - without.unserved_priority // weight
    lock.cost_orders = max(0, more)
    lock.cost_seconds = max(0, with_it.cost - without.cost) if not lock.cost_orders else 0
