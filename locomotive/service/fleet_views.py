"""The tricycles."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.view import Page
from .fleet import Tricycle, save_tricycle, tricycles
from .forms import TricycleForm

room = Blueprint("fleet", __name__)


@room.get("/office/tricycles/")
@audience("manager")
def fleet() -> str:
    """The tricycles."""
    return render_template("service/fleet.html", tricycles=tricycles(db.session()))


@room.route("/office/tricycles/new", methods=["GET", "POST"])
@audience("manager")
def new_tricycle() -> Page:
    """Add a tricycle."""
    form = TricycleForm()
    if form.validate_on_submit():
        return _save_tricycle(None, form)
    return _tricycle_page(None, form, status=422 if form.errors else 200)


@room.route("/office/tricycles/<key:tricycle_id>", methods=["GET", "POST"])
@audience("manager")
def edit_tricycle(tricycle_id: int) -> Page:
    """Change a tricycle; services already prepared keep their shifts."""
    tricycle = db.session.get(Tricycle, tricycle_id) or abort(404)
    form = TricycleForm(obj=tricycle)
    if form.validate_on_submit():
        return _save_tricycle(tricycle, form)
    return _tricycle_page(tricycle, form, status=422 if form.errors else 200)


def _save_tricycle(tricycle: Tricycle | None, form: TricycleForm) -> Page:
    try:
        with write_tx() as session:
            saved = tricycle or Tricycle()
            form.fill(saved)
            save_tricycle(session, saved)
    except Refusal as refusal:
        return _tricycle_page(tricycle, form, status=show_refusal(form, refusal))
    flash(_("The tricycle %(name)s is saved.", name=saved.name))
    return redirect(url_for("fleet.fleet"), 303)


def _tricycle_page(
    tricycle: Tricycle | None, form: TricycleForm, *, status: int
) -> tuple[str, int]:
    return render_template("service/tricycle.html", tricycle=tricycle, form=form), status
