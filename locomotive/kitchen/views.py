"""The kitchen's screens: the board, cook, pack, hand over; and practice on a copy."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ..core.clock import clock, local
from ..core.db import apart_engine, apart_tx, db, write_tx
from ..core.status import UNPAID
from ..farm.allergen import ALLERGENS
from ..menu.dish import STATIONS
from ..menu.menu import Picture, pictures_of
from ..ordering.lunch import lunch_on, next_lunch
from ..ordering.order import Order, orders_of
from ..ordering.step import StepImpossible
from ..service.service import Service
from ..web.audience import PUBLIC, audience
from ..web.language import language, sentence
from ..web.view import Page, settings
from . import practice, production
from .board_cache import DrawnBoards
from .handover import to_hand_over
from .keyed_press import is_first, note_refused
from .notice import Difference, acknowledge, acknowledge_change, differences, unseen
from .share import cooking_board, finish
from .ticket import Ticket, change_of, ticket_of

room = Blueprint("kitchen", __name__)
room.record(lambda state: state.app.extensions.setdefault("locomotive_boards", DrawnBoards()))
View = Callable[..., Any]
TOKEN = "form-token-of-this-screen"
SCREENS = ("cook", "pack", "hand_over")


def both(rule: str, **options: Any) -> Callable[[View], View]:
    """Route a view in the kitchen and, below /kitchen/practice, in the screen's training copy."""

    def routed(view: View) -> View:
        room.route(f"/kitchen{rule}", **options)(view)
        room.route(f"/kitchen/<any(practice):copy>{rule}", **options)(view)
        return view

    return routed


@room.url_value_preprocessor
def take_copy(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Remember whether the request is about the training copy; views do not see it."""
    g.copy = (values or {}).pop("copy", "")


@room.url_defaults
def stay_in_copy(endpoint: str, values: dict[str, Any]) -> None:
    """Links of a practice page lead to practice pages."""
    if g.get("copy") and current_app.url_map.is_endpoint_expecting(endpoint, "copy"):
        values.setdefault("copy", g.copy)


def _practice_path() -> Path:
    return practice.practice_path(settings().instance, current_user.sign_in_id)


def _session() -> Session:
    """Where this request reads: the house's database, or the screen's training copy."""
    if not g.get("copy"):
        return db.session()
    if "practice_session" not in g:
        path = _practice_path()
        if not path.exists():
            abort(redirect(url_for("kitchen.practise"), 303))
        g.practice_session = Session(apart_engine(path))
    found: Session = g.practice_session
    return found


def _tx() -> AbstractContextManager[Session]:
    """Where this request writes."""
    if not g.get("copy"):
        return write_tx()
    _session().rollback()
    return apart_tx(_practice_path())


@room.teardown_request
def close_copy(_error: BaseException | None) -> None:
    """Leave the training copy."""
    session: Session | None = g.pop("practice_session", None)
    if session is not None:
        session.close()


def _lunch() -> Service | None:
    """The lunch of `?date=`, without one today's or the next; in practice the copied one."""
    if g.get("copy"):
        return practice.copied_lunch(_session())
    if "date" in request.args:
        return lunch_on(db.session(), request.args["date"])
    return next_lunch(db.session(), now=clock.now())


@cache
def _codes(allergens: str) -> tuple[str, ...]:
    here = set(allergens.split(","))
    return tuple(code for code in ALLERGENS if code in here)


def _ticket(
    page: str, pictures: Mapping[int, Picture], changes: Mapping[int, Difference], order: Order
) -> Markup:
    ticket = ticket_of(
        order,
        contains=lambda line: _codes(line.allergens),
        pictures=pictures,
        difference=changes.get(order.id),
        page=page,
        day=request.args.get("date", ""),
        copy=g.get("copy", ""),
    )
    return Markup(_ticket_text(ticket, language()))


@lru_cache(maxsize=4096)
def _ticket_text(ticket: Ticket, _language: str) -> str:
    """A ticket with TOKEN in place of the form's token; equal tickets are drawn once."""
    return render_template("kitchen/_ticket.html", ticket=ticket, token=TOKEN)


def _shown(page: str, template: str, refusal: str = "", service: Service | None = None) -> str:
    """A screen, or its fragment only, for whoever asks."""
    return _with_token(_draw(page, template, refusal, service))


def _with_token(html: str) -> str:
    """What was drawn for all screens, with the form token of the one that asks."""
    return html.replace(TOKEN, str(escape(generate_csrf())))


def _draw(page: str, template: str, refusal: str = "", service: Service | None = None) -> str:
    service = service or _lunch()
    session = _session()
    orders = orders_of(session, service) if service else []
    dishes = pictures_of(session, service.date) if service else {}
    changes = differences(session, service) if service else {}
    asked = request.values.get("find", "")[:60]
    return render_template(
        f"kitchen/{template}.html",
        page=page,
        service=service,
        board=production.board(orders) if service and page == "board" else None,
        packing=production.packing(orders) if page == "pack" else (),
        cooking=cooking_board(orders, _station()) if service and page == "cook" else None,
        found=to_hand_over(orders, asked) if service and page == "hand_over" else [],
        unseen=unseen(orders),
        changed=[o for o in orders if o.id in changes],
        change_of=lambda order: change_of(changes[order.id], dishes),
        live=sum(order.status not in UNPAID for order in orders),
        is_today=bool(g.get("copy")) or (service is not None and service.date == clock.today()),
        refusal=refusal,
        station=_station(),
        asked=asked,
        dishes=dishes,
        ticket=partial(_ticket, page, dishes, changes),
        guidance=practice.guidance(session) if g.get("copy") else "",
        now=clock.now(),
        token=TOKEN,
    )


def _station() -> str:
    asked = request.values.get("station", "")
    return asked if asked in STATIONS else ""


@room.get("/kitchen/")
@audience("kitchen")
def board() -> str:
    """The wall screen."""
    return _shown("board", "board")


@both("/cook")
@audience("kitchen")
def cook() -> str:
    """How many of what is still to do; `?station=` shows one station only."""
    return _shown("cook", "cook")


@both("/pack")
@audience("kitchen")
def pack() -> str:
    """Bag by bag, in the order in which bags go aboard."""
    return _shown("pack", "pack")


@both("/hand-over")
@audience("kitchen")
def hand_over() -> str:
    """The take-away customer's bag, by number or first letters (`?find=`)."""
    return _shown("hand_over", "hand_over")


@both("/board", defaults={"page": "board"})
@both("/<any(cook, pack, hand_over):page>/board")
@audience("kitchen")
def board_fragment(page: str) -> Response:
    """What a screen asks for every 2 s: most answers are 304 and cost two small queries.

    A screen that shows no chosen day says which one it is `showing`; when another lunch is the
    next one it is sent to the whole page.
    """
    service = _lunch()
    if request.args.get("showing", "") not in ("", _day(service)):
        return redirect(url_for(f"kitchen.{page}"), 303)
    # The hour, because minutes to departure are shown from three hours before it.
    etag = f"{service.id}.{service.version}.{service.date}" if service else "none"
    etag = f"{etag}.{local(clock.now()):%Y%m%d%H}.{language()}"
    html = ""
    if not request.if_none_match.contains_weak(etag):
        etag, html = _drawn(page, service, etag)
    is_known = request.if_none_match.contains_weak(etag)
    response = Response(status=304) if is_known else make_response(_with_token(html))
    response.set_etag(etag)
    response.vary.add("Cookie")
    return response


def _drawn(page: str, service: Service | None, etag: str) -> tuple[str, str]:
    """A board and its ETag, shared with the screens that show the same; those of a training copy
    and of a search are a screen's own."""
    if service is None or g.get("copy") or request.values.get("find"):
        return etag, _draw(page, f"_{page}", service=service)
    boards: DrawnBoards = current_app.extensions["locomotive_boards"]
    drawn = boards.board(
        (page, service.id, _station(), request.args.get("date", ""), language()),
        etag=etag,
        version=service.version,
        shown=_shown_version(service),
        draw=lambda: _draw(page, f"_{page}", service=service),
        now=time.monotonic,
    )
    return drawn.etag, drawn.html


def _shown_version(service: Service) -> int | None:
    """The version of the service that the asking screen shows by the ETag it holds."""
    for tag in request.if_none_match.as_set(include_weak=True):
        service_id, version, *_rest = [*tag.split("."), "", ""]
        if service_id == str(service.id) and version.isdecimal():
            return int(version)
    return None


def _day(service: Service | None) -> str:
    return service.date.isoformat() if service else "none"


def _screen() -> str:
    """The screen from which an act was sent."""
    asked = request.values.get("page", "")
    return asked if asked in SCREENS else "board"


def _act(rule: Callable[[Session], object], service_id: int) -> Page:
    """Do one act and show its screen again; a stale one gets the state as it is, with 409.

    A script that sends a press asks for the board itself: it gets no page.
    """
    page, key = _screen(), request.form.get("key", "")
    is_fetch = request.headers.get("X-Requested-With") == "fetch"
    try:
        with _tx() as session:
            if is_first(session, key, now=clock.now()):
                rule(session)
    except StepImpossible as refusal:
        with _tx() as session:
            note_refused(session, key, now=clock.now())
        service = _session().get_one(Service, service_id, populate_existing=True)
        template = f"_{page}" if is_fetch else page
        return _shown(page, template, sentence(refusal), service), refusal.status
    if is_fetch:
        return "", 204
    kept: dict[str, Any] = {
        name: request.values.get(name) or None for name in ("date", "station", "find")
    }
    return redirect(url_for(f"kitchen.{page}", **kept), 303)


@both("/orders/<key:order_id>/step", methods=["POST"])
@audience("kitchen")
def step(order_id: int) -> Page:
    """One press on a bag's button: forward, or back. `seen` is the status that was shown."""
    order = _session().get(Order, order_id) or abort(404)
    to, seen = request.values.get("to", ""), request.values.get("seen", "")

    def rule(session: Session) -> None:
        ours = session.get_one(Order, order_id)
        production.press(
            session, ours, to=to, seen=seen, device=current_user.label, now=clock.now()
        )

    return _act(rule, order.service_id)


@both("/orders/<key:order_id>/seen", methods=["POST"])
@audience("kitchen")
def see(order_id: int) -> Page:
    """Somebody saw that an order was cancelled, or changed (`change`: the latest change that was
    shown); `seen=no` puts it back on the screens."""
    order = _session().get(Order, order_id) or abort(404)
    change_id = request.values.get("change", type=int)
    is_seen = request.values.get("seen") != "no"

    def rule(session: Session) -> None:
        ours = session.get_one(Order, order_id)
        if change_id is None:
            acknowledge(session, ours, seen=is_seen, now=clock.now())
        else:
            acknowledge_change(session, ours, change_id, seen=is_seen, now=clock.now())

    return _act(rule, order.service_id)


@both("/cook/<key:service_id>/finish", methods=["POST"])
@audience("kitchen")
def finish_portions(service_id: int) -> Page:
    """Portions of one dish of one departure are cooked, or taken back (`portions` below 0)."""
    _session().get(Service, service_id) or abort(404)
    numbers = {
        name: request.values.get(name, type=int, default=0)
        for name in ("portion_id", "portions", "seen")
    }
    return _act(
        lambda session: finish(
            session,
            session.get_one(Service, service_id),
            share=request.values.get("share", ""),
            device=current_user.label,
            now=clock.now(),
            **numbers,
        ),
        service_id,
    )


@room.get("/kitchen/worker.js")
@audience(PUBLIC)
def worker() -> Response:
    """The service worker that keeps the screens; its reach is the folder where it stands."""
    response = current_app.send_static_file("kept-pages-worker.js")
    response.headers["Cache-Control"] = "no-cache"
    return response


@room.route("/kitchen/practice/", methods=["GET", "POST"])
@audience("kitchen")
def practise() -> Page:
    """Begin practice on a fresh copy of a past lunch; nothing in it is real."""
    path = _practice_path()
    if request.method == "POST":
        service = practice.past_lunch(db.session(), now=clock.now())
        practice.throw_away(path)
        with apart_tx(path) as copy:
            practice.copy_lunch(db.session(), copy, service, exception=_("nuts"), now=clock.now())
        return redirect(url_for("kitchen.cook", copy="practice"), 303)
    return render_template("kitchen/practice.html", is_begun=path.exists())


@room.post("/kitchen/<any(practice):copy>/guidance")
@audience("kitchen")
def guide() -> Page:
    """Choose how much the newcomer is guided."""
    with _tx() as copy:
        practice.choose_guidance(copy, request.form.get("level", ""))
    return redirect(url_for("kitchen.cook"), 303)
