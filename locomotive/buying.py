"""From the menus' needs to purchases, delivery notes and lots."""

from datetime import timedelta
from functools import partial
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    send_from_directory,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from .clock import local, now
from .db import db, write_tx
from .door import audience
from .farm.note import DeliveryNote, notes_to_receive
from .farm.purchase import Purchase, cancel_purchase, order_packs, propose, purchases
from .farm.receipt import receive_note
from .farm.supplier import Pack, Supplier, packs_of
from .farm.supply_forms import NeedsForm, NoteForm, NotePhotoForm, needs_form, note_form
from .fields import show_refusal
from .language import language
from .menu.photo import MAXIMUM_BYTES, is_photo_name, keep_photo
from .menu.recipe import read_book
from .menu.shortage import Shortage, shortages_between
from .queue import ask_worker
from .refusal import Refusal
from .settings import Settings

room = Blueprint("buying", __name__)

Page = Answer | str | tuple[str, int]
DAYS_AHEAD = 7
PHOTO_BODY = MAXIMUM_BYTES + 20_000
NOTE = "/farm/notes/<int(max=2147483647):note_id>"
PURCHASE = "/farm/purchases/<int(max=2147483647):purchase_id>"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


@room.route("/farm/needs", methods=["GET", "POST"])
@audience("manager")
def needs_page() -> Page:
    """What the coming menus need beyond the stock; the manager makes orders of it."""
    today = local(now()).date()
    book = read_book(db.session())
    found = shortages_between(db.session(), book, today, today + timedelta(days=DAYS_AHEAD))
    proposed = _proposals(found)
    form = needs_form(
        {pack.id: (pack, number) for rows in proposed.values() for pack, number in rows},
        today + timedelta(days=1),
    )
    if not form.validate_on_submit():
        return _needs_page(found, proposed, form, status=422 if form.errors else 200)
    try:
        made = _order(form)
    except Refusal as refusal:
        return _needs_page(found, proposed, form, status=show_refusal(form, refusal))
    ask_worker("send_mails")
    flash(_("Ordered from: %(names)s.", names=", ".join(p.supplier.name for p in made)))
    return redirect(url_for("buying.purchases_page"), 303)


def _proposals(found: list[Shortage]) -> dict[int, list[tuple[Pack, int]]]:
    """Produce id → every pack that could bring it, with the number that is proposed."""
    packs: dict[int, list[Pack]] = {}
    for pack in packs_of(db.session()):
        packs.setdefault(pack.produce_id, []).append(pack)
    rows = {}
    for short in found:
        here = packs.get(short.ingredient.id, [])
        numbers = {p.id: n for p, n in propose(short.missing, here, list(short.offers))}
        near_first = sorted(here, key=lambda p: (not p.supplier.is_neighbour, p.supplier.name))
        rows[short.ingredient.id] = [(pack, numbers.get(pack.id, 0)) for pack in near_first]
    return rows


def _order(form: NeedsForm) -> list[Purchase]:
    """One order for each supplier of whom packs are wanted."""
    by_supplier: dict[int, dict[int, int]] = {}
    for pack_id, number in form.packs().items():
        pack = db.session.get_one(Pack, pack_id)
        by_supplier.setdefault(pack.supplier_id, {})[pack_id] = number
    with write_tx() as session:
        return [
            order_packs(
                session,
                session.get_one(Supplier, supplier_id),
                packs,
                for_day=form.for_day.data,
                remark=form.remark.data or "",
                is_sure=form.sure.data,
                now=now(),
            )
            for supplier_id, packs in sorted((by_supplier or _nobody(form)).items())
        ]


def _nobody(form: NeedsForm) -> dict[int, dict[int, int]]:
    form.form_errors.append(_("Write a number of packs for at least one produce."))
    raise Refusal


def _needs_page(
    found: list[Shortage],
    proposed: dict[int, list[tuple[Pack, int]]],
    form: NeedsForm,
    *,
    status: int,
) -> Page:
    return render_template(
        "farm/needs.html", shortages=found, proposed=proposed, form=form, days=DAYS_AHEAD
    ), status


@room.get("/farm/purchases/")
@audience("manager")
def purchases_page() -> str:
    """The orders to suppliers and the delivery notes that came back."""
    found = purchases(db.session())
    notes = notes_to_receive(db.session())
    return render_template("farm/purchases.html", purchases=found, notes=notes)


def _purchase(purchase_id: int) -> Purchase:
    return db.session.get(Purchase, purchase_id) or abort(404)


@room.post(f"{PURCHASE}/cancel")
@audience("manager")
def cancel(purchase_id: int) -> Page:
    """Take an order back."""
    purchase = _purchase(purchase_id)
    with write_tx() as session:
        cancel_purchase(session, purchase, now=now())
    flash(_("The order is cancelled. Tell the supplier."))
    return redirect(url_for("buying.purchases_page"), 303)


@room.get(f"{PURCHASE}/sheet")
@audience("manager")
def sheet(purchase_id: int) -> str:
    """The order as paper, with its total weight in the supplier's units."""
    return sheet_html(_purchase(purchase_id), is_pdf=False)


def sheet_html(purchase: Purchase, *, is_pdf: bool) -> str:
    """The order's page; its PDF is made of the same page without the bar above the paper."""
    return render_template("farm/sheet.html", purchase=purchase, is_pdf=is_pdf)


@room.get(f"{PURCHASE}/sheet.pdf")
@audience("manager")
def sheet_pdf(purchase_id: int) -> Page:
    """The order's PDF; the worker makes it, meanwhile a page says so."""
    purchase = _purchase(purchase_id)
    path = purchase_path(purchase, language())
    if path.exists():
        name = _("order-%(number)s.pdf", number=purchase.id)
        return send_file(path, mimetype="application/pdf", download_name=name)
    page = partial(render_template, "farm/paper.html", purchase=purchase)
    if path.with_suffix(".missing").exists():
        return page(is_possible=False)
    ask_worker("make_purchase_sheet", purchase.id, language())
    response = make_response(page(is_possible=True), 202)
    response.headers["Refresh"] = "1"
    return response


def purchase_path(purchase: Purchase, language: str) -> Any:
    """Where the PDF of an order is kept; another state of it has another name."""
    answered = f"{purchase.confirmed_at:%Y%m%dT%H%M%S}" if purchase.confirmed_at else "new"
    name = f"purchase-{purchase.id}-{purchase.status}-{answered}-{language}.pdf"
    return _settings().instance / "paper" / name


def _note(note_id: int) -> DeliveryNote:
    return db.session.get(DeliveryNote, note_id) or abort(404)


@room.route(NOTE, methods=["GET", "POST"])
@audience("manager")
def receive(note_id: int) -> Page:
    """Receive what a delivery note announces: count, measure, accept or refuse."""
    note = _note(note_id)
    form = note_form(note)
    if not form.validate_on_submit():
        return _note_page(note, form, status=422 if form.errors else 200)
    try:
        with write_tx() as session:
            lots = receive_note(
                session,
                note,
                form.arrivals(note),
                day=local(now()).date(),
                is_sure=form.sure.data,
                now=now(),
            )
    except Refusal as refusal:
        return _note_page(_note(note_id), form, status=show_refusal(form, refusal))
    numbers = ", ".join(lot.name for lot in lots if not lot.is_refused)
    flash(_("In stock: %(lots)s. Write these numbers on the crates.", lots=numbers or "–"))
    return redirect(url_for("farm.office"), 303)


def _note_page(
    note: DeliveryNote, form: NoteForm, photo: NotePhotoForm | None = None, *, status: int
) -> Page:
    photo_form = photo or NotePhotoForm(formdata=None)
    page = render_template("farm/note.html", note=note, form=form, photo_form=photo_form)
    return page, status


@room.url_value_preprocessor
def let_photos_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Give the note's photo its larger body before anything reads the form."""
    if endpoint == "buying.add_photo":
        request.max_content_length = PHOTO_BODY


@room.post(f"{NOTE}/photo")
@audience("manager")
def add_photo(note_id: int) -> Page:
    """Keep a photo of the paper note."""
    note, form = _note(note_id), NotePhotoForm()
    try:
        stream = form.photo.data.stream if form.photo.data else None
        name = keep_photo(stream or _empty(), _settings().instance / "notes")
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return _note_page(note, note_form(note), form, status=status)
    with write_tx():
        note.photo = name
    flash(_("The photo is kept with the note."))
    return redirect(url_for("buying.receive", note_id=note.id), 303)


def _empty() -> Any:
    from io import BytesIO

    return BytesIO()


@room.get(f"{NOTE}/photo")
@audience("manager")
def photo(note_id: int) -> Response:
    """The photo of a note; suppliers' papers are not public."""
    name = _note(note_id).photo
    if name is None or not is_photo_name(name):
        abort(404)
    return send_from_directory(_settings().instance / "notes", name, mimetype="image/webp")
