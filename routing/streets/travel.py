"""Travel times and distances as the crow flies, stretched to the length of streets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import asin, cos, pi, radians, sin, sqrt

EARTH_RADIUS = 6_371_008.8  # metres, the mean radius of the IUGG

Rows = list[list[int]]
Point = tuple[float, float]  # latitude, longitude in degrees
SPEED_KMH = 15.0
# How much longer the street is than the great circle: the median on a real network at 1-3 km.
DETOUR = 1.4


@dataclass(frozen=True)
class Turn:
    """One act of the rider: what to do, into which street, how far along it (metres)."""

    kind: str  # start, straight, right, left, …, roundabout, arrive: see roads.TURNS
    street: str
    metres: int
    exit: int = 0  # of a roundabout
    at: int = 0  # the place of the turn in the leg's shape


@dataclass(frozen=True)
class Leg:
    """The way from one point to the next: seconds, metres, its line and its turns."""

    seconds: int
    metres: int
    shape: tuple[Point, ...]
    turns: tuple[Turn, ...]


def great_circle(one: tuple[float, float], two: tuple[float, float]) -> float:
    """Return the metres between two points (latitude, longitude in degrees), by the haversine."""
    lat1, lon1, lat2, lon2 = (radians(value) for value in (*one, *two))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(half)))


def matrices(
    points: Sequence[tuple[float, float]], *, speed_kmh: float = 15, detour: float = 1.4
) -> tuple[Rows, Rows]:
    """Return (durations, distances) between all points, the depot first.

    Parameters
    ----------
    points
        Latitude and longitude in degrees.
    speed_kmh
        Riding speed in kilometres an hour.
    detour
        How much longer the street is than the great circle.

    Returns
    -------
    durations, distances
        Square nested lists, integer seconds and integer metres, rounded to the nearest.

    Raises
    ------
    ValueError
        When a point is not on Earth, or the speed or the detour is not above 0.
    """
    if not speed_kmh > 0 or not detour > 0:
        raise ValueError("speed_kmh and detour must be above 0")
    for index, (latitude, longitude) in enumerate(points):
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise ValueError(f"points[{index}] is not a latitude and a longitude in degrees")
    metres = [[great_circle(one, two) * detour for two in points] for one in points]
    seconds = 3.6 / speed_kmh
    durations = [[round(way * seconds) for way in row] for row in metres]
    return durations, [[round(way) for way in row] for row in metres]


class GreatCircle:
    """Stands in for the road network: the same questions, answered as the crow flies.

    Nothing is ever out of its reach; whoever shows its answers says that they are estimates.
    """

    version = "great-circle"
    is_estimated = True

    def matrix(self, points: Sequence[Point]) -> tuple[Rows, Rows]:
        """Return (durations, distances) between all points: seconds and metres."""
        return matrices(points, speed_kmh=SPEED_KMH, detour=DETOUR)

    def between(self, sources: Sequence[Point], targets: Sequence[Point]) -> tuple[Rows, Rows]:
        """Return (durations, distances) from each source (rows) to each target (columns)."""
        metres = [[great_circle(one, two) * DETOUR for two in targets] for one in sources]
        seconds = 3.6 / SPEED_KMH
        durations = [[round(way * seconds) for way in row] for row in metres]
        return durations, [[round(way) for way in row] for row in metres]

    def route(self, points: Sequence[Point], *, language: str = "fr-FR") -> list[Leg]:
        """Straight legs through the points in their order, without turns."""
        legs = []
        for one, two in pairwise(points):
            [[seconds]], [[metres]] = self.between([one], [two])
            legs.append(Leg(seconds, metres, (one, two), ()))
        return legs

    def reach(self, point: Point, minutes: float) -> list[Point]:
        """The ring around all that is reached within so many minutes."""
        metres = SPEED_KMH * 1000 / 60 * minutes / DETOUR
        high = degrees_of_latitude(metres)
        wide = high / cos(radians(point[0]))
        angles = [2 * pi * step / 36 for step in range(36)]
        return [(point[0] + high * cos(a), point[1] + wide * sin(a)) for a in angles]

    def nearest(self, point: Point) -> tuple[Point, int]:
        """The point itself: there is no street to be away from."""
        return point, 0


def degrees_of_latitude(metres: float) -> float:
    """The degrees of latitude that so many metres are."""
    return metres / EARTH_RADIUS * 180 / pi
