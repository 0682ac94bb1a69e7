"""What the office does to a service that others were promised: shown first, then applied.

Shifts, slots and dishes are changed here, not in the rooms that own them, because only here is
known which orders would be touched.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from flask import abort, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from ..clock import now
from ..db import db, write_tx
from ..door import audience
from ..fields import show_refusal
from ..language import sentence
from ..menu.menu import menu_of
from ..queue import ask_worker
from ..refusal import Refusal
from ..service.fleet import set_shifts, shifts_as, shifts_of
from ..service.forms import NO_LIMIT, shifts_form, slots_form, stations_form
from ..service.service import Service
from ..service.slot import Capacity, Slot, limit_station, set_capacities, slots_of
from ..service.views import Answer, saved, service_or_404, service_page
from .counter import work_by_slot
from .disruption import Affected, Disruption, Upset, apply_disruption, what_breaks
from .forms import parse_id
from .gone import Gone, apply_gone, what_is_gone
from .order import Order, orders_of
from .tentative import PlanMoved
from .views import room, settings

Apply = Callable[[Session], None]
SENT_ANEW = ("csrf_token", "stamp", "shown")  # fields of the preview's own form


@room.post("/office/service/<day>/shifts")
@audience("manager")
def edit_shifts(day: str) -> Answer:
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
def edit_slots(day: str) -> Answer:
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
def edit_stations(day: str) -> Answer:
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
        movable = [o for o in orders if o.slot_id == slot.id and o.status in ("placed", "started")]
        over, portions = slot.used - capacity.orders, slot.used_portions - capacity.portions
        for order in sorted(movable, key=lambda o: (o.placed_at, o.id), reverse=True):
            if over > 0 or portions > 0:
                beyond.append(order)
                over, portions = over - 1, portions - order.boxes
    return beyond


def shown_or_applied(
    service: Service, upset: Upset, apply: Apply, *, reason: str, said: str
) -> Answer:
    """Apply what breaks nothing, or what was shown and confirmed; show everything else."""
    upset = replace(upset, shown=shown_before())
    found = what_breaks(db.session(), service, upset, depot=settings().depot, now=now())
    if found.affected and (not found.is_sure or request.form.get("stamp") != found.stamp):
        return preview(service, found, reason), 200
    try:
        with write_tx() as session:
            # The places are changed first: a moved order must not count in its old slot.
            apply_disruption(session, service, found, reason=reason, now=now())
            apply(session)
    except PlanMoved as refusal:
        found = what_breaks(db.session(), service, upset, depot=settings().depot, now=now())
        return preview(service, found, reason, sentence(refusal)), refusal.status
    if found.affected:
        ask_worker("send_mails")
    return saved(service, said)


def shown_before() -> dict[int, int | None]:
    """The proposals that the preview has shown: order id → slot id, None where there was none."""
    pairs = (text.partition(":") for text in request.form.getlist("shown"))
    return {id_: parse_id(slot) for order, _c, slot in pairs if (id_ := parse_id(order))}


def preview(service: Service, found: Disruption, reason: str, refused: str = "") -> str:
    """What would break, order by order, with what is proposed; the form is sent again as it is."""
    return render_template(
        "office/disruption.html",
        service=service,
        affected=found.affected,
        gone=None,
        reason=reason,
        refused=refused,
        stamp=found.stamp,
        sent=[(k, v) for k, v in request.form.items(multi=True) if k not in SENT_ANEW],
        back=url_for("service.edit", day=service.date),
    )


@room.post("/office/service/<day>/gone")
@audience("manager")
def dish_gone(day: str) -> Answer:
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
            apply_gone(session, gone, reason=reason, now=now())
    except Refusal as refusal:
        db.session.rollback()
        gone = what_is_gone(db.session(), service, portion, missing=missing)
        return gone_preview(service, gone, reason, sentence(refusal)), refusal.status
    if gone.orders:
        ask_worker("send_mails")
    return saved(service, reason)


def gone_preview(service: Service, gone: Gone, reason: str, refused: str = "") -> str:
    """Which orders lose the dish; the form is sent again as it is."""
    return render_template(
        "office/disruption.html",
        service=service,
        affected=[Affected(order, None) for order in gone.orders],
        gone=gone,
        reason=reason,
        refused=refused,
        stamp=gone.stamp,
        sent=[(k, v) for k, v in request.form.items(multi=True) if k not in SENT_ANEW],
        back=url_for("service.edit", day=service.date),
    )
