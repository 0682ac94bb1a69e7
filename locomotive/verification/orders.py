"""Orders: their statuses against what happened, their totals, numbers and slots."""

from sqlalchemy import ColumnElement, String, and_, func, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from ..core.status import Status
from ..menu.menu import Menu, Portion
from ..ordering.order import Order, OrderEvent, OrderLine
from ..ordering.step import NEXT
from ..service.service import Service
from ..service.slot import Slot

FIRST = (Status.HELD, Status.PLACED)
STEPS = {f">{first}" for first in FIRST} | {f"{a}>{b}" for a, after in NEXT.items() for b in after}


def wrong_orders(session: Session) -> list[str]:
    """What orders say of themselves that does not agree."""
    return [
        *_statuses(session),
        *_steps(session),
        *_totals(session),
        *_numbers(session),
        *_slots(session),
        *_dishes(session),
    ]


def _statuses(session: Session) -> list[str]:
    last = select(func.max(OrderEvent.id)).where(OrderEvent.order_id == Order.id)
    event = aliased(OrderEvent)
    rows = session.execute(
        select(Order.number, Service.date, Order.status, event.status)
        .join(Service, Service.id == Order.service_id)
        .outerjoin(event, event.id == last.scalar_subquery())
        .where(or_(event.id.is_(None), event.status != Order.status))
    )
    return [
        f"order {number} of {day}: it is {status}, its last event says {told or 'nothing'}"
        for number, day, status, told in rows
    ]


def _steps(session: Session) -> list[str]:
    word = type_coerce(OrderEvent.status, String)
    before = func.lag(word).over(partition_by=OrderEvent.order_id, order_by=OrderEvent.id)
    steps = select(
        OrderEvent.order_id, (func.coalesce(before, "") + ">" + word).label("step")
    ).subquery()
    rows = session.execute(
        select(Order.number, Service.date, steps.c.step)
        .join(steps, steps.c.order_id == Order.id)
        .join(Service, Service.id == Order.service_id)
        .where(steps.c.step.not_in(STEPS))
    )
    return [
        f"order {number} of {day}: an event is missing, for nothing leads from "
        f"{step.split('>')[0] or 'nothing'} to {step.split('>')[1]}"
        for number, day, step in rows
    ]


def _totals(session: Session) -> list[str]:
    total = func.coalesce(func.sum(OrderLine.unit_price_cents * OrderLine.quantity), 0)
    is_empty = func.count(OrderLine.id) == 0
    rows = session.execute(
        select(Order.number, Service.date, Order.total_cents, total)
        .join(Service, Service.id == Order.service_id)
        .outerjoin(OrderLine, OrderLine.order_id == Order.id)
        .group_by(Order.id, Order.number, Service.date, Order.total_cents)
        # A group's hold has no dish.
        .having(or_(total != Order.total_cents, and_(is_empty, Order.reserved.is_(None))))
    )
    return [
        f"order {number} of {day}: its total is {told} cents, its lines make {due}"
        for number, day, told, due in rows
    ]


def _numbers(session: Session) -> list[str]:
    rows = session.execute(
        select(Order.number, Service.date, func.count(), Service.last_number)
        .join(Service, Service.id == Order.service_id)
        .group_by(Service.id, Service.date, Service.last_number, Order.number)
        .having(or_(func.count() > 1, Order.number > Service.last_number, Order.number < 1))
    )
    return [
        f"order {number} of {day}: {count} orders carry this number, the last one given is {last}"
        for number, day, count, last in rows
    ]


def _slots(session: Session) -> list[str]:
    is_wrong: ColumnElement[bool] = or_(
        Slot.service_id != Order.service_id, Slot.kind != Order.kind
    )
    rows = session.execute(
        select(Order.number, Service.date, Slot.kind, Slot.starts_at)
        .join(Service, Service.id == Order.service_id)
        .join(Slot, Slot.id == Order.slot_id)
        .where(is_wrong)
    )
    return [
        f"order {number} of {day}: its slot is a {kind} at {starts:%Y-%m-%d %H:%M} UTC, not its own"
        for number, day, kind, starts in rows
    ]


def _dishes(session: Session) -> list[str]:
    rows = session.execute(
        select(Order.number, Service.date, OrderLine.dish_name, Menu.date)
        .join(Service, Service.id == Order.service_id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Portion, Portion.id == OrderLine.portion_id)
        .join(Menu, and_(Menu.id == Portion.menu_id, Menu.date != Service.date))
    )
    return [
        f"order {number} of {day}: {dish} is of the menu of {other}"
        for number, day, dish, other in rows
    ]
