"""Receiving a delivery note, line by line, with its photo."""

from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    send_from_directory,
    url_for,
)
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.tasks import content_changed
from ..farm.supplier import packs_page
from ..menu.photo import MAXIMUM_BYTES, is_photo_name, keep_photo
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.view import Page, answered, found, settings
from .forms import DeclineForm, NoteForm, NotePhotoForm, note_form
from .note import DeliveryNote, decline_note, note_of_purchase
from .purchase import Purchase
from .receipt import orders_answered, receive_note

room = Blueprint("notes", __name__)
# The form around a photo adds a little to its bytes.
PHOTO_BODY = MAXIMUM_BYTES + 20_000


@room.route("/farm/notes/<key:note_id>", methods=["GET", "POST"])
@audience("manager")
def receive(note_id: int) -> Page:
    """Receive what a delivery note announces: count, measure, accept or refuse."""
    note = found(DeliveryNote, note_id)
    form, day, now = _form(note, sent=request.form), clock.today(), clock.now()
    if form.validate_on_submit():
        with answered(form) as session:
            lots = receive_note(session, note, form.count(note), day=day, now=now)
            content_changed(session, "lot", ", ".join(lot.name for lot in lots))
        if not form.errors:
            names = ", ".join(lot.name for lot in lots if not lot.is_refused) or "–"
            flash(_("In stock: %(lots)s. Write these numbers on the crates.", lots=names))
            return redirect(url_for("stock.office"), 303)
    return _note_page(found(DeliveryNote, note_id), form), form.code


def _form(note: DeliveryNote, *, sent: Mapping[str, str] | None = None) -> NoteForm:
    """The form of a note; what was sent counts only of a POST."""
    session = db.session()
    packs, _pages = packs_page(session, note.supplier, 1)
    orders = [] if note.purchase_id else orders_answered(session, note)
    return note_form(note, packs, orders, sent=sent if request.method == "POST" else None)


@room.post("/farm/purchases/<key:purchase_id>/receive")
@audience("manager")
def receive_purchase(purchase_id: int) -> Page:
    """An order came without a note: receive it from what was asked for."""
    purchase = found(Purchase, purchase_id)
    with write_tx() as session:
        note = note_of_purchase(session, session.get_one(Purchase, purchase.id), now=clock.now())
    return redirect(url_for("notes.receive", note_id=note.id), 303)


def _note_page(
    note: DeliveryNote,
    form: NoteForm,
    photo: NotePhotoForm | None = None,
    decline_form: DeclineForm | None = None,
) -> str:
    return render_template(
        "buying/note.html",
        note=note,
        form=form,
        photo_form=photo or NotePhotoForm(formdata=None),
        decline_form=decline_form or DeclineForm(formdata=None),
    )


@room.post("/farm/notes/<key:note_id>/decline")
@audience("manager")
def decline(note_id: int) -> Page:
    """Send back all that a note brings, with a reason for the supplier."""
    note, form = found(DeliveryNote, note_id), DeclineForm()
    if form.validate():
        with answered(form) as session:
            decline_note(session, note, form.because.data or "", now=clock.now())
        if not form.errors:
            flash(_("The note is declined. The supplier sees why."))
            return redirect(url_for("stock.office"), 303)
    note = found(DeliveryNote, note_id)
    return _note_page(note, _form(note), decline_form=form), form.code


@room.url_value_preprocessor
def let_photos_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Give the note's photo its larger body before anything reads the form."""
    if endpoint == "notes.add_photo":
        request.max_content_length = PHOTO_BODY


@room.post("/farm/notes/<key:note_id>/photo")
@audience("manager")
def add_photo(note_id: int) -> Page:
    """Keep a photo of the paper note."""
    note, form = found(DeliveryNote, note_id), NotePhotoForm()
    try:
        name = keep_photo(form.file(), settings().files / "notes")
    except Refusal as refusal:
        form.code = show_refusal(form, refusal)
        return _note_page(note, _form(note), form), form.code
    with write_tx():
        note.photo = name
    flash(_("The photo is kept with the note."))
    return redirect(url_for("notes.receive", note_id=note.id), 303)


@room.get("/farm/notes/<key:note_id>/photo")
@audience("manager")
def photo(note_id: int) -> Response:
    """The photo of a note; suppliers' papers are not public."""
    name = found(DeliveryNote, note_id).photo
    if name is None or not is_photo_name(name):
        abort(404)
    return send_from_directory(settings().files / "notes", name, mimetype="image/webp")
