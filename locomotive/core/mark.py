"""Mark and edition: what this database says of itself, such as being a demonstration, which forms
it has acted on, and how often what is computed once for all was written."""

from datetime import datetime

from sqlalchemy import String, delete, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .base import Base, Words, insert_once

DEMONSTRATION = "demonstration"


class Mark(Base):
    """One fact about the whole database."""

    __tablename__ = "mark"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[Words]


class Edition(Base):
    """How often what one thing is computed from was written; see `count_writes` in db.py."""

    __tablename__ = "edition"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int]


def mark(session: Session, name: str, value: str) -> None:
    """Write a mark; it stays for the database's life."""
    session.merge(Mark(name=name, value=value))


def is_marked(session: Session, name: str) -> bool:
    """Whether the database carries a mark; an empty database carries none."""
    if not inspect(session.connection()).has_table(Mark.__tablename__):
        return False
    return session.scalar(select(Mark.value).where(Mark.name == name)) is not None


class SentForm(Base):
    """A form that was acted on, by the key that its page carried."""

    __tablename__ = "sent_form"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


def is_first_send(session: Session, key: str, *, now: datetime) -> bool:
    """Whether the form with this key was not acted on yet; of two rivals one gets True.

    A form without a key (a page older than keys) is taken as the first.
    """
    if not 16 <= len(key) <= 64:
        return True
    return insert_once(session, SentForm, {"key": key, "at": now}, unique=["key"])


def forget_sent_forms(session: Session, *, before: datetime) -> None:
    """Drop the keys of forms that nobody sends again."""
    session.execute(delete(SentForm).where(SentForm.at < before))
