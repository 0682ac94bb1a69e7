"""KeyedPress: the key of a press that a screen's script sent.

A screen without network sends a press again until it is answered, and the network may deliver
the first try long after the last: what arrives a second time changes nothing.
"""

from datetime import datetime, timedelta

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, insert_once

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
