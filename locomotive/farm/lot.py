"""Lot: one delivery of one produce, and everything that was taken from it.

`stock` is a copy of the sum of the lot's movements; both are written together by guarded
updates, so that it never falls below zero whoever takes at the same moment.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, func, or_, select, true, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Cents, Day, Key, Words, guarded
from ..core.refusal import N_, Invalid, Quantity, Word
from .produce import BOVINE, Produce, ProduceAllergen, check_amount
from .supplier import Supplier
from .unit import ONE, UNITS

MOVEMENTS: dict[str, str] = {
    "received": N_("received"),
    "used": N_("used"),
    "corrected": N_("corrected"),
    "wasted": N_("thrown away"),
}
# Countries that meat comes from (ISO 3166), as the French decree wants them named.
COUNTRIES: dict[str, str] = {
    "FR": N_("France"),
    "BE": N_("Belgium"),
    "DE": N_("Germany"),
    "ES": N_("Spain"),
    "IE": N_("Ireland"),
    "IT": N_("Italy"),
    "NL": N_("the Netherlands"),
    "PL": N_("Poland"),
    "GB": N_("the United Kingdom"),
    "NZ": N_("New Zealand"),
}
# Those outside Europe.
OVERSEAS = frozenset({"NZ"})
# Tenths of a degree Celsius that may be typed at all.
TEMPERATURES = (-400, 600)
LOTS_SHOWN = 100  # on one page


class Lot(Base):
    """What one supplier brought of one produce on one day; a refused lot never has stock."""

    __tablename__ = "lot"
    __table_args__ = (
        CheckConstraint("stock >= 0", name="stock"),
        CheckConstraint("received > 0", name="received"),
        Index("ix_lot_produce_id_stock", "produce_id", "stock"),
    )

    id: Mapped[Key]
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    produce_id: Mapped[int] = mapped_column(ForeignKey("produce.id"))
    purchase_line_id: Mapped[int | None] = mapped_column(ForeignKey("purchase_line.id"))
    note_id: Mapped[int | None] = mapped_column(ForeignKey("delivery_note.id"), index=True)
    mark: Mapped[Words] = mapped_column(default="")  # what the supplier wrote on it
    ordered: Mapped[int | None]
    received: Mapped[int]
    stock: Mapped[int] = mapped_column(default=0)
    cost_cents: Mapped[Cents | None]  # of all that was received
    received_on: Mapped[Day] = mapped_column(index=True)
    harvested_on: Mapped[Day | None]
    use_by: Mapped[Day | None]
    tenths: Mapped[int | None]  # °C × 10 at receipt
    born_in: Mapped[str] = mapped_column(String(2), default="")
    reared_in: Mapped[str] = mapped_column(String(2), default="")
    slaughtered_in: Mapped[str] = mapped_column(String(2), default="")
    refused_because: Mapped[Words] = mapped_column(default="")
    blocked_at: Mapped[datetime | None]  # recalled: nobody may use it
    unit_grams: Mapped[int] = mapped_column(default=ONE, server_default="1000")  # as it came
    labels: Mapped[Words] = mapped_column(default="", server_default="")  # with which it came
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("produce.id"))  # came instead of it
    supplier: Mapped[Supplier] = relationship(lazy="joined", innerjoin=True)
    produce: Mapped[Produce] = relationship(
        foreign_keys=[produce_id], lazy="joined", innerjoin=True
    )
    replaces: Mapped[Produce | None] = relationship(foreign_keys=[replaces_id])
    movements: Mapped[list["LotMovement"]] = relationship(
        back_populates="lot", order_by="LotMovement.id"
    )

    @property
    def is_refused(self) -> bool:
        return bool(self.refused_because)

    @property
    def name(self) -> str:
        """The lot's number in the house, written on its crate."""
        return f"L{self.id:05d}"


class LotMovement(Base):
    """One change of a lot's stock: a delta with its reason, never undone, only corrected."""

    __tablename__ = "lot_movement"
    __table_args__ = (Index("ix_lot_movement_for_day", "for_day"),)

    id: Mapped[Key]
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    delta: Mapped[int]
    for_day: Mapped[Day | None]  # the lunch it was cooked for
    reason: Mapped[Words] = mapped_column(default="")
    at: Mapped[datetime]
    lot: Mapped[Lot] = relationship(back_populates="movements")


class LotTooSmall(Invalid):
    message = N_("Lot %(lot)s: only %(left)s %(unit)s left. Take less, or another lot.")


class LotBlocked(Invalid):
    message = N_("Lot %(lot)s is recalled: nobody may use it.")


class UseByPassed(Invalid):
    message = N_("The use-by date lies before the day of receipt. Check the label.")


class HarvestLate(Invalid):
    message = N_("The harvest lies after the day of receipt. Check the date.")


class PriceZero(Invalid):
    message = N_("The price is 0. Empty it if it is not known, or tick the box and send again.")


class OriginMissing(Invalid):
    message = N_("Meat needs the countries where the animal was born, reared and slaughtered.")


class TemperatureMissing(Invalid):
    message = N_("Measure the temperature: this produce is kept in the cold.")


class ReasonMissing(Invalid):
    message = N_("Write the reason in a few words.")


def receive(session: Session, lot: Lot, *, is_sure: bool = False, now: datetime) -> Lot:
    """Write a lot that arrived, with its first movement; a refused one gets none.

    Raises AmountNegative, AmountAbsurd, PriceZero, UseByPassed, HarvestLate, OriginMissing,
    TemperatureMissing, each with the field it names.
    """
    produce = session.get_one(Produce, lot.produce_id)
    check_amount(produce, lot.received, is_sure=is_sure)
    if lot.cost_cents == 0 and not is_sure:
        raise PriceZero(field="price")
    if lot.use_by is not None and lot.use_by < lot.received_on:
        raise UseByPassed(field="use_by")
    if lot.harvested_on is not None and lot.harvested_on > lot.received_on:
        raise HarvestLate(field="harvested_on")
    if not lot.is_refused and produce.needs_temperature and lot.tenths is None:
        raise TemperatureMissing(field="tenths")
    countries = (lot.born_in, lot.reared_in, lot.slaughtered_in)
    is_complete = all(countries) if produce.species in BOVINE else all(countries[1:])
    if produce.kind == "meat" and not lot.is_refused and not is_complete:
        raise OriginMissing(field="reared_in")
    lot.unit_grams = produce.unit_grams
    session.add(lot)
    session.flush()
    if not lot.is_refused:
        arrived = LotMovement(lot_id=lot.id, kind="received", delta=lot.received, at=now)
        _move(session, arrived, even_blocked=True)
        session.refresh(lot)
    return lot


def use(session: Session, amounts: dict[int, int], *, for_day: date, now: datetime) -> None:
    """Take amounts (lot id → thousandths) to cook for a day, in id order.

    Raises LotTooSmall, LotBlocked; then nothing of the transaction may stand.
    """
    for lot_id, amount in sorted(amounts.items()):
        if amount <= 0:
            raise LotTooSmall(**_what_is_left(session, lot_id), field=f"lot-{lot_id}")
        taken = LotMovement(lot_id=lot_id, kind="used", delta=-amount, for_day=for_day, at=now)
        _move(session, taken)


def give_back(session: Session, amounts: dict[int, int], *, for_day: date, now: datetime) -> None:
    """Put amounts that were taken for a day back into their lots."""
    for lot_id, amount in sorted(amounts.items()):
        back = LotMovement(lot_id=lot_id, kind="used", delta=amount, for_day=for_day, at=now)
        _move(session, back, even_blocked=True)


def correct(session: Session, lot: Lot, delta: int, *, reason: str, now: datetime) -> None:
    """Change the stock by a delta that somebody counted. Raises LotTooSmall, ReasonMissing."""
    if not reason:
        raise ReasonMissing(field="reason")
    counted = LotMovement(lot_id=lot.id, kind="corrected", delta=delta, reason=reason, at=now)
    _move(session, counted, even_blocked=True)
    session.refresh(lot)


def count(session: Session, lot: Lot, counted: int, *, reason: str, now: datetime) -> None:
    """Make the stock what was counted, and write the difference. Raises ReasonMissing.

    A lot that another one took from meanwhile is counted as it is now.
    """
    held = session.get_one(Lot, lot.id, populate_existing=True, with_for_update=True)
    if counted != held.stock:
        correct(session, held, counted - held.stock, reason=reason, now=now)


def waste(session: Session, lot: Lot, amount: int, *, reason: str, now: datetime) -> None:
    """Throw an amount away. Raises LotTooSmall, ReasonMissing."""
    if not reason:
        raise ReasonMissing(field="reason")
    if amount <= 0:
        raise LotTooSmall(**_what_is_left(session, lot.id), field="quantity")
    wasted = LotMovement(lot_id=lot.id, kind="wasted", delta=-amount, reason=reason, at=now)
    _move(session, wasted, even_blocked=True)
    session.refresh(lot)


def _move(session: Session, movement: LotMovement, *, even_blocked: bool = False) -> None:
    """Change the stock by a guarded update and write the movement with it."""
    lot_id, delta = movement.lot_id, movement.delta
    is_free = true() if even_blocked else Lot.blocked_at.is_(None)
    changed = guarded(
        session,
        update(Lot)
        .where(Lot.id == lot_id, is_free, Lot.refused_because == "", Lot.stock + delta >= 0)
        .values(stock=Lot.stock + delta),
    )
    if not changed:
        field = f"lot-{lot_id}" if movement.kind == "used" else "quantity"
        lot = session.get_one(Lot, lot_id, populate_existing=True)
        if lot.blocked_at is not None and not even_blocked:
            raise LotBlocked(lot=lot.name, field=field)
        raise LotTooSmall(**_what_is_left(session, lot_id), field=field)
    session.add(movement)
    session.flush()


def _what_is_left(session: Session, lot_id: int) -> dict[str, object]:
    lot = session.get_one(Lot, lot_id, populate_existing=True)
    unit = Word(UNITS[lot.produce.unit])
    return {"lot": lot.name, "left": Quantity(lot.stock), "unit": unit}


def block(session: Session, lot_ids: list[int], *, now: datetime) -> None:
    """Stop lots from being used: they are recalled."""
    session.execute(
        update(Lot)
        .where(Lot.id.in_(lot_ids), Lot.blocked_at.is_(None))
        .values(blocked_at=now)
        .execution_options(synchronize_session=False)
    )


def lots_in_stock(session: Session, produce_id: int | None = None) -> list[Lot]:
    """The lots that can be used, the earliest use-by first, then the oldest."""
    query = select(Lot).where(Lot.stock > 0, Lot.blocked_at.is_(None))
    if produce_id is not None:
        query = query.where(Lot.produce_id == produce_id)
    return list(
        session.scalars(
            query.order_by(
                Lot.use_by.is_(None), Lot.use_by, Lot.received_on, Lot.id
            ).execution_options(populate_existing=True)
        )
    )


def stock_page(session: Session, page: int) -> tuple[list[Lot], int]:
    """One page, from 1, of what can be used, by produce, and how many pages there are."""
    usable = select(Lot).join(Lot.produce).where(Lot.stock > 0, Lot.blocked_at.is_(None))
    count = session.scalar(select(func.count()).select_from(usable.subquery())) or 0
    by_produce = usable.order_by(
        Produce.name, Lot.use_by.is_(None), Lot.use_by, Lot.received_on, Lot.id
    )
    here = by_produce.limit(LOTS_SHOWN).offset((page - 1) * LOTS_SHOWN)
    return list(session.scalars(here)), max(1, -(-count // LOTS_SHOWN))


def is_counted(session: Session, produce: Produce) -> bool:
    """Whether anything counts the produce in its unit already: a lot, a pack, a recipe's line."""
    users = [
        select(column).where(column == produce.id).exists()
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if any(key.target_fullname == "produce.id" for key in column.foreign_keys)
        and table.name != ProduceAllergen.__tablename__
    ]
    return bool(session.scalar(select(or_(*users))))


def wrong_stocks(session: Session) -> list[str]:
    """The lots whose stock is not the sum of their movements; empty when all is well."""
    total = func.coalesce(func.sum(LotMovement.delta), 0)
    rows = session.execute(
        select(Lot.id, Lot.stock, total)
        .outerjoin(LotMovement)
        .group_by(Lot.id, Lot.stock)
        .having(Lot.stock != total)
    )
    return [f"lot {id_}: {stock} in stock, {due} by its movements" for id_, stock, due in rows]
