"""Message: a mail to a customer, written with what it tells and sent by the worker."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, or_, select
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column, relationship

from ..core.base import (
    MAIL_CLAIMED,
    MAIL_TRIES,
    Base,
    Key,
    Words,
    claim_due,
    insert_once,
    mail_waits,
)
from ..core.personal import CONTACT, REMARK, personal
from ..core.refusal import N_

if TYPE_CHECKING:
    from .order import Order
# A mail that is due for so long is sent by nobody: no worker lives.
LATE = timedelta(minutes=5)
STATE_WORDS: dict[str, str] = {
    "queued": N_("waiting"),
    "sending": N_("being sent"),
    "sent": N_("sent"),
    "failed": N_("not sent"),
}


class Message(Base):
    """One mail of the outbox: queued → sending → sent, or failed for good."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("order_id", "kind", "number"),)

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"))
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int] = mapped_column(default=0)  # of the mails of one kind about one order
    email: Mapped[Words] = mapped_column(info=personal(CONTACT))
    state: Mapped[str] = mapped_column(String(20), index=True)
    tries: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]  # of what it tells
    due_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    # A mail server's answer names the address.
    error: Mapped[Words] = mapped_column(default="", info=personal(CONTACT))
    # What the kitchen or the manager wrote; mails that a template fills have none.
    text: Mapped[str] = mapped_column(String(2000), default="", info=personal(REMARK))
    order: Mapped["Order"] = relationship(viewonly=True)

    def is_stuck(self, now: datetime) -> bool:
        """Whether somebody should call the customer: it failed and did not go, or nobody tries."""
        is_wrong = bool(self.error) or self.tries > 1 or self.due_at < now - LATE
        return self.state != "sent" and bool(self.email) and is_wrong

    @property
    def name(self) -> str:
        """What names the mail for good: its Message-ID, and its file in the demonstration."""
        number = f"-{self.number}" if self.number else ""
        return f"{self.kind}{number}-{self.order.token_hash[:32]}"

    @property
    def file_name(self) -> str:
        """The file of the mail in the demonstration's folder."""
        return f"{self.name}.eml"


def queue_message(
    session: Session, *, order_id: int, kind: str, email: str, now: datetime, text: str = ""
) -> None:
    """Write a mail into the outbox, in the transaction of what it tells; no address, no mail.

    Without a text a template of its kind fills it.
    """
    if not email:
        return
    before = select(func.count()).where(Message.order_id == order_id, Message.kind == kind)
    session.add(
        Message(
            order_id=order_id,
            kind=kind,
            number=before.scalar_subquery(),  # counted as it is written
            email=email,
            state="queued",
            made_at=now,
            due_at=now,
            text=text,
        )
    )


def queue_once(
    session: Session, *, order_id: int, kind: str, email: str, now: datetime, text: str
) -> bool:
    """Write a notice into the outbox unless one of this kind was written about the order.

    Returns whether it was.
    """
    row = {
        "order_id": order_id,
        "kind": kind,
        "number": 0,
        "email": email,
        "state": "queued",
        "tries": 0,
        "made_at": now,
        "due_at": now,
        "error": "",
        "text": text,
    }
    unique = ["order_id", "kind", "number"]
    return bool(email) and insert_once(session, Message, row, unique=unique)


def claim_message(session: Session, *, now: datetime) -> Message | None:
    """Take the next mail that is due; its Message-ID stays the same each time."""
    is_open = Message.email != ""  # else erased meanwhile
    return claim_due(session, Message, is_open, now=now, lasts=MAIL_CLAIMED)


def mark_sent(message: Message, *, now: datetime) -> None:
    """The mail server took the message."""
    message.state, message.sent_at, message.error = "sent", now, ""


def mark_failed(message: Message, *, now: datetime, error: str, is_final: bool = False) -> None:
    """Try again later: after 1 min, 2 min, … at most 1 h, unless the server's no is final; staff
    see it from the first failure."""
    message.error = error[:200]
    message.state = "failed" if is_final or message.tries >= MAIL_TRIES else "queued"
    message.due_at = now + mail_waits(message.tries)


def stuck_messages(session: Session, *, now: datetime) -> int:
    """How many mails are stuck, as `Message.is_stuck` says."""
    is_stuck = or_(Message.error != "", Message.tries > 1, Message.due_at < now - LATE)
    query = select(func.count(Message.id))
    wanted = query.where(Message.state != "sent", Message.email != "", is_stuck)
    return session.scalar(wanted) or 0


def messages(session: Session, *, now: datetime, limit: int = 200) -> list[Message]:
    """The latest mails with their orders, for the manager; those that are stuck come first."""
    latest = session.scalars(
        select(Message)
        .options(joinedload(Message.order, innerjoin=True))
        .order_by(Message.id.desc())
        .limit(limit)
    )
    return sorted(latest, key=lambda message: not message.is_stuck(now))
