"""The page of a dish."""

from flask import (
    Response,
    abort,
    make_response,
    render_template,
)

from ..core.db import db
from .dish import Dish
from .forms import DishForm, PhotoForm, VoiceForm


def _dish(dish_id: int) -> Dish:
    return db.session.get(Dish, dish_id) or abort(404)


def _dish_page(
    dish: Dish | None,
    form: DishForm,
    *,
    photo_form: PhotoForm | None = None,
    voice_form: VoiceForm | None = None,
    status: int = 200,
) -> tuple[Response, int]:
    page = make_response(
        render_template(
            "menu/dish.html",
            dish=dish,
            form=form,
            photo_form=photo_form or PhotoForm(formdata=None),
            voice_form=voice_form or VoiceForm(formdata=None),
        )
    )
    # The one page on which the team records; everywhere else the microphone stays shut.
    page.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(self)"
    return page, status
