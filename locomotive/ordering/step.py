"""Steps of an order: what may follow what, each a guarded update and an event."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from ..core.actor import STAFF, Actor
from ..core.base import guarded
from ..core.refusal import N_, Refusal
from ..core.status import Status
from ..menu.menu import give_back_portions
from ..service.slot import give_back_slot
from .message import queue_message
from .order import WEB, Order, note_event, touch

# What may follow what; the kitchen's undo goes back along the same table.
NEXT: dict[Status, tuple[Status, ...]] = {
    Status.HELD: (Status.PLACED, Status.EXPIRED),
    Status.PLACED: (Status.STARTED, Status.READY, Status.CANCELLED),
    Status.STARTED: (Status.READY, Status.PLACED, Status.CANCELLED),
    Status.READY: (
        Status.LEFT,
        Status.HANDED_OVER,
        Status.STARTED,
        Status.PLACED,
        Status.CANCELLED,
    ),
    Status.LEFT: (Status.HANDED_OVER, Status.NOT_DELIVERED, Status.READY),
    Status.HANDED_OVER: (Status.READY, Status.LEFT),
    Status.NOT_DELIVERED: (Status.LEFT,),
    Status.CANCELLED: (),
    Status.EXPIRED: (),
}


class StepImpossible(Refusal):
    """Somebody else was faster: the order is no longer what the page showed."""

    message = N_("Order %(number)s has changed meanwhile. Here is how it stands now.")


class TooLateToCancel(Refusal):
    message = N_("It is too late to cancel here. Call us: we will see what is possible.")


def move_on(
    session: Session,
    order: Order,
    *,
    to: Status,
    seen: Status,
    device: str,
    now: datetime,
    reason: str = "",
) -> None:
    """Bring an order from the status that the page showed (`seen`) to the next one.

    A guarded update and one event. Raises StepImpossible when it is no longer what was seen or
    when the step is not in NEXT.
    """
    if to not in NEXT[seen]:
        raise StepImpossible(number=order.number)
    changed = guarded(
        session, update(Order).where(Order.id == order.id, Order.status == seen).values(status=to)
    )
    if not changed:
        session.refresh(order)
        raise StepImpossible(number=order.number)
    note_event(session, order, to, device=device, now=now, reason=reason)
    touch(session, order.service_id)
    session.flush()
    session.refresh(order)


def cancel(
    session: Session,
    order: Order,
    *,
    actor: Actor,
    now: datetime,
    device: str = WEB,
    reason: str = "",
) -> None:
    """Cancel an order and give back what it took, once.

    Staff may at any time, and give a reason; a customer before the cut-off only, and nothing
    happens when he cancels twice. Raises TooLateToCancel, StepImpossible.
    """
    if actor not in STAFF:
        if order.is_cancelled:
            return
        if not order.can_be_cancelled(now):
            raise TooLateToCancel
    give_up(session, order, to=Status.CANCELLED, device=device, now=now, reason=reason)


def give_up(
    session: Session, order: Order, *, to: Status, device: str, now: datetime, reason: str = ""
) -> None:
    """End an order that is not handed over, and give back its portions and its slot, once.

    Who may do so was decided before. Raises StepImpossible.
    """
    move_on(session, order, to=to, seen=order.status, device=device, now=now, reason=reason)
    give_back_portions(session, order.quantities)
    give_back_slot(session, order.slot_id, portions=order.boxes, work=order.work)
    if order.is_cancelled:
        kind = Status.CANCELLED.value
        queue_message(session, order_id=order.id, kind=kind, email=order.email, now=now)
