"""Practice: a newcomer begins on a fresh copy, and chooses how much he is guided."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import apart_tx, db
from ..web.audience import audience
from ..web.view import Page
from .copy import copy_lunch, past_lunch, throw_away
from .copy_page import follow_copy, page_tx, screen_path
from .guidance import choose_guidance

room = Blueprint("practice", __name__)
follow_copy(room)


@room.route("/kitchen/practice/", methods=["GET", "POST"])
@audience("kitchen")
def practise() -> Page:
    """Begin practice on a fresh copy of a past lunch; nothing in it is real."""
    path = screen_path()
    if request.method == "GET":
        return render_template("practice/practice.html", is_begun=path.exists())
    service = past_lunch(db.session(), now=clock.now())
    throw_away(path)
    with apart_tx(path) as copy:
        copy_lunch(db.session(), copy, service, exception=_("nuts"), now=clock.now())
    return redirect(url_for("kitchen.cook", copy="practice"), 303)


@room.post("/kitchen/<any(practice):copy>/guidance")
@audience("kitchen")
def guide() -> Page:
    """Choose how much the newcomer is guided."""
    with page_tx() as copy:
        choose_guidance(copy, request.form.get("level", ""))
    return redirect(url_for("kitchen.cook"), 303)
