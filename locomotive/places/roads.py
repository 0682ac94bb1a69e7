"""The road network of this house: which one is in force, and the passages that are closed."""

import os
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TypeVar

from sqlalchemy import CheckConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

import routing.extract
from routing.roads import CURRENT, Built, NoWay, Roads, RoadsUnusable, why_not
from routing.travel import GreatCircle, Leg, Point, Rows

from ..base import Base, Key, Words
from ..refusal import N_, Invalid, Refusal
from .dataset import Dataset
from .zone import Zone

FOLDER = "roads"
# What is cut out of an extract reaches further than the zone, so that detours are found.
BEYOND_KM = 4.0
ROUTES_KEPT = 256
Answer = TypeVar("Answer")


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


def marks_of(found: Sequence[Passage]) -> list[routing.extract.Passage]:
    """The marks as the network's maker takes them."""
    return [routing.extract.Passage((p.latitude, p.longitude), p.is_closed) for p in found]


def box_of(zone: Zone) -> routing.extract.Box:
    """What is cut out of an extract for a zone: it holds the zone, its corners too."""
    south, west, north, east = routing.extract.box_around(zone.depot, zone.zone_km + BEYOND_KM)
    for lat, lon in zone.ring:
        south, north = min(south, lat - 0.02), max(north, lat + 0.02)
        west, east = min(west, lon - 0.03), max(east, lon + 0.03)
    return south, west, north, east


def note_roads(session: Session, built: Built, *, source: str, now: datetime) -> Dataset:
    """Write down which network is in force from now on."""
    made = Dataset(
        kind="roads", version=built.version, made_at=now, source=source[:200], count=built.streets
    )
    session.add(made)
    session.flush()
    return made


class Network:
    """The network in force, shared by the threads of a process.

    Where a street is missing, the great circle answers for that point, and `is_estimated` stays
    as the whole network is.
    """

    def __init__(self, ground: Roads | GreatCircle) -> None:
        self._ground = ground
        self._lock = Lock()
        self._crow = GreatCircle()
        self.version = ground.version
        self.is_estimated = ground.is_estimated
        self.route = lru_cache(maxsize=ROUTES_KEPT)(self._route)

    def between(self, sources: Sequence[Point], targets: Sequence[Point]) -> tuple[Rows, Rows]:
        """Return (durations, distances) from each source (rows) to each target (columns)."""
        crow = self._crow.between(sources, targets)
        rows, columns = list(range(len(sources))), list(range(len(targets)))
        while rows and columns:
            kept_sources = [sources[at] for at in rows]
            kept_targets = [targets[at] for at in columns]
            try:
                found = self._ask(lambda g, a=kept_sources, b=kept_targets: g.between(a, b))  # type: ignore[misc]
            except NoWay as error:
                lost = set(error.points)
                if not lost:
                    break
                count = len(rows)
                rows = [at for place, at in enumerate(rows) if place not in lost]
                columns = [at for place, at in enumerate(columns) if place + count not in lost]
                continue
            for kind in (0, 1):
                for values, row in zip(found[kind], rows, strict=True):
                    for value, column in zip(values, columns, strict=True):
                        crow[kind][row][column] = value
            break
        return crow

    def matrix(self, points: Sequence[Point]) -> tuple[Rows, Rows]:
        """Return (durations, distances) between all points: seconds and metres."""
        durations, distances = self.between(points, points)
        for at in range(len(points)):
            durations[at][at] = distances[at][at] = 0
        return durations, distances

    def _route(self, points: tuple[Point, ...]) -> tuple[Leg, ...]:
        """The way through the points; legs to a point without a street are straight."""
        if len(points) < 2:
            return ()
        try:
            return tuple(self._ask(lambda ground: ground.route(points)))
        except NoWay:
            legs: list[Leg] = []
            for at in range(len(points) - 1):
                pair = points[at : at + 2]
                try:
                    legs += self._ask(lambda ground, pair=pair: ground.route(pair))  # type: ignore[misc]
                except NoWay:
                    legs += self._crow.route(pair)
            return tuple(legs)

    def reach(self, point: Point, minutes: float) -> list[Point]:
        """The ring around all that is reached within so many minutes."""
        try:
            return self._ask(lambda ground: ground.reach(point, minutes))
        except NoWay:
            return self._crow.reach(point, minutes)

    def nearest(self, point: Point) -> tuple[Point, int]:
        """The nearest place where a tricycle may ride, and its distance (metres).

        Raises routing.roads.NoWay when no street is near: a lake, a field.
        """
        return self._ask(lambda ground: ground.nearest(point))

    def _ask(self, question: Callable[[Roads | GreatCircle], Answer]) -> Answer:
        with self._lock:
            return question(self._ground)


_networks: dict[str, Network] = {}
_opening = Lock()


def network_of(instance: Path) -> Network:
    """The network in force below the instance folder; without one, the great circle.

    A network that was put in force meanwhile is taken from the next question on.
    """
    home = os.path.realpath(instance / FOLDER / CURRENT)
    key = str(instance)
    with _opening:
        held = _networks.get(key)
        is_there = not why_not() and Path(home, "built.json").exists()
        wanted = Path(home).name if is_there else GreatCircle.version
        if held is None or held.version != wanted:
            held = _networks[key] = _opened(Path(home), wanted)
        return held


def _opened(home: Path, wanted: str) -> Network:
    if wanted == GreatCircle.version:
        return Network(GreatCircle())
    try:
        return Network(Roads(home))
    except RoadsUnusable:
        return Network(GreatCircle())
