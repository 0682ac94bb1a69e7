"""The office's pages of services, slots, shifts, tricycles and closed days."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from ..clock import day_of, local, now
from ..db import db, write_tx
from ..door import audience
from ..fields import show_refusal
from ..menu.menu import menu_of
from ..refusal import Refusal
from .fleet import (
    Tricycle,
    lay_shifts,
    prepare_lunch,
    save_tricycle,
    shifts_of,
    tricycles,
)
from .forms import (
    ClosedDayForm,
    NewServiceForm,
    TricycleForm,
    grid_form,
    service_form,
    shifts_form,
    slots_form,
    stations_form,
)
from .service import (
    Service,
    close_day,
    closed_days,
    next_day_without_service,
    open_day,
    service_of,
    services_from,
)
from .slot import change_service, lay_slots, slots_of

room = Blueprint("service", __name__)

Answer = Response | tuple[str, int]


@room.get("/office/service/")
@audience("manager")
def office() -> Answer:
    """The coming services, and a form to prepare the next one."""
    day = next_day_without_service(db.session(), now())
    return _list_page(NewServiceForm(formdata=None, data={"date": day}))


@room.post("/office/service/")
@audience("manager")
def create() -> Answer:
    """Prepare the lunch of a day as it usually is; then back to the page that asked."""
    form = NewServiceForm()
    if not form.validate():
        return _list_page(form, status=422)
    try:
        with write_tx() as session:
            service = prepare_lunch(session, form.date.data, today=local(now()).date())
    except Refusal as refusal:
        return _list_page(form, status=show_refusal(form, refusal))
    flash(_("The lunch is prepared. Open it when you want orders."))
    if request.form.get("then") == "menu":
        return redirect(url_for("menu.edit_menu", day=service.date), 303)
    return redirect(url_for("service.edit", day=service.date), 303)


def _list_page(form: NewServiceForm, *, status: int = 200) -> tuple[str, int]:
    today = local(now()).date()
    page = render_template(
        "service/office.html",
        form=form,
        services=services_from(db.session(), today),
        closed=closed_days(db.session(), today),
        now=now(),
    )
    return page, status


def service_or_404(day: str) -> Service:
    """The service of a day of an address."""
    return service_of(db.session(), day_of(day) or abort(404)) or abort(404)


def service_page(service: Service, *, status: int = 200, **forms: Any) -> tuple[str, int]:
    """The page of one service; the form that was sent stands in for the one that stands."""
    slots, shifts = slots_of(db.session(), service), shifts_of(db.session(), service)
    fleet = tricycles(db.session())
    page = render_template(
        "service/service.html",
        service=service,
        slots=slots,
        shifts=shifts,
        without_shift=[
            t for t in fleet if t.is_active and t.id not in {s.tricycle_id for s in shifts}
        ],
        has_tricycles=bool(fleet),
        menu=menu_of(db.session(), service.date),
        one_day=timedelta(days=1),
        form=forms.get("form") or service_form(service),
        grid=forms.get("grid") or grid_form(slots),
        slots_form=forms.get("slots_form") or slots_form(slots),
        shifts_form=forms.get("shifts_form") or shifts_form(shifts),
        stations_form=forms.get("stations_form") or stations_form(slots),
        sent=next(iter(forms.values()), None),
    )
    return page, status


def saved(service: Service, said: str) -> Response:
    """Back to the service's page, with a sentence."""
    flash(said)
    return redirect(url_for("service.edit", day=service.date), 303)


@room.route("/office/service/<day>", methods=["GET", "POST"])
@audience("manager")
def edit(day: str) -> Answer:
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
def lay(day: str) -> Answer:
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
def add_shifts(day: str) -> Answer:
    """Give the tricycles that have no shift in this service their usual one."""
    service = service_or_404(day)
    with write_tx() as session:
        lay_shifts(session, service)
    return saved(service, _("The shifts are saved."))


@room.route("/office/closed-days", methods=["GET", "POST"])
@audience("manager")
def edit_closed_days() -> Answer:
    """The days on which the house is closed."""
    form, today = ClosedDayForm(), local(now()).date()
    status = 200
    if form.validate_on_submit():
        try:
            with write_tx() as session:
                close_day(session, form.date.data, reason=form.reason.data or "", today=today)
        except Refusal as refusal:
            status = show_refusal(form, refusal)
        else:
            flash(_("The day is on the list of closed days."))
            return redirect(url_for("service.edit_closed_days"), 303)
    elif form.errors:
        status = 422
    days = closed_days(db.session(), today)
    return render_template("service/closed_days.html", form=form, days=days), status


@room.post("/office/closed-days/<day>/open")
@audience("manager")
def reopen_day(day: str) -> Answer:
    """Take a day off the list of closed days."""
    wanted = day_of(day) or abort(404)
    with write_tx() as session:
        open_day(session, wanted)
    flash(_("The day is an ordinary day again."))
    return redirect(url_for("service.edit_closed_days"), 303)


@room.get("/office/tricycles/")
@audience("manager")
def fleet() -> str:
    """The tricycles."""
    return render_template("service/fleet.html", tricycles=tricycles(db.session()))


@room.route("/office/tricycles/new", methods=["GET", "POST"])
@audience("manager")
def new_tricycle() -> Answer:
    """Add a tricycle."""
    form = TricycleForm()
    if form.validate_on_submit():
        return _save_tricycle(None, form)
    return _tricycle_page(None, form, status=422 if form.errors else 200)


@room.route("/office/tricycles/<int(max=2147483647):tricycle_id>", methods=["GET", "POST"])
@audience("manager")
def edit_tricycle(tricycle_id: int) -> Answer:
    """Change a tricycle; services already prepared keep their shifts."""
    tricycle = db.session.get(Tricycle, tricycle_id) or abort(404)
    form = TricycleForm(obj=tricycle)
    if form.validate_on_submit():
        return _save_tricycle(tricycle, form)
    return _tricycle_page(tricycle, form, status=422 if form.errors else 200)


def _save_tricycle(tricycle: Tricycle | None, form: TricycleForm) -> Answer:
    try:
        with write_tx() as session:
            saved = tricycle or Tricycle()
            form.fill(saved)
            save_tricycle(session, saved)
    except Refusal as refusal:
        return _tricycle_page(tricycle, form, status=show_refusal(form, refusal))
    flash(_("The tricycle %(name)s is saved.", name=saved.name))
    return redirect(url_for("service.fleet"), 303)


def _tricycle_page(
    tricycle: Tricycle | None, form: TricycleForm, *, status: int
) -> tuple[str, int]:
    return render_template("service/tricycle.html", tricycle=tricycle, form=form), status
