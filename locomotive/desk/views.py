"""The office finds any order, reads what happened to it, and serves whoever calls."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import select

from ..core.clock import clock, day_of
from ..core.db import db, write_tx
from ..core.status import IN_HOUSE, OPEN, Status
from ..core.tasks import SEND_MAILS, ask_worker
from ..ordering.message import queue_message
from ..ordering.order import STATUS_WORDS, Order, order_token
from ..ordering.search import Sought, find_orders
from ..ordering.step import StepImpossible, cancel
from ..promise.tentative_plan import is_decided
from ..service.slot import Slot
from ..web.audience import audience
from ..web.fields import clean, parse_id
from ..web.view import Page, answered, found, is_first, settings
from .forms import CancelForm, MessageForm
from .history_page import history_of

room = Blueprint("desk", __name__)


@room.get("/office/orders")
@audience("manager")
def orders() -> str:
    """The newest orders, or those that fit what is asked for; the address holds the question."""
    asked = request.args
    state = asked.get("state", "")
    sought = Sought(
        text=clean(asked.get("q"))[:100],
        day=day_of(asked.get("day", "")),
        status=Status(state) if state in STATUS_WORDS else None,
        before=parse_id(asked.get("before")),
    )
    shown, has_older = find_orders(db.session(), sought)
    return render_template(
        "desk/orders.html",
        STATUS_WORDS=STATUS_WORDS,
        sought=sought,
        wrong_day=bool(asked.get("day")) and sought.day is None,
        orders=shown,
        older=shown[-1].id if has_older else None,
    )


@room.get("/office/orders/<key:order_id>")
@audience("manager")
def order(order_id: int) -> Page:
    """One order with everything that happened to it."""
    return order_page(found(Order, order_id), CancelForm(formdata=None), MessageForm(formdata=None))


def order_page(order: Order, cancelling: CancelForm, message: MessageForm) -> Page:
    """The order's page with its two forms as they stand."""
    session = db.session()
    code = max(cancelling.code, message.code)
    return render_template(
        "desk/order.html",
        STATUS_WORDS=STATUS_WORDS,
        order=order,
        token=order_token(settings().secret_key, order.idempotency_key),
        history=history_of(session, order),
        is_in_house=order.status in IN_HOUSE,
        can_change=order.status in IN_HOUSE and not is_decided(session, order),
        cancelling=cancelling,
        message=message,
        form=cancelling if cancelling.errors else message,
    ), code


@room.post("/office/orders/<key:order_id>/cancel")
@audience("manager")
def cancel_order(order_id: int) -> Page:
    """Cancel an order for a caller, with the reason."""
    form = CancelForm()
    if form.validate():
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
                reason=form.reason.data,
            )
    if form.errors:
        return order_page(found(Order, order_id), form, MessageForm(formdata=None))
    ask_worker(SEND_MAILS)
    return redirect(url_for("desk.order", order_id=order_id), 303)


@room.post("/office/orders/<key:order_id>/message")
@audience("manager")
def tell(order_id: int) -> Page:
    """Write a mail to one customer."""
    order, form = found(Order, order_id), MessageForm()
    if not form.validate():
        return order_page(order, CancelForm(formdata=None), form)
    _told([order], form)
    return redirect(url_for("desk.order", order_id=order_id), 303)


@room.route("/office/slots/<key:slot_id>/message", methods=["GET", "POST"])
@audience("manager")
def tell_slot(slot_id: int) -> Page:
    """Write a mail to all customers of one slot; who left no address is listed with the phone."""
    slot = found(Slot, slot_id)
    wanted = select(Order).where(Order.slot_id == slot_id, Order.status.in_(OPEN))
    orders = db.session.scalars(wanted.order_by(Order.number)).all()
    form = MessageForm() if request.method == "POST" else MessageForm(formdata=None)
    if request.method == "POST" and form.validate():
        _told(orders, form)
        return redirect(url_for("desk.tell_slot", slot_id=slot_id), 303)
    return render_template(
        "desk/slot.html",
        slot=slot,
        orders=orders,
        mailed=[order for order in orders if order.email],
        form=form,
    ), form.code


def _told(orders: Sequence[Order], form: MessageForm) -> None:
    """Queue the mail once for each order with an address, and say how many there are."""
    text, mailed = (form.text.data or "").strip(), [order for order in orders if order.email]
    with write_tx() as session:
        if not is_first(session):
            return
        for order in mailed:
            queue_message(
                session,
                order_id=order.id,
                kind="message",
                email=order.email,
                now=clock.now(),
                text=text,
            )
    ask_worker(SEND_MAILS)
    flash(ngettext("%(num)s mail is written.", "%(num)s mails are written.", len(mailed)))
    if len(mailed) < len(orders):
        flash(_("Who left no e-mail address gets none: call them."), "warning")
