"""Dataset: what was imported of the world around, when, from which files."""

from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Key, Words


class Dataset(Base):
    """One import of "addresses" or "roads" that came to its end."""

    __tablename__ = "dataset"

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(20))
    version: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    source: Mapped[Words]  # file names
    count: Mapped[int]  # addresses, or stretches of street
    folder: Mapped[str] = mapped_column(String(500), default="")  # where its files lie


def last_dataset(session: Session, kind: str) -> Dataset | None:
    """The latest import of a kind."""
    query = select(Dataset).where(Dataset.kind == kind).order_by(Dataset.id.desc()).limit(1)
    return session.scalar(query)
