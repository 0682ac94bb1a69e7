"""Offer: what a supplier says he has, a quantity or a range in his own units."""

from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Day, Key, Words, guarded
from ..core.refusal import N_, Invalid
from ..farm.produce import check_amount
from ..farm.supplier import Pack, Supplier
from ..farm.unit import ONE

# What he has he is taken to have for so long.
LASTS = timedelta(days=6)


class SupplyOffer(Base):
    """So much of one pack from one day on; the low end of a range is what counts."""

    __tablename__ = "supply_offer"
    __table_args__ = (
        CheckConstraint("low > 0 AND high >= low", name="range"),
        CheckConstraint("price_cents >= 0", name="price"),
    )

    id: Mapped[Key]
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    pack_id: Mapped[int] = mapped_column(ForeignKey("pack.id"))
    low: Mapped[int]  # thousandths of packs
    high: Mapped[int]
    from_day: Mapped[Day]
    price_cents: Mapped[int | None]  # of one pack
    remark: Mapped[Words] = mapped_column(default="")
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    taken: Mapped[int] = mapped_column(default=0, server_default="0")  # of it, ordered already
    pack: Mapped[Pack] = relationship(lazy="joined", innerjoin=True)
    supplier: Mapped[Supplier] = relationship(lazy="joined", innerjoin=True)

    @property
    def sure(self) -> int:
        """Thousandths of the produce's unit that may be counted on."""
        return self.left_low * self.pack.amount // ONE

    @property
    def hoped(self) -> int:
        """What the range promises beyond the sure part."""
        return (self.left_high - self.left_low) * self.pack.amount // ONE

    @property
    def left_low(self) -> int:
        """Thousandths of packs that are not ordered yet, by the low end."""
        return max(0, self.low - self.taken)

    @property
    def left_high(self) -> int:
        """Thousandths of packs that are not ordered yet, by the high end."""
        return max(0, self.high - self.taken)


class PackForeign(Invalid):
    message = N_("Choose one of your products from the list.")


class OfferDayPast(Invalid):
    message = N_("Choose today or a later day.")


def offer(
    session: Session,
    supplier: Supplier,
    offered: SupplyOffer,
    *,
    is_sure: bool,
    today: date,
) -> SupplyOffer:
    """Write what a supplier offers. Raises PackForeign, OfferDayPast, AmountNegative,
    AmountAbsurd."""
    pack = session.get(Pack, offered.pack_id)
    if pack is None or pack.supplier_id != supplier.id:
        raise PackForeign(field="pack_id")
    if offered.from_day < today:
        raise OfferDayPast(field="from_day")
    check_amount(pack.produce, offered.high * pack.amount // ONE, is_sure=is_sure)
    offered.supplier_id = supplier.id
    session.add(offered)
    session.flush()
    return offered


def withdraw_offer(session: Session, supplier: Supplier, offer_id: int, *, now: datetime) -> bool:
    """Take one of the supplier's own offers back; False when there is none to take back."""
    return guarded(
        session,
        update(SupplyOffer)
        .where(
            SupplyOffer.id == offer_id,
            SupplyOffer.supplier_id == supplier.id,
            SupplyOffer.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now),
    )


def take_offers(session: Session, pack: Pack, packs: int, *, for_day: date) -> int | None:
    """Use offers of a pack up for so many packs ordered for a day, the earliest first. Returns the
    price of one pack as the first of them has it; None when none has a price."""
    price, missing = None, packs * ONE
    query = (
        select(SupplyOffer)
        .where(*_is_current(for_day - LASTS), SupplyOffer.pack_id == pack.id)
        .where(SupplyOffer.from_day <= for_day)
        .order_by(SupplyOffer.from_day, SupplyOffer.id)
        .with_for_update(of=SupplyOffer)
        .execution_options(populate_existing=True)
    )
    for offered in session.scalars(query).all():
        if missing <= 0:
            break
        given = min(missing, offered.left_high)
        offered.taken, missing = offered.taken + given, missing - given
        price = offered.price_cents if price is None else price
    session.flush()
    return price


def _is_current(since: date) -> tuple[ColumnElement[bool], ...]:
    """Neither withdrawn nor used up, from a day on, of a supplier in use, in a pack he sells."""
    return (
        SupplyOffer.withdrawn_at.is_(None),
        SupplyOffer.from_day >= since,
        SupplyOffer.high > SupplyOffer.taken,
        SupplyOffer.supplier_id.in_(select(Supplier.id).where(Supplier.is_active)),
        SupplyOffer.pack_id.in_(select(Pack.id).where(Pack.ended_at.is_(None))),
    )


def current_offers(
    session: Session, *, today: date, supplier: Supplier | None = None
) -> list[SupplyOffer]:
    """The offers that may still be ordered, the earliest first: the supplier and the kitchen see
    the same."""
    query = select(SupplyOffer).where(*_is_current(today - LASTS))
    if supplier is not None:
        query = query.where(SupplyOffer.supplier_id == supplier.id)
    return list(session.scalars(query.order_by(SupplyOffer.from_day, SupplyOffer.id)))
