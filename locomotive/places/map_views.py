"""The streets and the pictures of the map."""

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from ..core.db import db
from ..maps.drawing import drawing_at
from ..maps.frame import Point
from ..maps.spot import SPANS, spot_at
from ..web.audience import audience
from ..web.fields import degrees_of
from ..web.view import settings
from .forms import parse_whole
from .roads import map_folder

room = Blueprint("map", __name__)


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
    level = parse_whole(request.args.get("level")) or 0
    if level >= len(SPANS):
        abort(404)
    folder = map_folder(db.session())
    drawing = drawing_at(folder) if folder else None
    shown = spot_at(_point_or_404(), level, depot=settings().depot, drawing=drawing)
    answer = Response(render_template("places/spot.svg", spot=shown), mimetype="image/svg+xml")
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer


def _point_or_404() -> Point:
    """The point that the address names."""
    latitude, longitude = (degrees_of(request.args.get(name, "")) for name in ("lat", "lon"))
    if latitude is None or longitude is None or abs(latitude) > 85:
        abort(404)
    return latitude, longitude
