"""Alert: one thing to be told by one subscription, sent by the worker and worth little later."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, claim_due, guarded, insert_once, wait_after
from ..core.personal import ALERT, personal


class Kind(StrEnum):
    """What can be told of an order; the values stand in the database."""

    READY = "meal ready"
    LEFT = "tricycle left"
    SOON = "soon"
    CHANGED = "changed"
    PROPOSED = "proposed"
    CANCELLED = "order cancelled"


FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=5)
CLAIM_LASTS = timedelta(minutes=2)
# The kitchen may undo a press; what is undone is not told.
UNDO = timedelta(seconds=15)
# After so long nobody wants to hear it any more.
WORTH: dict[Kind, timedelta] = {
    Kind.READY: timedelta(hours=2),
    Kind.LEFT: timedelta(minutes=30),
    Kind.SOON: timedelta(minutes=8),
}
LONGEST_WORTH = timedelta(hours=12)
# What an order can be told of once only; the others as often as they happen.
ONCE = (Kind.READY, Kind.LEFT, Kind.SOON)


class Alert(Base):
    """queued → sending → sent; or over: too late, undone meanwhile, or refused for good."""

    __tablename__ = "alert"
    __table_args__ = (UniqueConstraint("subscription_id", "kind", "number"),)

    id: Mapped[Key]
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"))
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]  # of the alerts of one kind
    state: Mapped[str] = mapped_column(String(10), index=True)
    tries: Mapped[int]
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    # What a server answered may name the address.
    error: Mapped[str] = mapped_column(String(200), default="", info=personal(ALERT))


def queue_alert(session: Session, subscription_id: int, kind: Kind, *, now: datetime) -> None:
    """Write one alert into the outbox; one that was undone before it was told comes back."""
    number = 0
    if kind not in ONCE:
        before = select(func.count()).where(
            Alert.subscription_id == subscription_id, Alert.kind == kind
        )
        number = session.scalar(before) or 0
    times = {
        "made_at": now,
        "due_at": now + (UNDO if kind is Kind.READY else timedelta()),
        "expires_at": now + WORTH.get(kind, LONGEST_WORTH),
    }
    key = {"subscription_id": subscription_id, "kind": kind.value, "number": number}
    row = {**key, "state": "queued", "tries": 0, "error": "", **times}
    if not insert_once(session, Alert, row, unique=list(key)):
        is_undone = (Alert.state == "over", Alert.tries == 0)
        again = update(Alert).filter_by(**key).where(*is_undone)
        guarded(session, again.values(state="queued", **times))


def claim_alert(session: Session, *, now: datetime) -> Alert | None:
    """Take the next alert that is due and still worth something."""
    over = update(Alert).where(Alert.state.in_(("queued", "sending")), Alert.expires_at <= now)
    guarded(session, over.values(state="over"))
    return claim_due(session, Alert, now=now, lasts=CLAIM_LASTS)


def end_alert(alert: Alert) -> None:
    """It is no longer true: it is told to nobody, and may become true again."""
    alert.state, alert.tries = "over", 0


def mark_told(alert: Alert, *, now: datetime) -> None:
    """It was taken."""
    alert.state, alert.sent_at, alert.error = "sent", now, ""


def mark_untold(alert: Alert, *, now: datetime, error: str, is_final: bool = False) -> None:
    """Try again after 15 s, 30 s, … at most 5 min, as long as it is worth it, unless the no is
    final."""
    alert.error = error[:200]
    alert.state = "over" if is_final else "queued"
    alert.due_at = now + wait_after(alert.tries, first=FIRST_WAIT, longest=LONGEST_WAIT)
