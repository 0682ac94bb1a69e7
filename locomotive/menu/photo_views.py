"""Photos of dishes, and their names as the team says them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    redirect,
    request,
    send_from_directory,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from flask_login import current_user

from ..core.db import write_tx
from ..core.refusal import N_, Refusal
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.view import Page, found, settings
from .dish import Dish
from .dish_page import dish_page
from .forms import PhotoForm, VoiceForm, dish_form
from .photo import MAXIMUM_BYTES, PhotoTooLarge, ensure_picture, keep_photo, row_pictures
from .voice import is_voice_name, keep_voice, type_of

room = Blueprint("photos", __name__)


@room.record_once
def know_pictures(state: BlueprintSetupState) -> None:
    """Let templates name a photo's small copies."""
    state.app.jinja_env.globals.update(row_pictures=row_pictures)


# The form around a photo adds a little to its bytes.
PHOTO_BODY = MAXIMUM_BYTES + 20_000


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A file that a dish has one of, under the column of its kind."""

    form: type[PhotoForm] | type[VoiceForm]
    keep: Callable[[IO[bytes], Path], str]
    folder: str
    added: str
    removed: str
    anchor: str | None = None


RECORDINGS = {
    "photo": Recording(
        form=PhotoForm,
        keep=keep_photo,
        folder="photos",
        added=N_("%(dish)s has a new photo."),
        removed=N_("%(dish)s shows its drawing again."),
    ),
    "voice": Recording(
        form=VoiceForm,
        keep=keep_voice,
        folder="voices",
        added=N_("The name of %(dish)s can be heard now."),
        removed=N_("The recording of %(dish)s is removed."),
        anchor="spoken",
    ),
}


@room.url_value_preprocessor
def let_photos_in(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Give a photo's route its larger body before anything reads the form."""
    is_photo = endpoint == "photos.add" and (values or {}).get("kind") == "photo"
    if not is_photo or getattr(current_user, "role", "") != "manager":
        return
    request.max_content_length = PHOTO_BODY
    sent = request.content_length or 0
    if sent > PHOTO_BODY:
        # Read on for a while: a browser that is cut off would show no answer at all.
        left = min(sent, 10 * PHOTO_BODY)
        while left > 0 and (chunk := request.environ["wsgi.input"].read(min(left, 65536))):
            left -= len(chunk)
        raise PhotoTooLarge(field="photo")


@room.errorhandler(PhotoTooLarge)
def refuse_photo(refusal: PhotoTooLarge) -> Response:
    """Show the dish again with the sentence; raised for a signed-in manager only."""
    dish = found(Dish, (request.view_args or {})["dish_id"])
    photo_form = PhotoForm(formdata=None)
    photo_form.code = show_refusal(photo_form, refusal)
    return dish_page(dish, dish_form(dish, sent=False), photo_form=photo_form)


@room.post("/office/dishes/<key:dish_id>/<any(photo, voice):kind>")
@audience("manager")
def add(dish_id: int, kind: str) -> Page:
    """Give a dish a photo, or a recording of its name."""
    dish, recording = found(Dish, dish_id), RECORDINGS[kind]
    form = recording.form()
    try:
        name = recording.keep(form.file(), settings().files / recording.folder)
    except Refusal as refusal:
        form.code = show_refusal(form, refusal)
        return dish_page(dish, dish_form(dish, sent=False), **{f"{kind}_form": form})
    return _noted(dish, kind, name)


@room.post("/office/dishes/<key:dish_id>/<any(photo, voice):kind>/remove")
@audience("manager")
def remove(dish_id: int, kind: str) -> Page:
    """Show the drawing again, or let the screens' own voice read the name."""
    return _noted(found(Dish, dish_id), kind, None)


def _noted(dish: Dish, kind: str, name: str | None) -> Page:
    recording = RECORDINGS[kind]
    with write_tx():
        setattr(dish, kind, name)
    flash(_(recording.added if name else recording.removed, dish=dish.name))
    back = url_for("dishes.edit_dish", dish_id=dish.id, _anchor=recording.anchor)
    return redirect(back, 303)


@room.get("/voices/<name>")
@audience("kitchen")
def voice(name: str) -> Response:
    """A recording; its name is its digest, so it never changes."""
    if not is_voice_name(name):
        abort(404)
    return send_from_directory(
        settings().files / "voices", name, mimetype=type_of(name), max_age=31_536_000
    )


@room.get("/photos/<name>")
@audience("public")
def photo(name: str) -> Response:
    """A dish's photo or its small copy; its name has its digest, so it never changes."""
    folder = settings().files / "photos"
    if not ensure_picture(name, folder):
        abort(404)
    kind = name.rpartition(".")[2]
    response = send_from_directory(folder, name, mimetype=f"image/{kind}", max_age=31_536_000)
    response.cache_control.public, response.cache_control.immutable = True, True
    response.cache_control.no_cache = None
    return response
