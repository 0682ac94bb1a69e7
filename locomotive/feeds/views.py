"""The menus of the coming days for those who do not open the shop: a poster, and feeds."""

import json

from flask import Blueprint, abort, render_template, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from ..choices.choice_page import SetMenuShown
from ..choices.option import OptionFacts
from ..core.clock import clock
from ..core.db import db
from ..core.tokens import qr_code
from ..shop.calendar import menu_calendar
from ..shop.card import Card
from ..shop.menu_page import menu_cards
from ..shop.offer import Lunch, lunches, lunches_on_offer
from ..web.audience import audience
from ..web.view import day_or_404, settings
from .told_page import course_words, told_set_menus

room = Blueprint("week", __name__)
room.add_app_template_filter(course_words)
KEPT = "public, max-age=300"  # what is told here changes with the menus, not with the visitor


def week() -> list[tuple[Lunch, list[Card], list[SetMenuShown]]]:
    """The published menus that take orders now or later, each with its dishes and set menus."""
    days = lunches_on_offer(db.session(), now=clock.now())
    return [(lunch, menu_cards(lunch, {}), told_set_menus(lunch)) for lunch in days]


@room.get("/week")
@audience("public")
def poster() -> str:
    """The menus of the coming days on one sheet of A4, for the wall of a workplace."""
    return render_template(
        "feeds/week.html",
        week=week(),
        code=Markup(qr_code(f"{settings().public_url}/")),
        address=settings().public_url,
    )


@room.get("/menu.ics")
@audience("public")
def menu_ics() -> Response:
    """The menus as a calendar to subscribe to: one day each."""
    house = settings()
    days = [
        (
            lunch.date,
            _("Lunch of %(name)s", name=house.restaurant_name),
            "\n".join(
                [
                    *(card.name for card in cards),
                    *(f"{one.name} – {course_words(one)}" for one in set_menus),
                    menu_address(lunch),
                ]
            ),
        )
        for lunch, cards, set_menus in week()
    ]
    return fed(menu_calendar(days, house, now=clock.now()), "text/calendar")


@room.get("/menu.xml")
@audience("public")
def menu_xml() -> Response:
    """The menus as an Atom feed (RFC 4287)."""
    shown = week()
    days = [lunch.menu.published_at for lunch, *_rest in shown if lunch.menu.published_at]
    latest = max(days, default=clock.now())
    text = render_template(
        "feeds/menu.xml",
        week=shown,
        updated=latest,
        address=settings().public_url,
        menu_address=menu_address,
    )
    return fed(text, "application/atom+xml")


@room.get("/menu/<day>.json")
@audience("public")
def menu_json(day: str) -> Response:
    """One day's menu for other programs: names, cents, codes of allergens."""
    wanted = day_or_404(day)
    lunch = next(iter(lunches(db.session(), wanted, wanted)), None) or abort(404)
    service = lunch.service
    told = {
        "date": lunch.date.isoformat(),
        "takes_orders": lunch.takes_orders(clock.now()),
        "delivery_until": service.delivery_cutoff.isoformat(),
        "takeaway_until": service.takeaway_cutoff.isoformat(),
        "url": menu_address(lunch),
        "dishes": [dish_facts(card) for card in menu_cards(lunch, {})],
        "set_menus": [set_menu_facts(one) for one in told_set_menus(lunch)],
    }
    return fed(json.dumps(told, ensure_ascii=False), "application/json")


def dish_facts(card: Card) -> dict[str, object]:
    """A dish as other programs read it."""
    return {
        "name": card.name,
        "description": card.description,
        "price_cents": card.price_cents,
        "vegetarian": card.is_vegetarian,
        "contains": list(card.contains),
        "may_contain": list(card.may_contain),
        "origin": list(card.origins),
        "sold_out": card.is_sold_out,
        "options": [option_facts(option) for option in card.options],
    }


def option_facts(option: OptionFacts) -> dict[str, object]:
    """An option of a dish as other programs read it; its price is the difference."""
    return {
        "kind": option.kind,
        "name": option.name,
        "price_cents": option.price_cents,
        "contains": list(option.contains),
        "may_contain": list(option.may_contain),
    }


def set_menu_facts(set_menu: SetMenuShown) -> dict[str, object]:
    """A set menu as other programs read it: of each course one dish is taken."""
    return {
        "name": set_menu.name,
        "price_cents": set_menu.price_cents,
        "sold_out": not set_menu.is_possible,
        "courses": [
            {"name": name, "dishes": [pick.name for pick in picks]}
            for name, picks in set_menu.courses
        ],
    }


def menu_address(lunch: Lunch) -> str:
    """The whole address of a day's menu."""
    path = url_for("shop.menu_of_day", text=lunch.date.isoformat())
    return f"{settings().public_url}{path}"


def fed(text: str, mimetype: str) -> Response:
    """The answer of a feed, which others may keep for a while."""
    response = Response(text, mimetype=mimetype)
    response.headers["Cache-Control"] = KEPT
    response.vary.add("Cookie")  # the language in use
    return response
