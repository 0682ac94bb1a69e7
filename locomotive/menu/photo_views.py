"""Photos of dishes, and their names as the team says them."""

from typing import Any

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
from flask_babel import gettext as _
from flask_login import current_user

from ..core.db import write_tx
from ..core.refusal import Refusal
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.view import Page, found, settings
from .dish import Dish
from .dish_page import dish_page
from .forms import PhotoForm, VoiceForm, dish_form
from .photo import MAXIMUM_BYTES, PhotoTooLarge, is_photo_name, keep_photo
from .voice import is_voice_name, keep_voice, type_of

room = Blueprint("photos", __name__)


# The form around a photo adds a little to its bytes.
PHOTO_BODY = MAXIMUM_BYTES + 20_000
PHOTO_ENDPOINT = "photos.add_photo"


@room.url_value_preprocessor
def let_photos_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Give a photo's route its larger body before anything reads the form."""
    if endpoint != PHOTO_ENDPOINT or getattr(current_user, "role", "") != "manager":
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
    photo_form.status = show_refusal(photo_form, refusal)
    return dish_page(dish, dish_form(dish, sent=False), photo_form=photo_form)


@room.post("/office/dishes/<key:dish_id>/photo")
@audience("manager")
def add_photo(dish_id: int) -> Page:
    """Give a dish a photo."""
    dish, photo_form = found(Dish, dish_id), PhotoForm()
    try:
        name = keep_photo(photo_form.file(), settings().instance / "photos")
    except Refusal as refusal:
        photo_form.status = show_refusal(photo_form, refusal)
        return dish_page(dish, dish_form(dish, sent=False), photo_form=photo_form)
    with write_tx():
        dish.photo = name
    flash(_("%(dish)s has a new photo.", dish=dish.name))
    return redirect(url_for("dishes.edit_dish", dish_id=dish.id), 303)


@room.post("/office/dishes/<key:dish_id>/photo/remove")
@audience("manager")
def remove_photo(dish_id: int) -> Page:
    """Show the drawing again instead of the photo."""
    dish = found(Dish, dish_id)
    with write_tx():
        dish.photo = None
    flash(_("%(dish)s shows its drawing again.", dish=dish.name))
    return redirect(url_for("dishes.edit_dish", dish_id=dish.id), 303)


@room.post("/office/dishes/<key:dish_id>/voice")
@audience("manager")
def add_voice(dish_id: int) -> Page:
    """Keep a recording of a dish's name."""
    dish, voice_form = found(Dish, dish_id), VoiceForm()
    try:
        name = keep_voice(voice_form.file(), settings().instance / "voices")
    except Refusal as refusal:
        voice_form.status = show_refusal(voice_form, refusal)
        return dish_page(dish, dish_form(dish, sent=False), voice_form=voice_form)
    with write_tx():
        dish.voice = name
    flash(_("The name of %(dish)s can be heard now.", dish=dish.name))
    return redirect(url_for("dishes.edit_dish", dish_id=dish.id, _anchor="spoken"), 303)


@room.post("/office/dishes/<key:dish_id>/voice/remove")
@audience("manager")
def remove_voice(dish_id: int) -> Page:
    """Let the screens' own voice read the name again."""
    dish = found(Dish, dish_id)
    with write_tx():
        dish.voice = None
    flash(_("The recording of %(dish)s is removed.", dish=dish.name))
    return redirect(url_for("dishes.edit_dish", dish_id=dish.id, _anchor="spoken"), 303)


@room.get("/voices/<name>")
@audience("kitchen")
def voice(name: str) -> Response:
    """A recording; its name is its digest, so it never changes."""
    if not is_voice_name(name):
        abort(404)
    return send_from_directory(
        settings().instance / "voices", name, mimetype=type_of(name), max_age=31_536_000
    )


@room.get("/photos/<name>")
@audience("public")
def photo(name: str) -> Response:
    """A dish's photo; its name is its digest, so it never changes."""
    if not is_photo_name(name):
        abort(404)
    response = send_from_directory(
        settings().instance / "photos", name, mimetype="image/webp", max_age=31_536_000
    )
    response.cache_control.public, response.cache_control.immutable = True, True
    response.cache_control.no_cache = None
    return response
