"""The road network made anew by the worker."""

import logging

from routing.streets import Built, RoadsUnusable, rebuild

from ..core.clock import clock
from ..core.db import db, write_tx
from ..places.dataset import last_dataset
from ..places.roads import FOLDER, marks_of, network_of, note_roads, passages
from ..places.travel_time import forget_legs
from ..places.zone import set_reach, zone_line
from ..web.view import settings

log = logging.getLogger(__name__)


def make_roads() -> None:
    """Make the road network anew with the passages that are marked today."""
    house = settings()
    made = last_dataset(db.session(), "roads")
    if made is None:
        return
    marks = marks_of(passages(db.session(), day=clock.today()))
    db.session.remove()
    try:
        built = rebuild(house.instance / FOLDER, centre=house.depot, passages=marks)
    except RoadsUnusable:
        log.exception("the road network was not made anew; the one in force stays")
        return
    put_in_force(built, source=made.source)


def put_in_force(built: Built, *, source: str) -> None:
    """Let a network that was built answer from now on, and measure the zone on it."""
    with write_tx() as session:
        note_roads(
            session, built, folder=settings().instance / FOLDER, source=source, now=clock.now()
        )
        forget_legs(session, kept=built.version)
    measure_reach()


def measure_reach() -> None:
    """Measure how far the tricycles get in the zone's minutes."""
    house = settings()
    line = zone_line(db.session())
    if line is None or line.kind != "reach" or not line.minutes:
        return
    ring = network_of(db.session()).reach(house.depot, line.minutes)
    with write_tx() as session:
        set_reach(session, ring)
