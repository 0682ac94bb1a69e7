"""Travel times and distances as the crow flies, stretched to the length of streets."""

from __future__ import annotations

from collections.abc import Sequence
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS = 6_371_008.8  # metres, the mean radius of the IUGG

Rows = list[list[int]]


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
