"""What the office changes of a lunch that may break promises: shown first, then done."""

from flask import Blueprint, abort, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from ..core.clock import clock
from ..core.db import db
from ..core.refusal import Refusal
from ..menu.menu import menu_of
from ..ordering.order import orders_of, touch
from ..service.fleet import set_shifts, shifts_as, shifts_of
from ..service.forms import WeatherForm, shifts_form, slots_form
from ..service.service import Service, pace_of
from ..service.slot import set_capacities, slots_of
from ..web.audience import audience
from ..web.fields import parse_id, show_refusal
from ..web.view import Page
from .disruption import Upset, newest_beyond
from .gone import apply_gone, what_is_gone
from .preview_page import disrupted, shown_or_applied
from .service_page import service_or_404, service_page

room = Blueprint("disruption", __name__)


@room.post("/office/service/<day>/shifts")
@audience("manager")
def edit_shifts(day: str) -> Page:
    """Say when each tricycle rides; what that would break is shown before."""
    service = service_or_404(day)
    shifts = shifts_of(db.session(), service)
    form = shifts_form(shifts, sent=True)
    if not form.validate():
        return service_page(service, shifts_form=form)

    def apply(session: Session) -> None:
        set_shifts(session, service, form.shifts())

    reason, said = _("A tricycle cannot ride as planned."), _("The shifts are saved.")
    try:
        upset = Upset(shifts=shifts_as(service, shifts, form.shifts()))
        return disrupted(service, upset, apply, reason=reason, said=said)
    except Refusal as refusal:
        form.code = show_refusal(form, refusal)
    return service_page(service, shifts_form=form)


@room.post("/office/service/<day>/slots")
@audience("manager")
def edit_slots(day: str) -> Page:
    """Say how many orders each slot takes; below what is promised, the newest are moved."""
    service = service_or_404(day)
    slots = slots_of(db.session(), service)
    form = slots_form(slots, sent=True)
    if not form.validate():
        return service_page(service, slots_form=form)
    orders = orders_of(db.session(), service)
    too_many = [o for s in slots for o in newest_beyond(s, orders, form.slots().get(s.id))]
    upset = Upset(
        closed=frozenset(order.slot_id for order in too_many),
        moved=frozenset(order.id for order in too_many),
    )

    def apply(session: Session) -> None:
        set_capacities(session, form.slots())

    reason, said = _("The kitchen cannot cook as much at that time."), _("The slots are saved.")
    try:
        return disrupted(service, upset, apply, reason=reason, said=said)
    except Refusal as refusal:
        form.code = show_refusal(form, refusal)
    return service_page(service, slots_form=form)


@room.post("/office/service/<day>/weather")
@audience("manager")
def edit_weather(day: str) -> Page:
    """Say by how much rides take longer that day; what that would break is shown before."""
    service = service_or_404(day)
    form = WeatherForm()
    if not form.validate():
        return service_page(service, weather_form=form)

    def apply(session: Session) -> None:
        found = session.get_one(Service, service.id)
        found.weather, found.slower_percent = form.weather.data, form.slower_percent.data or 0
        touch(session, found.id)

    reason, said = _("The weather makes every ride longer."), _("The weather is noted.")
    try:
        upset = Upset(pace=pace_of(form.slower_percent.data or 0))
        return disrupted(service, upset, apply, reason=reason, said=said)
    except Refusal as refusal:
        form.code = show_refusal(form, refusal)
    return service_page(service, weather_form=form)


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
    reason = _("There is no more of %(dish)s.", dish=portion.dish.name)
    return shown_or_applied(
        service,
        lambda session: what_is_gone(session, service, portion, missing=missing),
        lambda session, gone: apply_gone(session, gone, reason=reason, now=clock.now()),
        reason=reason,
        said=reason,
        shown_again=Refusal,
    )
