"""The board on the kitchen's wall, and the production sheet."""

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from ..clock import local, now
from ..db import db, write_tx
from ..door import audience
from ..language import language, sentence
from ..menu.allergen import ALLERGENS
from ..ordering.order import STATUS_WORDS, Order, OrderLine, StepImpossible, orders_of
from ..service.service import Service
from . import production

room = Blueprint("kitchen", __name__)

Answer = Response | str | tuple[str, int]


def _lunch() -> Service | None:
    """The lunch of `?date=`, without one today's or the next."""
    if "date" in request.args:
        return production.lunch_on(db.session(), request.args["date"])
    return production.next_lunch(db.session(), now=now())


def _inside(*lines: OrderLine) -> list[tuple[str, str]]:
    """Codes and names of the allergens in the lines, in the order of the regulation."""
    here = {code for line in lines for code in line.allergens.split(",")}
    return [(code, _(name)) for code, name in ALLERGENS.items() if code in here]


def _shown(template: str, service: Service | None, refusal: str = "") -> str:
    return render_template(
        template,
        service=service,
        board=production.board(orders_of(db.session(), service)) if service else None,
        is_today=service is not None and service.date == local(now()).date(),
        refusal=refusal,
        contains=lambda order: _inside(*order.lines),
        forward=production.forward,
        back=production.back,
        now=now(),
        status_words=STATUS_WORDS,
    )


@room.get("/kitchen/")
@audience("kitchen")
def board() -> str:
    """The wall screen."""
    return _shown("kitchen/board.html", _lunch())


@room.get("/kitchen/board")
@audience("kitchen")
def board_fragment() -> Response:
    """What the wall screen asks for every 2 s: most answers are 304 and cost one small query.

    A screen that shows no chosen day says which one it is `showing`; when another lunch is the
    next one it is sent to the whole page.
    """
    service = _lunch()
    if request.args.get("showing", "") not in ("", _day(service)):
        return redirect(url_for("kitchen.board"), 303)
    # The hour, because minutes to departure are shown from three hours before it.
    hour = f"{local(now()):%Y%m%d%H}"
    etag = f"{service.id}.{service.version}.{service.date}" if service else "none"
    etag = f"{etag}.{hour}.{language()}"
    if request.if_none_match.contains_weak(etag):
        response = Response(status=304)
    else:
        response = make_response(_shown("kitchen/_board.html", service))
    response.set_etag(etag)
    response.vary.add("Cookie")
    return response


def _day(service: Service | None) -> str:
    return service.date.isoformat() if service else "none"


@room.post("/kitchen/orders/<int(max=2147483647):order_id>/step")
@audience("kitchen")
def step(order_id: int) -> Answer:
    """One press on a bag's button: forward, or back. `seen` is the status that was shown."""
    order = db.session.get(Order, order_id) or abort(404)
    try:
        with write_tx() as session:
            production.press(
                session,
                order,
                to=request.values.get("to", ""),
                seen=request.values.get("seen", ""),
                device=current_user.label,
                now=now(),
            )
    except StepImpossible as refusal:
        is_fetch = request.headers.get("X-Requested-With") == "fetch"
        template = "kitchen/_board.html" if is_fetch else "kitchen/board.html"
        service = db.session.get_one(Service, order.service_id)
        return _shown(template, service, sentence(refusal)), refusal.status
    return redirect(url_for("kitchen.board", date=request.args.get("date")), 303)


@room.get("/kitchen/<day>/production")
@audience("kitchen")
def production_sheet(day: str) -> str:
    """The production sheet, to print."""
    service = production.lunch_on(db.session(), day)
    return render_template(
        "kitchen/production.html",
        service=service,
        sheet=production.production_sheet(orders_of(db.session(), service)),
        inside=_inside,
        now=now(),
    )
