"""The office's page of one lunch: what changes nothing that is promised."""

from datetime import timedelta

from flask import Blueprint, request
from flask_babel import gettext as _
from flask_babel import ngettext

from ..core.db import db, write_tx
from ..ordering.counter import work_by_slot
from ..service.fleet import lay_shifts
from ..service.forms import NO_LIMIT, grid_form, service_form, stations_form
from ..service.slot import change_service, lay_slots, limit_station, slots_of
from ..web.audience import audience
from ..web.view import Page, answered
from .service_page import saved, service_or_404, service_page

room = Blueprint("service_day", __name__)


@room.route("/office/service/<day>", methods=["GET", "POST"])
@audience("manager")
def edit(day: str) -> Page:
    """One service: open or close it and set its cut-offs."""
    service = service_or_404(day)
    if request.method == "GET":
        return service_page(service)
    form = service_form(service, sent=True)
    if form.validate():
        with answered(form) as session:
            change_service(
                session,
                service,
                is_open=form.is_open.data,
                delivery=form.delivery_cutoff.data,
                takeaway=form.takeaway_cutoff.data,
            )
            service.reliability = form.reliability.data
    return (
        service_page(service, form=form)
        if form.errors
        else saved(service, _("The service is saved."))
    )


@room.post("/office/service/<day>/grid")
@audience("manager")
def lay(day: str) -> Page:
    """Lay the slots anew; those that promised something stay."""
    service = service_or_404(day)
    form = grid_form(slots_of(db.session(), service), sent=True)
    if form.validate():
        start, end, length = form.start.data, form.end.data, timedelta(minutes=form.length.data)
        with answered(form) as session:
            laid = len(lay_slots(session, service, start=start, end=end, length=length))
    if form.errors:
        return service_page(service, grid=form)
    return saved(
        service, ngettext("%(num)s new slot is laid.", "%(num)s new slots are laid.", laid)
    )


@room.post("/office/service/<day>/shifts/usual")
@audience("manager")
def add_shifts(day: str) -> Page:
    """Give the tricycles that have no shift in this service their usual one."""
    service = service_or_404(day)
    with write_tx() as session:
        lay_shifts(session, service)
    return saved(service, _("The shifts are saved."))


@room.post("/office/service/<day>/stations")
@audience("manager")
def edit_stations(day: str) -> Page:
    """Limit the minutes of work that each station does in one slot; what is promised stays."""
    service = service_or_404(day)
    slots = slots_of(db.session(), service)
    form = stations_form(slots, sent=True)
    if not form.validate():
        return service_page(service, stations_form=form)
    with write_tx() as session:
        used = work_by_slot(session, [slot.id for slot in slots])
        for slot in slots:
            for station, minutes in form.minutes().items():
                capacity = None if minutes in (None, NO_LIMIT) else 60 * minutes
                work = used.get(slot.id, {}).get(station, 0)
                limit_station(session, slot.id, station, capacity=capacity, used=work)
    return saved(service, _("The stations are saved."))
