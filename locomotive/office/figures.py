"""Figures by month: what was bought, what was left."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..batches.leftover import leftovers_between
from ..farm.lot import Lot
from ..farm.supplier import Supplier

MONTHS = 12


@dataclass(frozen=True)
class Bought:
    """What one supplier brought in one month."""

    year: int
    month: int
    supplier: str
    is_neighbour: bool
    grams: int
    cents: int


@dataclass(frozen=True)
class Month:
    """What all suppliers brought in one month, and the neighbour's part of the weight."""

    year: int
    month: int
    grams: int
    near_grams: int
    cents: int
    near_cents: int

    @property
    def share_bp(self) -> int:
        """The neighbouring farm's share of the weight in basis points, rounded down."""
        return self.near_grams * 10_000 // self.grams if self.grams else 0


@dataclass(frozen=True)
class LeftMonth:
    """What became of portions that nobody bought in one month."""

    year: int
    month: int
    unsold: int
    given: int
    wasted: int
    given_grams: int
    wasted_grams: int


def bought(session: Session, first: date, last: date) -> list[Bought]:
    """What was accepted between two days, by month and supplier."""
    rows = session.execute(
        select(
            Lot.received_on,
            Supplier.name,
            Supplier.is_neighbour,
            func.sum(Lot.received * Lot.unit_grams),
            func.sum(func.coalesce(Lot.cost_cents, 0)),
        )
        .join(Supplier, Supplier.id == Lot.supplier_id)
        .where(Lot.received_on.between(first, last), Lot.refused_because == "")
        .group_by(Lot.received_on, Supplier.name, Supplier.is_neighbour)
    )
    sums: dict[tuple[int, int, str, bool], tuple[int, int]] = {}
    for day, name, near, grams, cents in rows:
        key = (day.year, day.month, name, near)
        before = sums.get(key, (0, 0))
        sums[key] = (before[0] + int(grams), before[1] + int(cents))
    return [
        Bought(*key, grams // 1000, cents)
        for key, (grams, cents) in sorted(sums.items(), key=lambda i: (i[0][:2], not i[0][3]))
    ]


def by_month(rows: Iterable[Bought]) -> list[Month]:
    """The suppliers' sums of each month, the newest first."""
    found: dict[tuple[int, int], list[Bought]] = {}
    for row in rows:
        found.setdefault((row.year, row.month), []).append(row)
    return [
        Month(
            year=year,
            month=number,
            grams=sum(r.grams for r in here),
            near_grams=sum(r.grams for r in here if r.is_neighbour),
            cents=sum(r.cents for r in here),
            near_cents=sum(r.cents for r in here if r.is_neighbour),
        )
        for (year, number), here in sorted(found.items(), reverse=True)
    ]


def left_by_month(session: Session, first: date, last: date) -> list[LeftMonth]:
    """Unsold, given and wasted portions and their weights, the newest month first."""
    sums: dict[tuple[int, int], list[int]] = {}
    for row in leftovers_between(session, first, last):
        here = sums.setdefault((row.day.year, row.day.month), [0] * 5)
        numbers = (row.unsold, row.given, row.wasted)
        weights = (row.given * row.grams_each, row.wasted * row.grams_each)
        for index, number in enumerate((*numbers, *weights)):
            here[index] += number
    return [LeftMonth(*key, *numbers) for key, numbers in sorted(sums.items(), reverse=True)]


def last_year(today: date) -> tuple[date, date]:
    """The first and the last day of the months that figures are shown of."""
    return today - timedelta(days=31 * MONTHS), today
