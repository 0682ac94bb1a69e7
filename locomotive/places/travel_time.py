"""Leg: how long a tricycle rides from one point to another, kept for each version of the map.

A new address costs one row and one column: the legs between the others are known already.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol

from sqlalchemy import String, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base
from ..core.personal import ADDRESS, personal
from .roads import Way, network_of

Point = tuple[float, float]
Matrix = list[list[int | None]]
Ways = dict[tuple[str, str], Way]
KNOWN_AT_MOST = 200_000


class Leg(Base):
    """The way from one point to another on one version of the map."""

    __tablename__ = "leg"

    map_version: Mapped[str] = mapped_column(String(60), primary_key=True)
    origin: Mapped[str] = mapped_column(String(24), primary_key=True, info=personal(ADDRESS))
    target: Mapped[str] = mapped_column(String(24), primary_key=True, info=personal(ADDRESS))
    seconds: Mapped[int | None]
    metres: Mapped[int | None]


class Streets(Protocol):
    """What knows the ways: a version of the map that tells seconds and metres."""

    map_version: str
    leg_noise: float  # standard deviation of a ride as a share of what is planned

    def ways(self, pairs: Sequence[tuple[Point, Point]]) -> list[Way]:
        """The way of each pair (origin, target)."""
        ...


# Legs of a version never change: a process reads each of them once.
_cached: dict[str, Ways] = {}


def streets_in_force(session: Session) -> Streets:
    """What tells the ways today: the road network, or the great circle where there is none."""
    return network_of(session)


def legs_between(
    session: Session, points: Sequence[Point], streets: Streets
) -> tuple[Matrix, Matrix]:
    """Return (durations in seconds, distances in metres) between all points, in their order."""
    known = _cached.setdefault(streets.map_version, {})
    if len(known) > KNOWN_AT_MOST:
        known.clear()
    keys = [point_key(point) for point in points]
    try:  # the usual case, asked for with every question
        rows = [[known[one, two] for two in keys] for one in keys]
    except KeyError:
        place = dict(zip(keys, points, strict=True))
        known.update(_kept(session, place, streets.map_version))
        new = _missing(place, known)
        ways = streets.ways([(place[one], place[two]) for one, two in new])
        known.update(zip(new, ways, strict=True))
        rows = [[known[one, two] for two in keys] for one in keys]
    return [[s for s, _ in row] for row in rows], [[m for _, m in row] for row in rows]


def keep_legs(session: Session, point: Point, others: Iterable[Point], streets: Streets) -> None:
    """Write the row and the column of a point; what stands already stays."""
    known, new = _cached.get(streets.map_version, {}), point_key(point)
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


def forget_legs(session: Session, *, kept: str) -> None:
    """Forget the legs of all versions of the map but one."""
    session.execute(delete(Leg).where(Leg.map_version != kept))


@lru_cache(maxsize=10_000)
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
