"""What was left over."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ..core.clock import day_of
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..menu.dish import Dish
from ..menu.menu import menu_of
from ..menu.recipe import read_book
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.view import Page
from .forms import (
    LeftoverForm,
    leftover_form,
)
from .leftover import Leftover, leftovers_between, save_leftover

room = Blueprint("leftovers", __name__)


NUMBER = "<key:{}>"


@room.route("/kitchen/<day>/leftovers", methods=["GET", "POST"])
@audience("kitchen")
def leftovers(day: str) -> Page:
    """Note what was left over, given and thrown away."""
    wanted = day_of(day) or abort(404)
    menu = menu_of(db.session(), wanted) or abort(404)
    dishes = [portion.dish for portion in menu.portions]
    form = _leftover_form(dishes, wanted)
    if not form.validate_on_submit():
        return _leftover_page(dishes, wanted, form, status=422 if form.errors else 200)
    book = read_book(db.session())
    try:
        with write_tx() as session:
            for dish in dishes:
                unsold, given, wasted = form.numbers(dish.id)
                save_leftover(
                    session,
                    Leftover(
                        day=wanted,
                        dish_id=dish.id,
                        unsold=unsold,
                        given=given,
                        wasted=wasted,
                        given_to=form.given_to.data if given else "",
                        grams_each=round(book.grams_per_portion(dish.id, wanted)),
                    ),
                )
    except Refusal as refusal:
        return _leftover_page(dishes, wanted, form, status=show_refusal(form, refusal))
    flash(_("The leftovers are noted."))
    return redirect(url_for("leftovers.leftovers", day=wanted), 303)


def _leftover_form(dishes: list[Dish], day: date) -> LeftoverForm:
    standing = leftovers_between(db.session(), day, day)
    numbers = {x.dish_id: (x.unsold, x.given, x.wasted) for x in standing}
    given_to = next((x.given_to for x in standing if x.given_to), "")
    return leftover_form(dishes, numbers, given_to)


def _leftover_page(
    dishes: list[Dish], day: date, form: LeftoverForm, *, status: int
) -> tuple[str, int]:
    page = render_template("batches/leftovers.html", dishes=dishes, day=day, form=form)
    return page, status
