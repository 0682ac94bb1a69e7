"""What partner and office see of shipments and statements: on pages, as data, as a table."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path

from flask import abort, render_template
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ..core.clock import day_of, local
from ..core.tasks import MAKE_PARTNER_STATEMENT, ask_worker
from ..rounds.round import RoundStop
from ..service.service import Service
from ..shipments.partner import Partner
from ..shipments.shipment import STOPS, Shipment
from ..web.language import language
from ..web.paper import paper
from ..web.spreadsheet import Thousandths, table
from ..web.view import Page, settings
from .statement import Statement

SHOWN = 60
SHOWN_FOR = timedelta(days=14)
Planned = dict[tuple[int, bool], datetime]


def shipments_shown(session: Session, partner: Partner, *, today: date) -> list[Shipment]:
    """A partner's shipments of the last days and those to come, the newest window first."""
    query = (
        select(Shipment)
        .join(Service)
        .where(Shipment.partner_id == partner.id, Service.date >= today - SHOWN_FOR)
        .order_by(Shipment.starts_at.desc(), Shipment.id.desc())
    )
    return list(session.scalars(query.limit(SHOWN)))


def planned_times(session: Session, shipments: Sequence[Shipment]) -> Planned:
    """(shipment id, whether it is the pick-up) → when a round is to serve it."""
    ids = [one.id for one in shipments]
    stops = select(RoundStop.shipment_id, RoundStop.is_pickup, RoundStop.serves_at)
    rows = session.execute(stops.where(RoundStop.shipment_id.in_(ids)))
    return {(int(id_ or 0), is_pickup): at for id_, is_pickup, at in rows}


def facts_of(shipment: Shipment, planned: Planned) -> dict[str, object]:
    """A shipment as data; times are ISO 8601 by the restaurant's clock."""
    return {
        "code": shipment.code,
        "state": shipment.state,
        "goods": shipment.goods,
        "crates": shipment.crates,
        "kilos": shipment.kilos,
        "from": _place(shipment.from_name, shipment.from_street, shipment.from_town),
        "to": _place(shipment.to_name, shipment.to_street, shipment.to_town),
        "starts_at": _said(shipment.starts_at),
        "ends_at": _said(shipment.ends_at),
        "fetched_about": _said(planned.get((shipment.id, True))),
        "brought_about": _said(planned.get((shipment.id, False))),
        "promised_at": _said(shipment.promised_at),
        "offer_ends_at": _said(shipment.offer_ends_at),
        "loaded_at": _said(shipment.loaded_at),
        "delivered_at": _said(shipment.delivered_at),
        "ended_at": _said(shipment.ended_at),
        "reason": shipment.reason,
        "price_cents": shipment.cents,
    }


def _place(name: str, street: str, town: str) -> dict[str, str]:
    return {"name": name, "street": street, "town": town}


def _said(moment: datetime | None) -> str | None:
    return local(moment).isoformat(timespec="minutes") if moment else None


def month_or_404(text: str) -> date:
    """The first day of a month of an address: "2026-11"; anything else is no page."""
    return day_of(f"{text}-01") or abort(404)


def statement_html(statement: Statement, *, back: str = "", links: str = "") -> str:
    """The statement's page; its PDF is made of the same page without the bar above the paper."""
    return render_template(
        "partners/statement.html",
        statement=statement,
        back=back,
        links=links,
        is_pdf=not back,
        STOPS=STOPS,
    )


def statement_path(statement: Statement, language: str) -> Path:
    """Where the PDF of a statement is kept; one with other lines has another name."""
    lines = [(line.code, line.delivered_at, line.cents, line.kilos) for line in statement.lines]
    said = sha256(repr((statement.partner.name, lines)).encode()).hexdigest()[:12]
    name = f"shipments-{statement.partner.id}-{statement.month:%Y-%m}-{said}-{language}.pdf"
    return settings().files / "paper" / name


def statement_pdf(statement: Statement, *, page: str) -> Page:
    """The statement's PDF; the worker makes it, meanwhile a page says so. `page` is where the
    same stands as a page."""
    return paper(
        statement_path(statement, language()),
        f"{_('statement')}-{statement.month:%Y-%m}.pdf",
        meanwhile=lambda is_possible: render_template(
            "papers/statement_paper.html", page=page, is_possible=is_possible
        ),
        ask=partial(
            ask_worker,
            MAKE_PARTNER_STATEMENT,
            statement.partner.id,
            statement.month.isoformat(),
            language(),
        ),
    )


def statement_csv(statement: Statement) -> Response:
    """The statement as a table."""
    name = f"{_('statement')}-{statement.month:%Y-%m}.csv"
    return table(name, _rows(statement))


def _rows(statement: Statement) -> Iterator[list[object]]:
    yield [
        _("Day"), _("Shipment"), _("What it is"), _("From"), _("To"), _("Delivered at"),
        _("Crates"), "kg", _("Stops"), _("Euros without VAT"),
    ]  # fmt: skip
    for line in statement.lines:
        delivered = line.delivered_at
        yield [
            line.service.date, line.code, line.goods, line.from_name, line.to_name,
            local(delivered) if delivered else None,
            line.crates, line.kilos, STOPS, Thousandths(line.cents * 10),
        ]  # fmt: skip
