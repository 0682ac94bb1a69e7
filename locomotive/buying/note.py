"""Delivery note: what a supplier says that he brings, until it is received."""

from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Day, Key, Words, guarded, insert_once
from ..core.clock import local
from ..core.refusal import N_, Invalid, Refusal
from ..farm.lot import HarvestLate
from ..farm.produce import Produce
from ..farm.supplier import Supplier
from ..farm.unit import ONE
from .purchase import Purchase, PurchaseChanged

NOTE_DAYS = timedelta(days=60)
TWIN_DAYS = timedelta(days=3)


class DeliveryNote(Base):
    """What a supplier says he brings, written by him on his page, imported, or typed by us."""

    __tablename__ = "delivery_note"
    __table_args__ = (UniqueConstraint("supplier_id", "number"),)

    id: Mapped[Key]
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    number: Mapped[str] = mapped_column(String(40))
    day: Mapped[Day]
    purchase_id: Mapped[int | None] = mapped_column(ForeignKey("purchase.id"), index=True)
    sent_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    declined_at: Mapped[datetime | None]  # all of it went back
    declined_because: Mapped[Words] = mapped_column(default="", server_default="")
    photo: Mapped[str | None] = mapped_column(String(80))
    supplier: Mapped[Supplier] = relationship(lazy="joined", innerjoin=True)
    lines: Mapped[list["NoteLine"]] = relationship(
        back_populates="note", order_by="NoteLine.id", lazy="selectin"
    )

    @property
    def is_settled(self) -> bool:
        """Whether it was received or declined: nothing more happens to it."""
        return self.received_at is not None or self.declined_at is not None

    @property
    def content(self) -> list[tuple[int, str, int, int]]:
        """(produce, unit, size, packs) of its lines, in an order of its own."""
        lines = self.lines
        return sorted((li.produce_id, li.unit, li.pack_amount, li.packs) for li in lines)


class NoteLine(Base):
    """One line of a delivery note, in the supplier's unit."""

    __tablename__ = "note_line"
    __table_args__ = (CheckConstraint("packs > 0", name="packs"),)

    id: Mapped[Key]
    note_id: Mapped[int] = mapped_column(ForeignKey("delivery_note.id"), index=True)
    produce_id: Mapped[int] = mapped_column(ForeignKey("produce.id"))
    purchase_line_id: Mapped[int | None] = mapped_column(ForeignKey("purchase_line.id"))
    unit: Mapped[str] = mapped_column(String(20))
    pack_amount: Mapped[int]
    packs: Mapped[int]  # thousandths of packs: half a crate can be brought
    price_cents: Mapped[int | None]
    harvested_on: Mapped[Day | None]
    use_by: Mapped[Day | None]
    mark: Mapped[Words] = mapped_column(default="")
    note: Mapped[DeliveryNote] = relationship(back_populates="lines")
    produce: Mapped[Produce] = relationship(lazy="joined", innerjoin=True)

    @property
    def amount(self) -> int:
        """Thousandths of the produce's unit."""
        return self.packs * self.pack_amount // ONE


class NoteTaken(Invalid):
    message = N_("The delivery note %(number)s of this supplier is already here.")


class NoteEmpty(Invalid):
    message = N_("The delivery note has no line. Write what you bring.")


class NoteDayWrong(Invalid):
    message = N_("Choose a day of the last or the next 60 days.")


class NoteDoubled(Invalid):
    """Another note says the same: asked once more before it is received."""

    message = N_(
        "Note %(number)s of %(day)s brings the same. If this is another delivery, tick the box and "
        "send again."
    )


class NoteEarly(Invalid):
    message = N_("This note is for %(day)s. If it came already, tick the box and send again.")


class NoteReceived(Refusal):
    message = N_("This delivery note is already received.")


class NoteDeclined(Refusal):
    message = N_("This delivery note was declined.")


class DeclineReasonMissing(Invalid):
    message = N_("Write why it goes back: the supplier reads it.")


def check_note_day(day: date, *, today: date) -> None:
    """Raises NoteDayWrong for a day on which nobody brings anything any more, or yet."""
    if abs(day - today) > NOTE_DAYS:
        raise NoteDayWrong(field="day")


def check_meant(session: Session, note: DeliveryNote, *, today: date) -> None:
    """Raises NoteEarly, NoteDoubled for a note that is perhaps not to be received now."""
    if note.day > today:
        raise NoteEarly(day=note.day)
    others = session.scalars(
        select(DeliveryNote).where(
            DeliveryNote.supplier_id == note.supplier_id,
            DeliveryNote.id != note.id,
            DeliveryNote.received_at.is_not(None),
            DeliveryNote.day.between(note.day - TWIN_DAYS, note.day + TWIN_DAYS),
        )
    )
    twin = next((other for other in others if other.content == note.content), None)
    if twin is not None:
        raise NoteDoubled(number=twin.number, day=twin.day)


def send_note(
    session: Session,
    supplier: Supplier,
    lines: list[NoteLine],
    *,
    number: str,
    purchase: Purchase | None = None,
    now: datetime,
) -> DeliveryNote:
    """Write the delivery note of what comes today; its number is taken once for each supplier.

    Raises NoteTaken, NoteEmpty, PurchaseChanged, HarvestLate.
    """
    if not lines:
        raise NoteEmpty
    if purchase is not None and not purchase.is_open:
        raise PurchaseChanged
    if any(line.harvested_on and line.harvested_on > local(now).date() for line in lines):
        raise HarvestLate(field="harvested_on")
    row = {
        "supplier_id": supplier.id,
        "number": number,
        "day": local(now).date(),
        "purchase_id": purchase.id if purchase else None,
        "sent_at": now,
    }
    if not insert_once(session, DeliveryNote, row, unique=["supplier_id", "number"]):
        raise NoteTaken(number=number, field="number")
    note = session.scalars(
        select(DeliveryNote).filter_by(supplier_id=supplier.id, number=number)
    ).one()
    note.lines.extend(lines)
    if purchase is not None and purchase.confirmed_at is None:
        purchase.confirmed_at = now
    session.flush()
    return note


def note_of_purchase(session: Session, purchase: Purchase, *, now: datetime) -> DeliveryNote:
    """The note by which an order is received that came without one: what is still owed of it.

    The one that waits already is taken again. Raises PurchaseChanged.
    """
    if not purchase.is_owed:
        raise PurchaseChanged
    of_it = select(DeliveryNote).where(DeliveryNote.purchase_id == purchase.id)
    notes = session.scalars(of_it.order_by(DeliveryNote.id)).all()
    waiting = next((note for note in notes if not note.is_settled), None)
    if waiting is not None:
        return waiting
    lines = [
        NoteLine(
            produce_id=line.produce_id,
            purchase_line_id=line.id,
            unit=line.unit,
            pack_amount=line.pack_amount,
            packs=line.owed_packs,
            price_cents=line.price_cents,
        )
        for line in purchase.lines
        if line.owed_packs
    ]
    number = f"C{purchase.id}-{len(notes) + 1}"
    return send_note(session, purchase.supplier, lines, number=number, purchase=purchase, now=now)


def close_note(session: Session, note: DeliveryNote, *, now: datetime) -> None:
    """Mark a note as received, once. Raises NoteReceived, NoteDeclined."""
    _settle(session, note, received_at=now)


def decline_note(session: Session, note: DeliveryNote, because: str, *, now: datetime) -> None:
    """Send back all that a note brings; what was ordered is still owed.

    Raises DeclineReasonMissing, NoteReceived, NoteDeclined.
    """
    if not because:
        raise DeclineReasonMissing(field="because")
    _settle(session, note, declined_at=now, declined_because=because)


def _settle(session: Session, note: DeliveryNote, **values: object) -> None:
    """Write how a note ended, once: of two receivers one is refused."""
    waits = (DeliveryNote.received_at.is_(None), DeliveryNote.declined_at.is_(None))
    here = update(DeliveryNote).where(DeliveryNote.id == note.id, *waits)
    is_ours = guarded(session, here.values(**values))
    session.refresh(note)
    if not is_ours:
        raise NoteDeclined if note.declined_at is not None else NoteReceived


def notes_to_receive(session: Session) -> list[DeliveryNote]:
    """Delivery notes of goods that nobody has received or declined, the earliest day first."""
    query = select(DeliveryNote).where(
        DeliveryNote.received_at.is_(None), DeliveryNote.declined_at.is_(None)
    )
    return list(session.scalars(query.order_by(DeliveryNote.day, DeliveryNote.id)))


def notes_declined(session: Session, supplier: Supplier, *, since: date) -> list[DeliveryNote]:
    """A supplier's notes that were declined, of the days since one, the newest first."""
    query = select(DeliveryNote).where(
        DeliveryNote.supplier_id == supplier.id,
        DeliveryNote.declined_at.is_not(None),
        DeliveryNote.day >= since,
    )
    return list(session.scalars(query.order_by(DeliveryNote.id.desc())))
