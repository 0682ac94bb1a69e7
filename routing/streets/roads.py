"""The road network around the kitchen, as a cargo tricycle rides it, through Valhalla.

`Roads` answers with times, routes, reach and the nearest street of a network that `network.build`
made. Both need the packages `osmium` and `pyvalhalla` (Python 3.12 or newer); without them, and
without a network, `travel.py`'s great circle stands in.
"""

from __future__ import annotations

import importlib.util
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from routing.streets.extract import Point, RoadsUnusable
from routing.streets.travel import Leg, Rows, Turn, great_circle

COSTING = {
    "bicycle_type": "City",
    "cycling_speed": 15.0,
    "use_roads": 0.4,
    "use_hills": 0.2,
    # 1.0 would forbid the customer's own street.
    "avoid_bad_surfaces": 0.6,
}
MOST_POINTS = 1000
# Further than this from every street, a point has no way to it.
FARTHEST = 300  # metres
# A street from which fewer others are reached is an island.
WELL_JOINED = 100


class NoWay(Exception):
    """No street leads to these points; `points` are their places in the question."""

    def __init__(self, points: Sequence[int]) -> None:
        super().__init__(f"no way leads to the points {list(points)}")
        self.points = list(points)


# Valhalla's kinds of manoeuvre (proto/directions.proto) in the words of the sheet.
TURNS: dict[int, str] = {
    **dict.fromkeys((1, 2, 3), "start"), **dict.fromkeys((4, 5, 6), "arrive"),
    **dict.fromkeys((7, 8, 17, 22, 25), "straight"),
    **dict.fromkeys((9, 18, 20, 23, 37), "slight right"), 10: "right", 11: "sharp right",
    **dict.fromkeys((12, 13), "back"), 14: "sharp left", 15: "left",
    **dict.fromkeys((16, 19, 21, 24, 38), "slight left"), 26: "roundabout", 27: "straight",
}  # fmt: skip


def why_not() -> str:
    """Why this machine can make no road network; empty when it can."""
    if importlib.util.find_spec("valhalla") is None:
        return "The package pyvalhalla is missing: it needs Python 3.12 or newer."
    if importlib.util.find_spec("osmium") is None:
        return "The package osmium is missing."
    return ""


def config_of(folder: Path, *, elevation: Path | None = None) -> str:
    """Valhalla's configuration for the network in a folder, as JSON; `elevation` is the folder of
    the tiles that a network is built with."""
    from valhalla.config import get_config

    tiles = folder / "tiles"
    tiles.mkdir(exist_ok=True)
    config: dict[str, Any] = get_config(tile_extract="", tile_dir=str(tiles), verbose=False)
    config["mjolnir"]["concurrency"] = 1
    config["additional_data"]["elevation"] = str(elevation or folder / "no-elevation")
    config["mjolnir"]["logging"] = {"type": ""}
    for part in ("loki", "thor", "odin", "meili"):
        config.setdefault(part, {})["logging"] = {"type": ""}
    config["thor"]["source_to_target_algorithm"] = "timedistancematrix"
    limits = config["service_limits"]["bicycle"]
    limits["max_matrix_location_pairs"] = MOST_POINTS * MOST_POINTS
    limits["max_locations"] = MOST_POINTS
    config["service_limits"]["max_reachability"] = WELL_JOINED
    return json.dumps(config)


class Roads:
    """The network in a folder that `network.build` made. One instance belongs to one thread."""

    is_estimated = False

    def __init__(self, folder: Path) -> None:
        if why_not():
            raise RoadsUnusable(why_not())
        from valhalla import Actor

        self._folder = folder.resolve()
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(config_of(self._folder))
            file.flush()
            self._actor = Actor(file.name)
        facts = self._folder / "built.json"
        built: dict[str, Any] = json.loads(facts.read_text()) if facts.exists() else {}
        # What the times of this network are kept under.
        self.version = str(built.get("version", ""))
        self._joined = int(built.get("joined", 0))

    def matrix(self, points: Sequence[Point]) -> tuple[Rows, Rows]:
        """Return (durations, distances) between all points: seconds and metres.

        Raises NoWay when no street is near a point, or none joins two of them.
        """
        try:
            return self.between(points, points)
        except NoWay as error:
            raise NoWay(sorted({place % len(points) for place in error.points})) from None

    def between(self, sources: Sequence[Point], targets: Sequence[Point]) -> tuple[Rows, Rows]:
        """Return (durations, distances) from each source (rows) to each target (columns).

        Raises NoWay, whose points count the sources first, then the targets.
        """
        if not sources or not targets:
            return [[] for _ in sources], [[] for _ in sources]
        answer = self._ask(
            "matrix",
            {
                "sources": [_location(point) for point in sources],
                "targets": [_location(point) for point in targets],
                "verbose": False,
            },
            [*sources, *targets],
        )
        found = answer["sources_to_targets"]
        lost = _unjoined(found["durations"])
        if lost:
            raise NoWay(lost)
        return (
            [[round(time) for time in times] for times in found["durations"]],
            [[round(1000 * km) for km in row] for row in found["distances"]],
        )

    def route(self, points: Sequence[Point], *, language: str = "fr-FR") -> list[Leg]:
        """The way through the points in their order, leg by leg. Raises NoWay."""
        answer = self._ask(
            "route",
            {
                "locations": [_location(point) for point in points],
                "directions_options": {"language": language, "units": "kilometers"},
            },
            points,
        )
        return [_leg(leg) for leg in answer["trip"]["legs"]]

    def reach(self, point: Point, minutes: float) -> list[Point]:
        """The ring around all that is reached within so many minutes. Raises NoWay."""
        answer = self._ask(
            "isochrone",
            {
                "locations": [_location(point)],
                "contours": [{"time": minutes}],
                "polygons": True,
                "denoise": 1.0,
                "generalize": 40,
            },
            [point],
        )
        rings = [feature["geometry"]["coordinates"] for feature in answer["features"]]
        widest = max((ring[0] for ring in rings if ring), key=len, default=None)
        if not widest:
            raise NoWay([0])
        return [(lat, lon) for lon, lat in widest[:-1]]

    def nearest(self, point: Point) -> tuple[Point, int]:
        """The nearest place where a tricycle may ride, and how far it is (metres).

        Raises NoWay when that is more than FARTHEST.
        """
        answer = self._ask("locate", {"locations": [_location(point)], "verbose": True}, [point])
        edges = answer[0].get("edges") or []
        if not edges:
            raise NoWay([0])
        joined = [edge for edge in edges if 2 * _reach(edge) >= self._joined]
        if not joined:
            raise NoWay([0])
        near = min(
            ((edge["correlated_lat"], edge["correlated_lon"]) for edge in joined),
            key=lambda place: great_circle(point, place),
        )
        metres = round(great_circle(point, near))
        if metres > FARTHEST:
            raise NoWay([0])
        return near, metres

    def joined(self, point: Point) -> int:
        """How many streets are joined to the nearest one, up to WELL_JOINED. Raises NoWay."""
        answer = self._ask("locate", {"locations": [_location(point)], "verbose": True}, [point])
        return max((_reach(edge) for edge in answer[0].get("edges") or []), default=0)

    def _ask(self, action: str, question: dict[str, Any], points: Sequence[Point]) -> Any:
        asked = question | {"costing": "bicycle", "costing_options": {"bicycle": COSTING}}
        try:
            return getattr(self._actor, action)(asked)
        except RuntimeError as error:
            raise NoWay(self._lost(points) if action != "locate" else [0]) from error

    def _lost(self, points: Sequence[Point]) -> list[int]:
        """Which of the points lie too far from every street."""
        lost = []
        for number, point in enumerate(points):
            try:
                self.nearest(point)
            except NoWay:
                lost.append(number)
        return lost


def _reach(edge: dict[str, Any]) -> int:
    return int(min(edge["inbound_reach"], edge["outbound_reach"]))


def _unjoined(durations: Sequence[Sequence[float | None]]) -> list[int]:
    """The rows, then the columns, that most others do not reach; a single gap counts for both."""
    columns = list(zip(*durations, strict=True))
    rows = [[time is None for time in row] for row in durations]
    gaps = [[time is None for time in column] for column in columns]
    lost = [place for place, row in enumerate(rows) if sum(row) > len(row) / 2]
    lost += [len(rows) + place for place, gap in enumerate(gaps) if sum(gap) > len(gap) / 2]
    if lost:
        return lost
    return [
        place
        for row_at, row in enumerate(rows)
        for column_at, is_gap in enumerate(row)
        if is_gap
        for place in (row_at, len(rows) + column_at)
    ]


def _location(point: Point) -> dict[str, float]:
    return {
        "lat": point[0],
        "lon": point[1],
        "search_cutoff": FARTHEST,
        # An alley behind a barrier must not catch the point: the tricycle stops before it.
        "minimum_reachability": WELL_JOINED,
    }


def _leg(leg: dict[str, Any]) -> Leg:
    shape = decoded(leg["shape"])
    turns = []
    for manoeuvre in leg["maneuvers"]:
        turn = Turn(
            kind=TURNS.get(manoeuvre["type"], "straight"),
            street=" / ".join(manoeuvre.get("street_names", [])[:1]),
            metres=round(1000 * manoeuvre["length"]),
            exit=int(manoeuvre.get("roundabout_exit_count", 0)),
            at=int(manoeuvre["begin_shape_index"]),
        )
        turns.append(turn)
    summary = leg["summary"]
    return Leg(round(summary["time"]), round(1000 * summary["length"]), tuple(shape), tuple(turns))


def decoded(line: str) -> list[Point]:
    """The points of an encoded polyline of six decimals (Google's algorithm)."""
    points, at, values = [], 0, [0, 0]
    while at < len(line):
        for axis in (0, 1):
            shift = result = 0
            while True:
                piece = ord(line[at]) - 63
                at += 1
                result |= (piece & 0x1F) << shift
                shift += 5
                if piece < 0x20:
                    break
            values[axis] += ~(result >> 1) if result & 1 else result >> 1
        points.append((values[0] / 1e6, values[1] / 1e6))
    return points
