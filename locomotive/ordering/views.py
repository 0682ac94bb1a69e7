"""The customer's pages: menu, basket, checkout, order; and the mails for the manager."""

import email
import email.policy
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    has_request_context,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import (
    session as cookie,
)
from flask.blueprints import BlueprintSetupState
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from ..clock import day_of, local, now
from ..db import db
from ..door import PUBLIC, audience
from ..language import language, sentence
from ..menu.allergen import ALLERGENS
from ..menu.dish import Dish
from ..menu.menu import Menu, SoldOut, menu_of
from ..menu.origin import Plate, origins_of
from ..menu.recipe import read_book
from ..refusal import Refusal
from ..settings import Settings
from .card import Card, card_of
from .cart import (
    Basket,
    QuantityInvalid,
    basket_of,
    count_kept,
    load_basket,
    not_before,
    read_quantities,
    with_quantities,
)
from .forms import parse_id
from .message import STATE_WORDS, Message, messages
from .offer import Lunch, first_open, lunches, lunches_on_offer
from .order import (
    BAG_WORDS,
)

room = Blueprint("ordering", __name__)

Page = Response | str | tuple[str, int]
TOKEN = "form-token-of-this-visitor"


@room.record_once
def know_words(state: BlueprintSetupState) -> None:
    """Give templates the words of codes; `_()` translates them."""
    state.app.jinja_env.globals.update(
        ALLERGENS=ALLERGENS, BAG_WORDS=BAG_WORDS, STATE_WORDS=STATE_WORDS
    )


@room.app_context_processor
def know_basket() -> dict[str, int | None]:
    """How many portions wait in the visitor's basket; staff pages show none."""
    if not has_request_context() or request.endpoint is None:
        return {"basket_count": None}
    view = current_app.view_functions[request.endpoint]
    is_public = PUBLIC in getattr(view, "audience", ())
    return {"basket_count": count_kept(kept()) if is_public else None}


def kept() -> dict[str, dict[str, int]]:
    """The visitor's baskets of today and later: date → portion id → number."""
    return not_before(cookie.get("basket", {}), local(now()).date())


def is_late_call() -> bool:
    """Whether the manager takes an order by phone, which may come after the cut-off."""
    is_manager = current_user.is_authenticated and current_user.role == "manager"
    return is_manager and bool(cookie.get("phone_call"))


def settings() -> Settings:
    """The application's settings."""
    found: Settings = current_app.extensions["settings"]
    return found


def day_or_404(text: str | None) -> date:
    """A day of an address or a form; anything else is a page that does not exist."""
    return day_of(text or "") or abort(404)


def published_menu(day: date) -> Menu | None:
    """The menu of a day as customers may see it."""
    menu = menu_of(db.session(), day)
    return menu if menu and menu.published_at else None


@room.get("/")
@audience("public")
def today() -> Page:
    """Today's menu, or that of the next day that takes orders."""
    days = lunches_on_offer(db.session(), now=now())
    lunch = first_open(days, now=now())
    if lunch is None:
        return render_template("ordering/no_menu.html", day=None, days=days)
    return menu_page(lunch, days)


@room.get("/menu/<text>")
@audience("public")
def menu_of_day(text: str) -> Page:
    """The menu of one day."""
    day = day_or_404(text)
    days = lunches_on_offer(db.session(), now=now())
    lunch = next(iter(lunches(db.session(), day, day)), None)
    if lunch is None:
        return render_template("ordering/no_menu.html", day=day, days=days), 404
    return menu_page(lunch, days)


def menu_page(lunch: Lunch, days: list[Lunch], wrong: dict[int, str] | None = None) -> str:
    """A day's menu; `wrong` holds a sentence for each portion that could not be added."""
    at = now()
    chosen = basket_of(lunch.menu, kept())
    is_open = lunch.takes_orders(at) or (lunch.service.is_open and is_late_call())
    return render_template(
        "ordering/menu.html",
        menu=lunch.menu,
        cards=menu_cards(lunch.menu, chosen, wrong or {}, is_open=is_open),
        service=lunch.service,
        days=days,
        basket=chosen,
        is_open=is_open,
        now=at,
        today=local(at).date(),
        is_late_call=is_late_call(),
    )


def menu_cards(menu: Menu, chosen: Basket, wrong: dict[int, str], *, is_open: bool) -> list[Markup]:
    """The menu's dishes as they stand on the page."""
    day, token = menu.date.isoformat(), generate_csrf()
    quantities = chosen.quantities
    book = read_book(db.session())
    plates = origins_of(db.session(), menu.date, today=local(now()).date(), book=book)
    return [
        drawn_card(
            card_of(
                portion,
                book.contents(portion.dish, menu.date),
                origins=told(portion.dish, plates.get(portion.dish_id)),
                neighbour_bp=plates.get(portion.dish_id, Plate()).neighbour_bp,
                chosen=quantities.get(portion.id, 0),
                is_open=is_open,
                typed=request.form.get(f"quantity-{portion.id}", "") if wrong else "",
                wrong=wrong.get(portion.id, ""),
            ),
            day,
            token,
        )
        for portion in menu.portions
    ]


def told(dish: Dish, plate: Plate | None) -> tuple[str, ...]:
    """The sentences about the origin of a dish's meat and produce.

    Where the lots do not tell the meat's countries, what the manager wrote stands.
    """
    filters = current_app.jinja_env.filters
    meats = [] if plate is None else [filters["meat"](meat) for meat in plate.meats]
    if dish.meat_origin and (plate is None or plate.lacks_meat_origin):
        meats = [dish.meat_origin]
    claims = [] if plate is None else [filters["claim"](origin) for origin in plate.origins]
    return (*meats, *claims)


def told_of(day: date, dishes: Iterable[Dish]) -> dict[int, str]:
    """Dish id → what its card says of its origin, in the language in use."""
    plates = origins_of(db.session(), day, today=local(now()).date())
    return {dish.id: " · ".join(told(dish, plates.get(dish.id))) for dish in dishes}


def drawn_card(card: Card, day: str, token: str) -> Markup:
    """A card with this visitor's form token; equal cards are drawn once."""
    text = card_text(card, day, language())
    return Markup(text.replace(TOKEN, str(escape(token))))


@lru_cache(maxsize=1024)
def card_text(card: Card, day: str, _language: str) -> str:
    """A card in the language in use, with TOKEN in place of the token."""
    template = current_app.jinja_env.get_template("ordering/_dish.html")
    return template.render(card=card, date=day, token=TOKEN)


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
    is_added = "add" in request.form
    numbers, wrong = read_quantities(typed_quantities(), least=1 if is_added else 0)
    try:
        changed = with_quantities(kept(), menu, numbers, are_more=is_added)
    except (QuantityInvalid, SoldOut) as refusal:
        wrong[parse_id(refusal.values["field"].removeprefix("quantity-")) or 0] = refusal
    if wrong:
        return refused_quantities(menu, wrong, is_added=is_added)
    cookie["basket"] = changed
    if is_added:
        anchor = f"dish-{min(numbers, default=0)}"
        return redirect(url_for("ordering.menu_of_day", text=day.isoformat(), _anchor=anchor), 303)
    if "order" in request.form and day.isoformat() in changed:
        return redirect(url_for("ordering.checkout", day=day.isoformat()), 303)
    return redirect(url_for("ordering.basket"), 303)


def typed_quantities() -> dict[int, str]:
    """What stands in the fields quantity-<portion id>."""
    fields = ((parse_id(n.removeprefix("quantity-")), text) for n, text in request.form.items())
    return {portion_id: text for portion_id, text in fields if portion_id is not None}


def refused_quantities(menu: Menu, wrong: dict[int, Refusal], *, is_added: bool) -> tuple[str, int]:
    """The page that the quantities came from, with a sentence at each wrong one."""
    status = max(refusal.status for refusal in wrong.values())
    sentences = {portion_id: sentence(refusal) for portion_id, refusal in wrong.items()}
    here = lunches(db.session(), menu.date, menu.date)
    if is_added and here:
        return menu_page(here[0], lunches_on_offer(db.session(), now=now()), sentences), status
    return basket_page(sentences), status


def basket_page(wrong: dict[int, str] | None = None) -> str:
    """The baskets of all days, one below the other."""
    baskets = [(day, load_basket(db.session(), day, kept())) for day in kept_days()]
    return render_template(
        "ordering/basket.html",
        baskets=[(day, basket) for day, basket in baskets if basket.is_published],
        wrong=wrong or {},
        typed=request.form,
    )


def kept_days() -> list[date]:
    """The days of the visitor's baskets, the next one first."""
    return [date.fromisoformat(day) for day in kept()]


@room.post("/office/phone/<text>")
@audience("manager")
def take_call(text: str) -> Response:
    """Begin an order by phone for a day, or end it."""
    day = day_or_404(text)
    if cookie.pop("phone_call", None) and "end" in request.form:
        return redirect(url_for("office.home", day=day), 303)
    cookie["phone_call"] = day.isoformat()
    return redirect(url_for("ordering.menu_of_day", text=day.isoformat()), 303)


@room.get("/office/mails")
@audience("manager")
def mails() -> str:
    """The mails to customers: which went, which did not, and whom to call."""
    found = messages(db.session())
    return render_template(
        "ordering/mails.html",
        mails=[(message, written(message)) for message in found],
        is_folder=settings().mail_url.startswith("folder"),
    )


def written(message: Message) -> str:
    """The text of a mail as it lies in the demonstration's folder, else nothing."""
    path = settings().instance / "mails" / message.file_name
    if not settings().mail_url.startswith("folder") or not path.exists():
        return ""
    mail: Any = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return str(mail.get_content())
