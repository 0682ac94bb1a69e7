"""Suppliers' files that come in, and lots and movements that go out."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ..core.clock import clock, local
from ..core.db import db, write_tx
from ..core.refusal import N_, Invalid, Refusal
from ..farm.jsonld import document
from ..farm.lot import Lot, LotMovement
from ..farm.supplier import Supplier, suppliers
from ..farm.unit import PACK_WORDS
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.language import LANGUAGES, sentence
from ..web.spreadsheet import Thousandths, Unreadable, plain_name, read_rows, table
from ..web.view import Page, settings
from .forms import IntakeForm
from .intake import (
    COLUMNS,
    FileWrong,
    Preview,
    Row,
    Wrong,
    checked,
    known,
    preview,
    take_note,
    take_prices,
)

room = Blueprint("exchange", __name__)


class NoFile(Invalid):
    message = N_("Choose a file first.")


class FileUnreadable(Invalid):
    message = N_("Line %(line)s cannot be read. Save the table as CSV and send it again.")


class NumberMissing(Invalid):
    message = N_("Write the number of the delivery note.")


def _form(**kwargs: Any) -> IntakeForm:
    return IntakeForm(suppliers(db.session(), active=True), **kwargs)


@room.get("/farm/exchange")
@audience("manager")
def overview() -> Page:
    """Send a file, or fetch one."""
    form = _form(formdata=None, data={"day": clock.today(), "kind": "prices"})
    return _page(form)


def _page(form: IntakeForm, found: Preview | None = None, *, status: int = 200) -> Page:
    wrong = [(w.line, sentence(w.refusal)) for w in found.wrong] if found else []
    page = render_template("buying/exchange.html", form=form, found=found, wrong=wrong)
    return page, status


@room.post("/farm/exchange")
@audience("manager")
def look() -> Page:
    """Show what a file would do; nothing is written."""
    form = _form()
    if not form.validate():
        return _page(form, status=422)
    try:
        form.kept.data = _keep(form)
        with _kept_file(form.kept.data) as file:
            found = preview(_rows(form, file))
    except Unreadable as error:
        return _page(form, status=show_refusal(form, FileUnreadable(line=error.line, field="file")))
    except Refusal as refusal:
        return _page(form, status=show_refusal(form, refusal))
    return _page(form, found, status=422 if found.wrong_count else 200)


@room.post("/farm/exchange/take")
@audience("manager")
def take() -> Page:
    """Write the file that was looked at, all of it or nothing."""
    form = _form()
    if not form.validate():
        return _page(form, status=422)
    try:
        with _kept_file(form.kept.data or "") as file, write_tx() as session:
            supplier = session.get_one(Supplier, form.supplier_id.data)
            where = _write(session, form, supplier, file)
    except Unreadable as error:
        return _page(form, status=show_refusal(form, FileWrong(line=error.line, field="file")))
    except Refusal as refusal:
        return _page(form, status=show_refusal(form, refusal))
    return redirect(where, 303)


def _write(session: Any, form: IntakeForm, supplier: Supplier, file: IO[bytes]) -> str:
    rows = _rows(form, file)
    if form.kind.data == "prices":
        count = take_prices(session, supplier, rows)
        flash(_("%(count)s prices are taken over.", count=count))
        return url_for("suppliers.edit_supplier", supplier_id=supplier.id)
    note = take_note(
        session, supplier, rows, number=form.number.data or "", day=form.day.data, now=clock.now()
    )
    flash(_("The delivery note is here. Count what came."))
    return url_for("notes.receive", note_id=note.id)


def _rows(form: IntakeForm, file: IO[bytes]) -> Iterator[Row | Wrong]:
    is_note = form.kind.data == "note"
    if is_note and not form.number.data:
        raise NumberMissing(field="number")
    supplier = db.session.get_one(Supplier, form.supplier_id.data)
    names = known(db.session(), supplier, units=_words(PACK_WORDS), plain=plain_name)
    rows = read_rows(file, _words(COLUMNS))
    return checked(rows, names, plain=plain_name, day=form.day.data if is_note else None)


def _words(codes: dict[str, str]) -> dict[str, str]:
    """Plain word in any of our languages → code."""
    found = {plain_name(code): code for code in codes}
    for language in LANGUAGES:
        with force_locale(language):
            found |= {plain_name(_(name)): code for code, name in codes.items()}
    return found


def _folder() -> Path:
    folder = settings().instance / "intake"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _keep(form: IntakeForm) -> str:
    """Keep the file under its digest until it is confirmed; return the digest."""
    stream = form.file.data.stream if form.file.data else None
    if stream is None:
        raise NoFile(field="file")
    digest = hashlib.file_digest(stream, "sha256").hexdigest()
    stream.seek(0)
    with (_folder() / digest).open("wb") as kept:
        while piece := stream.read(65536):
            kept.write(piece)
    return digest


@contextmanager
def _kept_file(digest: str) -> Iterator[IO[bytes]]:
    path = _folder() / digest
    if not re.fullmatch(r"[0-9a-f]{64}", digest) or not path.exists():
        raise NoFile(field="file")
    with path.open("rb") as file:
        yield file


@room.get("/farm/lots.csv")
@audience("manager")
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
@audience("manager")
def movements_csv() -> Response:
    """All movements of all lots as a table."""
    return table("movements.csv", _movement_rows())


def _movement_rows() -> Iterator[list[object]]:
    yield [_("Lot"), _("Produce"), _("When"), _("What"), _("Quantity"), _("For"), _("Reason")]
    query = select(LotMovement, Lot).join(Lot).order_by(LotMovement.id)
    for movement, lot in db.session.execute(query):
        yield [
            lot.name, lot.produce.name, local(movement.at), movement.kind,
            Thousandths(movement.delta), movement.for_day, movement.reason,
        ]  # fmt: skip


@room.get("/farm/lots.jsonld")
@audience("manager")
def lots_jsonld() -> Response:
    """Lots and movements with the vocabulary of the Data Food Consortium."""
    query = select(Lot).options(selectinload(Lot.movements)).order_by(Lot.id)
    found = document(db.session.scalars(query), base=settings().public_url)
    response = Response(json.dumps(found, ensure_ascii=False), mimetype="application/ld+json")
    response.headers["Content-Disposition"] = 'attachment; filename="lots.jsonld"'
    return response
