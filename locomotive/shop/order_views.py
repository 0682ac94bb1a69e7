"""The customer's page of an order, by its link: how far it is, and what may still be changed."""

from collections.abc import Callable
from typing import Protocol

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ..core.actor import Actor
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.tasks import SEND_MAILS, ask_worker
from ..core.tokens import qr_code
from ..farm.allergen import ALLERGENS
from ..ordering.journey import steps_of
from ..ordering.order import Order, codes_of, order_of_token
from ..ordering.shown import ShownChanged
from ..ordering.step import StepImpossible, TooLateToCancel, cancel
from ..promise.keeping import choose_other, other_times
from ..promise.proposal import (
    ProposalAnswered,
    facts_of_proposal,
    open_proposal,
    take_answer,
)
from ..promise.tentative_plan import is_decided
from ..web.audience import audience
from ..web.fields import parse_id
from ..web.language import sentence
from ..web.view import Page, settings, shown_facts
from .calendar import calendar_file
from .visitor import forget_order, house

room = Blueprint("order", __name__)


class Wished(Protocol):
    """An order, or what a screen shows of it."""

    @property
    def must_not_contain(self) -> str: ...

    @property
    def wishes(self) -> tuple[tuple[str, str, str], ...]: ...


@room.app_template_filter("wish")
def wish_words(order: Wished) -> str:
    """What an order must not contain, in words: of each dish, then as it was written."""
    words = [
        f"{', '.join(_(ALLERGENS[code]) for code in codes_of(avoids))} ({eater or dish})"
        for avoids, eater, dish in order.wishes
    ]
    return " ; ".join([*words, *([order.must_not_contain] if order.must_not_contain else [])])


@room.get("/o/<token>")
@audience("public")
def order_page(token: str) -> str:
    """A customer's order: when, where, how much, and how far it is."""
    order = order_of_token(db.session(), token)
    if order.is_over:
        forget_order(token)
    return render_order(order, token)


def render_order(order: Order, token: str, refused: str = "") -> str:
    """The order's page, with the sentence of what was refused just now."""
    at = clock.now()
    proposal = None if order.is_over else open_proposal(db.session(), order)
    return render_template(
        "shop/order.html",
        order=order,
        token=token,
        code=Markup(qr_code(f"{settings().public_url}{url_for('.order_page', token=token)}")),
        steps=steps_of(order),
        can_cancel=order.can_be_cancelled(at),
        now=at,
        refused=refused,
        proposal=proposal,
        others=other_times(db.session(), house(), order) if proposal else [],
        proposal_facts=facts_of_proposal(order, proposal) if proposal else {},
        can_change=order.can_be_cancelled(at) and not is_decided(db.session(), order),
    )


@room.post("/o/<token>/cancel")
@audience("public")
def cancel_order(token: str) -> Page:
    """Cancel an order before the cut-off."""

    def rule(session: Session, order: Order) -> None:
        cancel(session, order, actor=Actor.CUSTOMER, now=clock.now())

    return acted(token, rule)


@room.post("/o/<token>/proposal")
@audience("public")
def answer_proposal(token: str) -> Page:
    """Take the other time that we proposed, or a third one, or cancel."""
    slot_id = parse_id(request.form.get("slot"))
    if slot_id is not None:
        return _chosen(token, slot_id)
    accepts = request.form.get("answer") == "accept"
    return acted(
        token,
        lambda session, order: take_answer(
            session, order, accepts=accepts, now=clock.now(), shown=shown_facts()
        ),
    )


def _chosen(token: str, slot_id: int) -> Page:
    try:
        choose_other(db.session(), house(), token, slot_id, shown=shown_facts())
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        order = order_of_token(db.session(), token)
        return render_order(order, token, sentence(refusal)), refusal.status
    ask_worker(SEND_MAILS)
    return redirect(url_for("order.order_page", token=token), 303)


def acted(token: str, rule: Callable[[Session, Order], None]) -> Page:
    """Do what the customer asks of his order, or show on its page why not."""
    try:
        with write_tx() as session:
            rule(session, order_of_token(session, token))
    except (TooLateToCancel, ProposalAnswered, ShownChanged, StepImpossible) as refusal:
        order = order_of_token(db.session(), token)
        return render_order(order, token, sentence(refusal)), refusal.status
    ask_worker(SEND_MAILS)
    return redirect(url_for("order.order_page", token=token), 303)


@room.get("/o/<token>/calendar.ics")
@audience("public")
def calendar(token: str) -> Response:
    """The order as a file for the customer's calendar."""
    order, here = order_of_token(db.session(), token), settings()
    name = _("Lunch of %(name)s", name=here.restaurant_name)
    about = _("Order %(number)s", number=order.number)
    text = f"{about}\n{here.public_url}/o/{token}\n{here.restaurant_phone}"
    file = calendar_file(order, here, name=name, text=text, now=clock.now())
    response = Response(file, mimetype="text/calendar")
    response.headers["Content-Disposition"] = 'attachment; filename="locomotive.ics"'
    return response
