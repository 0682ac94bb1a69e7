"""Shelf: a place of the store with the lots that stand there."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Key, Words
from ..farm.lot import Lot, LotMovement
from ..farm.produce import STORAGES, Produce

EMPTY_FOR = timedelta(days=7)  # so long a lot that the books say is empty may still be found
LOTS_COUNTED = 100  # on one page


class CountedLot(Base):
    """What somebody found of a lot, beside what the books said then, and why they differed."""

    __tablename__ = "counted_lot"

    id: Mapped[Key]
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    expected: Mapped[int]
    counted: Mapped[int]
    reason: Mapped[Words] = mapped_column(default="")
    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)

    @property
    def difference(self) -> int:
        """Thousandths of the produce's unit, below zero when some was lacking."""
        return self.counted - self.expected

    @property
    def cents(self) -> int | None:
        """What the difference cost; None where the lot's price is not known."""
        cost = self.lot.cost_cents
        return None if cost is None else round(cost * self.difference / self.lot.received)


@dataclass(frozen=True)
class Shelf:
    """A place of the store: how it is kept, and its name there; empty: not told."""

    storage: str  # code of STORAGES
    name: str = ""
    lots: int = 0
    counted_at: datetime | None = None


def shelves(session: Session) -> list[Shelf]:
    """The shelves on which something stands, with how many lots and when one was counted last."""
    last = (
        select(CountedLot.lot_id, func.max(CountedLot.at).label("at"))
        .group_by(CountedLot.lot_id)
        .subquery()
    )
    rows = session.execute(
        select(Produce.storage, Produce.shelf, func.count(Lot.id), func.max(last.c.at))
        .join(Lot, Lot.produce_id == Produce.id)
        .outerjoin(last, last.c.lot_id == Lot.id)
        .where(Lot.stock > 0)
        .group_by(Produce.storage, Produce.shelf)
    )
    codes = list(STORAGES)
    return sorted((Shelf(*row) for row in rows), key=lambda s: (codes.index(s.storage), s.name))


def lots_on(session: Session, shelf: Shelf, page: int, *, now: datetime) -> tuple[list[Lot], int]:
    """One page, from 1, of what may stand on a shelf, and how many pages there are."""
    here = select(Lot).join(Lot.produce).where(*_is_on(shelf, now))
    count = session.scalar(select(func.count()).select_from(here.subquery())) or 0
    lots = here.order_by(Lot.stock == 0, Produce.name, Lot.use_by.is_(None), Lot.use_by, Lot.id)
    one = lots.limit(LOTS_COUNTED).offset((page - 1) * LOTS_COUNTED)
    return list(session.scalars(one)), max(1, -(-count // LOTS_COUNTED))


def _is_on(shelf: Shelf, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Of the shelf's produce, with something left by the books, or until a few days ago."""
    moved = select(LotMovement.lot_id).where(LotMovement.at >= now - EMPTY_FOR)
    return (
        Produce.storage == shelf.storage,
        Produce.shelf == shelf.name,
        Lot.refused_because == "",
        or_(Lot.stock > 0, Lot.id.in_(moved)),
    )


def counted_last(session: Session, limit: int = 100) -> list[CountedLot]:
    """The latest lots of which another amount was found than the books said."""
    differs = select(CountedLot).where(CountedLot.counted != CountedLot.expected)
    return list(session.scalars(differs.order_by(CountedLot.id.desc()).limit(limit)))
