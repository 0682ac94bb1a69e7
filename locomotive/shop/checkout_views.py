"""The checkout: the form and the order."""

from datetime import date

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask import session as cookie

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.tasks import SEND_MAILS, ask_worker
from ..core.tokens import new_token
from ..ordering.cart import Basket, BasketEmpty, load_basket, without_day
from ..ordering.order import Order, order_token
from ..ordering.request import KeyReused, Request, order_of_key
from ..places.address import Address, active_places
from ..promise.answer import NoRoom, SlotAnswer, Wish, wish_of
from ..promise.promise import note_refused, promise_order
from ..service.service import KINDS, Service, service_of
from ..service.slot import slots_of
from ..web.audience import audience
from ..web.fields import parse_id, show_refusal
from ..web.language import language
from ..web.view import Page, day_or_404, settings
from .asking import ask, count_once, evidence_for, found_address, kept_promise
from .forms import CheckoutForm
from .menu_page import told_of
from .offer import offer_of
from .visitor import is_late_call, kept, kept_days

room = Blueprint("checkout", __name__)


@room.route("/order", methods=["GET", "POST"])
@audience("public")
def checkout() -> Page:
    """The last page before the order, and the order."""
    if request.method == "GET":
        return first_checkout()
    form = CheckoutForm()
    day = day_or_404(form.day.data)
    form.take_suggestion()
    if "look" in request.form:
        return looked_up(form, day)
    address = checked(form)
    chosen = load_basket(db.session(), day, kept())
    if form.errors:
        return checkout_page(form, day, chosen, address), 422
    try:
        order = order_from(form, day, address)
    except Refusal as refusal:
        return refused_checkout(form, day, address, refusal)
    cookie["basket"] = without_day(kept(), day)
    cookie.pop("phone_call", None)
    if order.email:
        ask_worker(SEND_MAILS)
    token = order_token(settings().secret_key, order.idempotency_key)
    return redirect(url_for("order.order_page", token=token), 303)


def first_checkout() -> Page:
    """The empty form for the day asked for, else for the first day of the basket."""
    asked = request.args.get("day")
    day = day_or_404(asked) if asked else next(iter(kept_days()), None)
    chosen = load_basket(db.session(), day, kept()) if day else Basket()
    if day is None or not chosen.is_published:
        return redirect(url_for("basket.basket"), 303)
    form = CheckoutForm(formdata=None, key=new_token(), day=day.isoformat())
    return checkout_page(form, day, chosen, None)


def looked_up(form: CheckoutForm, day: date) -> Page:
    """The same form with the slots that are possible for its address; htmx takes them alone."""
    form.kind.data = "delivery"
    with write_tx() as session:
        count_once(session, "look")
    address = found_address(form)
    chosen = load_basket(db.session(), day, kept())
    fragment = "shop/_delivery.html" if request.headers.get("HX-Request") else ""
    status = 422 if form.errors else 200
    return checkout_page(form, day, chosen, address, fragment), status


def checked(form: CheckoutForm) -> Address | None:
    """The address of a delivery; every mistake stands at its field afterwards."""
    form.validate()
    return found_address(form) if form.kind.data == "delivery" else None


def order_from(form: CheckoutForm, day: date, address: Address | None) -> Order:
    """Place the order of a form that was checked."""
    chosen = load_basket(db.session(), day, kept())
    asked = Request(
        key=form.key.data or "",
        kind=form.kind.data or "",
        slot_id=parse_id(form.slot.data) or 0,
        customer=form.customer(),
        address=address,
        language=language(),
        must_not_contain=form.must_not_contain.data or "",
        origins=told_of(day, [line.portion.dish for line in chosen.lines]),
    )
    return kept_promise(lambda: place_once(asked, day, is_late_call=is_late_call()))


def place_once(asked: Request, day: date, *, is_late_call: bool) -> Order:
    """Ask for the evidence and place the order. Raises PlanMoved when the evidence is outdated."""
    # Read before the writer's turn and set apart, so that the turn is short.
    chosen = load_basket(db.session(), day, kept())
    evidence = None
    service = service_of(db.session(), day)
    # A send that is repeated needs no evidence: its order stands already.
    if service and chosen.lines and not order_of_key(db.session(), asked.key):
        wish = Wish(asked.kind, chosen, asked.address)
        evidence = evidence_for(service, asked.slot_id, wish, asked.key, is_late_call)
    db.session.expunge_all()
    with write_tx() as session:
        count_once(session, "order")
        return promise_order(
            session,
            asked,
            chosen,
            evidence,
            secret=settings().secret_key,
            now=clock.now(),
            is_late_call=is_late_call,
        )


def refused_checkout(
    form: CheckoutForm, day: date, address: Address | None, refusal: Refusal
) -> tuple[str, int]:
    """The same form with what was refused; what was typed and the basket stay."""
    chosen = load_basket(db.session(), day, kept())
    if not chosen.lines:
        raise refusal
    if isinstance(refusal, KeyReused):
        form.key.data = new_token()
    status = show_refusal(form, refusal)
    return checkout_page(form, day, chosen, address), status


def checkout_page(
    form: CheckoutForm, day: date, chosen: Basket, address: Address | None, fragment: str = ""
) -> str:
    """The form beside the basket and what is possible for its address. Raises BasketEmpty."""
    if not chosen.lines:
        raise BasketEmpty
    at = clock.now()
    service = service_of(db.session(), day) or abort(404)
    answers = all_answers(service, chosen, address, form)
    offer = offer_of(service, answers, now=at, is_late_call=is_late_call())
    form.offer_places(active_places(db.session()))
    form.kind.data = form.kind.data or next((o.kind for o in offer if o.is_possible), None)
    return render_template(
        fragment or "shop/checkout.html",
        form=form,
        service=service,
        basket=chosen,
        offer=offer,
        now=at,
        address=address,
        look_url=url_for("checkout.checkout"),
        is_late_call=is_late_call(),
    )


def all_answers(
    service: Service, chosen: Basket, address: Address | None, form: CheckoutForm
) -> list[SlotAnswer]:
    """What can be promised in each slot of a service; without an address, as far as is known."""
    answers: list[SlotAnswer] = []
    for kind in KINDS:
        slots = slots_of(db.session(), service, kind)
        wish = wish_of(kind, chosen, address, is_outside=form.is_outside)
        answers += ask(service, slots, wish, is_late_call=is_late_call())
    if any(isinstance(a.reason, NoRoom) for a in answers):
        with write_tx() as session:
            note_refused(session, form.key.data or "", answers, now=clock.now())
    return answers
