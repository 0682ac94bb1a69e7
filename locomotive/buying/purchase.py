"""Purchase: what we ask a supplier to bring on a day, until it is on its way."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, String, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import MAIL_CLAIMED, MAIL_TRIES, Base, Day, Key, Words, guarded, mail_waits
from ..core.refusal import N_, Invalid, Refusal
from ..farm.produce import Produce, check_amount
from ..farm.supplier import Pack, Supplier
from ..farm.unit import ONE
from .offer import take_offers

# A mail that is due for so long is sent by nobody.
LATE = timedelta(minutes=5)
MAXIMUM_PACKS = 999


class Purchase(Base):
    """An order to one supplier for one day; its mail goes out as the customers' mails do."""

    __tablename__ = "purchase"

    id: Mapped[Key]
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    for_day: Mapped[Day]
    remark: Mapped[Words] = mapped_column(default="")
    ordered_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    mail_due_at: Mapped[datetime | None] = mapped_column(index=True)
    mail_tries: Mapped[int] = mapped_column(default=0)
    mailed_at: Mapped[datetime | None]
    mail_error: Mapped[Words] = mapped_column(default="")
    supplier: Mapped[Supplier] = relationship(lazy="joined", innerjoin=True)
    lines: Mapped[list["PurchaseLine"]] = relationship(
        back_populates="purchase", order_by="PurchaseLine.id", lazy="selectin"
    )

    @property
    def status(self) -> str:
        """Where it stands: a code of STATUS_OF_PURCHASE."""
        if self.cancelled_at:
            return "cancelled"
        if self.received_at:
            return "received"
        if self.confirmed_at and all(line.answered_packs == 0 for line in self.lines):
            return "declined"
        return "answered" if self.confirmed_at else "ordered"

    @property
    def is_owed(self) -> bool:
        """Whether something of it is still to come."""
        return self.is_open and any(line.owed_packs for line in self.lines)

    @property
    def is_open(self) -> bool:
        """Whether it can still be answered, and what it asks for brought."""
        return self.status in ("ordered", "answered")

    @property
    def grams(self) -> int:
        """The weight of all that is asked for."""
        return sum(line.produce.grams(line.amount) for line in self.lines)


STATUS_OF_PURCHASE: dict[str, str] = {
    "ordered": N_("ordered"),
    "answered": N_("answered"),
    "declined": N_("declined: he brings none of it"),
    "received": N_("received"),
    "cancelled": N_("cancelled"),
}


class PurchaseLine(Base):
    """So many packs of one produce, as the supplier sold them on that day."""

    __tablename__ = "purchase_line"
    __table_args__ = (CheckConstraint("packs > 0", name="packs"),)

    id: Mapped[Key]
    purchase_id: Mapped[int] = mapped_column(ForeignKey("purchase.id"), index=True)
    produce_id: Mapped[int] = mapped_column(ForeignKey("produce.id"))
    unit: Mapped[str] = mapped_column(String(20))
    pack_amount: Mapped[int]
    price_cents: Mapped[int | None]  # of one pack
    packs: Mapped[int]
    answered_packs: Mapped[int | None]  # what the supplier says he brings
    received_packs: Mapped[int] = mapped_column(default=0, server_default="0")  # thousandths
    purchase: Mapped[Purchase] = relationship(back_populates="lines")
    produce: Mapped[Produce] = relationship(lazy="joined", innerjoin=True)

    @property
    def amount(self) -> int:
        """Thousandths of the produce's unit that are asked for."""
        return self.packs * self.pack_amount

    @property
    def expected(self) -> int:
        """What may be counted on: the supplier's answer once he gave one."""
        packs = self.packs if self.answered_packs is None else self.answered_packs
        return packs * self.pack_amount

    @property
    def owed_packs(self) -> int:
        """Thousandths of packs that are still to come."""
        packs = self.packs if self.answered_packs is None else self.answered_packs
        return max(0, packs * ONE - self.received_packs)


class PurchaseEmpty(Invalid):
    message = N_("Write a number of packs for at least one produce.")


class DeliveryPast(Invalid):
    message = N_("Choose today or a later day for the delivery.")


class PurchaseChanged(Refusal):
    message = N_("This order has changed meanwhile. Look at it again.")


class TooManyPacks(Invalid):
    message = N_("Bring between 0 and %(packs)s, as ordered. Call us for more.")


@dataclass(frozen=True)
class Terms:
    """For which day an order is, with what remark, and whether large amounts are meant."""

    for_day: date
    remark: str = ""
    is_sure: bool = False


def order_of_each(
    session: Session, packs: dict[int, int], terms: Terms, *, now: datetime
) -> list[Purchase]:
    """Order packs (pack id → number) of whoever sells them, one order for each supplier.

    Raises PurchaseEmpty, AmountAbsurd.
    """
    by_supplier: dict[int, dict[int, int]] = {}
    for pack_id, number in packs.items():
        seller = session.get_one(Pack, pack_id).supplier_id
        by_supplier.setdefault(seller, {})[pack_id] = number
    if not by_supplier:
        raise PurchaseEmpty
    return [
        order_packs(session, session.get_one(Supplier, seller), wanted, terms, now=now)
        for seller, wanted in sorted(by_supplier.items())
    ]


def order_packs(
    session: Session, supplier: Supplier, packs: dict[int, int], terms: Terms, *, now: datetime
) -> Purchase:
    """Order packs (pack id → number) of one; the mail is due at once when he has an address.

    Raises PurchaseEmpty, AmountAbsurd.
    """
    purchase = Purchase(
        supplier=supplier,
        for_day=terms.for_day,
        remark=terms.remark,
        ordered_at=now,
        mail_due_at=now if supplier.email else None,
    )
    for pack_id, number in sorted(packs.items()):
        pack = session.get_one(Pack, pack_id)
        if number <= 0 or pack.supplier_id != supplier.id:
            continue
        amount, field = number * pack.amount, f"packs-{pack_id}"
        check_amount(pack.produce, amount, is_sure=terms.is_sure, field=field)
        # What the supplier asked in his offer is the order's price.
        price = take_offers(session, pack, number, for_day=terms.for_day)
        purchase.lines.append(_line(pack, number, pack.price_cents if price is None else price))
    if not purchase.lines:
        raise PurchaseEmpty
    session.add(purchase)
    session.flush()
    return purchase


def _line(pack: Pack, number: int, price_cents: int | None) -> PurchaseLine:
    return PurchaseLine(
        produce=pack.produce,
        unit=pack.unit,
        pack_amount=pack.amount,
        price_cents=price_cents,
        packs=number,
    )


def answer(session: Session, purchase: Purchase, packs: dict[int, int], *, now: datetime) -> None:
    """Note what the supplier will bring (line id → packs); lines he does not name come whole.

    Raises TooManyPacks, PurchaseChanged.
    """
    if not purchase.is_open:
        raise PurchaseChanged
    for line in purchase.lines:
        number = packs.get(line.id, line.packs)
        if not 0 <= number <= line.packs:
            raise TooManyPacks(packs=line.packs, field=f"packs-{line.id}")
        line.answered_packs = number
    purchase.confirmed_at = now
    session.flush()


def cancel_purchase(session: Session, purchase: Purchase, *, now: datetime) -> None:
    """Take an order back of which nothing was received. Raises PurchaseChanged."""
    done = guarded(
        session,
        update(Purchase)
        .where(
            Purchase.id == purchase.id,
            Purchase.received_at.is_(None),
            Purchase.cancelled_at.is_(None),
        )
        .values(cancelled_at=now, mail_due_at=None),
    )
    if not done:
        raise PurchaseChanged
    session.refresh(purchase)


def purchases(
    session: Session, *, supplier: Supplier | None = None, limit: int = 60
) -> list[Purchase]:
    """The latest orders, the newest day first."""
    query = select(Purchase).order_by(Purchase.for_day.desc(), Purchase.id.desc()).limit(limit)
    if supplier is not None:
        query = query.where(Purchase.supplier_id == supplier.id)
    return list(session.scalars(query))


def purchases_unsent(session: Session, *, now: datetime) -> int:
    """How many orders have a mail that failed, or that nobody tries to send."""
    query = select(func.count(Purchase.id)).where(
        or_(Purchase.mail_error != "", Purchase.mail_due_at < now - LATE),
        Purchase.mailed_at.is_(None),
        Purchase.cancelled_at.is_(None),
    )
    return session.scalar(query) or 0


def on_order(session: Session, *, since: date) -> dict[int, list[tuple[date, int]]]:
    """Produce id → (day, amount) of what suppliers are still expected to bring; what should have
    come before is not counted on."""
    packs = func.coalesce(PurchaseLine.answered_packs, PurchaseLine.packs) * ONE
    owed = packs - PurchaseLine.received_packs
    rows = session.execute(
        select(PurchaseLine.produce_id, Purchase.for_day, owed * PurchaseLine.pack_amount)
        .join(Purchase)
        .where(
            Purchase.received_at.is_(None),
            Purchase.cancelled_at.is_(None),
            Purchase.for_day >= since,
            owed > 0,
        )
    )
    found: dict[int, list[tuple[date, int]]] = {}
    for produce_id, day, amount in rows:
        found.setdefault(produce_id, []).append((day, int(amount) // ONE))
    return found


def purchases_late(session: Session, *, today: date) -> list[Purchase]:
    """The orders that should have come before today, and of which something is owed."""
    query = select(Purchase).where(
        Purchase.received_at.is_(None), Purchase.cancelled_at.is_(None), Purchase.for_day < today
    )
    return [p for p in session.scalars(query.order_by(Purchase.for_day)) if p.is_owed]


def settle_purchase(
    session: Session, purchase: Purchase, came: dict[int, int], *, is_closed: bool, now: datetime
) -> None:
    """Note what was accepted of an order (line id → thousandths of packs). What is missing stays
    owed, unless the order `is_closed` with it."""
    for line in purchase.lines:
        line.received_packs += came.get(line.id, 0)
    if is_closed or not any(line.owed_packs for line in purchase.lines):
        purchase.received_at = purchase.received_at or now
    session.flush()


def claim_purchase(session: Session, *, now: datetime) -> Purchase | None:
    """Take the next order whose mail is due, by a guarded update; None when there is none."""
    query = select(Purchase.id).where(Purchase.mail_due_at <= now).order_by(Purchase.mail_due_at)
    for purchase_id in session.scalars(query.limit(10)):
        taken = guarded(
            session,
            update(Purchase)
            .where(Purchase.id == purchase_id, Purchase.mail_due_at <= now)
            .values(mail_due_at=now + MAIL_CLAIMED, mail_tries=Purchase.mail_tries + 1),
        )
        if taken:
            return session.get_one(Purchase, purchase_id, populate_existing=True)
    return None


def mark_mailed(purchase: Purchase, *, now: datetime) -> None:
    """The mail server took the order."""
    purchase.mail_due_at, purchase.mailed_at, purchase.mail_error = None, now, ""


def mark_mail_failed(
    purchase: Purchase, *, now: datetime, error: str, is_final: bool = False
) -> None:
    """Try again after 1 min, 2 min, … at most 1 h; after the last try somebody must call."""
    purchase.mail_error = error[:200]
    wait = mail_waits(purchase.mail_tries)
    is_over = is_final or purchase.mail_tries >= MAIL_TRIES
    purchase.mail_due_at = None if is_over else now + wait
