"""Offer: what a supplier says he has, a quantity or a range in his own units."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Day, Key, Words, guarded
from ..core.refusal import N_, Invalid
from ..farm.produce import check_amount
from ..farm.supplier import Pack, Supplier
from ..farm.unit import ONE


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
    pack: Mapped[Pack] = relationship(lazy="joined", innerjoin=True)
    supplier: Mapped[Supplier] = relationship(lazy="joined", innerjoin=True)

    @property
    def sure(self) -> int:
        """Thousandths of the produce's unit that may be counted on."""
        return self.low * self.pack.amount // ONE

    @property
    def hoped(self) -> int:
        """What the range promises beyond the sure part."""
        return (self.high - self.low) * self.pack.amount // ONE


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


def current_offers(
    session: Session, *, since: date, supplier: Supplier | None = None
) -> list[SupplyOffer]:
    """The offers of days from `since` on that were not withdrawn, the earliest first."""
    query = select(SupplyOffer).where(
        SupplyOffer.withdrawn_at.is_(None), SupplyOffer.from_day >= since
    )
    if supplier is not None:
        query = query.where(SupplyOffer.supplier_id == supplier.id)
    return list(session.scalars(query.order_by(SupplyOffer.from_day, SupplyOffer.id)))
