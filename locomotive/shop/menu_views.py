"""The menu, and orders by phone."""

from flask import (
    Blueprint,
    current_app,
    has_request_context,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from ..choices.choice_page import ticked_options
from ..choices.option import KINDS, ONE_OF
from ..core.clock import clock
from ..core.db import db
from ..farm.allergen import ALLERGENS
from ..ordering.cart import by_item, count_kept, item_name, item_rows
from ..ordering.message import STATE_WORDS
from ..ordering.order import BAG_WORDS
from ..ordering.shown import choice_of
from ..web.audience import PUBLIC, audience
from ..web.view import Page, day_or_404
from .menu_page import menu_page
from .offer import first_open, lunches, lunches_on_offer
from .visitor import kept_baskets, live_order

room = Blueprint("shop", __name__)


@room.record_once
def know_words(state: BlueprintSetupState) -> None:
    """Give templates the words of codes; `_()` translates them."""
    state.app.jinja_env.globals.update(
        ALLERGENS=ALLERGENS, BAG_WORDS=BAG_WORDS, STATE_WORDS=STATE_WORDS, OPTION_KINDS=KINDS,
        ONE_OF=ONE_OF, ticked_options=ticked_options,
    )  # fmt: skip
    state.app.jinja_env.filters.update(
        by_item=by_item, choice_of=choice_of, item_name=item_name, item_rows=item_rows
    )


@room.app_context_processor
def know_basket() -> dict[str, int | str | None]:
    """How many portions wait in the visitor's basket, and the token of the order that he has;
    staff pages show neither."""
    if not has_request_context() or request.endpoint is None:
        return {"basket_count": None, "live_order": None}
    view = current_app.view_functions[request.endpoint]
    is_public = PUBLIC in getattr(view, "audience", ())
    return {
        "basket_count": count_kept(kept_baskets()) if is_public else None,
        "live_order": live_order() if is_public else None,
    }


@room.get("/")
@audience("public")
def today() -> Page:
    """Today's menu, or that of the next day that takes orders."""
    now = clock.now()
    days = lunches_on_offer(db.session(), now=now)
    lunch = first_open(days, now=now)
    if lunch is None:
        return render_template("shop/no_menu.html", day=None, days=days, now=now)
    return menu_page(lunch, days)


@room.get("/menu/<text>")
@audience("public")
def menu_of_day(text: str) -> Page:
    """The menu of one day."""
    day, now = day_or_404(text), clock.now()
    days = lunches_on_offer(db.session(), now=now)
    found = days if day in {lunch.date for lunch in days} else lunches(db.session(), day, day)
    lunch = next((lunch for lunch in found if lunch.date == day), None)
    if lunch is None:
        return render_template("shop/no_menu.html", day=day, days=days, now=now), 404
    return menu_page(lunch, days)


@room.post("/office/phone/<text>")
@audience("manager")
def take_call(text: str) -> Response:
    """Begin an order by phone for a day, or end it."""
    day = day_or_404(text)
    if cookie.pop("phone_call", None) and "end" in request.form:
        return redirect(url_for("office.home", day=day), 303)
    cookie["phone_call"] = day.isoformat()
    return redirect(url_for("shop.menu_of_day", text=day.isoformat()), 303)
