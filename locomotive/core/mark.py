"""Mark and edition: what this database says of itself, such as being a demonstration, and how
often what is computed once for all was written."""

from sqlalchemy import String, inspect, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from .base import Base, Words

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
