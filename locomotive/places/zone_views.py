"""The zone in which we deliver."""

import json

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ..core.clock import clock
from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..core.tasks import MEASURE_REACH, ask_worker
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.view import Page, settings
from .forms import ZoneForm
from .map_page import map_facts
from .roads import network_of
from .zone import choose_zone, zone_line

room = Blueprint("zone", __name__)


@room.route("/office/zone", methods=["GET", "POST"])
@audience("manager")
def zone_page() -> Page:
    """How far the tricycles go: a circle, minutes of riding, or corners drawn by hand."""
    line = zone_line(db.session())
    form = ZoneForm()
    if request.method == "GET":
        form.show(line)
    if not form.validate_on_submit():
        return _zone(form), 422 if form.errors else 200
    try:
        with write_tx() as session:
            choose_zone(
                session,
                form.chosen,
                depot=settings().depot,
                minutes=form.minutes.data,
                corners=form.ring,
                now=clock.now(),
            )
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return _zone(form), status
    ask_worker(MEASURE_REACH)
    flash(_("The zone is saved."))
    return redirect(url_for("zone.zone_page"), 303)


def _zone(form: ZoneForm) -> str:
    return render_template(
        "places/zone.html",
        form=form,
        line=zone_line(db.session()),
        is_estimated=network_of(db.session()).is_estimated,
        facts=json.dumps(map_facts()),
    )
