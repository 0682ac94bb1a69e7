"""The zone drawn as a map of our own: streets, water, woods and buildings as SVG paths.

No tile server and no other host: it is drawn from the extract that the road network was made of.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from .frame import Frame, Units
from .labels import SIZE, Label, labels
from .lines import Kind, Lines

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
        self._kinds: dict[str, Kind] = {}
        for name in ("zone.geojson", "buildings.geojson"):
            found: dict[str, list[tuple[str, Units]]] = {}
            for feature in json.loads((folder / name).read_text())["features"]:
                text = feature["properties"].get("n", "")
                for line in _lines(feature["geometry"]):
                    found.setdefault(feature["properties"]["c"], []).append((text, line))
            self._kinds |= {kind: Kind(lines) for kind, lines in found.items()}

    def ground(
        self,
        frame: Frame,
        *,
        marks: Sequence[tuple[float, float]] = (),
        on_route: str = "",
        size: float = SIZE,
    ) -> Ground:
        """What the frame shows. Labels keep clear of `marks` (units) and are `size` units high; the
        names in `on_route` (separated by newlines) come first."""
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
            labels=labels(
                named, frame, marks=marks, first=frozenset(on_route.split("\n")), size=size
            ),
        )

    def _seen(self, kind: str, frame: Frame) -> Lines:
        if kind not in self._kinds or frame.zoom < FROM_SCALE.get(kind, 0.0):
            return Lines([], [], [0])
        return self._kinds[kind].seen(frame)


def _lines(geometry: dict[str, Any]) -> list[Units]:
    coordinates = geometry["coordinates"]
    if geometry["type"] == "LineString":
        return [np.array(coordinates, dtype=np.float64)]
    return [np.array(ring, dtype=np.float64) for part in coordinates for ring in part]


@lru_cache(maxsize=2)
def drawing_at(folder: Path) -> Drawing:
    """The map that lies in a folder, read once."""
    return Drawing(folder)
