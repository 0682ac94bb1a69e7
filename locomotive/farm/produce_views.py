"""The produce that the kitchen knows."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import or_, select

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.view import Page
from .allergen import ALLERGENS
from .forms import ProduceForm, produce_form
from .lot import Lot
from .produce import Produce, produce_list, save_produce
from .supplier import Pack

room = Blueprint("produce", __name__)


ID = "<key:{}>"


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
    return _save_produce(None)


@room.route(f"/farm/produce/{ID.format('produce_id')}", methods=["GET", "POST"])
@audience("manager")
def edit_produce(produce_id: int) -> Page:
    """Change a produce; dishes made of it show its allergens at once."""
    return _save_produce(db.session.get(Produce, produce_id) or abort(404))


def _save_produce(produce: Produce | None) -> Page:
    form = produce_form(produce, ALLERGENS)
    if not form.validate_on_submit():
        return _produce_page(produce, form, status=422 if form.errors else 200)
    changed = produce or Produce()
    try:
        with write_tx() as session, session.no_autoflush:
            is_counted = produce is not None and _is_counted(produce)
            form.fill(changed)
            save_produce(session, changed, allergens=form.allergens, is_counted=is_counted)
    except Refusal as refusal:
        return _produce_page(produce, form, status=show_refusal(form, refusal))
    flash(_("%(name)s is saved.", name=changed.name))
    return redirect(url_for("produce.produce"), 303)


def _is_counted(produce: Produce) -> bool:
    """Whether lots or packs count the produce in its unit already."""
    has = select(Produce.id).where(
        Produce.id == produce.id,
        or_(
            select(Lot.id).where(Lot.produce_id == produce.id).exists(),
            select(Pack.id).where(Pack.produce_id == produce.id).exists(),
        ),
    )
    return db.session.scalar(has) is not None


def _produce_page(produce: Produce | None, form: ProduceForm, *, status: int) -> Page:
    return render_template("farm/produce.html", produce=produce, form=form), status
