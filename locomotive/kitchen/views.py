"""The kitchen's screens: the board, cook, pack, hand over; each also on the training copy."""

import time

from flask import Blueprint, current_app, make_response, redirect, request, url_for
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ..core.clock import clock, local
from ..ordering.order import Order
from ..practice.copy_page import both, copy_name, follow_copy, need_network, page_session
from ..service.service import Service
from ..web.audience import PUBLIC, audience
from ..web.language import language
from .board_cache import BoardCache, CachedBoard, PieceCache, ReadingCache
from .production import shown_orders
from .screen_page import TOKEN, page_lunch, page_station, screen_html, shown, with_token

room = Blueprint("kitchen", __name__)
room.record(lambda state: state.app.extensions.setdefault("locomotive_boards", BoardCache()))
room.record(lambda state: state.app.extensions.setdefault("locomotive_pieces", PieceCache()))
room.record(lambda state: state.app.extensions.setdefault("locomotive_orders", ReadingCache()))
follow_copy(room)
HELD = "X-Held"  # the tags of the fragments that a screen holds


@room.get("/kitchen/")
@audience("kitchen")
def board() -> str:
    """The wall screen."""
    return shown("board", "board")


@both(room, "/cook")
@audience("kitchen")
def cook() -> str:
    """How many of what is still to do; `?station=` shows one station only."""
    return shown("cook", "cook")


@both(room, "/pack")
@audience("kitchen")
def pack() -> str:
    """Bag by bag, in the order in which bags go aboard."""
    return shown("pack", "pack")


@both(room, "/hand-over")
@audience("kitchen")
def hand_over() -> str:
    """The take-away customer's bag, by number or first letters (`?find=`)."""
    return shown("hand_over", "hand_over")


@both(room, "/board", defaults={"page": "board"})
@both(room, "/<any(cook, pack, hand_over):page>/board")
@audience("kitchen")
def board_fragment(page: str) -> Response:
    """What a screen asks for every 2 s: most answers are 304 and cost two small queries.

    A screen that shows no chosen day says which one it is `showing`; when another lunch is the
    next one it is sent to the whole page.
    """
    need_network()
    service = page_lunch()
    day = service.date.isoformat() if service else "none"
    if request.args.get("showing", "") not in ("", day):
        return redirect(url_for(f"kitchen.{page}"), 303)
    etag = _etag(service)
    if not request.if_none_match.contains_weak(etag):
        board = _board(page, service, etag)
        etag = board.etag
    is_known = request.if_none_match.contains_weak(etag)
    response = Response(status=304) if is_known else make_response(_sent(board))
    response.set_etag(etag, weak=True)  # the same board, compressed or not
    response.vary.update(("Cookie", HELD))
    return response


def _sent(board: CachedBoard) -> str | dict[str, object]:
    """The board whole, or for a screen that says what it holds, in fragments: the tag of one that
    it holds, tag and HTML of another. It puts `token` where `mark` stands."""
    if HELD not in request.headers:
        return with_token(board.html)
    held = request.headers[HELD].split()
    fragments = [f.tag if f.tag in held else (f.tag, f.html) for f in board.fragments]
    return {"mark": TOKEN, "token": generate_csrf(), "fragments": fragments}


def _etag(service: Service | None) -> str:
    """What changes with a board; the hour, because minutes to departure are shown from three
    hours before it."""
    state = f"{service.id}.{service.version}.{service.date}" if service else "none"
    return f"{state}.{local(clock.now()):%Y%m%d%H}.{language()}"


def _board(page: str, service: Service | None, etag: str) -> CachedBoard:
    """A board, shared with the screens that show the same; those of a training copy and of a
    search are a screen's own."""
    if service is None or copy_name() or request.values.get("find"):
        return CachedBoard(etag, 0, screen_html(page, f"_{page}", "", service), 0)
    boards: BoardCache = current_app.extensions["locomotive_boards"]
    shown = _shown_version(service)
    return boards.board(
        (page, service.id, page_station(), request.args.get("date", ""), language()),
        etag=etag,
        version=service.version,
        shown=shown,
        draw=lambda: screen_html(
            page, f"_{page}", "", service, _orders(service, anew=shown is None)
        ),
        now=time.monotonic,
    )


def _orders(service: Service, anew: bool) -> list[Order]:
    """The lunch's orders, read once for the boards of one version."""
    readings: ReadingCache[list[Order]] = current_app.extensions["locomotive_orders"]

    def read() -> list[Order]:
        # In a session of its own, so that no session follows what other threads read too.
        with Session(page_session().connection()) as own:
            return shown_orders(own, service)

    return readings.reading(service.id, service.version, read, anew=anew)


def _shown_version(service: Service) -> int | None:
    """The version of the service that the asking screen shows by the ETag it holds."""
    for tag in request.if_none_match.as_set(include_weak=True):
        service_id, version, *_rest = [*tag.split("."), "", ""]
        if service_id == str(service.id) and version.isdecimal():
            return int(version)
    return None


@room.get("/kitchen/worker.js")
@audience(PUBLIC)
def worker() -> Response:
    """The service worker that keeps the screens; its reach is the folder where it stands."""
    response = current_app.send_static_file("kept-pages-worker.js")
    response.headers["Cache-Control"] = "no-cache"
    return response
