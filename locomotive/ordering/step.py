"""Steps of an order: what may follow what, each a guarded update and an event."""

from datetime import datetime

from sqlalchemy import true, update
from sqlalchemy.orm import Session

from ..alerts.alert import Kind
from ..alerts.subscription import queue_alerts
from ..core.actor import STAFF, Actor
from ..core.base import guarded
from ..core.refusal import N_, Refusal
from ..core.status import DEPARTED, IN_HOUSE, Status
from ..menu.menu import give_back_portions
from ..service.slot import give_back_slot
from .message import queue_message
from .order import WEB, Order, codes_of, note_event, touch

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


# Which steps are told to whoever asked for it.
TOLD = {("take-away", Status.READY): Kind.READY, ("delivery", Status.LEFT): Kind.LEFT}


class StepImpossible(Refusal):
    """Somebody else was faster: the order is no longer what the page showed."""

    message = N_("Order %(number)s has changed meanwhile. Here is how it stands now.")


class OrderBlocked(StepImpossible):
    """A recalled lot may be in it."""

    message = N_("Bag %(number)s is blocked: a recalled lot may be in it. Ask the manager.")


class WishUndecided(StepImpossible):
    """A wish meets what is in its dish."""

    message = N_("Bag %(number)s holds what it must not contain. The manager decides first.")


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
    when the step is not in NEXT, OrderBlocked or WishUndecided when it must not be closed or
    leave.
    """
    if to not in NEXT[seen]:
        raise StepImpossible(number=order.number)
    if is_closing(to, seen=seen):
        _check_wishes(session, order)
    is_free = Order.blocked_at.is_(None) if is_closing(to, seen=seen) else true()
    changed = guarded(
        session,
        update(Order).where(Order.id == order.id, Order.status == seen, is_free).values(status=to),
    )
    if not changed:
        session.refresh(order)
        is_blocked = order.status == seen and order.blocked_at is not None
        raise (OrderBlocked if is_blocked else StepImpossible)(number=order.number)
    note_event(session, order, to, device=device, now=now, reason=reason)
    touch(session, order.service_id)
    session.flush()
    session.refresh(order)
    told = TOLD.get((order.kind, to))
    if told:
        queue_alerts(session, order.id, told, now=now)


def _check_wishes(session: Session, order: Order) -> None:
    for line in order.lines:
        if line.avoids:
            session.refresh(line)
    if order.has_conflict:
        raise WishUndecided(number=order.number)


def decide_wish(session: Session, order: Order, *, device: str, now: datetime) -> None:
    """The manager found a way for what a wish and its dishes have in conflict now; another
    conflict comes back to him."""
    for line in order.lines:
        line.accepted = ",".join([*codes_of(line.accepted), *line.conflicts])
    note_event(session, order, order.status, device=device, now=now, reason="wish")
    touch(session, order.service_id)
    session.flush()


def is_closing(to: Status, *, seen: Status) -> bool:
    """Whether a step closes a bag or lets it out of the house."""
    return seen in IN_HOUSE and to in (Status.READY, *DEPARTED)


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
    give_back_slot(
        session, order.slot_id, portions=order.boxes, orders=order.places, work=order.work
    )
    if order.is_cancelled:
        kind = Status.CANCELLED.value
        queue_message(session, order_id=order.id, kind=kind, email=order.email, now=now)
        if device != WEB:
            queue_alerts(session, order.id, Kind.CANCELLED, now=now)
