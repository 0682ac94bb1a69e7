"""The customer's page of an order, by its link: how far it is, and what may still be changed."""

from urllib.parse import urlsplit

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core.actor import Actor
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.tasks import SEND_MAILS, ask_worker
from ..ordering.order import Order, order_of_token, steps_of
from ..ordering.step import StepImpossible, TooLateToCancel, cancel
from ..promise.proposal import ProposalAnswered, accept_proposal, decline_proposal, open_proposal
from ..promise.tentative_plan import is_decided
from ..web.audience import audience
from ..web.language import sentence
from ..web.view import Page, settings
from .calendar import calendar_file

room = Blueprint("order", __name__)


@room.get("/o/<token>")
@audience("public")
def order_page(token: str) -> str:
    """A customer's order: when, where, how much, and how far it is."""
    return render_order(order_of_token(db.session(), token), token)


def render_order(order: Order, token: str, refused: str = "") -> str:
    """The order's page, with the sentence of what was refused just now."""
    at = clock.now()
    return render_template(
        "shop/order.html",
        order=order,
        token=token,
        steps=steps_of(order),
        can_cancel=order.can_be_cancelled(at),
        now=at,
        refused=refused,
        proposal=open_proposal(db.session(), order),
        can_change=order.can_be_cancelled(at) and not is_decided(db.session(), order),
    )


@room.post("/o/<token>/cancel")
@audience("public")
def cancel_order(token: str) -> Page:
    """Cancel an order before the cut-off."""
    try:
        with write_tx() as session:
            order = order_of_token(session, token)
            cancel(session, order, actor=Actor.CUSTOMER, now=clock.now())
    except (TooLateToCancel, StepImpossible) as refusal:
        order = order_of_token(db.session(), token)
        return render_order(order, token, sentence(refusal)), refusal.status
    ask_worker(SEND_MAILS)
    return redirect(url_for("order.order_page", token=token), 303)


@room.post("/o/<token>/proposal")
@audience("public")
def answer_proposal(token: str) -> Page:
    """Take the other time that we proposed, or cancel."""
    act = accept_proposal if request.form.get("answer") == "accept" else decline_proposal
    try:
        with write_tx() as session:
            act(session, order_of_token(session, token), now=clock.now())
    except (ProposalAnswered, StepImpossible) as refusal:
        order = order_of_token(db.session(), token)
        return render_order(order, token, sentence(refusal)), refusal.status
    ask_worker(SEND_MAILS)
    return redirect(url_for("order.order_page", token=token), 303)


@room.get("/o/<token>/calendar.ics")
@audience("public")
def calendar(token: str) -> Response:
    """The order as a file for the customer's calendar."""
    order = order_of_token(db.session(), token)
    house = settings()
    where = house.restaurant_address
    if order.is_delivery:
        where = ", ".join(part for part in (order.place_name, order.street, order.town) if part)
    text = calendar_file(
        order,
        name=_("Lunch of %(name)s", name=house.restaurant_name),
        place=where,
        text=f"{_('Order %(number)s', number=order.number)}\n{house.public_url}/o/{token}\n"
        + house.restaurant_phone,
        host=urlsplit(house.public_url).hostname or "locomotive",
        now=clock.now(),
    )
    response = Response(text, mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="locomotive.ics"'
    return response
