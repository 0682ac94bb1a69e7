"""A kitchen screen as HTML: the board, cook, pack, hand over."""

from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask import current_app, render_template, request
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from ..core.clock import clock
from ..core.db import db
from ..core.status import IN_HOUSE, TO_COOK, UNPAID, Status
from ..hygiene.due import due_line
from ..menu.dish import STATIONS
from ..menu.menu import Picture, pictures_of
from ..ordering.lunch import lunch_on, next_lunch
from ..ordering.order import Order
from ..practice.copy import copied_lunch
from ..practice.copy_page import copy_name, page_session
from ..practice.exercise import exercise_of
from ..practice.guidance import guidance
from ..printers.printer import printers_in_trouble
from ..service.service import Service
from ..web.language import language
from . import production
from .board_cache import CUT, PieceCache
from .handover import giving, to_give, to_hand_over
from .notice import differences, unseen, unseen_content
from .production import Departure
from .share import cooking_board
from .ticket import Screen, Ticket, change_of, shared_families, taken_away, ticket_of, tiles

TOKEN = "form-token-of-this-screen"


def page_lunch() -> Service | None:
    """The lunch of `?date=`, without one today's or the next; in practice the copied one."""
    if copy_name():
        return copied_lunch(page_session())
    if "date" in request.args:
        return lunch_on(db.session(), request.args["date"])
    return next_lunch(db.session(), now=clock.now())


def page_station() -> str:
    """The station of `?station=`; "" is all of them."""
    asked = request.values.get("station", "")
    return asked if asked in STATIONS else ""


def shown(page: str, template: str, refusal: str = "", service: Service | None = None) -> str:
    """A screen, or its fragment only, for whoever asks."""
    return with_token(screen_html(page, template, refusal, service or page_lunch()))


def with_token(html: str) -> str:
    """The HTML of all screens, with the form token of the one that asks."""
    return html.replace(TOKEN, str(escape(generate_csrf())))


def screen_html(
    page: str,
    template: str,
    refusal: str,
    service: Service | None,
    orders: Sequence[Order] | None = None,
) -> str:
    """A screen with TOKEN in place of the form's token; `orders` if they are read already."""
    session = page_session()
    if orders is None:
        orders = production.shown_orders(session, service) if service else []
    return render_template(
        f"kitchen/{template}.html",
        page=page,
        service=service,
        refusal=refusal,
        station=page_station(),
        asked=_asked(),
        live=sum(order.status not in UNPAID for order in orders),
        is_today=bool(copy_name()) or (service is not None and service.date == clock.today()),
        guidance=guidance(session) if copy_name() else "",
        exercise=exercise_of(session) if copy_name() else None,
        now=clock.now(),
        token=TOKEN,
        cut=Markup(CUT),
        **_content(page, service, orders),
        **_tickets(page, service, orders),
    )


def _keeper(
    page: str, service: Service | None, pictures: Mapping[int, Picture]
) -> Callable[..., Markup]:
    """`{% call kept(facts) %}`: a piece of a board, drawn only where its facts are new."""
    cache: PieceCache = current_app.extensions["locomotive_pieces"]
    day, shown = request.values.get("date", ""), tuple(pictures.items())
    place = (page, service and service.id, day, page_station(), language(), shown)

    def kept(facts: Hashable, caller: Callable[[], Markup]) -> Markup:
        # A training copy is one screen's own: its links lead to the copy.
        return caller() if copy_name() else cache.piece((place, facts), caller)

    return kept


def _asked() -> str:
    return request.values.get("find", "")[:60]


def _content(page: str, service: Service | None, orders: Sequence[Order]) -> dict[str, Any]:
    """What only one of the screens shows."""
    station = page_station()
    return {
        "board": production.board(orders) if service and page == "board" else None,
        "hygiene": due_line(db.session(), now=clock.now()) if page == "board" else None,
        "packing": production.packing(orders) if page == "pack" else None,
        "closed": [o for o in orders if o.status is Status.READY or o.acknowledged_at],
        "cooking": cooking_board(orders, station) if service and page == "cook" else None,
        **(_giving(orders) if page == "hand_over" else {}),
    }


def _giving(orders: Sequence[Order]) -> dict[str, Any]:
    return {
        "giving": giving(orders),
        "given": [o for o in orders if not o.is_delivery and o.status is Status.HANDED_OVER],
        "found": to_hand_over(orders, _asked()) if _asked() else [],
        "to_give": to_give,
    }


def _tickets(page: str, service: Service | None, orders: Sequence[Order]) -> dict[str, Any]:
    """What draws an order, and the orders that wait to be seen."""
    session = page_session()
    pictures = pictures_of(session, service.date) if service else {}
    changes = differences(session, service) if service else {}
    content = unseen_content(session, service) if service else []
    blocked = [o for o in orders if o.must_stay and o.status in IN_HOUSE]
    screen = Screen(page, request.args.get("date", ""), copy_name())

    def ticket(order: Order) -> Ticket:
        return ticket_of(order, screen, pictures=pictures, difference=changes.get(order.id))

    return {
        "kept": _keeper(page, service, pictures),
        "dishes": pictures,
        "shared_families": shared_families(pictures),
        "unseen": unseen(orders),
        "content_changes": content,
        "blocked_orders": blocked,
        "printers_in_trouble": printers_in_trouble(session),
        "alarms": len(content) + len(blocked),
        "changed": [order for order in orders if order.id in changes],
        "change_of": lambda order: change_of(changes[order.id], pictures),
        "tile": lambda bags: _tile_html(tuple(map(ticket, bags))),
        "tiles": lambda departure: _tiles_html(map(ticket, _to_bag(departure, changes))),
        "taken_away": taken_away,
        "back": production.back,
    }


def _to_bag(departure: Departure, changes: Container[int]) -> Iterator[Order]:
    """The bags to close; one that was changed waits until somebody has seen it."""
    return (o for o in departure.orders if o.status in TO_COOK and o.id not in changes)


def _tiles_html(tickets: Iterable[Ticket]) -> Markup:
    return Markup("").join(_tile_html(tile) for tile in tiles(tickets))


def _tile_html(tickets: tuple[Ticket, ...]) -> Markup:
    return Markup(_cached_tile_html(tickets, language()))


@lru_cache(maxsize=4096)
def _cached_tile_html(tickets: tuple[Ticket, ...], _language: str) -> str:
    return render_template("kitchen/_ticket.html", tickets=tickets, token=TOKEN)
