"""A colleague joins a group: chooses her meal, and orders it to the group's stop."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie

from ..accounts.rate import TooOften
from ..core.clock import clock
from ..core.db import db
from ..core.refusal import Refusal
from ..core.tasks import SEND_MAILS, ask_worker
from ..core.tokens import new_token
from ..ordering.cart import Basket, load_basket, without_day
from ..ordering.group import Group, GroupUnknown, check_open, group_of_token, left_in
from ..ordering.order import Order, order_token
from ..ordering.request import KeyReused, Request, WishTraces
from ..ordering.shown import (
    ShownChanged,
    facts_of_lines,
    facts_of_slots,
    lines_of_basket,
    vat_of_lines,
)
from ..origins.facts import contents_of_day
from ..origins.origin_page import origins_told
from ..promise.joining import join_group
from ..shop.checkout_page import mark_changes
from ..shop.visitor import (
    check_tried,
    count_tried,
    house,
    kept_baskets,
    named_allergens,
    remember_order,
    sender,
    typed_wishes,
)
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.language import language, sentence
from ..web.view import Page, settings, shown_facts
from .forms import ColleagueForm

room = Blueprint("join", __name__)


@room.get("/g/<token>")
@audience("public")
def group(token: str) -> str:
    """What the group is, and the way to its menu."""
    group = group_of_token(db.session(), token)
    try:
        refused = ""
        check_open(group, now=clock.now())
    except Refusal as refusal:
        refused = sentence(refusal)
    return render_template(
        "groups/group.html",
        group=group,
        token=token,
        left=left_in(group),
        refused=refused,
        now=clock.now(),
    )


@room.post("/g/<token>/join")
@audience("public")
def join(token: str) -> Page:
    """Remember that the basket of that day goes to the group, and show the menu; with `leave`
    it goes its own way again."""
    group = group_of_token(db.session(), token)
    day = group.service.date.isoformat()
    kept: Mapping[str, str] = cookie.get("groups", {})
    others = {d: t for d, t in kept.items() if d >= clock.today().isoformat() and d != day}
    cookie["groups"] = others if "leave" in request.form else others | {day: token}
    if "leave" in request.form:
        return redirect(url_for("checkout.checkout", day=day), 303)
    check_open(group, now=clock.now())
    return redirect(url_for("shop.menu_of_day", text=day), 303)


@room.route("/g/<token>/order", methods=["GET", "POST"])
@audience("public")
def order(token: str) -> Page:
    """The last page before a colleague's order, and the order."""
    try:
        group = group_of_token(db.session(), token)
    except GroupUnknown:
        cookie.pop("groups", None)  # else the checkout of that day would lead here for ever
        raise
    if not basket_of(group).lines and request.method == "GET":
        return redirect(url_for("join.group", token=token), 303)
    if request.method == "GET":
        day = group.service.date.isoformat()
        return order_page(ColleagueForm(formdata=None, key=new_token(), day=day), group, token)
    check_tried("order")
    form = ColleagueForm()
    form.take_stop(group)
    form.validate()
    if form.errors:
        count_tried("order")
        return order_page(form, group, token)
    return ordered(form, group, token)


def basket_of(group: Group) -> Basket:
    """What the visitor chose for the group's day."""
    return load_basket(db.session(), group.service.date, kept_baskets())


def order_page(form: ColleagueForm, group: Group, token: str) -> Page:
    """The form beside the basket; place and time are the group's."""
    basket, day = basket_of(group), group.service.date
    dishes = [line.portion.dish for line in basket.lines]
    contents = contents_of_day(db.session(), dishes, day)
    lines = lines_of_basket(basket.lines, contents, origins_told(db.session(), day, basket.lines))
    mark_changes(form, facts_of_lines(lines))
    return render_template(
        "groups/order.html",
        form=form,
        group=group,
        token=token,
        lines=lines,
        facts=facts_of_lines(lines),
        slot_facts=facts_of_slots([group.slot]),
        vat=vat_of_lines(lines),
        basket=basket,
        wishes=typed_wishes(),
        now=clock.now(),
    ), form.code


def ordered(form: ColleagueForm, group: Group, token: str) -> Page:
    """Place the order and go to its page, or show what was refused; nothing typed is lost."""
    day = group.service.date
    try:
        order = order_from(form, token)
    except TooOften:
        raise
    except Refusal as refusal:
        db.session.rollback()
        return refused(form, token, refusal)
    cookie["basket"] = without_day(kept_baskets(), day)
    if order.email:
        ask_worker(SEND_MAILS)
    own = order_token(settings().secret_key, order.idempotency_key)
    remember_order(own, day)
    return redirect(url_for("order.order_page", token=own), 303)


def order_from(form: ColleagueForm, token: str) -> Order:
    """Place the order of a form that was checked."""
    group = group_of_token(db.session(), token)
    day, text = group.service.date, form.must_not_contain.data or ""
    asked = Request(
        key=form.key.data or "",
        kind="delivery",
        slot_id=group.slot_id,
        customer=form.customer(),
        address=group.hold.known_address,
        language=language(),
        must_not_contain=text,
        wishes=typed_wishes(),
        named=tuple(named_allergens(text)),
        accepts_traces="accept-traces" in request.form,
        origins=origins_told(db.session(), day, basket_of(group).lines),
        shown=shown_facts(),
        group_id=group.id,
    )

    def basket_now() -> Basket:
        return load_basket(db.session(), day, kept_baskets())

    return join_group(db.session(), house(), token, asked, basket_now, sender=sender())


def refused(form: ColleagueForm, token: str, refusal: Refusal) -> Page:
    """The same form with what was refused; without a basket the refusal alone."""
    group = group_of_token(db.session(), token)
    if not basket_of(group).lines:
        raise refusal
    if isinstance(refusal, KeyReused):
        form.key.data = new_token()
    form.asks_traces = isinstance(refusal, WishTraces)
    if isinstance(refusal, ShownChanged):
        form.code, form.changes = refusal.status, refusal.values["changes"]
    else:
        form.code = show_refusal(form, refusal)
    return order_page(form, group, token)
