"""Promises: given to every order, of its own slot, and kept together by the plan in force."""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

import routing

from ..core.status import LIVE
from ..ordering.order import Order, orders_of
from ..places.travel_time import Point
from ..promise.problem import is_to_carry
from ..promise.promise import Promise, promise_of
from ..promise.tentative_plan import TentativePlan, current_plan, delivery_of
from ..service.service import Service
from ..service.slot import Slot

NOT_ITS_OWN = "neither served nor unassigned"  # told by us, with the order's number


def wrong_promises(session: Session, *, depot: Point, today: date) -> list[str]:
    """Promises that are missing, of another slot or hour, or that no plan in force keeps."""
    return [
        *_missing(session),
        *_of_other_slots(session),
        *_of_other_hours(session),
        *_plans(session, depot=depot, today=today),
    ]


def _missing(session: Session) -> list[str]:
    rows = session.execute(
        select(Order.number, Service.date)
        .join(Service, Service.id == Order.service_id)
        .outerjoin(Promise, Promise.order_id == Order.id)
        .where(Promise.id.is_(None))
    )
    return [f"order {number} of {day}: nothing was promised to it" for number, day in rows]


def _of_other_slots(session: Session) -> list[str]:
    latest = select(func.max(Promise.id)).group_by(Promise.order_id)
    rows = session.execute(
        select(Order.number, Service.date)
        .join(Service, Service.id == Order.service_id)
        .join(Promise, Promise.order_id == Order.id)
        .where(
            Promise.id.in_(latest),
            Promise.broken_at.is_(None),
            Promise.slot_id != Order.slot_id,
        )
    )
    return [f"order {number} of {day}: another slot was promised to it" for number, day in rows]


def _of_other_hours(session: Session) -> list[str]:
    rows = session.execute(
        select(Order.number, Service.date, Promise.starts_at, Slot.starts_at)
        .join(Service, Service.id == Order.service_id)
        .join(Promise, Promise.order_id == Order.id)
        .join(Slot, Slot.id == Promise.slot_id)
        .where(
            or_(
                Promise.starts_at != Slot.starts_at,
                Promise.ends_at != Slot.ends_at,
                Promise.local_date != Slot.local_date,
                Promise.local_time != Slot.local_time,
            )
        )
    )
    return [
        f"order {number} of {day}: its promise says {told:%H:%M}, its slot {due:%H:%M} UTC"
        for number, day, told, due in rows
    ]


def _plans(session: Session, *, depot: Point, today: date) -> Iterator[str]:
    planned = select(TentativePlan.service_id)
    is_coming = Service.date >= today
    wanted = select(Service).where(or_(Service.id.in_(planned), is_coming)).order_by(Service.date)
    for service in session.scalars(wanted):
        try:
            plan = current_plan(session, service).plan
        except ValueError as error:
            yield f"lunch of {service.date}: its plan cannot be read: {error}"
            continue
        if service.date >= today:
            yield from _unkept(session, service, plan, depot)


def _unkept(session: Session, service: Service, plan: routing.Plan, depot: Point) -> Iterator[str]:
    """What the plan in force breaks, with the times that its trips need today.

    Stops that are gone are left out of it; `routing.violations` judges the rest.
    """
    orders = [o for o in orders_of(session, service) if _is_promised(session, o)]
    delivery = delivery_of(session, service, depot, orders=orders)
    problem = delivery.problem
    left = {v.stop for k in problem.locks if isinstance(k, routing.Frozen) for v in k.trip.visits}
    known = {stop.id for stop in problem.stops} - left
    trips: dict[str, list[list[str]]] = {}
    for vehicle, trip in plan.trips():
        stops = [visit.stop for visit in trip.visits if visit.stop in known]
        if stops:
            trips.setdefault(vehicle, []).append(stops)
    try:
        timed = routing.timed(problem, trips)
    except KeyError:
        yield f"lunch of {service.date}: its plan rides where nothing leads"
        return
    served = timed.served()
    for name in delivery.orders.keys() - served:
        for order in delivery.orders[name]:
            yield f"order {order.number} of {service.date}: the plan in force does not serve it"
    for key, end in delivery.ends.items():
        if end.is_pickup and key not in served:
            yield f"shipment {end.shipment.code}: the plan in force does not serve it"
    for sentence in routing.violations(problem, timed):
        if NOT_ITS_OWN not in sentence:
            yield f"lunch of {service.date}: {sentence}"


def _is_promised(session: Session, order: Order) -> bool:
    """Whether the order's slot still stands: it was not broken for want of another one."""
    if order.status not in LIVE or not is_to_carry(order):
        return True
    promise = promise_of(session, order)
    return promise is None or promise.is_kept is not False or promise.slot_id != order.slot_id
