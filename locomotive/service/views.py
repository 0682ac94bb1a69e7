"""Services: the coming ones, a new one, closed days."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db, write_tx
from ..web.audience import audience
from ..web.view import Page, answered, day_or_404
from .fleet import prepare_lunch
from .forms import ClosedDayForm, NewServiceForm
from .service import close_day, closed_days, next_day_without_service, open_day, services_from

room = Blueprint("service", __name__)


@room.get("/office/service/")
@audience("manager")
def office() -> Page:
    """The coming services, and a form to prepare the next one."""
    day = next_day_without_service(db.session(), clock.now())
    return _list_page(NewServiceForm(formdata=None, data={"date": day}))


@room.post("/office/service/")
@audience("manager")
def create() -> Page:
    """Prepare the lunch of a day as it usually is; then back to the page that asked."""
    form = NewServiceForm()
    if form.validate():
        with answered(form) as session:
            is_open = "open" in request.form
            service = prepare_lunch(session, form.date.data, today=clock.today(), is_open=is_open)
        if not form.errors:
            if is_open:
                flash(_("The lunch is prepared and open."))
                return redirect(url_for("office.home"), 303)
            flash(_("The lunch is prepared. Open it when you want orders."))
            then = "menu.edit_menu" if request.form.get("then") == "menu" else "service_day.edit"
            return redirect(url_for(then, day=service.date), 303)
    return _list_page(form)


def _list_page(form: NewServiceForm) -> Page:
    today = clock.today()
    return render_template(
        "service/office.html",
        form=form,
        services=services_from(db.session(), today),
        closed=closed_days(db.session(), today),
        now=clock.now(),
    ), form.code


@room.route("/office/closed-days", methods=["GET", "POST"])
@audience("manager")
def edit_closed_days() -> Page:
    """The days on which the house is closed."""
    form, today = ClosedDayForm(), clock.today()
    if form.validate_on_submit():
        with answered(form) as session:
            close_day(session, form.date.data, reason=form.reason.data or "", today=today)
        if not form.errors:
            flash(_("The day is on the list of closed days."))
            return redirect(url_for("service.edit_closed_days"), 303)
    days = closed_days(db.session(), today)
    return render_template("service/closed_days.html", form=form, days=days), form.code


@room.post("/office/closed-days/<day>/open")
@audience("manager")
def reopen_day(day: str) -> Page:
    """Take a day off the list of closed days."""
    wanted = day_or_404(day)
    with write_tx() as session:
        open_day(session, wanted)
    flash(_("The day is an ordinary day again."))
    return redirect(url_for("service.edit_closed_days"), 303)
