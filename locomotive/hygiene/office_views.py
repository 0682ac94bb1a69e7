"""Food safety for the manager and the inspector: what is looked at, the limits, the months."""

from datetime import date
from functools import partial

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..core.clock import clock
from ..core.db import db
from ..core.tasks import MAKE_HYGIENE_MONTH, ask_worker
from ..web.audience import audience
from ..web.language import language
from ..web.paper import paper
from ..web.spreadsheet import table
from ..web.view import Page, answered, day_or_404, found, is_first
from .due import due_points
from .forms import LimitsForm, PointForm, limits_form
from .limit import LIMITS, limits, set_limits
from .month import month_before, month_of
from .month_page import month_html, month_path, month_rows
from .point import KINDS, ControlPoint, add_point, end_point, points_of
from .reading import ACTS, open_alarms

room = Blueprint("hygiene_office", __name__)
MONTHS = 12


@room.route("/office/hygiene/", methods=["GET", "POST"])
@audience("manager")
def points() -> Page:
    """What is looked at, what was left undone, and one more."""
    form = PointForm()
    if not form.validate_on_submit():
        return _points_page(form)
    with answered(form) as session:
        if is_first(session):
            point = form.point()
            point.begins_on = clock.today()
            add_point(session, point)
    if form.errors:
        return _points_page(form)
    flash(_("%(name)s is on the list.", name=form.name.data))
    return redirect(url_for("hygiene_office.points"), 303)


def _points_page(form: PointForm) -> Page:
    session, today = db.session(), clock.today()
    due = {one.point.id: one for one in due_points(session, today=today)}
    page = render_template(
        "hygiene/points.html",
        form=form,
        points=[point for point in points_of(session) if point.ended_on is None],
        due=due,
        alarms=open_alarms(session),
        kinds=KINDS,
        act_words=ACTS,
        limits=limits(session),
        months=_months(today),
    )
    return page, form.code


def _months(today: date) -> list[date]:
    found = [today.replace(day=1)]
    while len(found) < MONTHS:
        found.append(month_before(found[-1]))
    return found


@room.post("/office/hygiene/points/<key:point_id>/end")
@audience("manager")
def end(point_id: int) -> Page:
    """Ask for a point no more."""
    found(ControlPoint, point_id)
    form = PointForm(formdata=None)
    with answered(form) as session:
        point = session.get_one(ControlPoint, point_id)
        end_point(point, today=clock.today())
    flash(_("%(name)s is no longer on the list; what was read stays.", name=point.name))
    return redirect(url_for("hygiene_office.points"), 303)


@room.route("/office/hygiene/limits", methods=["GET", "POST"])
@audience("manager")
def edit_limits() -> Page:
    """The limits, each with where the law says so."""
    form = limits_form(limits(db.session()))
    if not form.validate_on_submit():
        return _limits_page(form)
    with answered(form) as session:
        set_limits(session, form.values())
    if form.errors:
        return _limits_page(form)
    flash(_("The limits are saved. Earlier readings keep theirs."))
    return redirect(url_for("hygiene_office.edit_limits"), 303)


def _limits_page(form: LimitsForm) -> Page:
    return render_template("hygiene/limits.html", form=form, limits=LIMITS), form.code


@room.get("/office/hygiene/<day>/month")
@audience("manager")
def month(day: str) -> str:
    """The month of a day, to print or to show to the inspector."""
    return month_html(day_or_404(day), is_pdf=False)


@room.get("/office/hygiene/<day>/month.csv")
@audience("manager")
def month_csv(day: str) -> Response:
    """The month of a day as a spreadsheet."""
    wanted = day_or_404(day)
    rows = month_rows(month_of(db.session(), wanted, today=clock.today()))
    return table(f"hygiene-{wanted:%Y-%m}.csv", rows)


@room.get("/office/hygiene/<day>/month.pdf")
@audience("manager")
def month_pdf(day: str) -> Page:
    """The month's PDF; the worker makes it, meanwhile a page says so."""
    wanted = day_or_404(day)
    return paper(
        month_path(wanted, language(), now=clock.now()),
        f"{wanted:%Y-%m}.pdf",
        meanwhile=lambda is_possible: render_template(
            "hygiene/paper.html", day=wanted, is_possible=is_possible
        ),
        ask=partial(ask_worker, MAKE_HYGIENE_MONTH, wanted.isoformat(), language()),
    )
