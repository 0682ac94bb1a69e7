"""Batch: one cooking of one dish, with the lots that went into it and its temperatures."""

import math
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, and_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Day, Key
from ..core.refusal import N_, Invalid, Refusal
from ..farm.lot import Lot, give_back, lots_in_stock, use
from ..farm.produce import Produce
from ..farm.unit import plain
from ..menu.dish import Dish
from ..menu.menu import Menu, menu_of, offered
from ..menu.recipe import Book

# Order of 21 December 2009: hot food is held at 63 °C or above.
HELD_TENTHS = 630
MAXIMUM_PORTIONS = 500


class Batch(Base):
    """A cooking: so many portions of one dish for one day, for all slots or for some.

    The orders it serves are those of its dish and day whose slot starts from `serves_from` to
    `serves_until`; an end that is not set is open, so that nobody who ate of it is missed.
    """

    __tablename__ = "batch"
    __table_args__ = (CheckConstraint("portions > 0", name="portions"),)

    id: Mapped[Key]
    day: Mapped[Day] = mapped_column(index=True)
    dish_id: Mapped[int] = mapped_column(ForeignKey("dish.id"))
    portions: Mapped[int]
    cooked_at: Mapped[datetime]
    serves_from: Mapped[datetime | None]
    serves_until: Mapped[datetime | None]
    core_tenths: Mapped[int | None]  # °C × 10 at the core
    undone_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]  # a lot in it is recalled: nobody may serve it
    discarded_at: Mapped[datetime | None]  # thrown away; its portions are to be cooked again
    dish: Mapped[Dish] = relationship(lazy="joined", innerjoin=True)
    lots: Mapped[list["BatchLot"]] = relationship(
        back_populates="batch", order_by="BatchLot.lot_id", lazy="selectin"
    )
    readings: Mapped[list["HoldingReading"]] = relationship(
        back_populates="batch", order_by="HoldingReading.id", lazy="selectin"
    )


# Neither recorded by mistake nor thrown away.
IS_SERVED = and_(Batch.undone_at.is_(None), Batch.discarded_at.is_(None))


class BatchLot(Base):
    """How much of one lot went into one batch."""

    __tablename__ = "batch_lot"
    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)

    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True, index=True)
    amount: Mapped[int]
    batch: Mapped[Batch] = relationship(back_populates="lots")
    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)


class HoldingReading(Base):
    """The temperature of a batch that is held hot, at one moment."""

    __tablename__ = "holding_reading"

    id: Mapped[Key]
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    tenths: Mapped[int]
    at: Mapped[datetime]
    batch: Mapped[Batch] = relationship(back_populates="readings")

    @property
    def is_too_cold(self) -> bool:
        return self.tenths < HELD_TENTHS


class LotsMissing(Invalid):
    message = N_("%(produce)s: the lots give %(given)s of %(needed)s %(unit)s. Add a lot.")


class LotForeign(Invalid):
    message = N_("Lot %(lot)s is not an ingredient of this dish.")


class PortionsCooked(Invalid):
    message = N_(
        "Portions recorded already: %(done)s of %(wanted)s. Is this one more batch? Tick the box "
        "below."
    )


class CoreMissing(Invalid):
    message = N_("Measure the temperature at the core: the sheet asks for it.")


class BatchUndone(Refusal):
    message = N_("This batch is already taken back.")


def amounts_for(book: Book, dish_id: int, portions: int, day: date) -> dict[int, int]:
    """Produce id → thousandths that so many portions take, rounded up."""
    return {p: math.ceil(a * portions) for p, a in book.per_portion(dish_id, day).items()}


def proposed(
    session: Session, book: Book, dish_id: int, *, portions: int, day: date
) -> dict[int, list[tuple[Lot, int]]]:
    """Produce id → (lot, how much of it), the earliest use-by first.

    Every lot that could be taken is listed, those that are not needed with 0.
    """
    wanted = amounts_for(book, dish_id, portions, day)
    found: dict[int, list[tuple[Lot, int]]] = {produce_id: [] for produce_id in wanted}
    for lot in lots_in_stock(session):
        if lot.produce_id in wanted and (lot.use_by is None or lot.use_by >= day):
            amount = min(lot.stock, wanted[lot.produce_id])
            wanted[lot.produce_id] -= amount
            found[lot.produce_id].append((lot, amount))
    return found


def check_portions(session: Session, batch: Batch, *, is_sure: bool) -> None:
    """Ask once more when more is cooked than the menu offers: somebody else may have recorded it.

    The menu's row is locked, so that of two cooks at one moment the second is asked. Raises
    PortionsCooked.
    """
    session.execute(select(Menu.id).where(Menu.date == batch.day).with_for_update())
    done = portions_cooked(batches_of(session, batch.day)).get(batch.dish_id, 0)
    wanted = offered(session, menu_of(session, batch.day)).get(batch.dish_id, 0)
    if done + batch.portions > wanted and not is_sure:
        raise PortionsCooked(done=done, wanted=wanted, field="portions")


def cook(
    session: Session, book: Book, batch: Batch, amounts: dict[int, int], *, now: datetime
) -> Batch:
    """Record a batch and take its lots (lot id → amount), all or nothing.

    The lots must be ingredients of the dish and give all that its recipe takes. Raises
    LotForeign, LotsMissing, CoreMissing, LotTooSmall, LotBlocked.
    """
    amounts = {lot_id: amount for lot_id, amount in amounts.items() if amount}
    _check_lots(session, book, batch, amounts)
    if batch.dish_id in book.asks_temperature and batch.core_tenths is None:
        raise CoreMissing(field="core_tenths")
    use(session, amounts, for_day=batch.day, now=now)
    batch.cooked_at = now
    batch.lots = [BatchLot(lot_id=lot_id, amount=a) for lot_id, a in sorted(amounts.items())]
    session.add(batch)
    session.flush()
    return batch


def _check_lots(session: Session, book: Book, batch: Batch, amounts: dict[int, int]) -> None:
    wanted = amounts_for(book, batch.dish_id, batch.portions, batch.day)
    given = dict.fromkeys(wanted, 0)
    for lot in session.scalars(select(Lot).where(Lot.id.in_(amounts))):
        if lot.produce_id not in given:
            raise LotForeign(lot=lot.name, field=f"lot-{lot.id}")
        given[lot.produce_id] += amounts[lot.id]
    for produce_id, needed in wanted.items():
        if given[produce_id] < needed:
            produce = session.get_one(Produce, produce_id)
            raise LotsMissing(
                produce=produce.name,
                given=plain(given[produce_id]),
                needed=plain(needed),
                unit=produce.unit,
                field=f"produce-{produce_id}",
            )


def undo_batch(session: Session, batch: Batch, *, now: datetime) -> None:
    """Take back a batch that was recorded by mistake; its lots get back what they gave.

    Raises BatchUndone.
    """
    locked = session.get_one(Batch, batch.id, with_for_update=True, populate_existing=True)
    if locked.undone_at is not None:
        raise BatchUndone
    locked.undone_at = now
    amounts = {part.lot_id: part.amount for part in locked.lots}
    give_back(session, amounts, for_day=locked.day, now=now)


def read_temperature(session: Session, batch: Batch, tenths: int, *, now: datetime) -> None:
    """Note the temperature of a batch that is held hot."""
    session.add(HoldingReading(batch_id=batch.id, tenths=tenths, at=now))
    session.flush()
    session.refresh(batch)


def batches_of(session: Session, day: date) -> list[Batch]:
    """The batches of a day that are served, in the order in which they were cooked."""
    query = select(Batch).where(Batch.day == day, IS_SERVED)
    return list(session.scalars(query.order_by(Batch.cooked_at, Batch.id)))


def portions_cooked(batches: Iterable[Batch]) -> dict[int, int]:
    """Dish id → portions in all of the batches."""
    cooked: dict[int, int] = {}
    for batch in batches:
        cooked[batch.dish_id] = cooked.get(batch.dish_id, 0) + batch.portions
    return cooked
