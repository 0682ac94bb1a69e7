"""The office's pages of the named places."""

import json

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from routing.streets import great_circle

from ..core.db import db
from ..web.audience import audience
from ..web.view import Page, answered, found, settings
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
def new_place() -> Page:
    """Name a place."""
    return _edit(None)


@room.route("/office/places/<key:place_id>", methods=["GET", "POST"])
@audience("manager")
def edit_place(place_id: int) -> Page:
    """Change a place; orders already taken keep their address."""
    return _edit(found(Place, place_id))


def _edit(place: Place | None) -> Page:
    form, house = PlaceForm(obj=place), settings()
    if form.validate_on_submit():
        with answered(form) as session:
            saved = place or Place()
            form.fill(saved)
            save_place(session, saved, depot=house.depot, zone_km=house.zone_km)
        if not form.errors:
            flash(_("%(place)s is saved.", place=saved.name))
            return redirect(url_for("places.office"), 303)
    return _page(place, form)


def _page(place: Place | None, form: PlaceForm) -> Page:
    house = settings()
    return render_template(
        "places/place.html",
        place=place,
        form=form,
        metres=great_circle(house.depot, (place.latitude, place.longitude)) if place else None,
        zone_km=house.zone_km,
        facts=json.dumps(map_facts()),
    ), form.code
