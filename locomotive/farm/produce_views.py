"""The produce that the kitchen knows."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db
from ..core.tasks import content_changed
from ..web.audience import audience
from ..web.view import Page, answered, found
from .allergen import ALLERGENS
from .forms import produce_form
from .lot import is_counted
from .produce import Produce, produce_list, save_produce

room = Blueprint("produce", __name__)


@room.get("/farm/produce/")
@audience("manager")
def produce() -> str:
    """All produce."""
    return render_template(
        "farm/produce_list.html",
        produce=produce_list(db.session()),
        archived=produce_list(db.session(), archived=True),
        today=clock.today(),
    )


@room.route("/farm/produce/new", methods=["GET", "POST"])
@audience("manager")
def new_produce() -> Page:
    """Add a produce."""
    return _edit(None)


@room.route("/farm/produce/<key:produce_id>", methods=["GET", "POST"])
@audience("manager")
def edit_produce(produce_id: int) -> Page:
    """Change a produce; dishes made of it show its allergens at once."""
    return _edit(found(Produce, produce_id))


def _edit(produce: Produce | None) -> Page:
    form = produce_form(produce, ALLERGENS)
    if form.validate_on_submit():
        with answered(form) as session, session.no_autoflush:
            changed = produce or Produce()
            counted = produce is not None and is_counted(session, produce)
            form.fill(changed)
            save_produce(
                session,
                changed,
                allergens=form.allergens,
                is_counted=counted,
                is_sure=form.sure.data,
            )
            content_changed(session, "produce", changed.name)
        if not form.errors:
            flash(_("%(name)s is saved.", name=changed.name))
            return redirect(url_for("produce.produce"), 303)
    return render_template("farm/produce.html", produce=produce, form=form), form.code
