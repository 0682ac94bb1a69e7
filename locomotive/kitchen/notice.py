"""Notices: what was cancelled or changed stays on the screens until somebody has seen it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..core.base import guarded
from ..core.status import Status
from ..ordering.content_change import ContentChange, changes_of
from ..ordering.order import Order, touch
from ..ordering.step import StepImpossible
from ..promise.change import OrderChange
from ..service.service import Service
from ..service.slot import Slot


@dataclass(frozen=True)
class Difference:
    """What changed of an order since the kitchen last saw it: (dish, number before, number now)
    of each dish, and the hour before when that changed."""

    change_id: int  # the latest change that it covers
    dishes: tuple[tuple[str, int, int], ...]
    was_at: datetime | None


def unseen(orders: Iterable[Order]) -> list[Order]:
    """The cancelled orders that nobody has acknowledged yet."""
    return [o for o in orders if o.is_cancelled and o.acknowledged_at is None]


def differences(session: Session, service: Service) -> Mapping[int, Difference]:
    """Order id → what changed of it and waits to be acknowledged; several changes count as one."""
    rows = session.execute(
        select(OrderChange, Slot.starts_at)
        .join(Order, Order.id == OrderChange.order_id)
        .join(Slot, Slot.id == OrderChange.slot_before_id)
        .where(
            Order.service_id == service.id,
            Order.status != Status.CANCELLED,
            OrderChange.acknowledged_at.is_(None),
        )
        .order_by(OrderChange.id)
    ).all()
    first: dict[int, tuple[OrderChange, datetime]] = {}
    last: dict[int, OrderChange] = {}
    for change, starts_at in rows:
        first.setdefault(change.order_id, (change, starts_at))
        last[change.order_id] = change
    return {i: _difference(*first[i], last[i]) for i in last}


def _difference(first: OrderChange, was_at: datetime, last: OrderChange) -> Difference:
    before, after = dict(json.loads(first.lines_before)), dict(json.loads(last.lines_after))
    numbers = [(d, before.get(d, 0), after.get(d, 0)) for d in dict.fromkeys([*before, *after])]
    is_moved = first.slot_before_id != last.slot_after_id
    dishes = tuple((dish, old, new) for dish, old, new in numbers if old != new)
    return Difference(last.id, dishes, was_at if is_moved else None)


def unseen_content(session: Session, service: Service) -> list[ContentChange]:
    """The changes of what is in ordered dishes that nobody in the kitchen has seen."""
    return changes_of(session, service, unseen=True)


def acknowledge(session: Session, order: Order, *, seen: bool, now: datetime) -> None:
    """Note that the kitchen saw the cancellation, or (`seen` is False) put it back on the screens.

    A guarded update. Raises StepImpossible when it is so already, or nothing was cancelled.
    """
    before = Order.acknowledged_at.is_(None) if seen else Order.acknowledged_at.is_not(None)
    changed = guarded(
        session,
        update(Order)
        .where(Order.id == order.id, Order.status == Status.CANCELLED, before)
        .values(acknowledged_at=now if seen else None),
    )
    session.refresh(order)
    if not changed:
        raise StepImpossible(number=order.number)
    touch(session, order.service_id)


def acknowledge_change(
    session: Session, order: Order, change_id: int, *, seen: bool, now: datetime
) -> None:
    """Note that the kitchen saw an order's changes up to one, or put them back on the screens.

    A guarded update; a later change stays. Raises StepImpossible when there is nothing to note.
    """
    ours = update(OrderChange).where(OrderChange.order_id == order.id, OrderChange.id <= change_id)
    if seen:
        ours = ours.where(OrderChange.acknowledged_at.is_(None)).values(acknowledged_at=now)
    else:
        at = session.scalar(select(OrderChange.acknowledged_at).where(OrderChange.id == change_id))
        ours = ours.where(OrderChange.acknowledged_at == at).values(acknowledged_at=None)
    if not guarded(session, ours):
        raise StepImpossible(number=order.number)
    touch(session, order.service_id)
