"""Statement: what a supplier delivered in a month, what was refused, and what is owed to him.

It is read from the receipts alone: each line is a lot, and each sum is that of its lines. Prices
are without VAT, as suppliers' files are taken over.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..buying.note import DeliveryNote
from ..farm.lot import Lot
from ..farm.supplier import Supplier
from ..farm.unit import ONE

MONTHS_SHOWN = 12


@dataclass(frozen=True)
class StatementLine:
    """One lot: what came on a day by a note, kept or refused."""

    day: date
    note: str
    lot: str
    produce: str
    amount: int  # thousandths of the unit
    unit: str
    grams: int
    cents: int | None
    refused_because: str = ""

    @property
    def is_kept(self) -> bool:
        return not self.refused_because


@dataclass(frozen=True)
class Statement:
    """A supplier's month, line by line."""

    supplier: Supplier
    month: date  # its first day
    lines: tuple[StatementLine, ...]

    @property
    def kept(self) -> list[StatementLine]:
        return [line for line in self.lines if line.is_kept]

    @property
    def refused(self) -> list[StatementLine]:
        return [line for line in self.lines if not line.is_kept]

    @property
    def grams(self) -> int:
        """The weight of what was kept."""
        return sum(line.grams for line in self.kept)

    @property
    def refused_grams(self) -> int:
        return sum(line.grams for line in self.refused)

    @property
    def cents(self) -> int:
        """What is owed for what was kept, without VAT."""
        return sum(line.cents or 0 for line in self.kept)

    @property
    def unpriced(self) -> list[StatementLine]:
        """What was kept without a price: nobody knows yet what is owed for it."""
        return [line for line in self.kept if line.cents is None]


def statement_of(session: Session, supplier: Supplier, month: date) -> Statement:
    """A supplier's month; `month` is its first day."""
    rows = session.execute(
        select(Lot, DeliveryNote.number)
        .outerjoin(DeliveryNote, DeliveryNote.id == Lot.note_id)
        .where(
            Lot.supplier_id == supplier.id,
            Lot.received_on >= month,
            Lot.received_on < _next_month(month),
        )
        .order_by(Lot.received_on, Lot.id)
    )
    return Statement(supplier, month, tuple(_line(lot, number or "") for lot, number in rows))


def _line(lot: Lot, note: str) -> StatementLine:
    return StatementLine(
        day=lot.received_on,
        note=note,
        lot=lot.name,
        produce=lot.produce.name,
        amount=lot.received,
        unit=lot.produce.unit,
        grams=lot.received * lot.unit_grams // ONE,
        cents=lot.cost_cents,
        refused_because=lot.refused_because,
    )


def months_of(session: Session, supplier: Supplier) -> list[date]:
    """The first days of the months in which a supplier delivered, the newest first."""
    query = select(Lot.received_on).where(Lot.supplier_id == supplier.id).distinct()
    found = {day.replace(day=1) for day in session.scalars(query)}
    return sorted(found, reverse=True)[:MONTHS_SHOWN]


def _next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)
