"""The menus of the coming days for those who do not open the shop: a poster, and feeds."""

import json

from flask import Blueprint, abort, render_template, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.wrappers import Response

from ..core.clock import clock
from ..core.db import db
from ..core.tokens import qr_code
from ..shop.calendar import menu_calendar
from ..shop.card import Card
from ..shop.menu_page import menu_cards
from ..shop.offer import Lunch, lunches, lunches_on_offer
from ..web.audience import audience
from ..web.view import day_or_404, settings

room = Blueprint("week", __name__)
KEPT = "public, max-age=300"  # what is told here changes with the menus, not with the visitor


def week() -> list[tuple[Lunch, list[Card]]]:
    """The published menus that take orders now or later, each with its dishes."""
    days = lunches_on_offer(db.session(), now=clock.now())
    return [(lunch, menu_cards(lunch, {})) for lunch in days]


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
            "\n".join([*(card.name for card in cards), menu_address(lunch)]),
        )
        for lunch, cards in week()
    ]
    return fed(menu_calendar(days, house, now=clock.now()), "text/calendar")


@room.get("/menu.xml")
@audience("public")
def menu_xml() -> Response:
    """The menus as an Atom feed (RFC 4287)."""
    shown = week()
    days = [lunch.menu.published_at for lunch, _cards in shown if lunch.menu.published_at]
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
