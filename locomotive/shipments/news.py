"""News: what a partner who wants it is told of its shipments by mail, once each."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint, exists, select
from sqlalchemy.orm import Mapped, Session, mapped_column

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
from .partner import Partner

# States that are told.
TOLD = ("promised", "loaded", "delivered", "missed", "withdrawn")


class ShipmentNews(Base):
    """One state of one shipment that its partner is told; written with the state itself."""

    __tablename__ = "shipment_news"
    __table_args__ = (UniqueConstraint("shipment_id", "kind"),)

    id: Mapped[Key]
    shipment_id: Mapped[int] = mapped_column(ForeignKey("shipment.id"))
    kind: Mapped[str] = mapped_column(String(20))  # one of TOLD
    state: Mapped[str] = mapped_column(String(20))  # queued, sending, sent or failed
    tries: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    error: Mapped[Words] = mapped_column(default="", server_default="")


def queue_news(
    session: Session, shipment_id: int, kind: str, *, partner_id: int, now: datetime
) -> None:
    """Tell the partner, if it wants it, how its shipment stands now."""
    is_wanted = exists().where(Partner.id == partner_id, Partner.wants_mail, Partner.email != "")
    if kind in TOLD and session.scalar(select(is_wanted)):
        row = {"shipment_id": shipment_id, "kind": kind, "state": "queued"}
        times = {"tries": 0, "made_at": now, "due_at": now}
        insert_once(session, ShipmentNews, row | times, unique=["shipment_id", "kind"])


def claim_news(session: Session, *, now: datetime) -> ShipmentNews | None:
    """Take the next one that is due."""
    return claim_due(session, ShipmentNews, now=now, lasts=MAIL_CLAIMED)


def mark_news_sent(news: ShipmentNews, *, now: datetime) -> None:
    """The mail server took it."""
    news.state, news.sent_at, news.error = "sent", now, ""


def mark_news_not_sent(
    news: ShipmentNews, *, now: datetime, error: str, is_final: bool = False
) -> None:
    """Try again later, and not for ever."""
    news.error = error[:200]
    news.state = "failed" if is_final or news.tries >= MAIL_TRIES else "queued"
    news.due_at = now + mail_waits(news.tries)
