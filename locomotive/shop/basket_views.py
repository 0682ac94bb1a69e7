"""The basket."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask import session as cookie

from ..choices.choice import lead_of
from ..choices.choice_page import typed_items
from ..core.clock import clock
from ..core.db import db
from ..core.refusal import Refusal
from ..menu.menu import Menu, SoldOut
from ..ordering.cart import (
    DishNotOffered,
    QuantityInvalid,
    load_basket,
    read_quantities,
    with_quantities,
)
from ..web.audience import audience
from ..web.language import sentence
from ..web.view import Page, day_or_404
from .menu_page import dish_row, menu_page, published_menu
from .offer import lunches, lunches_on_offer
from .visitor import basket_days, kept_baskets, typed_numbers, typed_quantities

room = Blueprint("basket", __name__)


@room.route("/basket", methods=["GET", "POST"])
@audience("public")
def basket() -> Page:
    """Show what the visitor chose, or change it and go back to where it was changed."""
    if request.method == "GET":
        return basket_page()
    day = day_or_404(request.form.get("date"))
    menu = published_menu(day)
    if menu is None:
        abort(404)
    steps = typed_numbers("step-")
    if steps:
        return stepped(menu, steps)
    is_added = "add" in request.form
    picked, wrong = typed_items()
    typed = {**typed_quantities(), **picked}
    numbers, unread = read_quantities(typed, least=1 if is_added else 0)
    wrong |= unread
    changed = kept_baskets()
    try:
        changed = with_quantities(db.session(), changed, menu, numbers, are_more=is_added)
    except (QuantityInvalid, SoldOut) as refusal:
        wrong[refusal.values["field"].removeprefix("quantity-")] = refusal
    if wrong:
        return refused_quantities(menu, wrong, is_added=is_added)
    cookie["basket"] = changed
    if is_added:
        anchor = f"dish-{lead_of(min(numbers, default=''))}"
        return redirect(url_for("shop.menu_of_day", text=day.isoformat(), _anchor=anchor), 303)
    if "order" in request.form and day.isoformat() in changed:
        return redirect(url_for("checkout.checkout", day=day.isoformat()), 303)
    return redirect(url_for("basket.basket"), 303)


def stepped(menu: Menu, steps: dict[str, str]) -> Page:
    """One more or one less of a dish, and its row again; without htmx the whole menu."""
    kept = kept_baskets()
    lines = kept.get(menu.date.isoformat(), {})
    item, step = next(iter(steps.items()))
    number = max(0, lines.get(item, 0) + (-1 if step == "-1" else 1))
    wrong: dict[str, Refusal] = {}
    try:
        cookie["basket"] = with_quantities(db.session(), kept, menu, {item: number})
    except (DishNotOffered, QuantityInvalid, SoldOut) as refusal:
        wrong[item] = refusal
    if "HX-Request" in request.headers:
        lunch = next(iter(lunches(db.session(), menu.date, menu.date)), None) or abort(404)
        sentences = {one: sentence(refusal) for one, refusal in wrong.items()}
        status = max((refusal.status for refusal in wrong.values()), default=200)
        return dish_row(lunch, item, sentences), status
    if wrong:
        return refused_quantities(menu, wrong, is_added=True)
    anchor = f"dish-{item}"
    return redirect(url_for("shop.menu_of_day", text=menu.date.isoformat(), _anchor=anchor), 303)


def refused_quantities(menu: Menu, wrong: dict[str, Refusal], *, is_added: bool) -> tuple[str, int]:
    """The page that the quantities came from, with a sentence at each wrong one."""
    status = max(refusal.status for refusal in wrong.values())
    sentences = {item: sentence(refusal) for item, refusal in wrong.items()}
    here = lunches(db.session(), menu.date, menu.date)
    if is_added and here:
        days = lunches_on_offer(db.session(), now=clock.now())
        return menu_page(here[0], days, {lead_of(i): text for i, text in sentences.items()}), status
    return basket_page(sentences), status


def basket_page(wrong: dict[str, str] | None = None) -> str:
    """The baskets of all days, one below the other."""
    baskets = [(day, load_basket(db.session(), day, kept_baskets())) for day in basket_days()]
    return render_template(
        "shop/basket.html",
        baskets=[(day, basket) for day, basket in baskets if basket.is_published],
        wrong=wrong or {},
        typed=request.form,
    )
