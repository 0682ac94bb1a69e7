"""The menu of a day as its visitor sees it."""

from datetime import date
from functools import lru_cache

from flask import current_app, render_template, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from ..core.clock import clock, local
from ..core.db import db
from ..menu.menu import Menu, menu_of
from ..menu.recipe import read_book
from ..ordering.cart import Basket, basket_of
from ..origins.content import content_of
from ..origins.origin import origins_of
from ..origins.origin_page import origin_sentences
from ..web.language import language
from .card import Card, card_of
from .offer import Lunch
from .visitor import is_late_call, kept_baskets

TOKEN = "form-token-of-this-visitor"


def published_menu(day: date) -> Menu | None:
    """The menu of a day as customers may see it."""
    menu = menu_of(db.session(), day)
    return menu if menu and menu.published_at else None


def menu_page(lunch: Lunch, days: list[Lunch], wrong: dict[int, str] | None = None) -> str:
    """A day's menu; `wrong` holds a sentence for each portion that could not be added."""
    at = clock.now()
    chosen = basket_of(lunch.menu, kept_baskets())
    is_open = lunch.takes_orders(at) or (lunch.service.is_open and is_late_call())
    return render_template(
        "shop/menu.html",
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
    contents = content_of(db.session(), [p.dish for p in menu.portions], menu.date, book)
    plates = origins_of(db.session(), menu.date, today=clock.today(), book=book)
    cards = []
    for portion in menu.portions:
        plate = plates.get(portion.dish_id)
        card = card_of(
            portion,
            contents[portion.dish_id].at(),
            origins=origin_sentences(portion.dish, plate),
            neighbour_bp=plate.neighbour_bp if plate else 0,
            chosen=quantities.get(portion.id, 0),
            is_open=is_open,
        )
        if wrong:
            typed = request.form.get(f"quantity-{portion.id}", "")
            card = card.refused(typed, wrong.get(portion.id, ""))
        cards.append(card_html(card, day, token))
    return cards


def card_html(card: Card, day: str, token: str) -> Markup:
    """A card with this visitor's form token; equal cards are rendered once."""
    text = card_text(card, day, language())
    return Markup(text.replace(TOKEN, str(escape(token))))


@lru_cache(maxsize=1024)
def card_text(card: Card, day: str, _language: str) -> str:
    """A card in the language in use, with TOKEN in place of the token."""
    template = current_app.jinja_env.get_template("shop/_dish.html")
    return template.render(card=card, date=day, token=TOKEN)
