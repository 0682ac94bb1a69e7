"""The boxes: how many are where, the ledger of a place, what was washed."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..core.clock import clock
from ..core.db import db
from ..ordering.order import Order
from ..rounds.box import BoxEntry, balances, boxes_there
from ..web.audience import audience
from ..web.fields import clean
from ..web.view import Page, answered, is_first, settings
from .forms import EntryForm, WashForm
from .ledger import KINDS, ledger_of, lost_boxes, note_entry
from .washing import last_batches, to_wash, wash

room = Blueprint("boxes", __name__)


@room.app_template_global()
def boxes_waiting(order: Order) -> int:
    """How many boxes are still at the place of a delivery; the shop does not know rounds."""
    if not order.is_delivery or not order.place_name:
        return 0
    return boxes_there(db.session(), place=order.place_name).get(order.place_name, 0)


@room.get("/kitchen/boxes/")
@audience("kitchen")
def boxes() -> Page:
    """How many boxes are where, and how many wait to be washed."""
    return _page(WashForm(formdata=None))


@room.post("/kitchen/boxes/")
@audience("kitchen")
def washed() -> Page:
    """Boxes were washed."""
    form = WashForm()
    if not form.validate():
        return _page(form)
    with answered(form) as session:
        if is_first(session):
            wash(session, form.boxes.data or 0, device=current_user.label, now=clock.now())
    if form.errors:
        return _page(form)
    flash(_("The washed boxes are noted."))
    return redirect(url_for("boxes.boxes"), 303)


def _page(form: WashForm) -> Page:
    session = db.session()
    page = render_template(
        "boxes/boxes.html",
        form=form,
        balances=[one for one in balances(session) if one.out or one.back],
        to_wash=to_wash(session),
        batches=last_batches(session),
    )
    return page, form.code


@room.route("/kitchen/boxes/place", methods=["GET", "POST"])
@audience("kitchen")
def place() -> Page:
    """The ledger of one place; boxes that no rider took back are noted here."""
    name = clean(request.args.get("name"))[:200]
    form = EntryForm() if request.method == "POST" else EntryForm(formdata=None)
    if request.method == "GET" or not form.validate():
        return _ledger(name, form)
    with answered(form) as session:
        if is_first(session):
            entry = BoxEntry(
                place_name=name,
                kind=form.kind.data,
                boxes=form.boxes.data,
                at=clock.now(),
                device=current_user.label,
            )
            note_entry(session, entry)
    if form.errors:
        return _ledger(name, form)
    flash(_("The boxes are noted."))
    return redirect(url_for("boxes.place", name=name), 303)


def _ledger(name: str, form: EntryForm) -> Page:
    lines = ledger_of(db.session(), name)
    there = boxes_there(db.session(), place=name).get(name, 0)
    page = render_template(
        "boxes/place.html",
        name=name,
        form=form,
        lines=lines,
        there=there,
        lost=lost_boxes(db.session(), name),
        deposit_cents=settings().box_deposit_cents,
        KINDS=KINDS,
    )
    return page, form.code
