"""Notices: what was cancelled stays on the screens until somebody has seen it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from ..ordering.order import Order, StepImpossible, touch


def unseen(orders: Iterable[Order]) -> list[Order]:
    """The cancelled orders that nobody has acknowledged yet."""
    return [o for o in orders if o.status == "cancelled" and o.acknowledged_at is None]


def acknowledge(session: Session, order: Order, *, seen: bool, now: datetime) -> None:
    """Note that the kitchen saw the cancellation, or (`seen` is False) put it back on the screens.

    A guarded update. Raises StepImpossible when it is so already, or nothing was cancelled.
    """
    before = Order.acknowledged_at.is_(None) if seen else Order.acknowledged_at.is_not(None)
    changed = session.execute(
        update(Order)
        .where(Order.id == order.id, Order.status == "cancelled", before)
        .values(acknowledged_at=now if seen else None)
        .execution_options(synchronize_session=False)
    )
    session.refresh(order)
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise StepImpossible(number=order.number)
    touch(session, order.service_id)
