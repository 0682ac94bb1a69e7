"""Suppliers' files: looked at and asked about first, then taken, all of it or nothing."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from ..buying.note import check_note_day
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import N_, Invalid, Refusal
from ..farm.supplier import Supplier, suppliers
from ..web.audience import audience
from ..web.fields import parse_id, show_refusal
from ..web.language import LANGUAGES
from ..web.spreadsheet import plain_name
from ..web.view import Page, answered, settings
from .forms import AnswersForm, IntakeForm, answers_form
from .heading import COLUMNS, HEADINGS, score
from .intake import Preview, check_ready, columns_told, preview, take_note, take_prices
from .measure import UNIT_NAMES
from .memory import Known, forget, known, remember
from .rows import BECOMES
from .sheet import read_table

room = Blueprint("exchange", __name__)


class NoFile(Invalid):
    message = N_("Choose a file first.")


class NumberMissing(Invalid):
    message = N_("Write the number of the delivery note.")


def _form(**kwargs: Any) -> IntakeForm:
    return IntakeForm(suppliers(db.session(), active=True), **kwargs)


@room.get("/farm/exchange")
@audience("manager")
def overview() -> Page:
    """Send a file, look at a page of one that was sent, or fetch ours."""
    if "kept" not in request.args:
        return _page(_form(formdata=None, data={"day": clock.today(), "kind": "prices"}))
    return _look(_form(formdata=request.args, meta={"csrf": False}))


@room.post("/farm/exchange")
@audience("manager")
def look() -> Page:
    """Keep a file and show what it would do; nothing is written."""
    form = _form()
    if form.validate():
        try:
            form.kept.data = _keep(form)
        except Refusal as refusal:
            form.code = show_refusal(form, refusal)
            return _page(form)
    return _look(form)


def _look(form: IntakeForm) -> Page:
    return _shown(form) if form.validate() else _page(form)


def _shown(form: IntakeForm) -> Page:
    """What the kept file would do, one page of its lines."""
    try:
        here = _known(form)
        found = _preview(form, here)
    except Refusal as refusal:
        form.code = show_refusal(form, refusal)
        return _page(form)
    return _page(form, found, answers_form(found.questions, found.head, here, sent=False))


def _page(form: IntakeForm, found: Preview | None = None, asked: AnswersForm | None = None) -> Page:
    number = max(1, min(parse_id(request.args.get("page")) or 1, found.pages if found else 1))
    page = render_template(
        "exchange/exchange.html",
        years=[clock.today().year, clock.today().year - 1],
        has_siret=bool(settings().restaurant_siret),
        form=form,
        found=found,
        asked=asked,
        number=number,
        BECOMES=BECOMES,
        COLUMNS=COLUMNS,
    )
    return page, 422 if found and found.wrong else form.code


@room.post("/farm/exchange/answers")
@audience("manager")
def answer() -> Page:
    """Remember what the supplier's words mean, and look at the file again."""
    form = _form()
    if not form.validate():
        return _page(form)
    try:
        here = _known(form)
        found = _preview(form, here)
    except Refusal as refusal:
        form.code = show_refusal(form, refusal)
        return _page(form)
    asked = answers_form(found.questions, found.head, here, sent=True)
    if not asked.validate():
        form.code = asked.code
        return _page(form, found, asked)
    answers = asked.answers(found.questions)
    columns = {word: text for (kind, word), text in answers.items() if kind == "column"}
    told = {key: meaning for key, meaning in answers.items() if key[0] != "column"}
    with write_tx() as session:
        remember(session, _supplier(session, form), told | columns_told(columns))
    return redirect(url_for("exchange.overview", **form.state), 303)


@room.post("/farm/exchange/forget")
@audience("manager")
def ask_again() -> Page:
    """Forget what this supplier's words were said to mean."""
    form = _form()
    if not form.validate():
        return _page(form)
    with write_tx() as session:
        forget(session, _supplier(session, form))
    return redirect(url_for("exchange.overview", **form.state), 303)


@room.post("/farm/exchange/take")
@audience("manager")
def take() -> Page:
    """Write the file that was looked at, all of it or nothing."""
    form = _form()
    if not form.validate():
        return _page(form)
    with answered(form) as session:
        found = _preview(form, _known(form))
        check_ready(found, is_sure=form.sure.data)
        where = _take(session, form, found)
    return _shown(form) if form.errors else redirect(where, 303)


def _take(session: Session, form: IntakeForm, found: Preview) -> str:
    """Write the lines; the page on which to go on."""
    supplier = _supplier(session, form)
    if form.kind.data == "prices":
        count = take_prices(session, supplier, found.lines)
        flash(ngettext("%(num)s price is taken over.", "%(num)s prices are taken over.", count))
        return url_for("suppliers.edit_supplier", supplier_id=supplier.id)
    number, day = form.number.data or "", form.day.data
    note = take_note(session, supplier, found.lines, number=number, day=day, now=clock.now())
    flash(_("The delivery note is here. Count what came."))
    return url_for("notes.receive", note_id=note.id)


def _supplier(session: Session, form: IntakeForm) -> Supplier:
    return session.get_one(Supplier, form.supplier_id.data)


def _known(form: IntakeForm) -> Known:
    session = db.session()
    units = {plain_name(w): code for code, words in _words(UNIT_NAMES) for w in words}
    return known(session, _supplier(session, form), units)


def _preview(form: IntakeForm, here: Known) -> Preview:
    """What the kept file would do. Raises what is wrong with the file or the form."""
    is_note = form.kind.data == "note"
    if is_note and not form.number.data:
        raise NumberMissing(field="number")
    if is_note:
        check_note_day(form.day.data, today=clock.today())
    names = {
        plain_name(word): code
        for lists in (_words(COLUMNS), _words(HEADINGS))
        for code, words in lists
        for word in words
    }
    table = read_table(_kept(form.kept.data or ""), lambda cells: score(cells, names))
    return preview(table, here, names, form.day.data if is_note else None)


def _words(lists: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Code → the words of its comma-separated list, in all our languages."""
    found = [(code, [code]) for code in lists]
    for language in LANGUAGES:
        with force_locale(language):
            found += [(code, _(words).split(",")) for code, words in lists.items()]
    return found


def _folder() -> Path:
    folder = settings().files / "intake"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _keep(form: IntakeForm) -> str:
    """Keep the file under its digest until it is confirmed; return the digest."""
    content = form.file.data.stream.read() if form.file.data else None
    if content is None:
        raise NoFile(field="file")
    digest = hashlib.sha256(content).hexdigest()
    (_folder() / digest).write_bytes(content)
    return digest


def _kept(digest: str) -> bytes:
    """The bytes of a file that was sent before. Raises NoFile."""
    path = _folder() / digest
    if not re.fullmatch(r"[0-9a-f]{64}", digest) or not path.exists():
        raise NoFile(field="file")
    return path.read_bytes()
