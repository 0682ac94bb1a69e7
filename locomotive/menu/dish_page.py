"""The page of a dish."""

from flask import Response, make_response, render_template

from .dish import Dish
from .forms import DishForm, PhotoForm, VoiceForm


def dish_page(
    dish: Dish | None,
    form: DishForm,
    *,
    photo_form: PhotoForm | None = None,
    voice_form: VoiceForm | None = None,
) -> Response:
    """The page of a dish (None: a new one); the form that was refused gives its status."""
    photo_form = photo_form or PhotoForm(formdata=None)
    voice_form = voice_form or VoiceForm(formdata=None)
    html = render_template(
        "menu/dish.html", dish=dish, form=form, photo_form=photo_form, voice_form=voice_form
    )
    status = max(form.code, photo_form.code, voice_form.code)
    page = make_response(html, status)
    # The one page on which the team records; everywhere else the microphone stays shut.
    page.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(self)"
    return page
