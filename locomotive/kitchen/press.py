"""KeyedPress: the key of a press that a screen's script sent, and what a press does to its order.

A screen without network sends a press again until it is answered, and the network may deliver
the first try long after the last: what arrives a second time changes nothing.
"""

from datetime import datetime, timedelta

from sqlalchemy import String, delete, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, guarded, insert_once
from ..core.status import IN_HOUSE, TO_COOK, Status
from ..ordering.order import Order, touch
from ..ordering.step import StepImpossible, move_on
from .production import BACK, FORWARD, FORWARD_TAKE_AWAY

LONGEST = 64
KEPT = timedelta(days=7)


class KeyedPress(Base):
    """One press that was answered, done or refused."""

    __tablename__ = "keyed_press"

    key: Mapped[str] = mapped_column(String(LONGEST), primary_key=True)
    at: Mapped[datetime]


def is_first(session: Session, key: str, *, now: datetime) -> bool:
    """Whether this press comes for the first time; one without a key always does."""
    row = {"key": key[:LONGEST], "at": now}
    return not key or insert_once(session, KeyedPress, row, unique=["key"])


def note_refused(session: Session, key: str, *, now: datetime) -> None:
    """Let a refused press stay refused, however late its copies arrive."""
    is_first(session, key, now=now)


def forget_presses(session: Session, *, now: datetime) -> None:
    """Forget the keys whose copies can no longer arrive."""
    session.execute(delete(KeyedPress).where(KeyedPress.at < now - KEPT))


def press(
    session: Session, order: Order, *, to: str, seen: str, device: str, now: datetime
) -> None:
    """One press on the board: the kitchen's own step forward from what was seen, or back.

    The bag of an exception takes two: the first makes it bagged ("bagged" is no status of its
    own), the second one, which saw it "bagged", makes it ready. Raises StepImpossible for any
    other step, and when the order is no longer what was seen.
    """
    steps = FORWARD if order.is_delivery else FORWARD_TAKE_AWAY
    if to == "bagged" or seen == "bagged":
        bag_by_first_hand(session, order, to=to, seen=seen, now=now)
        if to != Status.READY:
            return
        seen = order.status
    elif to == Status.READY and seen in TO_COOK and order.is_exception:
        raise StepImpossible(number=order.number)
    if to != steps.get(seen) and to not in BACK.get(seen, ()):
        raise StepImpossible(number=order.number)
    if seen == Status.HANDED_OVER and order.is_delivery:
        raise StepImpossible(number=order.number)
    move_on(session, order, to=Status(to), seen=Status(seen), device=device, now=now)


def bag_by_first_hand(session: Session, order: Order, *, to: str, seen: str, now: datetime) -> None:
    """Close the bag of an exception, or open it again: it is ready once another hand verified it.

    A guarded update. Raises StepImpossible when the bag is not what was seen.
    """
    if not order.is_exception:
        raise StepImpossible(number=order.number)
    is_closed = seen == "bagged"
    allowed = IN_HOUSE if is_closed else ("bagged",)
    changed = guarded(
        session,
        update(Order)
        .where(
            Order.id == order.id,
            Order.status.in_(TO_COOK),
            Order.bagged_at.is_not(None) if is_closed else Order.bagged_at.is_(None),
        )
        .values(bagged_at=None if is_closed else now),
    )
    session.refresh(order)
    if to not in allowed or not changed:
        raise StepImpossible(number=order.number)
    touch(session, order.service_id)
