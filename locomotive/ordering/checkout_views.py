"""The checkout: the form, what can be promised for its address, and the order."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from threading import Lock
from typing import TypeVar

from flask import abort, redirect, render_template, request, url_for
from flask import session as cookie
from sqlalchemy.orm import Session

from routing import load_in_background

from ..accounts.rate import count_try
from ..clock import now
from ..db import db, write_tx
from ..door import audience
from ..fields import show_refusal
from ..language import language
from ..links import new_token
from ..places.address import Address, active_places
from ..places.zone import OutsideZone
from ..queue import ask_worker
from ..refusal import Invalid, Refusal
from ..service.service import KINDS, Service, service_of
from ..service.slot import Slot, slots_of
from .cart import Basket, BasketEmpty, load_basket, without_day
from .destination import address_of
from .forms import CheckoutForm, HandoverForm, parse_id
from .offer import offer_of
from .order import Order, order_token
from .promise import note_refused, promise_order
from .question import (
    ALL_SLOTS,
    ONE_SLOT,
    Evidence,
    NoRoom,
    SlotAnswer,
    Wish,
    ask_slots,
    refusal_of,
    wish_of,
)
from .request import KeyReused, Request, order_of_key
from .tentative import PlanMoved
from .views import Page, day_or_404, is_late_call, kept, kept_days, room, settings, told_of

T = TypeVar("T")
PROMISE_TRIES = 3
# Questions in Python gain nothing side by side; one after the other, fewer answers are outdated.
one_question_at_a_time = Lock()


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
        ask_worker("send_mails")
    token = order_token(settings().secret_key, order.idempotency_key)
    return redirect(url_for("ordering.order_page", token=token), 303)


def first_checkout() -> Page:
    """The empty form for the day asked for, else for the first day of the basket."""
    asked = request.args.get("day")
    day = day_or_404(asked) if asked else next(iter(kept_days()), None)
    chosen = load_basket(db.session(), day, kept()) if day else Basket()
    if day is None or not chosen.is_published:
        return redirect(url_for("ordering.basket"), 303)
    form = CheckoutForm(formdata=None, key=new_token(), day=day.isoformat())
    return checkout_page(form, day, chosen, None)


def looked_up(form: CheckoutForm, day: date) -> Page:
    """The same form with the slots that are possible for its address; htmx takes them alone."""
    form.kind.data = "delivery"
    with write_tx() as session:
        count_once(session, "look")
    address = found_address(form)
    chosen = load_basket(db.session(), day, kept())
    fragment = "ordering/_delivery.html" if request.headers.get("HX-Request") else ""
    status = 422 if form.errors else 200
    return checkout_page(form, day, chosen, address, fragment), status


def checked(form: CheckoutForm) -> Address | None:
    """The address of a delivery; every mistake stands at its field afterwards."""
    form.validate()
    return found_address(form) if form.kind.data == "delivery" else None


def found_address(form: HandoverForm) -> Address | None:
    """The address that the form names; what is wrong with it stands at its field."""
    house = settings()
    try:
        return address_of(
            db.session(), form.destination(), depot=house.depot, zone_km=house.zone_km
        )
    except Invalid as refusal:
        show_refusal(form, refusal)
        form.is_outside = isinstance(refusal, OutsideZone)
        form.suggest(refusal.values.get("suggestions", []))
    return None


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


def kept_promise(act: Callable[[], T]) -> T:
    """Do what needs a promise; do it again when another promise was given in between."""
    for _ in range(PROMISE_TRIES - 1):
        try:
            return act()
        except PlanMoved:
            db.session.rollback()
    return act()


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
            now=now(),
            is_late_call=is_late_call,
        )


def ask(
    service: Service,
    slots: Sequence[Slot],
    wish: Wish,
    *,
    seconds: float = ALL_SLOTS,
    is_late_call: bool = False,
) -> list[SlotAnswer]:
    """Ask for the slots one question at a time; see `ask_slots`."""
    if settings().compiled_answers:
        load_in_background()
    with one_question_at_a_time:
        return ask_slots(
            db.session(),
            service,
            slots,
            wish,
            depot=settings().depot,
            now=now(),
            seconds=seconds,
            is_late_call=is_late_call,
        )


def count_once(session: Session, what: str) -> None:
    """Count one order or one look of this network address. Raises TooOften."""
    count_try(
        session,
        f"{what}:{request.remote_addr}",
        limit=settings().orders_per_hour,
        period=timedelta(hours=1),
        now=now(),
    )


def evidence_for(
    service: Service, slot_id: int, wish: Wish, key: str, is_late_call: bool = False
) -> Evidence | None:
    """The evidence that a delivery can be promised; take-away needs none.

    Raises SlotRefused or NothingPossible, with the nearest possible slots. What else is wrong is
    said when the order is placed.
    """
    if wish.kind != "delivery" or wish.address is None:
        return None
    slots = slots_of(db.session(), service, wish.kind)
    slot = next((s for s in slots if s.id == slot_id), None)
    if slot is None:
        return None

    answer = ask(service, [slot], wish, seconds=ONE_SLOT, is_late_call=is_late_call)[0]
    if isinstance(answer.reason, NoRoom):
        others = [s for s in slots if s is not slot]
        refusal = refusal_of([answer, *ask(service, others, wish)], slot)
        with write_tx() as session:
            note_refused(session, key, [answer], now=now())
        raise refusal
    return answer.evidence


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
    at = now()
    service = service_of(db.session(), day) or abort(404)
    answers = all_answers(service, chosen, address, form)
    offer = offer_of(service, answers, now=at, is_late_call=is_late_call())
    form.offer_places(active_places(db.session()))
    form.kind.data = form.kind.data or next((o.kind for o in offer if o.is_possible), None)
    return render_template(
        fragment or "ordering/checkout.html",
        form=form,
        service=service,
        basket=chosen,
        offer=offer,
        now=at,
        address=address,
        look_url=url_for("ordering.checkout"),
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
            note_refused(session, form.key.data or "", answers, now=now())
    return answers
