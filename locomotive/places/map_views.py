"""The office's maps: closed and slow passages, the zone, and the streets for the browser."""

import gzip
import json
from functools import lru_cache
from pathlib import Path

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ..clock import local, now
from ..db import db, write_tx
from ..door import audience
from ..fields import degrees_of, show_refusal
from ..queue import ask_worker
from ..refusal import Refusal
from .dataset import last_dataset
from .drawing import drawing_at
from .forms import PassageForm, ZoneForm, parse_whole
from .roads import (
    Passage,
    map_folder,
    mark_passage,
    network_of,
    passages,
    take_passage_away,
)
from .spot import SPANS, spot_at
from .views import _settings, room
from .zone import Zone, choose_zone, zone_line, zone_of

Page = Response | str | tuple[str, int]


def here() -> Zone:
    """The zone in force."""
    house = _settings()
    return zone_of(db.session(), depot=house.depot, zone_km=house.zone_km)


def map_facts() -> dict[str, object]:
    """What the map in the browser needs to know: its streets, the kitchen, the zone."""
    made = last_dataset(db.session(), "roads") if map_folder(db.session()) else None
    zone = here()
    return {
        "streets": url_for("places.streets", version=made.version) if made else "",
        "kitchen": [zone.depot[1], zone.depot[0]],
        "ring": [[lon, lat] for lat, lon in zone.ring],
        "credit": _("OpenStreetMap contributors"),
    }


@lru_cache(maxsize=2)
def _packed(folder: Path) -> bytes:
    return gzip.compress((folder / "zone.geojson").read_bytes(), 6)


@room.get("/office/map/<version>.geojson")
@audience("rider")
def streets(version: str) -> Response:
    """The streets of the zone for the map in the browser; a version never changes."""
    folder = map_folder(db.session())
    if folder is None or folder.name != version:
        abort(404)
    response = Response(_packed(folder), mimetype="application/geo+json")
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


@room.get("/office/map/spot.svg")
@audience("manager")
def spot() -> Response:
    """The small map around a point, on which its right place is tapped."""
    latitude, longitude = (degrees_of(request.args.get(name, "")) for name in ("lat", "lon"))
    level = parse_whole(request.args.get("level")) or 0
    if latitude is None or longitude is None or abs(latitude) > 85 or level >= len(SPANS):
        abort(404)
    folder = map_folder(db.session())
    drawn = spot_at(
        (latitude, longitude),
        level,
        depot=_settings().depot,
        drawing=drawing_at(folder) if folder else None,
    )
    answer = Response(render_template("places/spot.svg", spot=drawn), mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer


@room.route("/office/passages/", methods=["GET", "POST"])
@audience("manager")
def passages_page() -> Page:
    """The marks on the map, and a new one."""
    form = PassageForm()
    if not form.validate_on_submit():
        return _passages(form), 422 if form.errors else 200
    try:
        with write_tx() as session:
            passage = Passage(marked_at=now())
            form.fill(passage)
            mark_passage(session, passage, zone=here())
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return _passages(form), status
    ask_worker("make_roads")
    flash(_("The mark is on the map. The ways are measured anew within a minute."))
    return redirect(url_for("places.passages_page"), 303)


def _passages(form: PassageForm) -> str:
    session = db.session()
    found = passages(session, day=local(now()).date())
    made = last_dataset(session, "roads")
    return render_template(
        "places/passages.html",
        form=form,
        passages=found,
        made=made,
        is_pending=bool(made and found and found[0].marked_at > made.made_at),
        facts=json.dumps(
            map_facts() | {"marks": [[p.longitude, p.latitude, int(p.is_closed)] for p in found]}
        ),
    )


@room.post("/office/passages/<int(max=2147483647):passage_id>/gone")
@audience("manager")
def passage_gone(passage_id: int) -> Page:
    """Take a mark away: the passage is open again."""
    with write_tx() as session:
        take_passage_away(session, passage_id)
    ask_worker("make_roads")
    flash(_("The passage is open again. The ways are measured anew within a minute."))
    return redirect(url_for("places.passages_page"), 303)


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
                depot=_settings().depot,
                minutes=form.minutes.data,
                corners=form.ring,
                now=now(),
            )
    except Refusal as refusal:
        status = show_refusal(form, refusal)
        return _zone(form), status
    ask_worker("measure_reach")
    flash(_("The zone is saved."))
    return redirect(url_for("places.zone_page"), 303)


def _zone(form: ZoneForm) -> str:
    return render_template(
        "places/zone.html",
        form=form,
        line=zone_line(db.session()),
        is_estimated=network_of(db.session()).is_estimated,
        facts=json.dumps(map_facts()),
    )
