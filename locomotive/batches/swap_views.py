"""An ingredient swapped after orders."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from ..core.clock import clock
from ..core.db import db, write_tx
from ..farm.produce import produce_list
from ..menu.dish import Dish
from ..menu.recipe import Swap, read_book
from ..ordering.content_change import ContentChange
from ..ordering.lunch import lunch_on
from ..service.service import Service
from ..web.audience import audience
from ..web.view import Page, answered, found
from .forms import SwapForm
from .swap import swap_ingredient, undo_swap

room = Blueprint("swaps", __name__)


@room.route("/kitchen/<day>/swap/<key:dish_id>", methods=["GET", "POST"])
@audience("kitchen")
def swap(day: str, dish_id: int) -> Page:
    """Let one produce stand in for another; the next page lists whom it touches."""
    service, dish = lunch_on(db.session(), day), found(Dish, dish_id)
    book = read_book(db.session())
    inside = [(p, book.ingredients[p].name) for p in book.per_portion(dish.id, service.date)]
    form = SwapForm(inside, produce_list(db.session()))
    if not form.validate_on_submit():
        return _form_page(service, dish, form)
    made = Swap(day=service.date, dish_id=dish.id, out_id=form.out_id.data, in_id=form.in_id.data)
    with answered(form) as session:
        changes = swap_ingredient(session, made, today=clock.today(), now=clock.now())
    if form.errors:
        return _form_page(service, dish, form)
    return _after(service, changes, _("The swap is noted."))


def _after(service: Service, changes: list[ContentChange], said: str) -> Page:
    """To those whom it touches, if there are any."""
    touched = next((c for c in changes if c.service_id == service.id), None)
    if touched is None:
        flash(f"{said} {_('No order has a new allergen or another origin of meat.')}")
        return redirect(url_for("batches.batches", day=service.date), 303)
    lines = len(touched.notices)
    words = ngettext("It touches %(num)s line.", "It touches %(num)s lines.", lines)
    flash(f"{said} {words}", "warning")
    return redirect(url_for("content.change_page", change_id=touched.id), 303)


@room.post("/kitchen/swaps/<key:swap_id>/undo")
@audience("kitchen")
def undo(swap_id: int) -> Page:
    """Cook by the recipe again."""
    swap = found(Swap, swap_id)
    service = lunch_on(db.session(), swap.day.isoformat())
    with write_tx() as session:
        changes = undo_swap(session, swap, today=clock.today(), now=clock.now())
    return _after(service, changes, _("The swap is undone."))


def _form_page(service: Service, dish: Dish, form: SwapForm) -> Page:
    page = render_template("batches/swap.html", dish=dish, service=service, form=form)
    return page, form.code
