"""The zone drawn as a map of our own: streets, water, woods and buildings as SVG paths.

No tile server and no other host: it is drawn from the extract that the road network was made of.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import atan2, cos, degrees, hypot, radians, remainder, tau
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Point = tuple[float, float]  # latitude, longitude in degrees
Units = npt.NDArray[np.float64]
METRES = 111_195.0  # of one degree of latitude
AREAS = ("wood", "park", "water", "building")
# Streets from the smallest to the largest: how wide they are drawn, in units.
STREETS = {
    "path": 1.6,
    "service": 2.4,
    "street": 5.0,
    "tertiary": 6.5,
    "secondary": 7.5,
    "primary": 8.5,
    "motorway": 8.5,
}
# Below so many units a metre, a class only clutters.
FROM_SCALE = {"path": 0.25, "service": 0.2, "building": 0.3}
LETTER = 0.56  # mean width of a letter, in parts of its height
MOST_LABELS = 42


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


@dataclass(frozen=True)
class Label:
    """A street's name along a straight piece of it."""

    text: str
    x: float
    y: float
    angle: int  # degrees, clockwise


@dataclass(frozen=True)
class Ground:
    """The map below a round: one SVG path for each class, in the order of drawing."""

    areas: tuple[tuple[str, str], ...]
    rivers: str
    rails: str
    streets: tuple[tuple[str, float, str], ...]  # class, width, path
    labels: tuple[Label, ...]


class Drawing:
    """A zone's map, read once for each version."""

    def __init__(self, folder: Path) -> None:
        self._kinds: dict[str, _Kind] = {}
        for name in ("zone.geojson", "buildings.geojson"):
            found: dict[str, list[tuple[str, Units]]] = {}
            for feature in json.loads((folder / name).read_text())["features"]:
                text = feature["properties"].get("n", "")
                for line in _lines(feature["geometry"]):
                    found.setdefault(feature["properties"]["c"], []).append((text, line))
            self._kinds |= {kind: _Kind(lines) for kind, lines in found.items()}

    def ground(
        self, frame: Frame, *, marks: Sequence[tuple[float, float]] = (), on_route: str = ""
    ) -> Ground:
        """What the frame shows. Labels keep clear of `marks` (units); the names in `on_route`
        (separated by newlines) come first."""
        seen = {kind: self._seen(kind, frame) for kind in (*AREAS, "river", "rail", *STREETS)}
        widening = min(1.6, max(0.45, frame.zoom / 0.32))
        streets = [kind for kind in STREETS if seen[kind].names]
        named = [seen[kind] for kind in reversed(streets) if kind != "path"]
        return Ground(
            areas=tuple(
                (kind, seen[kind].path(is_closed=True)) for kind in AREAS if seen[kind].names
            ),
            rivers=seen["river"].path(),
            rails=seen["rail"].path(),
            streets=tuple(
                (kind, round(STREETS[kind] * widening, 1), seen[kind].path()) for kind in streets
            ),
            labels=_labels(named, frame, marks, frozenset(on_route.split("\n"))),
        )

    def _seen(self, kind: str, frame: Frame) -> "Lines":
        if kind not in self._kinds or frame.zoom < FROM_SCALE.get(kind, 0.0):
            return Lines([], [], [0])
        return self._kinds[kind].seen(frame)


@dataclass(frozen=True)
class Lines:
    """Lines on a map: their names, all their points (units), and where each line begins."""

    names: list[str]
    points: list[list[float]]
    starts: list[int]

    def path(self, *, is_closed: bool = False) -> str:
        """All lines as SVG path data, in tenths of a unit."""
        end = "Z" if is_closed else ""
        texts = [f"{round(10 * x)} {round(10 * y)}" for x, y in self.points]
        return "".join(
            f"M{texts[start]}L{' '.join(texts[start + 1 : stop])}{end}"
            for start, stop in pairwise(self.starts)
        )

    def each(self) -> Iterator[tuple[str, list[list[float]]]]:
        """(name, points) of each line."""
        for name, (start, stop) in zip(self.names, pairwise(self.starts), strict=True):
            yield name, self.points[start:stop]


class _Kind:
    """All lines of a class in one array, so that a frame's are projected at once."""

    def __init__(self, lines: Sequence[tuple[str, Units]]) -> None:
        self.names = [name for name, _ in lines]
        self.points = np.concatenate([line for _, line in lines])
        self.lengths = np.array([len(line) for _, line in lines])
        self.starts = first = np.cumsum(self.lengths) - self.lengths
        self.low = np.minimum.reduceat(self.points, first)
        self.high = np.maximum.reduceat(self.points, first)

    def seen(self, frame: Frame) -> Lines:
        west, south, east, north = frame.box
        inside = np.flatnonzero(
            (self.low[:, 0] <= east)
            & (self.high[:, 0] >= west)
            & (self.low[:, 1] <= north)
            & (self.high[:, 1] >= south)
        )
        if not len(inside):
            return Lines([], [], [0])
        starts, lengths = self.starts[inside], self.lengths[inside]
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1]) + np.repeat(starts - (ends - lengths), lengths)
        units = frame.all_units(self.points[places])
        # Points too close to the one before say nothing; a line keeps both its ends.
        moved = np.abs(np.diff(units, axis=0, prepend=units[:1])).sum(axis=1)
        kept = moved > 1.5
        kept[ends - lengths] = True
        kept[ends - 1] = True
        counts = np.add.reduceat(kept, ends - lengths, dtype=np.int64)
        names = [self.names[place] for place in inside.tolist()]
        return Lines(names, units[kept].tolist(), [0, *np.cumsum(counts).tolist()])


def _lines(geometry: dict[str, Any]) -> list[Units]:
    coordinates = geometry["coordinates"]
    if geometry["type"] == "LineString":
        return [np.array(coordinates, dtype=np.float64)]
    return [np.array(ring, dtype=np.float64) for part in coordinates for ring in part]


def _labels(
    kinds: Sequence[Lines],
    frame: Frame,
    marks: Sequence[tuple[float, float]],
    first: frozenset[str],
    size: float = 13.0,
) -> tuple[Label, ...]:
    """Names along the longest straight piece of their street that is free."""
    pieces = []
    for name, line in (one for lines in kinds for one in lines.each() if one[0]):
        wide = len(name) * size * LETTER
        if max(abs(line[-1][0] - line[0][0]), abs(line[-1][1] - line[0][1])) < 0.6 * wide:
            continue
        for (x1, y1), (x2, y2) in _straight(line):
            long = hypot(x2 - x1, y2 - y1)
            middle = (x1 + x2) / 2, (y1 + y2) / 2
            is_inside = (
                wide / 2 < middle[0] < frame.width - wide / 2 and 10 < middle[1] < frame.height - 10
            )
            if long >= wide * 0.92 and is_inside:
                pieces.append((name not in first, -long, name, middle, (x2 - x1, y2 - y1), wide))
    pieces.sort(key=lambda piece: piece[:3])
    taken = [(x, y, 17.0) for x, y in marks]
    labels: list[Label] = []
    named: set[str] = set()
    for _, _, name, (x, y), (dx, dy), wide in pieces:
        if name in named or len(labels) >= MOST_LABELS:
            continue
        if dx < 0:
            dx, dy = -dx, -dy
        length = hypot(dx, dy)
        steps = max(1, round(wide / size))
        circles = [
            (
                x + dx / length * wide * (at / steps - 0.5),
                y + dy / length * wide * (at / steps - 0.5),
            )
            for at in range(steps + 1)
        ]
        if any(
            hypot(cx - tx, cy - ty) < radius + size * 0.55
            for cx, cy in circles
            for tx, ty, radius in taken
        ):
            continue
        taken += [(cx, cy, size * 0.55) for cx, cy in circles]
        named.add(name)
        labels.append(Label(name, round(x, 1), round(y, 1), round(degrees(atan2(dy, dx)))))
    return tuple(labels)


def _straight(points: Sequence[Sequence[float]]) -> Iterator[tuple[Sequence[float], ...]]:
    """The pieces of a line that bend by less than about 12 degrees from point to point."""
    start = 0
    for at in range(1, len(points) - 1):
        (x0, y0), (x1, y1), (x2, y2) = points[at - 1], points[at], points[at + 1]
        bend = atan2(y2 - y1, x2 - x1) - atan2(y1 - y0, x1 - x0)
        if abs(remainder(bend, tau)) > 0.2:
            yield points[start], points[at]
            start = at
    yield points[start], points[-1]


@lru_cache(maxsize=2)
def drawing_at(folder: Path) -> Drawing:
    """The map that lies in a folder, read once."""
    return Drawing(folder)
