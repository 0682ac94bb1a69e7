"""What was left over."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from ..core.db import db
from ..menu.dish import Dish
from ..menu.menu import menu_of
from ..menu.recipe import read_book
from ..web.audience import audience
from ..web.view import Page, answered, day_or_404
from .forms import LeftoverForm, leftover_form
from .leftover import leftovers_between, save_leftovers

room = Blueprint("leftovers", __name__)


@room.route("/kitchen/<day>/leftovers", methods=["GET", "POST"])
@audience("kitchen")
def leftovers(day: str) -> Page:
    """Note what was left over, given and thrown away."""
    wanted = day_or_404(day)
    menu = menu_of(db.session(), wanted) or abort(404)
    dishes = [portion.dish for portion in menu.portions]
    form = leftover_form(dishes, leftovers_between(db.session(), wanted, wanted))
    if not form.validate_on_submit():
        return _page(dishes, wanted, form)
    book = read_book(db.session())
    grams = {dish.id: round(book.grams_per_portion(dish.id, wanted)) for dish in dishes}
    with answered(form) as session:
        save_leftovers(session, (form.leftover(wanted, i, grams_each=g) for i, g in grams.items()))
    if form.errors:
        return _page(dishes, wanted, form)
    flash(_("The leftovers are noted."))
    return redirect(url_for("leftovers.leftovers", day=wanted), 303)


def _page(dishes: list[Dish], day: date, form: LeftoverForm) -> Page:
    page = render_template("batches/leftovers.html", dishes=dishes, day=day, form=form)
    return page, form.code
