"""Whoever organises: opens a group, sees who is in, closes it, or cancels it for all."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from ..accounts.rate import TooOften
from ..core.clock import clock, instant, local
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.tasks import SEND_MAILS, ask_worker
from ..core.tokens import new_token
from ..ordering.cart import Basket
from ..ordering.group import (
    GroupUnknown,
    cancel_group,
    close_group,
    group_of_organiser,
    left_in,
    orders_of_group,
    tokens_of,
)
from ..ordering.request import Request
from ..places.address import Address, active_places
from ..promise.answer import Wish
from ..promise.joining import Reservation, reserve_boxes
from ..promise.keeping import answers_for
from ..service.service import Service, service_of
from ..service.slot import slots_of
from ..shop.offer import first_open, lacks_for_delivery, lunches_on_offer, offer_of
from ..shop.visitor import (
    check_tried,
    count_tried,
    found_address,
    house,
    is_look,
    sender,
    template_of,
)
from ..web.audience import audience
from ..web.fields import parse_id, show_refusal
from ..web.language import language
from ..web.view import Page, day_or_404, is_first, settings
from .forms import GroupForm

room = Blueprint("organise", __name__)


@room.route("/group", methods=["GET", "POST"])
@audience("public")
def new() -> Page:
    """Open a group: a place, a slot, a deadline, and so many boxes."""
    if request.method == "GET":
        asked = request.args.get("day")
        return first_form(day_or_404(asked)) if asked else redirect(next_form())
    check_tried("look" if is_look() else "order")
    form = GroupForm()
    day = day_or_404(form.day.data)
    form.take_suggestion()
    form.kind.data = "delivery"
    if is_look():
        count_tried("look")
        return group_page(form, day, found_address(form))
    form.validate()
    address = found_address(form)
    if form.errors:
        count_tried("order")
        return group_page(form, day, address)
    return opened(form, day, address)


def next_form() -> str:
    """The address of the form for the day that the menu shows by itself, else of the menu."""
    lunch = first_open(lunches_on_offer(db.session(), now=clock.now()), now=clock.now())
    return url_for("organise.new", day=lunch.date) if lunch else url_for("shop.today")


def first_form(day: date) -> Page:
    """The empty form; without another wish colleagues choose until orders close."""
    service = service_or_404(day)
    form = GroupForm(formdata=None, key=new_token(), day=day.isoformat(), kind="delivery", boxes=6)
    form.deadline.data = local(service.cutoff("delivery")).time()
    return group_page(form, day)


def service_or_404(day: date) -> Service:
    """The service of a day. Raises GroupUnknown where there is none."""
    service = service_of(db.session(), day)
    if service is None:
        raise GroupUnknown
    return service


def group_page(form: GroupForm, day: date, address: Address | None = None) -> tuple[str, int]:
    """The form with the slots in which so many boxes can be brought to its place."""
    service = service_or_404(day)
    boxes = form.boxes.data or 2
    wish = Wish(service, "delivery", Basket(), address, is_outside=form.is_outside, reserve=boxes)
    answers = answers_for(db.session(), house(), wish, slots_of(db.session(), service, "delivery"))
    offer = offer_of(
        service,
        answers,
        now=clock.now(),
        is_judged=address is not None or form.is_outside,
        lacks=lacks_for_delivery(db.session(), service),
    )
    form.offer_places(active_places(db.session()))
    return render_template(
        template_of("groups/new.html", "shop/_delivery.html"),
        form=form,
        service=service,
        offer=[one for one in offer if one.kind == "delivery"],
        address=address,
        waiting_url=None,
        look_url=url_for("organise.new"),
        look_target="#delivery",
    ), form.code


def opened(form: GroupForm, day: date, address: Address | None) -> Page:
    """Reserve the boxes and go to the organiser's page, or show what was refused."""
    asked = Reservation(
        Request(
            key=form.key.data or "",
            kind="delivery",
            slot_id=parse_id(form.slot.data) or 0,
            customer=form.customer(),
            address=address,
            language=language(),
        ),
        name=form.name.data or "",
        boxes=form.boxes.data,
        deadline_at=instant(day, form.deadline.data),
    )
    try:
        reserve_boxes(db.session(), house(), asked, sender=sender())
    except TooOften:
        raise
    except Refusal as refusal:
        form.code = show_refusal(form, refusal)
        return group_page(form, day, address)
    tokens = tokens_of(settings().secret_key, asked.request.key)
    return redirect(url_for("organise.organiser", token=tokens.organiser), 303)


@room.get("/g/<token>/all")
@audience("public")
def organiser(token: str) -> str:
    """The link for the colleagues, and who is in: names and dishes only."""
    group, at = group_of_organiser(db.session(), token), clock.now()
    tokens = tokens_of(settings().secret_key, group.hold.idempotency_key)
    return render_template(
        "groups/organiser.html",
        group=group,
        token=token,
        link=settings().public_url + url_for("join.group", token=tokens.colleagues),
        orders=orders_of_group(db.session(), group),
        left=left_in(group),
        is_open=group.is_open(at),
        now=at,
    )


@room.post("/g/<token>/close")
@audience("public")
def close(token: str) -> Page:
    """Nobody joins any more; what is not taken is free for others."""
    with write_tx() as session:
        close_group(session, group_of_organiser(session, token), now=clock.now())
    flash(_("The group is closed. What your colleagues ordered stays."))
    return redirect(url_for("organise.organiser", token=token), 303)


@room.post("/g/<token>/cancel")
@audience("public")
def cancel(token: str) -> Page:
    """Cancel the group and what was ordered with it, as far as it is early enough."""
    with write_tx() as session:
        if not is_first(session):
            return redirect(url_for("organise.organiser", token=token), 303)
        group = group_of_organiser(session, token)
        gone, stay = cancel_group(session, group, now=clock.now())
    ask_worker(SEND_MAILS)
    flash(ngettext("%(num)s meal is cancelled.", "%(num)s meals are cancelled.", gone))
    if stay:
        flash(
            ngettext(
                "%(num)s meal is being cooked already: it stays ordered.",
                "%(num)s meals are being cooked already: they stay ordered.",
                stay,
            ),
            "warning",
        )
    return redirect(url_for("organise.organiser", token=token), 303)
