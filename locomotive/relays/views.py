"""Orders handed to another restaurant: which may be, who is asked, what was answered."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.tasks import ASK_NEIGHBOURS, ask_worker
from ..ordering.lunch import lunch_on
from ..ordering.order import Order
from ..shipments.partner import Partner
from ..web.audience import audience
from ..web.fields import parse_id
from ..web.language import sentence
from ..web.view import Page, found, is_first
from .relay import (
    STEP_WORDS,
    Relay,
    accept_offer,
    ask_relay,
    end_relay,
    free_orders,
    neighbours,
    relays_of,
)

room = Blueprint("relays", __name__)


@room.get("/delivery/<day>/relays")
@audience("manager")
def relays(day: str) -> str:
    """The orders that may be handed over, and what became of those that were."""
    return _page(day)


def _page(day: str, refused: str = "") -> str:
    session, now = db.session(), clock.now()
    service = lunch_on(session, day)
    return render_template(
        "relays/relays.html",
        service=service,
        refused=refused,
        neighbours=neighbours(session),
        free=free_orders(session, service, now=now),
        relays=relays_of(session, service),
        now=now,
        STEP_WORDS=STEP_WORDS,
    )


@room.post("/delivery/<day>/relays")
@audience("manager")
def ask(day: str) -> Page:
    """Ask a restaurant whether it can bring an order."""

    def rule(session: Session) -> None:
        order = session.get(Order, parse_id(request.form.get("order")) or 0)
        partner = session.get(Partner, parse_id(request.form.get("partner")) or 0)
        if order and partner and order.service_id == lunch_on(session, day).id:
            ask_relay(session, order, partner, now=clock.now())

    return _done(day, rule, _("The other restaurant is being asked."))


@room.post("/delivery/<day>/relays/<key:relay_id>/accept")
@audience("manager")
def accept(day: str, relay_id: int) -> Page:
    """Take an offer."""
    relay = found(Relay, relay_id)

    def rule(session: Session) -> None:
        accept_offer(session, session.get_one(Relay, relay.id), now=clock.now())

    return _done(
        day, rule, _("The other restaurant is told. Ours it stays until it has confirmed.")
    )


@room.post("/delivery/<day>/relays/<key:relay_id>/end")
@audience("manager")
def end(day: str, relay_id: int) -> Page:
    """Decline an offer, or take an order back."""
    relay = found(Relay, relay_id)

    def rule(session: Session) -> None:
        end_relay(session, session.get_one(Relay, relay.id), now=clock.now())

    return _done(day, rule, _("The order is ours to bring. Plan the rounds again."))


def _done(day: str, rule: Callable[[Session], None], said: str) -> Response | tuple[str, int]:
    """Do one act once, and let the worker speak; a refusal stands on top of the page."""
    try:
        with write_tx() as session:
            if is_first(session):
                rule(session)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return _page(day, sentence(refusal)), refusal.status
    ask_worker(ASK_NEIGHBOURS)
    flash(said)
    return redirect(url_for("relays.relays", day=day), 303)
