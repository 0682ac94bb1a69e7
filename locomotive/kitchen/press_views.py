"""One press on a screen: a bag's next step, a notice seen, portions cooked."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from ..core.clock import clock
from ..ordering.order import Order
from ..ordering.step import StepImpossible
from ..practice.copy_page import both, follow_copy, need_network, page_session, page_tx
from ..service.service import Service
from ..web.audience import audience
from ..web.fields import parse_count, parse_id
from ..web.language import sentence
from ..web.view import Page
from .notice import acknowledge, acknowledge_change
from .press import is_first, note_refused, press
from .screen_page import shown
from .share import Finish, finish

room = Blueprint("press", __name__)
follow_copy(room)
SCREENS = ("cook", "pack", "hand_over")


@both(room, "/orders/<key:order_id>/step", methods=["POST"])
@audience("kitchen")
def step(order_id: int) -> Page:
    """One press on a bag's button: forward, or back. `seen` is the status that was shown."""
    order = page_session().get(Order, order_id) or abort(404)
    to, seen = request.values.get("to", ""), request.values.get("seen", "")

    def rule(session: Session) -> None:
        ours = session.get_one(Order, order_id)
        press(session, ours, to=to, seen=seen, device=current_user.label, now=clock.now())

    return _act(rule, order.service_id)


@both(room, "/orders/<key:order_id>/seen", methods=["POST"])
@audience("kitchen")
def see(order_id: int) -> Page:
    """Somebody saw that an order was cancelled, or changed (`change`: the latest change that was
    shown); `seen=no` puts it back on the screens."""
    order = page_session().get(Order, order_id) or abort(404)
    change_id = parse_id(request.values.get("change"))
    is_seen = request.values.get("seen") != "no"

    def rule(session: Session) -> None:
        ours = session.get_one(Order, order_id)
        if change_id is None:
            acknowledge(session, ours, seen=is_seen, now=clock.now())
        else:
            acknowledge_change(session, ours, change_id, seen=is_seen, now=clock.now())

    return _act(rule, order.service_id)


@both(room, "/cook/<key:service_id>/finish", methods=["POST"])
@audience("kitchen")
def finish_portions(service_id: int) -> Page:
    """Portions of one dish of one departure are cooked, or taken back (`portions` below 0)."""
    page_session().get(Service, service_id) or abort(404)
    names = ("portion_id", "portions", "seen")
    numbers = {name: parse_count(request.values.get(name)) for name in names}
    asked = Finish(share=request.values.get("share", ""), **numbers)

    def rule(session: Session) -> None:
        service = session.get_one(Service, service_id)
        finish(session, service, asked, device=current_user.label, now=clock.now())

    return _act(rule, service_id)


def _act(rule: Callable[[Session], object], service_id: int) -> Page:
    """Do one act and show its screen again; a stale one gets the state as it is, with 409.

    A script that sends a press asks for the board itself: it gets no page.
    """
    need_network()
    page, key = _screen(), request.form.get("key", "")
    is_fetch = request.headers.get("X-Requested-With") == "fetch"
    try:
        with page_tx() as session:
            if is_first(session, key, now=clock.now()):
                rule(session)
    except StepImpossible as refusal:
        with page_tx() as session:
            note_refused(session, key, now=clock.now())
        service = page_session().get_one(Service, service_id, populate_existing=True)
        template = f"_{page}" if is_fetch else page
        return shown(page, template, sentence(refusal), service), refusal.status
    if is_fetch:
        return "", 204
    names = ("date", "station", "find")
    kept: dict[str, Any] = {name: request.values.get(name) or None for name in names}
    return redirect(url_for(f"kitchen.{page}", **kept), 303)


def _screen() -> str:
    """The screen from which an act was sent."""
    asked = request.values.get("page", "")
    return asked if asked in SCREENS else "board"
