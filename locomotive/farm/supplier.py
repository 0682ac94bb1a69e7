"""Supplier: who brings produce, in which packs, and the dated link to his page."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    and_,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Key, Words
from ..core.refusal import N_, Invalid, Refusal
from ..core.tokens import (
    Access,
    access_in_force,
    derived_token,
    end_access,
    give_token,
    opens,
    token_hash,
)
from .label import read_labels
from .produce import Produce
from .unit import ONE

LINK_LASTS = timedelta(days=60)
PURPOSE = "farm"  # of a link's token
MAXIMUM_DISTANCE = 2_000_000
PACKS_SHOWN = 100


class Supplier(Base):
    """A farm or another supplier; the neighbouring farm is the one we cook with."""

    __tablename__ = "supplier"
    __table_args__ = (CheckConstraint("distance_m >= 0", name="distance"),)

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(unique=True)
    is_neighbour: Mapped[bool] = mapped_column(default=False)
    street: Mapped[Words] = mapped_column(default="")
    town: Mapped[Words] = mapped_column(default="")
    distance_m: Mapped[int | None]
    contact: Mapped[Words] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[Words] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    packs: Mapped[list["Pack"]] = relationship(
        primaryjoin="and_(Pack.supplier_id == Supplier.id, Pack.ended_at.is_(None))",
        order_by="Pack.id",
        viewonly=True,
    )


class Pack(Base):
    """How a supplier sells one produce: his unit, what it holds, his price for it."""

    __tablename__ = "pack"
    __table_args__ = (
        # He may sell cans of 5 and of 10 litres; what he sells no more may be sold again.
        Index(
            "uq_pack_sold",
            *("supplier_id", "produce_id", "unit", "amount"),
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("amount > 0", name="amount"),
        CheckConstraint("price_cents >= 0", name="price"),
    )

    id: Mapped[Key]
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    produce_id: Mapped[int] = mapped_column(ForeignKey("produce.id"), index=True)
    unit: Mapped[str] = mapped_column(String(20))
    amount: Mapped[int]  # thousandths of the produce's unit in one pack
    price_cents: Mapped[int | None]
    ended_at: Mapped[datetime | None]  # he sells it no more
    labels: Mapped[Words] = mapped_column(default="", server_default="")  # codes of LABELS
    supplier: Mapped[Supplier] = relationship()
    produce: Mapped[Produce] = relationship(lazy="joined", innerjoin=True)


class SupplierLink(Access, Base):
    """A link to the supplier's page."""

    __tablename__ = "supplier_link"

    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)


class SupplierNameTaken(Invalid):
    message = N_("Another supplier has this name already.")


class PackTaken(Invalid):
    message = N_(
        "This supplier sells this produce in this unit and size already. Change that line."
    )


class PackWrong(Invalid):
    message = N_("A pack in the unit of the produce itself holds exactly 1.")


class FarmLinkUnknown(Refusal):
    message = N_("This link is not valid any more. Call the restaurant: you get a new one.")
    status = 404


def suppliers(session: Session, *, active: bool | None = None) -> list[Supplier]:
    """All suppliers, or only those in use; the neighbouring farm first, then by name."""
    query = select(Supplier).order_by(Supplier.is_neighbour.desc(), Supplier.name)
    return list(session.scalars(query if active is None else query.filter_by(is_active=active)))


def save_supplier(session: Session, supplier: Supplier) -> Supplier:
    """Write a supplier. Raises SupplierNameTaken."""
    with session.no_autoflush:
        other = session.scalar(select(Supplier.id).where(Supplier.name == supplier.name))
        if other is not None and other != supplier.id:
            raise SupplierNameTaken(field="name")
    session.add(supplier)
    session.flush()
    return supplier


def packs_page(session: Session, supplier: Supplier, page: int) -> tuple[list[Pack], int]:
    """One page, from 1, of what a supplier sells, by name, and how many pages there are."""
    sold = (
        select(Pack).join(Produce).filter(Pack.supplier_id == supplier.id, Pack.ended_at.is_(None))
    )
    count = session.scalar(select(func.count()).select_from(sold.subquery())) or 0
    here = sold.order_by(Produce.name, Pack.id).limit(PACKS_SHOWN).offset((page - 1) * PACKS_SHOWN)
    return list(session.scalars(here)), max(1, -(-count // PACKS_SHOWN))


def packs_in(session: Session, supplier_id: int, produce_id: int, unit: str) -> list[Pack]:
    """The packs in which a supplier sells a produce by this unit, or did: those he sells first,
    then the latest."""
    same = select(Pack).filter_by(supplier_id=supplier_id, produce_id=produce_id, unit=unit)
    return list(session.scalars(same.order_by(Pack.ended_at.is_not(None), Pack.id.desc())))


def that_holds(packs: Sequence[Pack], amount: int) -> Pack | None:
    """Of the packs of one unit the one that holds so much, else the only one that is sold."""
    exact = next((pack for pack in packs if pack.amount == amount), None)
    sold = [pack for pack in packs if pack.ended_at is None]
    return exact or (sold[0] if len(sold) == 1 else None)


def add_pack(session: Session, pack: Pack) -> Pack:
    """Say that a supplier sells a produce in a unit of a size, again if he did so before.

    Raises PackTaken, PackWrong.
    """
    same = packs_in(session, pack.supplier_id, pack.produce_id, pack.unit)
    before = next((one for one in same if one.amount == pack.amount), None)
    if before is not None and before.ended_at is None:
        raise PackTaken(field="amount")
    if before is not None:
        before.ended_at = None
        before.labels = pack.labels or before.labels
        return change_pack(session, before, amount=pack.amount, price_cents=pack.price_cents)
    _check_pack(session, pack.produce_id, pack.unit, pack.amount)
    session.add(pack)
    session.flush()
    return pack


def change_pack(session: Session, pack: Pack, *, amount: int, price_cents: int | None) -> Pack:
    """Change what a pack holds and costs; purchases, notes and lots keep their own. Raises
    PackWrong, PackTaken."""
    _check_pack(session, pack.produce_id, pack.unit, amount)
    same = packs_in(session, pack.supplier_id, pack.produce_id, pack.unit)
    others = (one for one in same if one.id != pack.id and one.ended_at is None)
    if any(one.amount == amount for one in others):
        raise PackTaken(field="amount")
    pack.amount, pack.price_cents = amount, price_cents
    session.flush()
    return pack


def _check_pack(session: Session, produce_id: int, unit: str, amount: int) -> None:
    if unit == session.get_one(Produce, produce_id).unit and amount != ONE:
        raise PackWrong(field="amount")


def label_pack(session: Session, pack: Pack, text: str) -> Pack:
    """Write the labels of a pack as people write them; lots keep those they came with. Raises
    LabelUnknown."""
    pack.labels = read_labels(text)
    session.flush()
    return pack


def by_unit(packs: Iterable[Pack]) -> dict[tuple[int, str], list[Pack]]:
    """(produce id, unit) → its packs, those that are sold first, then the latest."""
    found: dict[tuple[int, str], list[Pack]] = {}
    for pack in sorted(packs, key=lambda pack: (pack.ended_at is not None, -pack.id)):
        found.setdefault((pack.produce_id, pack.unit), []).append(pack)
    return found


def end_pack(session: Session, pack: Pack, *, now: datetime) -> None:
    """Note that a supplier does not sell this any more."""
    pack.ended_at = pack.ended_at or now
    session.flush()


def packs_of(session: Session) -> list[Pack]:
    """The packs that suppliers in use sell."""
    is_sold = and_(Supplier.is_active, Pack.ended_at.is_(None))
    query = select(Pack).join(Supplier).where(is_sold).order_by(Pack.id)
    return list(session.scalars(query))


def renew_link(session: Session, supplier: Supplier, *, secret: str, now: datetime) -> SupplierLink:
    """Give the supplier a new link; the old ones end."""
    revoke_links(session, supplier, now=now)
    link = SupplierLink(supplier_id=supplier.id)
    give_token(link, secret=secret, purpose=PURPOSE, lasts=LINK_LASTS, now=now)
    session.add(link)
    session.flush()
    return link


def revoke_links(session: Session, supplier: Supplier, *, now: datetime) -> None:
    """End every link of the supplier at once."""
    end_access(session, SupplierLink, SupplierLink.supplier_id == supplier.id, now=now)


def link_in_force(session: Session, supplier: Supplier, *, now: datetime) -> SupplierLink | None:
    """The link that opens the supplier's page now."""
    mine = SupplierLink.supplier_id == supplier.id
    return access_in_force(session, SupplierLink, mine, now=now)


def token_of(link: SupplierLink, *, secret: str) -> str:
    """The token of a link, as it stands in the page's address."""
    return derived_token(secret, PURPOSE, link.seed)


def supplier_of_token(session: Session, token: str, *, now: datetime) -> Supplier:
    """The supplier whose link this is. Raises FarmLinkUnknown for any other or ended link."""
    supplier = session.scalar(
        select(Supplier)
        .join(SupplierLink, SupplierLink.supplier_id == Supplier.id)
        .where(
            SupplierLink.token_hash == token_hash(token),
            opens(SupplierLink, now=now),
            Supplier.is_active,
        )
    )
    if supplier is None:
        raise FarmLinkUnknown
    return supplier
