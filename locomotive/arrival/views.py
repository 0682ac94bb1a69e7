"""When an order arrives: a part of its customer's page that renews itself."""

from flask import Blueprint, make_response, render_template, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from ..core.clock import clock
from ..core.db import db
from ..core.status import OVER
from ..core.tokens import token_hash
from ..ordering.journey import steps_of
from ..ordering.order import Order, OrderUnknown, order_of_token
from ..places.roads import network_of
from ..promise.proposal import open_proposal
from ..rounds.round import Round
from ..service.service import Service
from ..web.audience import audience
from ..web.language import language
from .arrival import Arrival, LateStart, arrival_of, arrivals_of, late_start

room = Blueprint("arrival", __name__)


@room.app_template_global()
def expected(order: Order) -> Arrival | None:
    """When an order is expected; the shop does not know rounds."""
    return arrival_of(db.session(), order, now=clock.now())


@room.app_template_global()
def expected_stops(round_: Round) -> dict[int, Arrival]:
    """When each stop that is still to be served is expected, by its id."""
    return {one.stop.id: one for one in arrivals_of(db.session(), round_, now=clock.now())}


@room.app_template_global()
def starts_late(round_: Round) -> LateStart | None:
    """Whether a round will leave late, since its tricycle comes home late."""
    return late_start(db.session(), round_, now=clock.now())


@room.app_template_global()
def distances_are_estimated() -> bool:
    """Whether no streets are in force, so that rides are estimated as the crow flies."""
    return network_of(db.session()).is_estimated


@room.get("/o/<token>/arrival")
@audience("public")
def arrival(token: str) -> Response:
    """The parts of an order's page that move: its steps, and when it arrives; 304 while they are
    the same, for one question to the database."""
    mark = mark_of(token)
    is_known = request.if_none_match.contains_weak(mark)
    response = Response(status=304) if is_known else make_response(moving_parts(token))
    response.set_etag(mark, weak=True)  # the same parts, compressed or not
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def mark_of(token: str) -> str:
    """What is another one as soon as an order's page shows something else: whatever happens to
    the order or its round, and with each minute on the way."""
    found = db.session.execute(
        select(Order.id, Order.kind, Order.status, Service.version)
        .join(Service, Service.id == Order.service_id)
        .where(Order.token_hash == token_hash(token))
    ).one_or_none()
    if found is None:
        raise OrderUnknown
    order_id, kind, status, version = found
    moves = kind == "delivery" and status not in OVER
    minute = int(clock.now().timestamp() // 60) if moves else 0
    return f"{order_id}.{version}.{minute}.{status.replace(' ', '-')}.{language()}"


def moving_parts(token: str) -> str:
    """The steps of an order and its arrival, drawn anew."""
    session, order = db.session(), order_of_token(db.session(), token)
    return render_template(
        "arrival/_moving.html",
        order=order,
        token=token,
        now=clock.now(),
        steps=steps_of(order),
        proposal=None if order.is_over else open_proposal(session, order),
    )
