"""Options of a dish: made, changed, ended."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ..core.db import db, write_tx
from ..core.tasks import content_changed
from ..menu.dish import Dish
from ..web.audience import audience
from ..web.view import Page, answered, found
from .forms import option_form
from .option import DishOption, options_of_dishes, save_option

room = Blueprint("options", __name__)


@room.route("/office/dishes/<key:dish_id>/options", methods=["GET", "POST"])
@audience("manager")
def options(dish_id: int) -> Page:
    """The options of a dish, and a new one."""
    return _edit(found(Dish, dish_id), None)


@room.route("/office/options/<key:option_id>", methods=["GET", "POST"])
@audience("manager")
def edit_option(option_id: int) -> Page:
    """Change an option; what it adds reaches orders that are not bagged yet."""
    option = found(DishOption, option_id)
    return _edit(found(Dish, option.dish_id), option)


@room.post("/office/options/<key:option_id>/end")
@audience("manager")
def end_option(option_id: int) -> Page:
    """Offer an option no more; orders that have it keep it."""
    option = found(DishOption, option_id)
    with write_tx():
        option.is_ended = True
    flash(_("%(name)s is offered no more.", name=option.name))
    return redirect(url_for("options.options", dish_id=option.dish_id), 303)


def _edit(dish: Dish, option: DishOption | None) -> Page:
    form = option_form(option)
    if form.validate_on_submit():
        with answered(form) as session:
            made = option or DishOption()
            form.fill(made)
            save_option(session, made, dish)
            content_changed(session, "dish", dish.name)
        if not form.errors:
            flash(_("%(name)s is saved.", name=made.name))
            return redirect(url_for("options.options", dish_id=dish.id), 303)
    known = options_of_dishes(db.session(), [dish.id]).get(dish.id, [])
    page = render_template(
        "choices/options.html", dish=dish, option=option, options=known, form=form
    )
    return page, form.code
