"""Rare acts of the kitchen, each with the screen's PIN: cancel an order, change portions."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..accounts.device import Device, check_pin
from ..accounts.rate import count_try
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.tasks import SEND_MAILS, ask_worker
from ..menu.menu import Portion
from ..ordering.lunch import lunch_on
from ..ordering.order import STATUS_WORDS, Order
from ..ordering.step import StepImpossible, cancel
from ..service.service import Service
from ..web.audience import audience
from ..web.language import sentence
from ..web.view import Page
from .production import change_portions, portions_of

room = Blueprint("pin", __name__)


REASONS = ("customer", "mistake", "kitchen")


@room.route("/kitchen/orders/<key:order_id>/cancel", methods=["GET", "POST"])
@audience("kitchen")
def cancel_order(order_id: int) -> Page:
    """Cancel an order with a reason and the screen's PIN: a rare act."""
    order = db.session.get(Order, order_id) or abort(404)
    if request.method == "GET":
        return _cancel_page(order)
    reason = request.form.get("reason", "")
    if reason not in REASONS:
        return _cancel_page(order, _("Say why the order is cancelled.")), 422
    seen = request.form.get("seen", "")
    try:
        _check_pin()
        with write_tx() as session:
            ours = session.get_one(Order, order_id, populate_existing=True)
            if ours.status != seen:
                raise StepImpossible(number=ours.number)
            cancel(
                session,
                ours,
                actor=current_user.actor,
                device=current_user.label,
                now=clock.now(),
                reason=reason,
            )
    except Refusal as refusal:
        return _cancel_page(order, sentence(refusal)), refusal.status
    ask_worker(SEND_MAILS)
    return redirect(url_for("kitchen.pack", date=order.service.date), 303)


def _cancel_page(order: Order, refusal: str = "") -> str:
    return render_template(
        "kitchen/cancel.html",
        order=order,
        refusal=refusal,
        status_words=STATUS_WORDS,
        is_manager=current_user.role == "manager",
    )


def _check_pin() -> None:
    """Let a rare act pass: the manager needs no PIN. Raises PinWrong, NoPin, TooOften."""
    if current_user.role == "manager":
        return
    device_id = current_user.device_id
    with write_tx() as session:
        name = f"pin:{device_id or request.remote_addr}"
        count_try(session, name, limit=5, period=timedelta(minutes=10), now=clock.now())
    check_pin(db.session.get(Device, device_id or 0), request.form.get("pin", ""))


@room.route("/kitchen/<day>/portions", methods=["GET", "POST"])
@audience("kitchen")
def portions(day: str) -> Page:
    """Take portions off sale (burnt, dropped) or add some, with the screen's PIN: a rare act."""
    service = lunch_on(db.session(), day)
    if request.method == "GET":
        return _portions_page(service)
    number = request.form.get("delta", type=int, default=0)
    portion_id = request.form.get("portion_id", type=int, default=0)
    portion = db.session.get(Portion, portion_id)
    if portion is None or portion.menu.date != service.date:
        abort(404)
    if not -50 <= number <= 50 or number == 0:
        return _portions_page(service, _("Write a number between -50 and 50, not 0.")), 422
    try:
        _check_pin()
        with write_tx() as session:
            change_portions(session, portion_id, number, now=clock.now())
    except Refusal as refusal:
        return _portions_page(service, sentence(refusal)), refusal.status
    flash(_("%(dish)s: the number of portions is changed.", dish=portion.dish.name))
    return redirect(url_for("pin.portions", day=service.date), 303)


def _portions_page(service: Service, refusal: str = "") -> str:
    return render_template(
        "kitchen/portions.html",
        service=service,
        portions=portions_of(db.session(), service),
        refusal=refusal,
    )
