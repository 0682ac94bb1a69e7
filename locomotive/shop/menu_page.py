"""The menu of a day as its visitor sees it."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from threading import Lock

from flask import current_app, render_template, request
from flask import session as cookie
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from ..choices.choice_page import SetMenuShown, set_menu_shown, ticked_options
from ..core.clock import clock, local
from ..core.db import db, edition
from ..farm.allergen import ALLERGENS
from ..menu.dish import CATEGORIES
from ..menu.menu import Menu, count_left, load_portions, menu_of
from ..ordering.cart import basket_of, count_kept
from ..origins.facts import EDITION, DayFacts, day_facts
from ..origins.origin_page import origin_sentences
from ..web.language import language
from ..web.page import is_demonstration
from .card import FEW, Card, card_of
from .offer import Lunch
from .visitor import is_late_call, kept_baskets, live_order

TOKEN = "form-token-of-this-visitor"
NOW = "instant-of-this-visit"
PAGES_KEPT = 256


@dataclass
class MenuPages:
    """The pages drawn last, by all that is seen on them; the latest used stand last."""

    lock: Lock = field(default_factory=Lock)
    pages: OrderedDict[Hashable, str] = field(default_factory=OrderedDict)

    def kept(self, key: Hashable) -> str | None:
        """The page of a key, if it was drawn lately."""
        with self.lock:
            if key in self.pages:
                self.pages.move_to_end(key)
            return self.pages.get(key)

    def keep(self, key: Hashable, text: str) -> None:
        """Keep a page, and forget what nobody has looked at for longest."""
        with self.lock:
            self.pages[key] = text
            if len(self.pages) > PAGES_KEPT:
                self.pages.popitem(last=False)


def published_menu(day: date) -> Menu | None:
    """The menu of a day as customers may see it."""
    menu = menu_of(db.session(), day)
    return menu if menu and menu.published_at else None


def menu_page(lunch: Lunch, days: list[Lunch], wrong: dict[str, str] | None = None) -> str:
    """A day's menu; `wrong` holds a sentence for each dish or set menu that could not be added.

    Visitors who see the same share one drawing of it, each with a form token of his own.
    """
    at, token = clock.now(), str(escape(generate_csrf()))
    if wrong or is_own():
        return _whole(drawn_menu(lunch, days, wrong or {}, at), token, at)
    pages = current_app.extensions.setdefault("locomotive_menus", MenuPages())
    key = seen(lunch, days, at)
    text = pages.kept(key)
    if text is None:
        text = drawn_menu(lunch, days, {}, at).replace(token, TOKEN)
        pages.keep(key, text)
    return _whole(text, token, at)


def _whole(text: str, token: str, at: datetime) -> str:
    return text.replace(TOKEN, token).replace(NOW, at.isoformat())


def is_own() -> bool:
    """Whether the page says what only this visitor is told: a message, his order, staff's pages."""
    return "_flashes" in cookie or "_user_id" in cookie or live_order() is not None


def seen(lunch: Lunch, days: list[Lunch], at: datetime) -> Hashable:
    """All that a menu's page depends on, but for the form's token and the instant."""
    service, kept = lunch.service, kept_baskets()
    left = count_left(db.session(), lunch.menu.id)
    return (
        edition(db.session(), EDITION),
        request.path,
        language(),
        at.replace(second=0, microsecond=0),
        clock.today(),
        is_demonstration(),
        (lunch.date, lunch.lacks, is_open(lunch), service.is_open),
        (service.takeaway_cutoff, service.takeaway_cutoff <= at),
        (service.delivery_cutoff, service.delivery_cutoff <= at),
        tuple((day.date, day.takes_orders(at), day.is_sold_out) for day in days),
        tuple((portion_id, min(number, FEW + 1)) for portion_id, number in left),
        tuple(sorted(kept.get(lunch.date.isoformat(), {}).items())),
        count_kept(kept),
    )


def drawn_menu(lunch: Lunch, days: list[Lunch], wrong: dict[str, str], at: datetime) -> str:
    """The page, with NOW in place of the instant."""
    facts = day_facts(db.session(), lunch.date, today=clock.today())
    cards = menu_cards(lunch, wrong, facts)
    return render_template(
        "shop/menu.html",
        **basket_facts(lunch),
        set_menus=set_menus_shown(lunch, facts, wrong),
        sections=sections(cards),
        codes=[c for c in ALLERGENS if any(c in inside(card) for card in cards)],
        service=lunch.service,
        lacks=lunch.lacks,
        days=days,
        now=at,
        now_text=NOW,
        today=local(at).date(),
        is_late_call=is_late_call(),
    )


def set_menus_shown(
    lunch: Lunch, facts: DayFacts, wrong: dict[str, str] | None = None
) -> list[SetMenuShown]:
    """The set menus of a day, each with what is left of its dishes."""
    refused = wrong or {}
    return [
        set_menu_shown(one, lunch.menu, facts.dishes, refused.get(f"s{one.id}", ""))
        for one in facts.set_menus
    ]


def dish_row(lunch: Lunch, item: str, wrong: dict[str, str]) -> str:
    """One dish's row as it stands now, with the basket below the menu."""
    cards = [card for card in menu_cards(lunch, wrong) if str(card.portion_id) == item]
    rows = "".join(card_html(card, lunch.date.isoformat()) for card in cards)
    return rows + render_template("shop/_basket_bar.html", **basket_facts(lunch), is_swap=True)


def basket_facts(lunch: Lunch) -> dict[str, object]:
    """What the bar below a menu says of the visitor's basket."""
    return {
        "menu": lunch.menu,
        "basket": basket_of(db.session(), lunch.menu, kept_baskets()),
        "is_open": is_open(lunch),
        "card_html": card_html,
    }


def is_open(lunch: Lunch) -> bool:
    """Whether this visitor may order."""
    return lunch.takes_orders(clock.now()) or (lunch.service.is_open and is_late_call())


def menu_cards(lunch: Lunch, wrong: dict[str, str], told: DayFacts | None = None) -> list[Card]:
    """The dishes as this visitor sees them; what is `told` of them already spares a query."""
    menu = lunch.menu
    load_portions(db.session(), menu)
    items = basket_of(db.session(), menu, kept_baskets()).items
    told = told or day_facts(db.session(), menu.date, today=clock.today())
    facts = told.dishes
    cards = []
    for portion in menu.portions:
        contents, plate = facts[portion.dish_id].contents, facts[portion.dish_id].plate
        card = card_of(
            portion,
            contents,
            origins=origin_sentences(portion.dish, plate),
            neighbour_bp=plate.neighbour_bp if plate else 0,
            chosen=items.get(str(portion.id), 0),
            options=facts[portion.dish_id].options,
            is_open=is_open(lunch),
        )
        if str(portion.id) in wrong:
            card = card.refused("", wrong[str(portion.id)], ticked_options(str(portion.id)))
        cards.append(card)
    return cards


def sections(cards: list[Card]) -> list[tuple[str, list[Card]]]:
    """The parts of the menu that have dishes, each with them."""
    found = [
        (name, [card for card in cards if card.family in families])
        for name, families in CATEGORIES.items()
    ]
    return [(name, inside) for name, inside in found if inside]


def inside(card: Card) -> tuple[str, ...]:
    """The allergens that a dish contains or may contain."""
    return card.contains + card.may_contain


def card_html(card: Card, day: str) -> Markup:
    """A card with this visitor's form token; equal cards are rendered once."""
    text = card_text(card, day, language())
    return Markup(text.replace(TOKEN, str(escape(generate_csrf()))))


@lru_cache(maxsize=1024)
def card_text(card: Card, day: str, _language: str) -> str:
    """A card in the language in use, with TOKEN in place of the token."""
    template = current_app.jinja_env.get_template("shop/_dish.html")
    return template.render(card=card, date=day, token=TOKEN)
