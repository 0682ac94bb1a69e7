"""Mark and edition: what this database says of itself, such as being a demonstration, and how
often what is computed once for all was written."""

from datetime import datetime, timedelta

from sqlalchemy import String, inspect, select, update
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
