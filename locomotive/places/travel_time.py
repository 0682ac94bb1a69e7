"""Leg: how long a tricycle rides from one point to another, kept for each version of the map.

A new address costs one row and one column: the legs between the others are known already.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from sqlalchemy import String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from routing.travel import great_circle

from ..base import Base

Point = tuple[float, float]
Matrix = list[list[int | None]]
Way = tuple[int | None, int | None]  # seconds and metres; None where nothing leads there
Ways = dict[tuple[str, str], Way]
KNOWN_AT_MOST = 200_000


class Leg(Base):
    """The way from one point to another on one version of the map."""

    __tablename__ = "leg"

    map_version: Mapped[str] = mapped_column(String(60), primary_key=True)
    origin: Mapped[str] = mapped_column(String(24), primary_key=True)
    target: Mapped[str] = mapped_column(String(24), primary_key=True)
    seconds: Mapped[int | None]
    metres: Mapped[int | None]


class Streets(Protocol):
    """What knows the ways: a version of the map that tells seconds and metres."""

    map_version: str

    def ways(self, pairs: Sequence[tuple[Point, Point]]) -> list[Way]:
        """The way of each pair (origin, target)."""
        ...


class GreatCircle:
    """The way as the crow flies, stretched by `detour` to the length of streets, at `speed_kmh`."""

    def __init__(self, speed_kmh: float = 15.0, detour: float = 1.4) -> None:
        self.speed_kmh, self.detour = speed_kmh, detour
        self.map_version = f"great circle × {detour:g} at {speed_kmh:g} km/h"

    def ways(self, pairs: Sequence[tuple[Point, Point]]) -> list[Way]:
        """The way of each pair, whole seconds and metres."""
        metres = [great_circle(one, two) * self.detour for one, two in pairs]
        return [(round(way * 3.6 / self.speed_kmh), round(way)) for way in metres]


# Legs of a version never change: a process reads each of them once.
_known: dict[str, Ways] = {}


def streets_in_force(_session: Session) -> Streets:
    """What tells the ways today."""
    return GreatCircle()


def legs_between(
    session: Session, points: Sequence[Point], streets: Streets
) -> tuple[Matrix, Matrix]:
    """Return (durations in seconds, distances in metres) between all points, in their order."""
    known = _known.setdefault(streets.map_version, {})
    if len(known) > KNOWN_AT_MOST:
        known.clear()
    place = {point_key(point): point for point in points}
    if _missing(place, known):
        known.update(_kept(session, place, streets.map_version))
        new = _missing(place, known)
        ways = streets.ways([(place[one], place[two]) for one, two in new])
        known.update(zip(new, ways, strict=True))
    keys = [point_key(point) for point in points]
    rows = [[known[one, two] for two in keys] for one in keys]
    return [[s for s, _ in row] for row in rows], [[m for _, m in row] for row in rows]


def keep_legs(session: Session, point: Point, others: Iterable[Point], streets: Streets) -> None:
    """Write the row and the column of a point; what stands already stays."""
    known, new = _known.get(streets.map_version, {}), point_key(point)
    keys = {point_key(other) for other in others} | {new}
    pairs = {pair for key in keys for pair in ((new, key), (key, new)) if pair in known}
    rows = [
        {
            "map_version": streets.map_version,
            "origin": origin,
            "target": target,
            "seconds": known[origin, target][0],
            "metres": known[origin, target][1],
        }
        for origin, target in sorted(pairs)
    ]
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    if rows:
        session.execute(insert(Leg).on_conflict_do_nothing(), rows)


def point_key(point: Point) -> str:
    """A point to the nearest metre or so, as the table names it: "50.46580,2.99680"."""
    return f"{point[0]:.5f},{point[1]:.5f}"


def _missing(place: dict[str, Point], known: Ways) -> list[tuple[str, str]]:
    return [(one, two) for one in place for two in place if (one, two) not in known]


def _kept(session: Session, place: dict[str, Point], map_version: str) -> Ways:
    keys = sorted(place)
    rows = session.execute(
        select(Leg.origin, Leg.target, Leg.seconds, Leg.metres).where(
            Leg.map_version == map_version, Leg.origin.in_(keys), Leg.target.in_(keys)
        )
    )
    return {(origin, target): (seconds, metres) for origin, target, seconds, metres in rows}
