"""Mark and edition: what this database says of itself, such as being a demonstration, which forms
it has acted on, and how often what is computed once for all was written."""

from datetime import datetime, timedelta

from sqlalchemy import String, delete, inspect, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .base import Base, Words, count_changed, insert_once

DEMONSTRATION = "demonstration"
WORKER_ALIVE = "worker alive"
# The worker says each minute that it is alive.
WORKER_IS_SILENT = timedelta(minutes=3)


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
    """Write a mark, or another value in place of the one that stands."""
    if not insert_once(session, Mark, {"name": name, "value": value}, unique=["name"]):
        count_changed(session, update(Mark).where(Mark.name == name).values(value=value))


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


def note_worker(session: Session, *, now: datetime) -> None:
    """Note that a worker is alive."""
    mark(session, WORKER_ALIVE, now.isoformat())


def worker_seen(session: Session) -> datetime | None:
    """When a worker was alive last."""
    value = session.scalar(select(Mark.value).where(Mark.name == WORKER_ALIVE))
    return datetime.fromisoformat(value) if value else None


def is_worker_silent(session: Session, *, now: datetime) -> bool:
    """Whether no worker has said anything for longer than WORKER_IS_SILENT."""
    seen = worker_seen(session)
    return seen is None or now - seen > WORKER_IS_SILENT
