"""Week templates: a week's menus kept under a name, laid onto a coming week, forgotten."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from ..core.clock import clock, day_of
from ..core.db import db, write_tx
from ..web.audience import audience
from ..web.language import short_day
from ..web.view import Page, answered, found, is_first
from .forms import week_form
from .outlook import WEEK, WEEKS_AHEAD, monday_of
from .week_template import WeekTemplate, keep_week, lay_week, week_templates, weeks_with_menus

room = Blueprint("weeks", __name__)
WEEKS_BACK = 8


@room.route("/office/menu/weeks", methods=["GET", "POST"])
@audience("manager")
def weeks() -> Page:
    """The week templates, and a new one from the menus of a week."""
    form = week_form(weeks_with_menus(db.session(), _weeks(-WEEKS_BACK)))
    if form.validate_on_submit():
        with answered(form) as session:
            if is_first(session):
                keep_week(session, form.week.data, form.name.data or "")
        if not form.errors:
            flash(_("The week is kept as %(name)s.", name=form.name.data))
            return redirect(url_for("weeks.weeks"), 303)
    return render_template(
        "forecast/weeks.html",
        form=form,
        templates=week_templates(db.session()),
        weeks=_weeks(0),
        one_week=WEEK,
    ), form.code


@room.post("/office/menu/weeks/<key:template_id>/lay")
@audience("manager")
def lay(template_id: int) -> Page:
    """Start a week's menus from a template."""
    template = found(WeekTemplate, template_id)
    monday = day_of(request.form.get("week", ""))
    if monday is None or monday not in _weeks(0):
        abort(400)
    with write_tx() as session:
        laid = lay_week(session, template, monday, today=clock.today(), now=clock.now())
    _say(laid, monday)
    return redirect(url_for("weeks.weeks") if not laid else url_for("menu.office"), 303)


@room.post("/office/menu/weeks/<key:template_id>/forget")
@audience("manager")
def forget(template_id: int) -> Page:
    """Delete a template; menus that were started from it stand."""
    template = found(WeekTemplate, template_id)
    with write_tx() as session:
        session.delete(template)
    flash(_("%(name)s is deleted. Menus that came from it stand.", name=template.name))
    return redirect(url_for("weeks.weeks"), 303)


def _say(laid: list[date], monday: date) -> None:
    if not laid:
        flash(
            _("Nothing was written: each day of that week is over, closed, or has a menu already."),
            "warning",
        )
        return
    flash(
        ngettext(
            "%(num)s menu is written for the week of %(day)s. Check its numbers, then publish it.",
            "%(num)s menus are written for the week of %(day)s. Check their numbers, then publish "
            "them.",
            len(laid),
            day=short_day(monday),
        )
    )


def _weeks(first: int) -> list[date]:
    """The weeks by their Mondays, from so many weeks from now on."""
    this = monday_of(clock.today())
    return [this + number * WEEK for number in range(first, WEEKS_AHEAD + 1)]
