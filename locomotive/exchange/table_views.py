"""Lots and their movements as tables, and as linked data."""

import csv
import io
import json
from collections.abc import Iterator
from secrets import compare_digest

from flask import Blueprint, Response, abort
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ..buying.note import DeliveryNote
from ..core.clock import day_of, local
from ..core.db import db
from ..farm.jsonld import document
from ..farm.lot import MOVEMENTS, Lot, LotMovement
from ..farm.supplier import packs_of
from ..web.audience import audience
from ..web.spreadsheet import Thousandths, table
from ..web.view import settings
from .canteen import CANTEEN, canteen_rows

room = Blueprint("tables", __name__)


@room.get("/farm/lots.csv")
@audience("manager", "accountant")
def lots_csv() -> Response:
    """All lots as a table."""
    return table("lots.csv", _lot_rows())


def _lot_rows() -> Iterator[list[object]]:
    yield [
        _("Lot"), _("Supplier"), _("Produce"), _("Unit"), _("Received on"), _("Ordered"),
        _("Received"), _("In stock"), _("Cost"), _("Harvested or made on"), _("Use by"),
        _("The supplier's lot number"), _("Refused because"), _("Born in"), _("Reared in"),
        _("Slaughtered in"), _("Temperature on arrival, °C"), _("Delivery note"), _("Recalled"),
    ]  # fmt: skip
    query = select(Lot, DeliveryNote.number).outerjoin(DeliveryNote, Lot.note_id == DeliveryNote.id)
    for lot, number in db.session.execute(query.order_by(Lot.id)):
        tenths = None if lot.tenths is None else Thousandths(lot.tenths * 100)
        yield [
            lot.name, lot.supplier.name, lot.produce.name, lot.produce.unit, lot.received_on,
            None if lot.ordered is None else Thousandths(lot.ordered), Thousandths(lot.received),
            Thousandths(lot.stock),
            None if lot.cost_cents is None else Thousandths(lot.cost_cents * 10),
            lot.harvested_on, lot.use_by, lot.mark, lot.refused_because, lot.born_in,
            lot.reared_in, lot.slaughtered_in, tenths, number,
            None if lot.blocked_at is None else local(lot.blocked_at),
        ]  # fmt: skip


@room.get("/farm/movements.csv")
@audience("manager", "accountant")
def movements_csv() -> Response:
    """All movements of all lots as a table."""
    return table("movements.csv", _movement_rows())


def _movement_rows() -> Iterator[list[object]]:
    yield [_("Lot"), _("Produce"), _("When"), _("What"), _("Quantity"), _("For"), _("Reason")]
    query = select(LotMovement, Lot).join(Lot).order_by(LotMovement.id)
    for movement, lot in db.session.execute(query):
        yield [
            lot.name, lot.produce.name, local(movement.at), _(MOVEMENTS[movement.kind]),
            Thousandths(movement.delta), movement.for_day, movement.reason,
        ]  # fmt: skip


@room.get("/farm/purchases/<year>/ma-cantine.csv")
@audience("manager", "accountant")
def canteen_csv(year: str) -> Response:
    """What was bought in a year as ma-cantine imports it: commas, points, no remark."""
    first = day_of(f"{year}-01-01") or abort(404)
    lines = io.StringIO()
    rows = canteen_rows(db.session(), first.year, settings().restaurant_siret)
    csv.writer(lines).writerows([CANTEEN, *rows])
    response = Response(lines.getvalue(), mimetype="text/csv")
    name = f"ma-cantine-{first.year}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@room.get("/farm/lots.jsonld")
@audience("manager", "accountant")
def lots_jsonld() -> Response:
    """Lots, packs and prices with the vocabulary of the Data Food Consortium."""
    return _linked_data()


@room.get("/data/<token>/farm.jsonld")
@audience("public")
def linked_data(token: str) -> Response:
    """The same for other platforms, which know the read token."""
    ours = settings().read_token
    if not ours or not compare_digest(token.encode(), ours.encode()):
        abort(404)
    return _linked_data()


def _linked_data() -> Response:
    query = select(Lot).options(selectinload(Lot.movements)).order_by(Lot.id)
    packs = packs_of(db.session())
    found = document(db.session.scalars(query), packs, base=settings().public_url)
    response = Response(json.dumps(found, ensure_ascii=False), mimetype="application/ld+json")
    response.headers["Content-Disposition"] = 'attachment; filename="lots.jsonld"'
    return response
