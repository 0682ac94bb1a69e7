"""Figures that people look at: kilos and euros by supplier, the farm's share, what was left."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, Response, render_template
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from .chart import Bar, bars
from .clock import local, now
from .db import db
from .door import audience
from .farm.lot import Lot
from .farm.produce import Produce
from .farm.supplier import Supplier
from .kitchen.leftover import leftovers_between
from .language import month
from .spreadsheet import Thousandths, table

room = Blueprint("figures", __name__)

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
            func.sum(Lot.received * Produce.unit_grams),
            func.sum(func.coalesce(Lot.cost_cents, 0)),
        )
        .join(Supplier, Supplier.id == Lot.supplier_id)
        .join(Produce, Produce.id == Lot.produce_id)
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


def _span() -> tuple[date, date]:
    today = local(now()).date()
    return today - timedelta(days=31 * MONTHS), today


@room.get("/office/figures")
@audience("manager")
def overview() -> str:
    """Pictures beside tables."""
    first, last = _span()
    rows = bought(db.session(), first, last)
    months, left = by_month(rows), left_by_month(db.session(), first, last)
    return render_template(
        "office/figures.html",
        bought=list(reversed(rows)),
        months=months,
        left=left,
        month_words=month_words,
        kilos_chart=bars(_("Kilos by month"), [_kilos_bar(m) for m in months]),
        left_chart=bars(_("Portions left over by month"), [_left_bar(m) for m in left]),
    )


def month_words(year: int, number: int) -> str:
    """A month with its year."""
    return f"{month(number)} {year}"


def _kilos_bar(row: Month) -> Bar:
    parts = (("near", row.near_grams / 1000), ("far", (row.grams - row.near_grams) / 1000))
    return Bar(month_words(row.year, row.month), parts, f"{row.grams // 1000} kg")


def _left_bar(row: LeftMonth) -> Bar:
    rest = row.unsold - row.given - row.wasted
    parts = (("near", row.given), ("bad", row.wasted), ("far", rest))
    return Bar(month_words(row.year, row.month), parts, str(row.unsold))


@room.get("/office/figures/purchases.csv")
@audience("manager")
def purchases_csv() -> Response:
    """Kilos and euros by supplier and month."""
    return table("purchases.csv", _bought_rows())


def _bought_rows() -> Iterator[list[object]]:
    yield [_("Month"), _("Supplier"), _("the neighbouring farm"), "kg", _("Euros")]
    for row in bought(db.session(), *_span()):
        yield [
            f"{row.year}-{row.month:02d}", row.supplier, _("yes") if row.is_neighbour else _("no"),
            Thousandths(row.grams), Thousandths(row.cents * 10),
        ]  # fmt: skip


@room.get("/office/figures/leftovers.csv")
@audience("manager")
def leftovers_csv() -> Response:
    """Unsold, given and wasted by month."""
    return table("leftovers.csv", _left_rows())


def _left_rows() -> Iterator[list[object]]:
    yield [
        _("Month"), _("Left over"), _("Given"), _("Thrown away"), _("Given, kg"),
        _("Thrown away, kg"),
    ]  # fmt: skip
    for row in left_by_month(db.session(), *_span()):
        yield [
            f"{row.year}-{row.month:02d}", row.unsold, row.given, row.wasted,
            Thousandths(row.given_grams), Thousandths(row.wasted_grams),
        ]  # fmt: skip
