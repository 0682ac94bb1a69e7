"""The office's pages of services, slots, shifts, tricycles and closed days."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, abort, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.status import TO_COOK
from ..core.tasks import SEND_MAILS, ask_worker
from ..menu.menu import menu_of
from ..ordering.counter import work_by_slot
from ..ordering.order import Order, orders_of
from ..service.fleet import (
    lay_shifts,
    set_shifts,
    shifts_as,
    shifts_of,
)
from ..service.forms import (
    NO_LIMIT,
    grid_form,
    service_form,
    shifts_form,
    slots_form,
    stations_form,
)
from ..service.service import (
    Service,
)
from ..service.slot import (
    Capacity,
    Slot,
    change_service,
    lay_slots,
    limit_station,
    set_capacities,
    slots_of,
)
from ..web.audience import audience
from ..web.fields import parse_id, show_refusal
from ..web.language import sentence
from ..web.view import Page, settings
from .disruption import Upset, apply_disruption, what_breaks
from .gone import apply_gone, what_is_gone
from .preview_page import gone_preview, preview, shown_before
from .service_page import saved, service_or_404, service_page
from .tentative_plan import PlanMoved

room = Blueprint("service_day", __name__)


@room.route("/office/service/<day>", methods=["GET", "POST"])
@audience("manager")
def edit(day: str) -> Page:
    """One service: open or close it and set its cut-offs."""
    service = service_or_404(day)
    if request.method == "GET":
        return service_page(service)
    form = service_form(service, sent=True)
    if not form.validate():
        return service_page(service, form=form, status=422)
    try:
        with write_tx() as session:
            change_service(
                session,
                service,
                is_open=form.is_open.data,
                delivery=form.delivery_cutoff.data,
                takeaway=form.takeaway_cutoff.data,
            )
    except Refusal as refusal:
        return service_page(service, form=form, status=show_refusal(form, refusal))
    return saved(service, _("The service is saved."))


@room.post("/office/service/<day>/grid")
@audience("manager")
def lay(day: str) -> Page:
    """Lay the slots anew; those that promised something stay."""
    service = service_or_404(day)
    form = grid_form(slots_of(db.session(), service), sent=True)
    if not form.validate():
        return service_page(service, grid=form, status=422)
    length = timedelta(minutes=form.length.data)
    try:
        with write_tx() as session:
            laid = lay_slots(
                session, service, start=form.start.data, end=form.end.data, length=length
            )
    except Refusal as refusal:
        return service_page(service, grid=form, status=show_refusal(form, refusal))
    said = ngettext("%(num)s new slot is laid.", "%(num)s new slots are laid.", len(laid))
    return saved(service, said)


@room.post("/office/service/<day>/shifts/usual")
@audience("manager")
def add_shifts(day: str) -> Page:
    """Give the tricycles that have no shift in this service their usual one."""
    service = service_or_404(day)
    with write_tx() as session:
        lay_shifts(session, service)
    return saved(service, _("The shifts are saved."))


Apply = Callable[[Session], None]


@room.post("/office/service/<day>/shifts")
@audience("manager")
def edit_shifts(day: str) -> Page:
    """Say when each tricycle rides; what that would break is shown before."""
    service = service_or_404(day)
    shifts = shifts_of(db.session(), service)
    form = shifts_form(shifts, sent=True)
    if not form.validate():
        return service_page(service, shifts_form=form, status=422)
    try:
        upset = Upset(shifts=shifts_as(service, shifts, form.shifts()))
        return shown_or_applied(
            service,
            upset,
            lambda session: set_shifts(session, service, form.shifts()),
            reason=_("A tricycle cannot ride as planned."),
            said=_("The shifts are saved."),
        )
    except Refusal as refusal:
        return service_page(service, shifts_form=form, status=show_refusal(form, refusal))


@room.post("/office/service/<day>/slots")
@audience("manager")
def edit_slots(day: str) -> Page:
    """Say how many orders each slot takes; below what is promised, the newest are moved."""
    service = service_or_404(day)
    slots = slots_of(db.session(), service)
    form = slots_form(slots, sent=True)
    if not form.validate():
        return service_page(service, slots_form=form, status=422)
    too_many = newest_beyond(service, slots, form.slots())
    upset = Upset(
        closed=frozenset(order.slot_id for order in too_many),
        moved=frozenset(order.id for order in too_many),
    )
    try:
        return shown_or_applied(
            service,
            upset,
            lambda session: set_capacities(session, form.slots()),
            reason=_("The kitchen cannot cook as much at that time."),
            said=_("The slots are saved."),
        )
    except Refusal as refusal:
        return service_page(service, slots_form=form, status=show_refusal(form, refusal))


@room.post("/office/service/<day>/stations")
@audience("manager")
def edit_stations(day: str) -> Page:
    """Limit the minutes of work that each station does in one slot; what is promised stays."""
    service = service_or_404(day)
    slots = slots_of(db.session(), service)
    form = stations_form(slots, sent=True)
    if not form.validate():
        return service_page(service, stations_form=form, status=422)
    with write_tx() as session:
        used = work_by_slot(session, [slot.id for slot in slots])
        for slot in slots:
            for station, minutes in form.minutes().items():
                capacity = None if minutes in (None, NO_LIMIT) else 60 * minutes
                work = used.get(slot.id, {}).get(station, 0)
                limit_station(session, slot.id, station, capacity=capacity, used=work)
    return saved(service, _("The stations are saved."))


def newest_beyond(
    service: Service, slots: Sequence[Slot], wanted: dict[int, Capacity]
) -> list[Order]:
    """The newest orders of each slot beyond what it shall take."""
    beyond = []
    orders = orders_of(db.session(), service)
    for slot in slots:
        capacity = wanted.get(slot.id, Capacity(slot.capacity, slot.capacity_portions))
        movable = [o for o in orders if o.slot_id == slot.id and o.status in TO_COOK]
        over, portions = slot.used - capacity.orders, slot.used_portions - capacity.portions
        for order in sorted(movable, key=lambda o: (o.placed_at, o.id), reverse=True):
            if over > 0 or portions > 0:
                beyond.append(order)
                over, portions = over - 1, portions - order.boxes
    return beyond


def shown_or_applied(
    service: Service, upset: Upset, apply: Apply, *, reason: str, said: str
) -> Page:
    """Apply what breaks nothing, or what was shown and confirmed; show everything else."""
    upset = replace(upset, shown=shown_before())
    found = what_breaks(db.session(), service, upset, depot=settings().depot, now=clock.now())
    if found.affected and (not found.is_sure or request.form.get("stamp") != found.stamp):
        return preview(service, found, reason), 200
    try:
        with write_tx() as session:
            # The places are changed first: a moved order must not count in its old slot.
            apply_disruption(session, service, found, reason=reason, now=clock.now())
            apply(session)
    except PlanMoved as refusal:
        found = what_breaks(db.session(), service, upset, depot=settings().depot, now=clock.now())
        return preview(service, found, reason, sentence(refusal)), refusal.status
    if found.affected:
        ask_worker(SEND_MAILS)
    return saved(service, said)


@room.post("/office/service/<day>/gone")
@audience("manager")
def dish_gone(day: str) -> Page:
    """There is no more of a dish: take it off the sale; who was to get it is shown before."""
    service = service_or_404(day)
    menu = menu_of(db.session(), service.date) or abort(404)
    wanted = parse_id(request.form.get("portion"))
    portion = next((p for p in menu.portions if p.id == wanted), None) or abort(404)
    typed = parse_id(request.form.get("missing"))
    missing = portion.remaining if typed is None else typed
    gone = what_is_gone(db.session(), service, portion, missing=missing)
    reason = _("There is no more of %(dish)s.", dish=portion.dish.name)
    if gone.orders and request.form.get("stamp") != gone.stamp:
        return gone_preview(service, gone, reason), 200
    try:
        with write_tx() as session:
            apply_gone(session, gone, reason=reason, now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        gone = what_is_gone(db.session(), service, portion, missing=missing)
        return gone_preview(service, gone, reason, sentence(refusal)), refusal.status
    if gone.orders:
        ask_worker(SEND_MAILS)
    return saved(service, reason)
