"""The checkout: the form and the order."""

from datetime import date

from flask import Blueprint, redirect, request, url_for
from flask import session as cookie

from ..accounts.rate import TooOften
from ..core.clock import clock
from ..core.db import db
from ..core.refusal import Refusal
from ..core.tasks import SEND_MAILS, ask_worker
from ..core.tokens import new_token
from ..ordering.cart import Basket, load_basket, without_day
from ..ordering.order import Order, order_token
from ..ordering.request import KeyReused, Request, WishTraces
from ..ordering.shown import ShownChanged
from ..origins.origin_page import origins_told
from ..places.address import Address
from ..promise.inquiry import are_answered
from ..promise.keeping import place_with_promise
from ..web.audience import audience
from ..web.fields import parse_id, show_refusal
from ..web.language import language
from ..web.view import Page, day_or_404, settings, shown_facts
from .checkout_page import checkout_page
from .forms import CheckoutForm
from .visitor import (
    basket_days,
    check_tried,
    count_tried,
    found_address,
    house,
    is_late_call,
    is_look,
    kept_baskets,
    named_allergens,
    remember_order,
    sender,
    typed_wishes,
)

room = Blueprint("checkout", __name__)


@room.route("/order", methods=["GET", "POST"])
@audience("public")
def checkout() -> Page:
    """The last page before the order, and the order."""
    if request.method == "GET":
        return first_checkout()
    check_tried("look" if is_look() else "order")
    form = CheckoutForm()
    day = day_or_404(form.day.data)
    form.take_suggestion()
    if is_look():
        return looked_up(form, day)
    form.validate()
    address = found_address(form) if form.kind.data == "delivery" else None
    if form.errors:
        count_tried("order")
        return checkout_page(form, day, address)
    return ordered(form, day, address)


@room.get("/order/waiting")
@audience("public")
def waiting() -> tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Whether the worker has answered what a page is not sure of yet: the page looks again then."""
    asked = [parse_id(text) or 0 for text in request.args.getlist("asked")]
    if are_answered(db.session(), asked, now=clock.now()):
        return "", 200, {"HX-Trigger": "answered"}
    return "", 204


def first_checkout() -> Page:
    """The empty form for the day asked for, else for the first day of the basket."""
    asked = request.args.get("day")
    day = day_or_404(asked) if asked else next(iter(basket_days()), None)
    if day is None or not basket_of_day(day).is_published:
        return redirect(url_for("basket.basket"), 303)
    group = cookie.get("groups", {}).get(day.isoformat())
    if group:
        return redirect(url_for("join.order", token=group), 303)
    return checkout_page(CheckoutForm(formdata=None, key=new_token(), day=day.isoformat()), day)


def looked_up(form: CheckoutForm, day: date) -> Page:
    """The same form with the slots that are possible for its address; htmx takes them alone."""
    form.kind.data = "delivery"
    count_tried("look")
    return checkout_page(form, day, found_address(form))


def ordered(form: CheckoutForm, day: date, address: Address | None) -> Page:
    """Place the order and go to its page, or show what was refused; nothing typed is lost."""
    try:
        order = order_from(form, day, address)
    except TooOften:
        raise
    except Refusal as refusal:
        return refused(form, day, address, refusal)
    cookie["basket"] = without_day(kept_baskets(), day)
    cookie.pop("phone_call", None)
    if order.email:
        ask_worker(SEND_MAILS)
    token = order_token(settings().secret_key, order.idempotency_key)
    remember_order(token, day)
    return redirect(url_for("order.order_page", token=token), 303)


def order_from(form: CheckoutForm, day: date, address: Address | None) -> Order:
    """Place the order of a form that was checked."""
    basket = basket_of_day(day)
    asked = Request(
        key=form.key.data or "",
        kind=form.kind.data or "",
        slot_id=parse_id(form.slot.data) or 0,
        customer=form.customer(),
        address=address,
        language=language(),
        must_not_contain=form.must_not_contain.data or "",
        wishes=typed_wishes(),
        named=tuple(named_allergens(form.must_not_contain.data or "")),
        accepts_traces="accept-traces" in request.form,
        origins=origins_told(db.session(), day, basket.lines),
        is_late_call=is_late_call(),
        place_id=form.destination().place_id,
        shown=shown_facts(),
    )
    read = iter([basket])  # for the first try; a later one reads it as it stands then
    return place_with_promise(
        db.session(),
        house(),
        asked,
        lambda: next(read, None) or basket_of_day(day),
        sender=sender(),
    )


def basket_of_day(day: date) -> Basket:
    """What the visitor chose for a day, as it can be had now."""
    return load_basket(db.session(), day, kept_baskets())


def refused(
    form: CheckoutForm, day: date, address: Address | None, refusal: Refusal
) -> tuple[str, int]:
    """The same form with what was refused; without a basket the refusal alone."""
    if not basket_of_day(day).lines:
        raise refusal
    if isinstance(refusal, KeyReused):
        form.key.data = new_token()
    form.asks_traces = isinstance(refusal, WishTraces)
    if isinstance(refusal, ShownChanged):
        form.code, form.changes = refusal.status, refusal.values["changes"]
    else:
        form.code = show_refusal(form, refusal)
    return checkout_page(form, day, address)
