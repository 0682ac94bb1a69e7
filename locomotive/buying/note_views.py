"""Receiving a delivery note, line by line, with its photo."""

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
from ..menu.photo import MAXIMUM_BYTES, is_photo_name, keep_photo
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.view import Page, settings
from .forms import NoteForm, NotePhotoForm, note_form
from .note import DeliveryNote
from .receipt import receive_note

room = Blueprint("notes", __name__)


PHOTO_BODY = MAXIMUM_BYTES + 20_000
NOTE = "/farm/notes/<key:note_id>"
PURCHASE = "/farm/purchases/<key:purchase_id>"


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
                day=clock.today(),
                is_sure=form.sure.data,
                now=clock.now(),
            )
    except Refusal as refusal:
        return _note_page(_note(note_id), form, status=show_refusal(form, refusal))
    numbers = ", ".join(lot.name for lot in lots if not lot.is_refused)
    flash(_("In stock: %(lots)s. Write these numbers on the crates.", lots=numbers or "–"))
    return redirect(url_for("stock.office"), 303)


def _note_page(
    note: DeliveryNote, form: NoteForm, photo: NotePhotoForm | None = None, *, status: int
) -> Page:
    photo_form = photo or NotePhotoForm(formdata=None)
    page = render_template("buying/note.html", note=note, form=form, photo_form=photo_form)
    return page, status


@room.url_value_preprocessor
def let_photos_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Give the note's photo its larger body before anything reads the form."""
    if endpoint == "notes.add_photo":
        request.max_content_length = PHOTO_BODY


@room.post(f"{NOTE}/photo")
@audience("manager")
def add_photo(note_id: int) -> Page:
    """Keep a photo of the paper note."""
    note, form = _note(note_id), NotePhotoForm()
    try:
        stream = form.photo.data.stream if form.photo.data else None
        name = keep_photo(stream or _empty(), settings().instance / "notes")
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return _note_page(note, note_form(note), form, status=status)
    with write_tx():
        note.photo = name
    flash(_("The photo is kept with the note."))
    return redirect(url_for("notes.receive", note_id=note.id), 303)


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
    return send_from_directory(settings().instance / "notes", name, mimetype="image/webp")
