"""Frame: what a map shows of the ground, and where each point stands on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]  # latitude, longitude in degrees
Units = npt.NDArray[np.float64]
METRES = 111_195.0  # of one degree of latitude


@dataclass(frozen=True)
class Frame:
    """What a map shows: a box on the ground laid onto `width` × `height` units, north up.

    An equirectangular projection around the middle: true to a millimetre on paper.
    """

    middle: Point
    zoom: float  # units a metre
    width: int
    height: int

    def units(self, point: Point) -> tuple[float, float]:
        """Where a point stands on the map."""
        east = (point[1] - self.middle[1]) * METRES * cos(radians(self.middle[0]))
        north = (point[0] - self.middle[0]) * METRES
        return (
            round(self.width / 2 + east * self.zoom, 1),
            round(self.height / 2 - north * self.zoom, 1),
        )

    def line(self, points: Sequence[Point]) -> list[tuple[float, float]]:
        """Where the points of a line stand, those that lie on the one before left out."""
        if not points:
            return []
        units = self.all_units(np.array(points)[:, ::-1]).round(1)
        kept = np.append(True, np.abs(np.diff(units, axis=0)).sum(axis=1) > 0)
        return [(x, y) for x, y in units[kept].tolist()]

    def all_units(self, lon_lat: Units) -> Units:
        """Where points (rows of longitude, latitude) stand."""
        east = (lon_lat[:, 0] - self.middle[1]) * METRES * cos(radians(self.middle[0]))
        north = (lon_lat[:, 1] - self.middle[0]) * METRES
        return np.column_stack(
            (self.width / 2 + east * self.zoom, self.height / 2 - north * self.zoom)
        )

    def point(self, x: float, y: float) -> Point:
        """The point that stands at (x, y) on the map."""
        lat, lon = self.middle
        east = (x - self.width / 2) / self.zoom / METRES / cos(radians(lat))
        return lat + (self.height / 2 - y) / self.zoom / METRES, lon + east

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        high = self.height / self.zoom / METRES / 2
        wide = self.width / self.zoom / METRES / cos(radians(self.middle[0])) / 2
        lat, lon = self.middle
        return lon - wide, lat - high, lon + wide, lat + high

    @property
    def scale(self) -> tuple[int, float]:
        """A round number of metres and its length in units, at most a quarter of the width."""
        for metres in (2000, 1000, 500, 200, 100, 50):
            if metres * self.zoom <= self.width / 4:
                return metres, round(metres * self.zoom, 1)
        return 20, round(20 * self.zoom, 1)


def frame_around(
    points: Sequence[Point], *, width: int, height: int, margin: int, least_metres: float = 300
) -> Frame:
    """The frame that shows all points with a margin (units), at least so many metres wide."""
    lats, lons = [p[0] for p in points], [p[1] for p in points]
    middle = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
    high = (max(lats) - min(lats)) * METRES
    wide = (max(lons) - min(lons)) * METRES * cos(radians(middle[0]))
    zoom = min(
        (width - 2 * margin) / max(wide, 1.0),
        (height - 2 * margin) / max(high, 1.0),
        width / least_metres,
    )
    return Frame(middle, zoom, width, height)
