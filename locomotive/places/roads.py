"""The road network of this house: which one is in force, and the passages that are closed."""

import logging
from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from threading import Lock

from sqlalchemy import CheckConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from routing import streets
from routing.streets import Built, GreatCircle, Leg, NoWay, Point, Roads, RoadsUnusable, why_not

from ..core.base import Base, Key, Words
from ..core.refusal import N_, Invalid, Refusal
from .dataset import Dataset, last_dataset
from .zone import Zone

FOLDER = "roads"
# What is cut out of an extract reaches further than the zone, so that detours are found.
BEYOND_KM = 4.0
ROUTES_KEPT = 256
# How far a ride strays from what is planned: its standard deviation as a share of it. With
# estimated distances it was measured. A network takes away what the great circle does not know of
# the streets, about half of that variance; wind, lights and loads stay, until rounds teach better.
ESTIMATED_NOISE, STREETS_NOISE = 0.14, 0.10
Way = tuple[int | None, int | None]  # seconds and metres; None where nothing leads there
log = logging.getLogger(__name__)


class Passage(Base):
    """A place that the manager marked on the map as closed to the tricycle, or slow."""

    __tablename__ = "passage"
    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
    )

    id: Mapped[Key]
    latitude: Mapped[float]
    longitude: Mapped[float]
    is_closed: Mapped[bool]
    note: Mapped[Words] = mapped_column(default="")
    until: Mapped[date | None]  # the last day; None: until it is taken away
    marked_at: Mapped[datetime]


class PassageFar(Invalid):
    message = N_("This point is too far from the kitchen: mark a street of the zone.")


class PassageUnknown(Refusal):
    message = N_("This mark is gone already.")
    status = 404


def passages(session: Session, *, day: date) -> list[Passage]:
    """The marks in force on a day, the newest first."""
    query = select(Passage).where(or_(Passage.until.is_(None), Passage.until >= day))
    return list(session.scalars(query.order_by(Passage.id.desc())))


def mark_passage(session: Session, passage: Passage, *, zone: Zone) -> Passage:
    """Write a mark; the network is made anew with it. Raises PassageFar."""
    south, west, north, east = box_of(zone)
    if not (south <= passage.latitude <= north and west <= passage.longitude <= east):
        raise PassageFar(field="latitude")
    session.add(passage)
    session.flush()
    return passage


def take_passage_away(session: Session, passage_id: int) -> None:
    """Forget a mark. Raises PassageUnknown."""
    passage = session.get(Passage, passage_id)
    if passage is None:
        raise PassageUnknown
    session.delete(passage)


def forget_old_passages(session: Session, *, day: date) -> bool:
    """Take away the marks whose last day is over; tell whether there were any."""
    old = list(session.scalars(select(Passage).where(Passage.until < day)))
    for passage in old:
        session.delete(passage)
    return bool(old)


def marks_of(found: Sequence[Passage]) -> list[streets.Passage]:
    """The marks as the network's maker takes them."""
    return [streets.Passage((p.latitude, p.longitude), p.is_closed) for p in found]


def box_of(zone: Zone) -> streets.Box:
    """What is cut out of an extract for a zone: it holds the zone, its corners too."""
    south, west, north, east = streets.box_around(zone.depot, zone.zone_km + BEYOND_KM)
    for lat, lon in zone.ring:
        south, north = min(south, lat - 0.02), max(north, lat + 0.02)
        west, east = min(west, lon - 0.03), max(east, lon + 0.03)
    return south, west, north, east


def note_roads(
    session: Session, built: Built, *, folder: Path, source: str, now: datetime
) -> Dataset:
    """Write down which network is in force from now on; `folder` is where all of them lie."""
    made = Dataset(
        kind="roads",
        version=built.version,
        made_at=now,
        source=source[:200],
        count=built.streets,
        folder=str(folder / built.version),
    )
    session.add(made)
    session.flush()
    return made


class Network:
    """The network in force, shared by the threads of a process.

    Its answers are estimates where `is_estimated`: then no street is known and the great circle
    stands in.
    """

    def __init__(self, ground: Roads | GreatCircle) -> None:
        self._ground = ground
        self._lock = Lock()
        self.map_version = ground.version
        self.is_estimated = ground.is_estimated
        self.leg_noise = ESTIMATED_NOISE if ground.is_estimated else STREETS_NOISE
        self.route = lru_cache(maxsize=ROUTES_KEPT)(self._route)

    def ways(self, pairs: Sequence[tuple[Point, Point]]) -> list[Way]:
        """The way of each pair (origin, target): seconds and metres, None where none leads."""
        found: dict[tuple[Point, Point], Way] = {}
        wanted = set(pairs)
        origins, targets = {one for one, _ in pairs}, {two for _, two in pairs}
        if 2 * len(wanted) > len(origins) * len(targets):
            found |= self._between(sorted(origins), sorted(targets))
        else:
            rows = {one: [b for a, b in wanted if a == one] for one in origins}
            for one, row in rows.items():
                if len(row) > 1:
                    found |= self._between([one], row)
            for two in targets:
                column = [a for a, b in wanted if b == two and (a, b) not in found]
                if column:
                    found |= self._between(column, [two])
        return [(0, 0) if one == two else found[one, two] for one, two in pairs]

    def _between(
        self, sources: Sequence[Point], targets: Sequence[Point]
    ) -> dict[tuple[Point, Point], Way]:
        found: dict[tuple[Point, Point], Way] = {}
        rows, columns = list(sources), list(targets)
        while rows and columns:
            try:
                with self._lock:
                    seconds, metres = self._ground.between(rows, columns)
            except NoWay as error:
                lost = set(error.points)
                if not lost:
                    break
                here = len(rows)
                rows = [point for at, point in enumerate(rows) if at not in lost]
                columns = [point for at, point in enumerate(columns) if at + here not in lost]
                continue
            for one, times, lengths in zip(rows, seconds, metres, strict=True):
                for two, time, length in zip(columns, times, lengths, strict=True):
                    found[one, two] = time, length
            break
        return {(a, b): found.get((a, b), (None, None)) for a in sources for b in targets}

    def _route(self, points: tuple[Point, ...]) -> tuple[Leg, ...]:
        """The way through the points; a leg to a point without a street is straight."""
        legs: list[Leg] = []
        try:
            with self._lock:
                return tuple(self._ground.route(points)) if len(points) > 1 else ()
        except NoWay:
            for pair in pairwise(points):
                try:
                    with self._lock:
                        legs += self._ground.route(pair)
                except NoWay:
                    legs += GreatCircle().route(pair)
        return tuple(legs)

    def reach(self, point: Point, minutes: float) -> list[Point]:
        """The ring around all that is reached within so many minutes."""
        try:
            with self._lock:
                return self._ground.reach(point, minutes)
        except NoWay:
            return GreatCircle().reach(point, minutes)

    def nearest(self, point: Point) -> tuple[Point, int]:
        """The nearest place where a tricycle may ride, and its distance (metres).

        Raises routing.streets.NoWay when no street is near: a lake, a field.
        """
        with self._lock:
            return self._ground.nearest(point)


_networks: dict[str, Network] = {}
_opening = Lock()
_estimates = Network(GreatCircle())


def network_of(session: Session) -> Network:
    """The network in force, by the last import; without one, the great circle.

    A network that was put in force meanwhile is taken from the next question on.
    """
    made = last_dataset(session, "roads")
    if made is None or why_not():
        return _estimates
    with _opening:
        if made.folder not in _networks:
            _networks.clear()
            try:
                _networks[made.folder] = Network(Roads(Path(made.folder)))
            except (RoadsUnusable, OSError):
                log.exception("the road network of %s cannot be opened", made.folder)
                return _estimates
        return _networks[made.folder]


def map_folder(session: Session) -> Path | None:
    """Where the drawing of the zone lies; None when no map was imported."""
    made = last_dataset(session, "roads")
    folder = Path(made.folder) if made else None
    return folder if folder and (folder / "zone.geojson").exists() else None
