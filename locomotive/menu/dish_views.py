"""Dishes: added, changed, put away."""

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import write_tx
from ..core.tasks import content_changed
from ..web.audience import audience
from ..web.view import Page, answered, found
from .dish import Dish
from .dish_page import dish_page
from .forms import dish_form
from .menu import change_dish

room = Blueprint("dishes", __name__)


@room.route("/office/dishes/new", methods=["GET", "POST"])
@audience("manager")
def new_dish() -> Page:
    """Describe a dish that is not on the list yet."""
    form = dish_form(None)
    if form.validate_on_submit():
        with answered(form) as session:
            dish = Dish()
            form.fill(dish)
            change_dish(session, dish, allergens=form.allergens, today=clock.today())
        if not form.errors:
            flash(_("%(dish)s is on the list. You may add a photo.", dish=dish.name))
            return redirect(url_for("dishes.edit_dish", dish_id=dish.id), 303)
    return dish_page(None, form)


@room.route("/office/dishes/<key:dish_id>", methods=["GET", "POST"])
@audience("manager")
def edit_dish(dish_id: int) -> Page:
    """Change a dish; orders already taken keep what it was."""
    dish = found(Dish, dish_id)
    form = dish_form(dish)
    if form.validate_on_submit():
        with answered(form) as session:
            form.fill(dish)
            change_dish(session, dish, allergens=form.allergens, today=clock.today())
            content_changed(session, "dish", dish.name)
        if not form.errors:
            flash(_("%(dish)s is saved.", dish=dish.name))
            return redirect(url_for("menu.office"), 303)
    return dish_page(dish, form)


@room.post("/office/dishes/<key:dish_id>/archive")
@audience("manager")
def archive_dish(dish_id: int) -> Page:
    """Put a dish away, or take it back (`archived` is "no"); nothing is lost."""
    dish = found(Dish, dish_id)
    with write_tx():
        dish.is_archived = request.form.get("archived") != "no"
    said = _("%(dish)s is put away.") if dish.is_archived else _("%(dish)s is back on the list.")
    flash(said % {"dish": dish.name})
    return redirect(url_for("menu.office"), 303)
