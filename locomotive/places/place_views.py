"""The office's pages of the named places."""

import json

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from routing.streets import great_circle

from ..core.db import db, write_tx
from ..core.refusal import Refusal
from ..web.audience import audience
from ..web.fields import show_refusal
from ..web.view import settings
from .address import Place, places, save_place
from .forms import PlaceForm
from .map_page import map_facts

room = Blueprint("places", __name__)


@room.get("/office/places/")
@audience("manager")
def office() -> str:
    """The named places, with their distance to the kitchen as the crow flies."""
    depot = settings().depot
    rows = [(p, great_circle(depot, (p.latitude, p.longitude))) for p in places(db.session())]
    return render_template("places/office.html", rows=rows, zone_km=settings().zone_km)


@room.route("/office/places/new", methods=["GET", "POST"])
@audience("manager")
def new_place() -> Response | tuple[str, int]:
    """Name a place."""
    form = PlaceForm()
    if form.validate_on_submit():
        return _save(None, form)
    return _page(None, form, status=422 if form.errors else 200)


@room.route("/office/places/<key:place_id>", methods=["GET", "POST"])
@audience("manager")
def edit_place(place_id: int) -> Response | tuple[str, int]:
    """Change a place; orders already taken keep their address."""
    place = db.session.get(Place, place_id) or abort(404)
    form = PlaceForm(obj=place)
    if form.validate_on_submit():
        return _save(place, form)
    return _page(place, form, status=422 if form.errors else 200)


def _save(place: Place | None, form: PlaceForm) -> Response | tuple[str, int]:
    house = settings()
    try:
        with write_tx() as session:
            saved = place or Place()
            form.fill(saved)
            save_place(session, saved, depot=house.depot, zone_km=house.zone_km)
    except Refusal as refusal:
        return _page(place, form, status=show_refusal(form, refusal))
    flash(_("%(place)s is saved.", place=saved.name))
    return redirect(url_for("places.office"), 303)


def _page(place: Place | None, form: PlaceForm, *, status: int) -> tuple[str, int]:
    house = settings()
    page = render_template(
        "places/place.html",
        place=place,
        form=form,
        metres=great_circle(house.depot, (place.latitude, place.longitude)) if place else None,
        zone_km=house.zone_km,
        facts=json.dumps(map_facts()),
    )
    return page, status
