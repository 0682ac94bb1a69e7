"""What was left over."""

from datetime import date
from functools import partial

from flask import (
    Blueprint,
    abort,
    flash,
    redirect,
    render_template,
    url_for,
)
from flask_babel import gettext as _

from ..core.db import db
from ..core.tasks import MAKE_GIFT_SHEET, ask_worker
from ..menu.dish import Dish
from ..menu.menu import menu_of
from ..menu.recipe import read_book
from ..web.audience import audience
from ..web.language import language
from ..web.paper import paper
from ..web.view import Page, answered, day_or_404
from .forms import LeftoverForm, leftover_form
from .gift_page import gift_html, gift_of, gift_path
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


@room.get("/kitchen/<day>/leftovers/gift")
@audience("kitchen")
def gift(day: str) -> str:
    """The sheet of what was given, to print and to be signed."""
    return gift_html(day_or_404(day), is_pdf=False)


@room.get("/kitchen/<day>/leftovers/gift.pdf")
@audience("kitchen")
def gift_pdf(day: str) -> Page:
    """The sheet's PDF; the worker makes it, meanwhile the sheet itself is shown."""
    wanted = day_or_404(day)
    return paper(
        gift_path(wanted, gift_of(wanted), language()),
        f"gift-{wanted}.pdf",
        meanwhile=lambda _is_possible: gift_html(wanted, is_pdf=False),
        ask=partial(ask_worker, MAKE_GIFT_SHEET, wanted.isoformat(), language()),
    )


def _page(dishes: list[Dish], day: date, form: LeftoverForm) -> Page:
    noted = leftovers_between(db.session(), day, day)
    page = render_template(
        "batches/leftovers.html",
        dishes=dishes,
        day=day,
        form=form,
        has_gift=any(row.given for row in noted),
    )
    return page, form.code
