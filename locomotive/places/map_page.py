"""What the interactive map of a page needs to know."""

from flask import url_for
from flask_babel import gettext as _

from ..core.db import db
from ..web.view import settings
from .dataset import last_dataset
from .roads import map_folder
from .zone import Zone, zone_of


def here() -> Zone:
    """The zone in force."""
    house = settings()
    return zone_of(db.session(), depot=house.depot, zone_km=house.zone_km)


def map_facts() -> dict[str, object]:
    """What the map in the browser needs to know: its streets, the kitchen, the zone."""
    made = last_dataset(db.session(), "roads") if map_folder(db.session()) else None
    zone = here()
    return {
        "streets": url_for("map.streets", version=made.version) if made else "",
        "kitchen": [zone.depot[1], zone.depot[0]],
        "ring": [[lon, lat] for lat, lon in zone.ring],
        "credit": _("OpenStreetMap contributors"),
    }
