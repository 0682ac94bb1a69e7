"""Hold: an order that waits for something, such as a payment, and keeps its places meanwhile.

Completion and expiry are opposite guarded updates on the same row: of the two exactly one wins.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from ..core.refusal import N_, Refusal
from ..core.status import UNPAID, Status
from ..ordering.cart import Basket
from ..ordering.message import queue_message
from ..ordering.order import Order
from ..ordering.request import Customer, Request, order_of_key, place_order
from ..ordering.step import give_up, move_on
from ..service.slot import Slot
from .answer import Evidence
from .promise import promise_placed

HELD_FOR = timedelta(minutes=15)
DEVICE = "hold"
MOST_HOLDS = 2  # of one customer
MOST_OF_SLOT = 0.25  # of a slot's orders, held by one customer


class TooManyHolds(Refusal):
    message = N_("Two of your orders wait for their payment already. Complete one of them first.")


class HoldExpired(Refusal):
    message = N_("This order waited too long and was given up. Order again.")


def hold_order(
    session: Session,
    request: Request,
    basket: Basket,
    evidence: Evidence | None,
    *,
    secret: str,
    now: datetime,
) -> Order:
    """Place an order as held for HELD_FOR: it keeps portions, kitchen and its place in the rounds.

    Raises TooManyHolds, and what `place_order` and `promise_placed` raise.
    """
    until = now + HELD_FOR
    order = place_order(session, request, basket, secret=secret, now=now, held_until=until)
    promise_placed(session, order, evidence, now=now)
    _check_holds(session, order, request.customer)
    return order


def _check_holds(session: Session, order: Order, customer: Customer) -> None:
    same = [
        column == value
        for column, value in ((Order.phone, customer.phone), (Order.email, customer.email))
        if value
    ]
    held = select(func.count()).where(
        Order.service_id == order.service_id, Order.status == Status.HELD, or_(*same)
    )
    in_slot = session.scalar(held.where(Order.slot_id == order.slot_id)) or 0
    capacity = session.scalar(select(Slot.capacity).where(Slot.id == order.slot_id)) or 0
    is_much = in_slot > max(1, int(capacity * MOST_OF_SLOT))
    if (session.scalar(held) or 0) > MOST_HOLDS or is_much:
        raise TooManyHolds


def complete_hold(session: Session, key: str, *, now: datetime) -> Order:
    """Make a held order a placed one, with its confirmation. Raises HoldExpired.

    Completing twice changes nothing.
    """
    order = order_of_key(session, key)
    if order is None:
        raise HoldExpired
    # Locked, so that it is not given up meanwhile.
    session.refresh(order, with_for_update={"of": Order})
    is_held = order.status is Status.HELD
    if order.status in UNPAID and not (is_held and order.held_until and order.held_until > now):
        raise HoldExpired
    if is_held:
        move_on(session, order, to=Status.PLACED, seen=Status.HELD, device=DEVICE, now=now)
        kind = Status.PLACED.value
        queue_message(session, order_id=order.id, kind=kind, email=order.email, now=now)
    return order


def expire_holds(session: Session, *, now: datetime) -> int:
    """Give up the holds that are over, with all that they kept; return how many."""
    due = select(Order).where(Order.status == Status.HELD, Order.held_until <= now)
    # Locked, so that none is completed meanwhile.
    held = session.scalars(due.order_by(Order.id).with_for_update(of=Order)).all()
    for order in held:
        give_up(session, order, to=Status.EXPIRED, device=DEVICE, now=now)
    return len(held)
