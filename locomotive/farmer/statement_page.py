"""A supplier's statement as page, CSV and PDF, for him and for the office."""

import hashlib
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

from flask import abort, render_template
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core.clock import day_of
from ..core.db import db
from ..core.tasks import MAKE_STATEMENT, ask_worker
from ..farm.supplier import Supplier
from ..farm.unit import UNITS
from ..web.language import language
from ..web.paper import paper
from ..web.spreadsheet import Thousandths, table
from ..web.view import Page, settings
from .statement import Statement, statement_of


def month_or_404(text: str) -> date:
    """The first day of a month of an address: "2026-11"; anything else is no page."""
    return day_of(f"{text}-01") or abort(404)


def statement_html(statement: Statement, *, back: str = "", links: str = "") -> str:
    """The statement's page; its PDF is made of the same page without the bar above the paper."""
    return render_template(
        "farmer/statement.html", statement=statement, back=back, links=links, is_pdf=not back
    )


def statement_csv(statement: Statement) -> Response:
    """The statement as a table that he can invoice from."""
    name = f"{_('statement')}-{statement.month:%Y-%m}.csv"
    return table(name, _rows(statement))


def _rows(statement: Statement) -> Iterator[list[object]]:
    yield [
        _("Day"), _("Delivery note"), _("Lot"), _("Produce"), _("Quantity"), _("Unit"), "kg",
        _("Owed, euros without VAT"), _("Refused because"),
    ]  # fmt: skip
    for line in statement.lines:
        owed = line.cents if line.is_kept else None
        yield [
            line.day, line.note, line.lot, line.produce, Thousandths(line.amount),
            _(UNITS[line.unit]), Thousandths(line.grams),
            None if owed is None else Thousandths(owed * 10), line.refused_because,
        ]  # fmt: skip


def statement_path(statement: Statement, language: str) -> Path:
    """Where the PDF of a statement is kept; one with other lines has another name."""
    said = hashlib.sha256(repr((statement.supplier.name, statement.lines)).encode())
    name = f"statement-{statement.supplier.id}-{statement.month:%Y-%m}-{said.hexdigest()[:12]}"
    return settings().files / "paper" / f"{name}-{language}.pdf"


def statement_pdf(supplier: Supplier, month: date, *, page: str) -> Page:
    """The statement's PDF; the worker makes it, meanwhile a page says so. `page` is where the
    same stands as a page."""
    statement = statement_of(db.session(), supplier, month)
    return paper(
        statement_path(statement, language()),
        f"{_('statement')}-{month:%Y-%m}.pdf",
        meanwhile=lambda is_possible: render_template(
            "papers/statement_paper.html", page=page, is_possible=is_possible
        ),
        ask=partial(ask_worker, MAKE_STATEMENT, supplier.id, month.isoformat(), language()),
    )
