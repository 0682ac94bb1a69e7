"""An OpenStreetMap extract made fit for a cargo tricycle: cut to the zone, its barriers closed.

A route planner for bicycles knows no width. Whatever a tricycle about a metre wide cannot pass is
therefore closed in the data before the network is built from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, radians
from pathlib import Path
from typing import Any

Point = tuple[float, float]  # latitude, longitude in degrees
Box = tuple[float, float, float, float]  # south, west, north, east

# A tricycle is about a metre wide.
NARROWEST = 1.1
# Values of `barrier` and `highway` that stop it (OpenStreetMap wiki, Key:barrier).
BARRIERS = frozenset(
    [
        *("cycle_barrier", "kissing_gate", "stile", "turnstile", "full-height_turnstile"),
        *("motorcycle_barrier", "squeeze", "hampshire_gate", "horse_stile", "log", "debris"),
        *("jersey_barrier", "wall", "fence", "chain"),
    ]
)
NOT_RIDDEN = frozenset(["steps", "corridor", "elevator", "via_ferrata", "construction", "proposed"])
WIDTHS = ("maxwidth:physical", "maxwidth", "width")
DRAWN = ("highway", "waterway", "natural", "landuse", "leisure", "railway", "building")
AREAS = {
    "natural": {"water": "water", "wood": "wood", "scrub": "wood"},
    "landuse": {"forest": "wood", "reservoir": "water", "basin": "water"},
    "leisure": {"park": "park"},
}


class RoadsUnusable(Exception):
    """No network can be made or used; `message` says why, its placeholders filled by `values`."""

    def __init__(self, message: str, **values: str) -> None:
        super().__init__(message % values if values else message)
        self.message, self.values = message, values


@dataclass(frozen=True)
class Passage:
    """A place on the network that is closed to the tricycle, or only slow."""

    point: Point
    is_closed: bool


@dataclass
class Closed:
    """What the rewriting closed or slowed."""

    nodes: set[int] = field(default_factory=set)
    ways: set[int] = field(default_factory=set)
    passages: int = 0


def _osmium() -> Any:
    """The library, loaded where it is used: whoever only draws a map needs none of it."""
    import osmium

    return osmium


def is_narrow(tags: Mapping[str, str]) -> bool:
    """Whether a tagged width is too small; words and odd units are taken as wide enough."""
    for name in WIDTHS:
        text = tags.get(name, "").replace(",", ".").removesuffix("m").strip()
        try:
            if float(text) < NARROWEST:
                return True
        except ValueError:
            continue
    return False


def is_closed_node(tags: Mapping[str, str]) -> bool:
    """Whether a node's tags stop a tricycle."""
    return tags.get("barrier", "") in BARRIERS or ("barrier" in tags and is_narrow(tags))


def is_closed_way(tags: Mapping[str, str]) -> bool:
    """Whether a way's tags stop a tricycle."""
    if tags.get("highway", "") in NOT_RIDDEN:
        return True
    return "highway" in tags and (is_narrow(tags) or tags.get("barrier", "") in BARRIERS)


def box_around(centre: Point, kilometres: float) -> Box:
    """The box of this half-width around a point."""
    high = kilometres / 111.195
    wide = high / cos(radians(centre[0]))
    return centre[0] - high, centre[1] - wide, centre[0] + high, centre[1] + wide


def crop(source: Path, target: Path, box: Box) -> int:
    """Write what lies in the box, whole ways and areas, and return how many streets that is.

    Raises RoadsUnusable for a broken file, and one without a street in the box.
    """
    osmium = _osmium()

    south, west, north, east = box
    # Sets of Python, because osmium's own trackers take gigabytes for today's large ids.
    inside: set[int] = set()
    nodes: set[int] = set()
    ways: set[int] = set()
    relations: set[int] = set()
    streets = 0
    try:
        for node in osmium.FileProcessor(str(source), osmium.osm.NODE):
            place = node.location
            if place.valid() and south <= place.lat <= north and west <= place.lon <= east:
                inside.add(node.id)
        members: set[int] = set()
        for relation in osmium.FileProcessor(str(source), osmium.osm.RELATION).with_filter(
            osmium.filter.TagFilter(("type", "multipolygon"))
        ):
            if _area(relation.tags) in ("water", "wood"):
                members.update(m.ref for m in relation.members if m.type == "w")
        for way in osmium.FileProcessor(str(source), osmium.osm.WAY):
            is_drawn = way.id in members or any(name in way.tags for name in DRAWN)
            if is_drawn and any(node.ref in inside for node in way.nodes):
                ways.add(way.id)
                streets += "highway" in way.tags
        if not streets:
            raise RoadsUnusable("The map shows no street around the kitchen: is it the region's?")
        for relation in osmium.FileProcessor(str(source), osmium.osm.RELATION):
            refs = [m.ref for m in relation.members if m.type == "w"]
            kind = relation.tags.get("type", "")
            if kind in ("multipolygon", "restriction") and ways.intersection(refs):
                relations.add(relation.id)
                if kind == "multipolygon" and _area(relation.tags):
                    ways.update(refs)
        for way in osmium.FileProcessor(str(source), osmium.osm.WAY):
            if way.id in ways:
                nodes.update(node.ref for node in way.nodes)
        with osmium.SimpleWriter(str(target)) as writer:
            for one in osmium.FileProcessor(str(source)):
                kept = nodes if one.is_node() else ways if one.is_way() else relations
                if one.id in kept:
                    writer.add(one)
    except RuntimeError as error:
        raise RoadsUnusable("The map cannot be read: %(cause)s.", cause=str(error)) from error
    return streets


def close(source: Path, target: Path, passages: Sequence[Passage] = ()) -> Closed:
    """Rewrite a cropped extract for the tricycle: closed ways are left out, barriers shut.

    A passage acts on the stretch of street between the two crossings next to it: closed, it is
    left out; slow, it is walked.
    """
    osmium = _osmium()

    closed = Closed()
    cuts = _cuts(source, passages)
    closed.passages = sum(len(found) for found in cuts.values())
    highest = max((way.id for way in osmium.FileProcessor(str(source), osmium.osm.WAY)), default=0)
    with osmium.SimpleWriter(str(target)) as writer:
        later: list[Any] = []
        for one in osmium.FileProcessor(str(source)):
            if one.is_node():
                if is_closed_node(one.tags):
                    closed.nodes.add(one.id)
                    shut = {"barrier": "gate", "access": "no", "bicycle": "no", "foot": "no"}
                    one = one.replace(tags=shut)
                writer.add(one)
            elif one.is_way():
                if is_closed_way(one.tags):
                    closed.ways.add(one.id)
                elif one.id in cuts:
                    pieces = list(_pieces(one, cuts[one.id]))
                    later += pieces[1:]
                    if pieces:
                        writer.add(pieces[0])
                else:
                    writer.add(one)
            else:
                _write_pieces(writer, later, highest)
                later = []
                writer.add(one)
        _write_pieces(writer, later, highest)
    return closed


def _write_pieces(writer: Any, pieces: Iterable[Any], highest: int) -> None:
    for number, piece in enumerate(pieces, 1):
        piece.id = highest + number
        writer.add(piece)


def _pieces(way: Any, cuts: Sequence[tuple[int, int, bool]]) -> Iterator[Any]:
    """The way without its closed stretches, the slow ones separate."""
    osmium = _osmium()

    nodes = [node.ref for node in way.nodes]
    tags = dict(way.tags)
    at = 0
    for first, last, is_closed in sorted(cuts):
        if first > at:
            yield osmium.osm.mutable.Way(base=way, nodes=nodes[at : first + 1], tags=tags)
        if not is_closed:
            slow = tags | {"bicycle": "dismount"}
            start = max(first, at)
            yield osmium.osm.mutable.Way(base=way, nodes=nodes[start : last + 1], tags=slow)
        at = max(at, last)
    if at < len(nodes) - 1:
        yield osmium.osm.mutable.Way(base=way, nodes=nodes[at:], tags=tags)


def _cuts(source: Path, passages: Sequence[Passage]) -> dict[int, list[tuple[int, int, bool]]]:
    """Way → stretches (first and last node's place, whether closed) that the passages lie on."""
    osmium = _osmium()

    if not passages:
        return {}
    uses: dict[int, int] = {}
    nearest: list[tuple[float, int, int]] = [(float("inf"), 0, 0)] * len(passages)
    nodes_of: dict[int, list[int]] = {}
    for way in osmium.FileProcessor(str(source)).with_locations():
        if not way.is_way() or "highway" not in way.tags or is_closed_way(way.tags):
            continue
        places = [(n.ref, n.lat, n.lon) for n in way.nodes if n.location.valid()]
        for ref, _, _ in places:
            uses[ref] = uses.get(ref, 0) + 1
        if len(places) != len(way.nodes):
            continue
        for number, passage in enumerate(passages):
            for at in range(len(places) - 1):
                far = _distance(passage.point, places[at][1:], places[at + 1][1:])
                if far < nearest[number][0]:
                    nearest[number] = far, way.id, at
                    nodes_of[way.id] = [ref for ref, _, _ in places]
    cuts: dict[int, list[tuple[int, int, bool]]] = {}
    for passage, (far, way_id, at) in zip(passages, nearest, strict=True):
        if far == float("inf"):
            continue
        refs = nodes_of[way_id]
        first, last = at, at + 1
        while first > 0 and uses[refs[first]] < 2:
            first -= 1
        while last < len(refs) - 1 and uses[refs[last]] < 2:
            last += 1
        cuts.setdefault(way_id, []).append((first, last, passage.is_closed))
    return cuts


def _distance(point: Point, one: Sequence[float], two: Sequence[float]) -> float:
    """Metres from a point to a segment, on the plane around the point."""
    narrow = cos(radians(point[0]))
    ax, ay = (one[1] - point[1]) * narrow, one[0] - point[0]
    bx, by = (two[1] - point[1]) * narrow, two[0] - point[0]
    dx, dy = bx - ax, by - ay
    length = dx * dx + dy * dy
    share = 0.0 if length == 0 else min(1.0, max(0.0, -(ax * dx + ay * dy) / length))
    x, y = ax + share * dx, ay + share * dy
    return float((x * x + y * y) ** 0.5 * 111_195)


def _area(tags: Mapping[str, str]) -> str:
    return next(
        (kinds[tags[name]] for name, kinds in AREAS.items() if tags.get(name, "") in kinds), ""
    )


def drawing(source: Path, box: Box) -> tuple[dict[str, Any], dict[str, Any]]:
    """The cropped extract as two GeoJSON collections: the map, and the buildings.

    Each feature has `c`, its class (motorway … path, rail, river, water, wood, park, building),
    and `n`, its name. Coordinates have five decimals, about a metre.
    """
    osmium = _osmium()

    drawn: list[dict[str, Any]] = []
    buildings: list[dict[str, Any]] = []
    areas = (
        osmium.FileProcessor(str(source)).with_areas().with_filter(osmium.filter.KeyFilter(*DRAWN))
    )
    for one in areas:
        if one.is_area():
            kind = "building" if "building" in one.tags else _area(one.tags)
            if kind:
                rings = [
                    [_ring(ring), *(_ring(hole) for hole in one.inner_rings(ring))]
                    for ring in one.outer_rings()
                ]
                (buildings if kind == "building" else drawn).append(
                    _feature(kind, "", "MultiPolygon", rings)
                )
        elif one.is_way():
            kind = _line_kind(one.tags)
            line = [_rounded(n.lon, n.lat) for n in one.nodes if n.location.valid()]
            if kind and len(line) > 1:
                drawn.append(_feature(kind, one.tags.get("name", ""), "LineString", line))
    return {"type": "FeatureCollection", "bbox": _bbox(box), "features": drawn}, {
        "type": "FeatureCollection",
        "features": buildings,
    }


_CLASSES = {
    "motorway": "motorway", "motorway_link": "motorway", "trunk": "primary",
    "trunk_link": "primary", "primary": "primary", "primary_link": "primary",
    "secondary": "secondary", "secondary_link": "secondary", "tertiary": "tertiary",
    "tertiary_link": "tertiary", "residential": "street", "unclassified": "street",
    "living_street": "street", "pedestrian": "street", "road": "street", "service": "service",
    "track": "path", "path": "path", "footway": "path", "cycleway": "path", "bridleway": "path",
    "steps": "path",
}  # fmt: skip

STREETS = frozenset(_CLASSES.values())


def _line_kind(tags: Mapping[str, str]) -> str:
    if "highway" in tags:
        return _CLASSES.get(tags["highway"], "")
    if tags.get("railway", "") in ("rail", "light_rail", "tram"):
        return "rail"
    return "river" if tags.get("waterway", "") in ("river", "canal", "stream") else ""


def _feature(kind: str, name: str, shape: str, coordinates: object) -> dict[str, Any]:
    properties = {"c": kind, "n": name} if name else {"c": kind}
    geometry = {"type": shape, "coordinates": coordinates}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _ring(ring: Any) -> list[list[float]]:
    return [_rounded(node.lon, node.lat) for node in ring]


def _rounded(lon: float, lat: float) -> list[float]:
    return [round(lon, 5), round(lat, 5)]


def _bbox(box: Box) -> list[float]:
    south, west, north, east = box
    return [west, south, east, north]
