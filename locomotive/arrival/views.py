"""When an order arrives: a part of its customer's page that renews itself."""

from flask import Blueprint, make_response, render_template, request
from werkzeug.wrappers import Response

from ..core.clock import clock
from ..core.db import db
from ..ordering.order import Order, order_of_token
from ..places.roads import network_of
from ..rounds.round import Round
from ..web.audience import audience
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
    """The part of an order's page that says when it arrives; 304 while that is the same."""
    order = order_of_token(db.session(), token)
    page = render_template("arrival/_arrival.html", order=order, token=token, now=clock.now())
    response = make_response(page)
    response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)
