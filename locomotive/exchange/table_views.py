"""Lots and their movements as tables, and as linked data."""

import json
from collections.abc import Iterator

from flask import Blueprint, Response
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ..core.clock import local
from ..core.db import db
from ..farm.jsonld import document
from ..farm.lot import MOVEMENTS, Lot, LotMovement
from ..web.audience import audience
from ..web.spreadsheet import Thousandths, table
from ..web.view import settings

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
        _("Slaughtered in"),
    ]  # fmt: skip
    for lot in db.session.scalars(select(Lot).order_by(Lot.id)):
        yield [
            lot.name, lot.supplier.name, lot.produce.name, lot.produce.unit, lot.received_on,
            None if lot.ordered is None else Thousandths(lot.ordered), Thousandths(lot.received),
            Thousandths(lot.stock),
            None if lot.cost_cents is None else Thousandths(lot.cost_cents * 10),
            lot.harvested_on, lot.use_by, lot.mark, lot.refused_because, lot.born_in,
            lot.reared_in, lot.slaughtered_in,
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


@room.get("/farm/lots.jsonld")
@audience("manager", "accountant")
def lots_jsonld() -> Response:
    """Lots and movements with the vocabulary of the Data Food Consortium."""
    query = select(Lot).options(selectinload(Lot.movements)).order_by(Lot.id)
    found = document(db.session.scalars(query), base=settings().public_url)
    response = Response(json.dumps(found, ensure_ascii=False), mimetype="application/ld+json")
    response.headers["Content-Disposition"] = 'attachment; filename="lots.jsonld"'
    return response
