"""Suppliers' files: looked at first, then taken, all of it or nothing."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import db
from ..core.refusal import N_, Invalid, Refusal
from ..farm.supplier import Supplier, suppliers
from ..farm.unit import PACK_WORDS
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.language import LANGUAGES, sentence
from ..web.spreadsheet import Unreadable, plain_name, read_rows
from ..web.view import Page, answered, settings
from .forms import IntakeForm
from .intake import FileWrong, Preview, preview, take_note, take_prices
from .rows import COLUMNS, Row, Wrong, checked, known

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
    return _page(_form(formdata=None, data={"day": clock.today(), "kind": "prices"}))


def _page(form: IntakeForm, found: Preview | None = None) -> Page:
    wrong = [(w.line, sentence(w.refusal)) for w in found.wrong] if found else []
    page = render_template("exchange/exchange.html", form=form, found=found, wrong=wrong)
    return page, 422 if wrong else form.code


@room.post("/farm/exchange")
@audience("manager")
def look() -> Page:
    """Show what a file would do; nothing is written."""
    form, found = _form(), None
    if form.validate():
        try:
            form.kept.data = _keep(form)
            with _kept_file(form.kept.data) as file:
                found = preview(_rows(form, file, FileUnreadable))
        except Refusal as refusal:
            form.code = show_refusal(form, refusal)
    return _page(form, found)


@room.post("/farm/exchange/take")
@audience("manager")
def take() -> Page:
    """Write the file that was looked at, all of it or nothing."""
    form = _form()
    if form.validate():
        with answered(form) as session, _kept_file(form.kept.data or "") as file:
            where = _take(session, form, _rows(form, file, FileWrong))
        if not form.errors:
            return redirect(where, 303)
    return _page(form)


def _take(session: Session, form: IntakeForm, rows: Iterator[Row | Wrong]) -> str:
    """Write the rows; the page on which to go on."""
    supplier = session.get_one(Supplier, form.supplier_id.data)
    if form.kind.data == "prices":
        count = take_prices(session, supplier, rows)
        flash(_("%(count)s prices are taken over.", count=count))
        return url_for("suppliers.edit_supplier", supplier_id=supplier.id)
    number, day = form.number.data or "", form.day.data
    note = take_note(session, supplier, rows, number=number, day=day, now=clock.now())
    flash(_("The delivery note is here. Count what came."))
    return url_for("notes.receive", note_id=note.id)


def _rows(form: IntakeForm, file: IO[bytes], wrong: type[Invalid]) -> Iterator[Row | Wrong]:
    """The file's rows, checked; raises `wrong` at a line that is no table."""
    is_note = form.kind.data == "note"
    if is_note and not form.number.data:
        raise NumberMissing(field="number")
    supplier = db.session.get_one(Supplier, form.supplier_id.data)
    names = known(db.session(), supplier, units=_words(PACK_WORDS), plain=plain_name)
    return checked(_lines(file, wrong), names, day=form.day.data if is_note else None)


def _lines(file: IO[bytes], wrong: type[Invalid]) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        yield from read_rows(file, _words(COLUMNS))
    except Unreadable as error:
        raise wrong(line=error.line, field="file") from error


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
