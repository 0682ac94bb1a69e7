"""The customer's page that changes an order, through the same promise as a new one."""

from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for

from ..core.actor import Actor
from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.tasks import SEND_MAILS, ask_worker
from ..menu.menu import menu_of
from ..ordering.cart import Basket, BasketEmpty, BasketLine, read_quantities
from ..ordering.order import Order, order_of_token
from ..places.address import Address, active_places
from ..promise.answer import Wish, wish_of
from ..promise.change import Change, change_order
from ..service.service import KINDS
from ..service.slot import slots_of
from ..web.audience import audience
from ..web.fields import parse_id, show_refusal
from ..web.view import Page
from .asking import ask, evidence_for, found_address, kept_promise
from .forms import SAME, ChangeForm
from .offer import offer_of
from .visitor import typed_quantities

room = Blueprint("change", __name__)


@room.route("/o/<token>/change", methods=["GET", "POST"])
@audience("public")
def change(token: str) -> Page:
    """Change quantities, way, place and time of an order before the cut-off."""
    order = order_of_token(db.session(), token)
    if not order.can_be_cancelled(clock.now()):
        return redirect(url_for("order.order_page", token=token), 303)
    if request.method == "GET":
        form = ChangeForm(formdata=None, kind=order.kind, slot=str(order.slot_id), place=SAME)
        return change_page(form, order, token, basket_of_order(order, order.quantities))
    form = ChangeForm()
    form.take_suggestion()
    numbers, wrong = read_quantities(typed_quantities(), least=0)
    basket = basket_of_order(order, numbers)
    is_look = "look" in request.form
    if is_look:
        form.kind.data = "delivery"
    else:
        form.validate()
    address = address_from(form, order)
    if wrong or form.errors or is_look:
        status = 422 if wrong or form.errors else 200
        return change_page(form, order, token, basket, address, wrong), status
    return changed(form, order, token, basket, address)


def changed(
    form: ChangeForm, order: Order, token: str, basket: Basket, address: Address | None
) -> Page:
    """Change the order, or show what was refused; what was typed stays."""
    asked = Change(basket, form.kind.data or "", parse_id(form.slot.data) or 0, address)

    def once() -> None:
        standing = order_of_token(db.session(), token)
        if not basket.lines:
            raise BasketEmpty
        wish = Wish(asked.kind, basket, asked.address, instead_of=standing)
        evidence = evidence_for(standing.service, asked.slot_id, wish, standing.idempotency_key)
        db.session.expunge_all()
        with write_tx() as session:
            ours, actor = order_of_token(session, token), Actor.CUSTOMER
            change_order(session, ours, asked, evidence, actor=actor, now=clock.now())

    try:
        kept_promise(once)
    except Refusal as refusal:
        db.session.rollback()
        status = show_refusal(form, refusal)
        return change_page(
            form, order_of_token(db.session(), token), token, basket, address
        ), status
    ask_worker(SEND_MAILS)
    return redirect(url_for("order.order_page", token=token), 303)


def address_from(form: ChangeForm, order: Order) -> Address | None:
    """The order's own place, or another that the form names."""
    if form.kind.data != "delivery":
        return None
    return order.address if form.keeps_place else found_address(form)


def basket_of_order(order: Order, numbers: dict[int, int]) -> Basket:
    """These numbers (portion id → number) of the dishes on the menu of the order's day."""
    menu = menu_of(db.session(), order.service.date)
    portions = menu.portions if menu else []
    return Basket(tuple(BasketLine(p, numbers[p.id]) for p in portions if numbers.get(p.id, 0) > 0))


def change_page(
    form: ChangeForm,
    order: Order,
    token: str,
    basket: Basket,
    address: Address | None = None,
    wrong: dict[int, Refusal] | None = None,
) -> str:
    """The form with what is possible for the order as it would be."""
    at: datetime = clock.now()
    address = address or (order.address if form.keeps_place else None)
    answers = []
    for kind in KINDS:
        wish = wish_of(kind, basket, address, instead_of=order, is_outside=form.is_outside)
        answers += ask(order.service, slots_of(db.session(), order.service, kind), wish)
    same = ""
    if order.is_delivery:
        same = order.place_name or order.street
    form.offer_places(active_places(db.session()), same=same)
    menu = menu_of(db.session(), order.service.date)
    fragment = request.headers.get("HX-Request") and "look" in request.form
    return render_template(
        "shop/_delivery.html" if fragment else "shop/change.html",
        form=form,
        order=order,
        token=token,
        portions=menu.portions if menu else [],
        basket=basket,
        offer=offer_of(order.service, answers, now=at),
        wrong=wrong or {},
        now=at,
        address=address,
        look_url=url_for("change.change", token=token),
    )
