"""The tricycles."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db
from ..web.audience import audience
from ..web.view import Page, answered, found
from .fleet import Tricycle, lay_first_shifts, save_tricycle, tricycles
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
    return _edit(None)


@room.route("/office/tricycles/<key:tricycle_id>", methods=["GET", "POST"])
@audience("manager")
def edit_tricycle(tricycle_id: int) -> Page:
    """Change a tricycle; services already prepared keep their shifts."""
    return _edit(found(Tricycle, tricycle_id))


def _edit(tricycle: Tricycle | None) -> Page:
    form = TricycleForm(obj=tricycle)
    if form.validate_on_submit():
        with answered(form) as session:
            saved = tricycle or Tricycle()
            form.fill(saved)
            save_tricycle(session, saved)
            lay_first_shifts(session, today=clock.today())
        if not form.errors:
            flash(_("The tricycle %(name)s is saved.", name=saved.name))
            return redirect(url_for("fleet.fleet"), 303)
    return render_template("service/tricycle.html", tricycle=tricycle, form=form), form.code
