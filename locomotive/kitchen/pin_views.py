"""Rare acts of the kitchen, each with the screen's PIN: cancel an order, change portions."""

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from ..accounts.device import Device, check_pin
from ..accounts.rate import count_try, network_of
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
from ..web.fields import parse_id, show_refusal
from ..web.view import Page, answered, found
from .forms import CancelForm, PortionsForm, RareForm
from .production import change_portions, portions_of

room = Blueprint("pin", __name__)
TRIES, PERIOD = 5, timedelta(minutes=10)


@room.route("/kitchen/orders/<key:order_id>/cancel", methods=["GET", "POST"])
@audience("kitchen")
def cancel_order(order_id: int) -> Page:
    """Cancel an order with a reason and the screen's PIN: a rare act."""
    order, form = found(Order, order_id), CancelForm()
    if not form.validate_on_submit() or not _has_pin(form):
        return _cancel_page(order, form)
    with answered(form) as session:
        ours = session.get_one(Order, order_id, populate_existing=True)
        if ours.status != form.seen.data:
            raise StepImpossible(number=ours.number)
        cancel(
            session,
            ours,
            actor=current_user.actor,
            device=current_user.label,
            now=clock.now(),
            reason=form.reason.data or "",
        )
    if form.errors:
        return _cancel_page(order, form)
    ask_worker(SEND_MAILS)
    return redirect(url_for("kitchen.pack", date=order.service.date), 303)


def _cancel_page(order: Order, form: CancelForm) -> Page:
    return render_template(
        "kitchen/cancel.html",
        order=order,
        refusal=form.refusal,
        status_words=STATUS_WORDS,
        is_manager=current_user.role == "manager",
    ), form.code


@room.route("/kitchen/<day>/portions", methods=["GET", "POST"])
@audience("kitchen")
def portions(day: str) -> Page:
    """Take portions off sale (burnt, dropped) or add some, with the screen's PIN: a rare act."""
    service, form = lunch_on(db.session(), day), PortionsForm()
    if request.method == "GET":
        return _portions_page(service, form)
    portion = found(Portion, parse_id(form.portion_id.data) or 0)
    if portion.menu.date != service.date:
        abort(404)
    if not form.validate() or not _has_pin(form):
        return _portions_page(service, form)
    with answered(form) as session:
        change_portions(session, portion.id, form.delta.data, now=clock.now())
    if form.errors:
        return _portions_page(service, form)
    flash(_("%(dish)s: the number of portions is changed.", dish=portion.dish.name))
    return redirect(url_for("pin.portions", day=service.date), 303)


def _portions_page(service: Service, form: PortionsForm) -> Page:
    return render_template(
        "kitchen/portions.html",
        service=service,
        portions=portions_of(db.session(), service),
        refusal=form.refusal,
    ), form.code


def _has_pin(form: RareForm) -> bool:
    """Whether a rare act may pass: the manager needs no PIN; what is wrong is said in the form."""
    if current_user.role == "manager":
        return True
    device_id = current_user.device_id
    try:
        with write_tx() as session:
            name = f"pin:{device_id or network_of(request.remote_addr)}"
            count_try(session, name, limit=TRIES, period=PERIOD, now=clock.now())
        check_pin(db.session.get(Device, device_id or 0), form.pin.data or "")
    except Refusal as refusal:
        form.code = show_refusal(form, refusal)
        return False
    return True
