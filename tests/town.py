"""A small town as an OpenStreetMap extract: a grid of streets around the tests' kitchen."""

from __future__ import annotations

from math import cos, radians
from pathlib import Path

KITCHEN = (50.4658, 2.9968)
SIZE = 9  # streets each way
STEP = 200  # metres between them
NORTH = STEP / 111_195
EAST = NORTH / cos(radians(KITCHEN[0]))

Point = tuple[float, float]


def crossing(column: int, row: int) -> Point:
    """The crossing of a street from south to north (column) and one from west to east (row)."""
    middle = SIZE // 2
    return KITCHEN[0] + (row - middle) * NORTH, KITCHEN[1] + (column - middle) * EAST


def town(
    path: Path,
    *,
    barrier: str = "",
    steps: bool = False,
    river: bool = False,
    bridge: bool = True,
    south_of_river: int = 6,
) -> Path:
    """Write the town.

    `barrier` stands on street "Rue 4" between crossings (4, 4) and (5, 4), just east of the
    kitchen's; `steps` are the stretch of "Allée 6" north of (6, 4); a `river` runs between rows
    6 and 7 (or those `south_of_river` says), with one `bridge` at column 0 or none, which cuts the
    town in two.
    """
    import osmium

    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as writer:
        places: dict[tuple[int, int], int] = {}
        for column in range(SIZE):
            for row in range(SIZE):
                number = 1 + column * SIZE + row
                places[column, row] = number
                _node(writer, number, crossing(column, row), {})
        between = SIZE * SIZE + 1
        lat, lon = crossing(4, 4)
        tags = {"barrier": barrier} if barrier else {}
        _node(writer, between, (lat, lon + EAST / 2), tags)
        water = [between + 1 + at for at in range(4)]
        south, west = crossing(1, 2)
        corners = [(0.2, 0.2), (0.2, 0.8), (0.8, 0.8), (0.8, 0.2)]
        for number, (north, east) in zip(water, corners, strict=True):
            _node(writer, number, (south + north * NORTH, west + east * EAST), {})
        way = 0
        for row in range(SIZE):
            refs = [places[column, row] for column in range(SIZE)]
            if row == 4:
                refs.insert(5, between)
            way += 1
            _way(writer, way, refs, {"highway": "residential", "name": f"Rue {row}"})
        for column in range(SIZE):
            for row in range(SIZE - 1):
                if river and row == south_of_river and (column or not bridge):
                    continue
                is_steps = steps and (column, row) == (6, 4)
                kind = "steps" if is_steps else "residential"
                way += 1
                refs = [places[column, row], places[column, row + 1]]
                _way(writer, way, refs, {"highway": kind, "name": f"Allée {column}"})
        _way(writer, way + 1, [*water, water[0]], {"natural": "water"})
    return path


def _node(writer: object, number: int, point: Point, tags: dict[str, str]) -> None:
    import osmium

    node = osmium.osm.mutable.Node(id=number, location=(point[1], point[0]), tags=tags, version=1)
    writer.add_node(node)  # type: ignore[attr-defined]


def _way(writer: object, number: int, refs: list[int], tags: dict[str, str]) -> None:
    import osmium

    way = osmium.osm.mutable.Way(id=number, nodes=refs, tags=tags, version=1)
    writer.add_way(way)  # type: ignore[attr-defined]
