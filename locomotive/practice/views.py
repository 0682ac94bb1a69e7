"""Practice: a newcomer begins on a fresh copy, and chooses how much he is guided."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import apart_tx, db
from ..core.mark import mark
from ..web.audience import audience
from ..web.view import Page
from .copy import copy_lunch, past_lunch, throw_away
from .copy_page import follow_copy, page_tx, screen_path, spoken
from .exercise import EXERCISES, MARK, OFFLINE, WELL_DONE, Exercise, exercise_named
from .guidance import choose_guidance
from .made_up import make_up_lunch
from .network_cut import cut_network

room = Blueprint("practice", __name__)
follow_copy(room)


@room.record_once
def know_voice(state: BlueprintSetupState) -> None:
    """Let templates find words that were said, and praise."""
    state.app.jinja_env.globals.update(spoken=spoken, WELL_DONE=WELL_DONE)


@room.route("/kitchen/practice/", methods=["GET", "POST"])
@audience("kitchen")
def practise() -> Page:
    """Begin practice on a fresh copy; nothing in it is real. An exercise has the made-up lunch,
    and so has free practice in a house without a past one."""
    path = screen_path()
    if request.method == "GET":
        return render_template(
            "practice/practice.html", is_begun=path.exists(), exercises=EXERCISES
        )
    asked = exercise_named(request.form.get("exercise", ""))
    past = None if asked else past_lunch(db.session(), now=clock.now())
    throw_away(path)
    with apart_tx(path) as copy:
        if past:
            copy_lunch(db.session(), copy, past, exception=_("nuts"), now=clock.now())
        else:
            make_up_lunch(copy, exception=_("nuts"), now=clock.now())
            _begin(copy, asked)
    return redirect(_first_page(asked), 303)


def _begin(copy: Session, exercise: Exercise | None) -> None:
    mark(copy, MARK, exercise.key if exercise else "")
    if exercise and exercise.key == OFFLINE:
        cut_network(copy)


def _first_page(exercise: Exercise | None) -> str:
    """Where an exercise begins, free practice at the dishes."""
    endpoint = exercise.page if exercise else "kitchen.cook"
    has_day = current_app.url_map.is_endpoint_expecting(endpoint, "day")
    return url_for(endpoint, copy="practice", day=clock.today() if has_day else None)


@room.get("/kitchen/practice/booklet")
@audience("kitchen")
def booklet() -> str:
    """The gestures on paper: whoever learns keeps it and ticks it with a tutor; nothing of it is
    stored."""
    return render_template("practice/booklet.html", exercises=EXERCISES)


@room.post("/kitchen/<any(practice):copy>/guidance")
@audience("kitchen")
def guide() -> Page:
    """Choose how much the newcomer is guided."""
    with page_tx() as copy:
        choose_guidance(copy, request.form.get("level", ""))
    return redirect(url_for("kitchen.cook"), 303)
