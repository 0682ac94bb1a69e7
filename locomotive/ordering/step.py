"""Steps of an order: what may follow what, each a guarded update and an event."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from ..core.refusal import N_, Refusal
from ..menu.menu import give_back_portions
from ..service.slot import give_back_slot
from .message import queue_message
from .order import Order, OrderEvent, touch

# What may follow what; the kitchen's undo goes back along the same table.
NEXT: dict[str, tuple[str, ...]] = {
    "held": ("placed", "expired"),
    "placed": ("started", "ready", "cancelled"),
    "started": ("ready", "placed", "cancelled"),
    "ready": ("left", "handed over", "started", "placed", "cancelled"),
    "left": ("handed over", "not delivered", "ready"),
    "handed over": ("ready", "left"),
    "not delivered": ("left",),
    "cancelled": (),
    "expired": (),
}


class StepImpossible(Refusal):
    """Somebody else was faster: the order is no longer what the page showed."""

    message = N_("Order %(number)s has changed meanwhile. Here is how it stands now.")


class TooLateToCancel(Refusal):
    message = N_("It is too late to cancel here. Call us: we will see what is possible.")


def note_event(
    session: Session, order: Order, status: str, *, device: str, now: datetime, reason: str = ""
) -> None:
    session.add(OrderEvent(order_id=order.id, status=status, at=now, device=device, reason=reason))


def move_on(
    session: Session,
    order: Order,
    *,
    to: str,
    seen: str,
    device: str,
    now: datetime,
    reason: str = "",
) -> None:
    """Bring an order from the status that the page showed (`seen`) to the next one.

    A guarded update and one event. Raises StepImpossible when it is no longer what was seen or
    when the step is not in NEXT.
    """
    if to not in NEXT.get(seen, ()):
        raise StepImpossible(number=order.number)
    changed = session.execute(
        update(Order)
        .where(Order.id == order.id, Order.status == seen)
        .values(status=to)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        session.refresh(order)
        raise StepImpossible(number=order.number)
    note_event(session, order, to, device=device, now=now, reason=reason)
    touch(session, order.service_id)
    session.flush()
    session.refresh(order)


def cancel(
    session: Session, order: Order, *, now: datetime, device: str = "web", reason: str = ""
) -> None:
    """Cancel an order and give back what it took, once.

    Staff give a reason; a customer (device "web") may cancel before the cut-off only, and
    nothing happens when he cancels twice. Raises TooLateToCancel, StepImpossible.
    """
    if device == "web" and order.status == "cancelled":
        return
    if device == "web" and not order.can_be_cancelled(now):
        raise TooLateToCancel
    move_on(
        session, order, to="cancelled", seen=order.status, device=device, now=now, reason=reason
    )
    give_back_portions(session, order.quantities)
    give_back_slot(session, order.slot_id, portions=order.boxes, work=order.work)
    queue_message(session, order_id=order.id, kind="cancelled", email=order.email, now=now)
