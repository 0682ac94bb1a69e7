"""The zone in which we deliver."""

import json

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db
from ..core.tasks import MEASURE_REACH, ask_worker
from ..web.audience import audience
from ..web.view import Page, answered, settings
from .forms import ZoneForm
from .map_page import map_facts
from .roads import network_of
from .zone import choose_zone, zone_line

room = Blueprint("zone", __name__)


@room.route("/office/zone", methods=["GET", "POST"])
@audience("manager")
def zone_page() -> Page:
    """How far the tricycles go: a circle, minutes of riding, or corners drawn by hand."""
    form = ZoneForm()
    if request.method == "GET":
        form.show(zone_line(db.session()))
    if form.validate_on_submit():
        with answered(form) as session:
            choose_zone(session, form.choice, depot=settings().depot, now=clock.now())
        if not form.errors:
            ask_worker(MEASURE_REACH)
            flash(_("The zone is saved."))
            return redirect(url_for("zone.zone_page"), 303)
    return _zone(form)


def _zone(form: ZoneForm) -> Page:
    return render_template(
        "places/zone.html",
        form=form,
        line=zone_line(db.session()),
        is_estimated=network_of(db.session()).is_estimated,
        facts=json.dumps(map_facts()),
    ), form.code
