"""The figures, as page and CSV."""

from collections.abc import Iterator

from flask import Blueprint, Response, render_template
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db
from ..web.audience import audience
from ..web.chart import Bar, bars
from ..web.language import month
from ..web.spreadsheet import Thousandths, table
from .figures import LeftMonth, Month, bought, by_month, last_year, left_by_month

room = Blueprint("figures", __name__)


@room.get("/office/figures")
@audience("manager", "accountant")
def overview() -> str:
    """Pictures beside tables."""
    first, last = last_year(clock.today())
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
@audience("manager", "accountant")
def purchases_csv() -> Response:
    """Kilos and euros by supplier and month."""
    return table("purchases.csv", _bought_rows())


def _bought_rows() -> Iterator[list[object]]:
    yield [_("Year"), _("Month"), _("Supplier"), _("the neighbouring farm"), "kg", _("Euros")]
    for row in bought(db.session(), *last_year(clock.today())):
        yield [
            row.year, row.month, row.supplier, _("yes") if row.is_neighbour else _("no"),
            Thousandths(row.grams), Thousandths(row.cents * 10),
        ]  # fmt: skip


@room.get("/office/figures/leftovers.csv")
@audience("manager", "accountant")
def leftovers_csv() -> Response:
    """Unsold, given and wasted by month."""
    return table("leftovers.csv", _left_rows())


def _left_rows() -> Iterator[list[object]]:
    yield [
        _("Year"), _("Month"), _("Left over"), _("Given"), _("Thrown away"), _("Given, kg"),
        _("Thrown away, kg"),
    ]  # fmt: skip
    for row in left_by_month(db.session(), *last_year(clock.today())):
        yield [
            row.year, row.month, row.unsold, row.given, row.wasted,
            Thousandths(row.given_grams), Thousandths(row.wasted_grams),
        ]  # fmt: skip
