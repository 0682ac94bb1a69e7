"""The road network around the kitchen, as a cargo tricycle rides it, through Valhalla.

`build` makes it of an OpenStreetMap extract; `Roads` answers with times, routes, reach and the
nearest street. Both need the packages `osmium` and `pyvalhalla` (Python 3.12 or newer); without
them, and without a network, `travel.py`'s great circle stands in.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from routing.extract import STREETS, Box, ExtractUnusable, Passage, Point, close, crop, drawing
from routing.travel import Leg, Rows, Turn

# Counts in a network's version, so that a change of these rules makes new times.
RULES = 1
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
BUILDING_SECONDS = 900
CURRENT = "current"


class RoadsUnusable(Exception):
    """No network can be made or used; the sentence says why."""


class NoWay(Exception):
    """No street leads to these points; `points` are their places in the question."""

    def __init__(self, points: Sequence[int]) -> None:
        super().__init__(f"no way leads to the points {list(points)}")
        self.points = list(points)


@dataclass(frozen=True)
class Built:
    """What a network was made of."""

    version: str
    streets: int
    closed_nodes: int
    closed_ways: int
    passages: int
    joined: int  # streets joined to the kitchen's, as far as they are counted
    box: Box
    seconds: float
    bytes: int


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


def build(
    source: Path, folder: Path, *, box: Box, centre: Point, passages: Sequence[Passage] = ()
) -> Built:
    """Make the network of an extract and put it in force below `folder`, all or nothing.

    Parameters
    ----------
    source
        An OpenStreetMap extract (.osm.pbf) that covers the box.
    folder
        Keeps the networks; `folder/current` is the one in force.
    box, centre
        What to cut out, and the kitchen: degrees.
    passages
        Places that are closed or slow by the manager's word.

    Raises
    ------
    RoadsUnusable
        With a sentence; the network in force stays.
    """
    if why_not():
        raise RoadsUnusable(why_not())
    started = perf_counter()
    with _building(folder) as work:
        try:
            crop(source, work / "zone.osm.pbf", box)
            return _put_in_force(work, folder, box, centre, passages, started)
        except ExtractUnusable as error:
            raise RoadsUnusable(str(error)) from error
        except OSError as error:
            raise RoadsUnusable(f"The map was not written: {error}.") from error


def rebuild(folder: Path, *, centre: Point, passages: Sequence[Passage]) -> Built:
    """Make the network in force anew with other passages. Raises RoadsUnusable."""
    if why_not():
        raise RoadsUnusable(why_not())
    started = perf_counter()
    with _building(folder) as work:
        try:
            shutil.copyfile(folder / CURRENT / "zone.osm.pbf", work / "zone.osm.pbf")
            box = built_of(folder).box
            return _put_in_force(work, folder, box, centre, passages, started)
        except OSError as error:
            raise RoadsUnusable(f"The map was not written: {error}.") from error


def built_of(folder: Path) -> Built:
    """What the network in force was made of. Raises RoadsUnusable when there is none."""
    try:
        facts = json.loads((folder / CURRENT / "built.json").read_text())
    except (OSError, ValueError) as error:
        raise RoadsUnusable("No road network is loaded.") from error
    south, west, north, east = facts.pop("box")
    return Built(**facts, box=(south, west, north, east))


@contextmanager
def _building(folder: Path) -> Iterator[Path]:
    """A folder of its own to build in; only one build at a time, nothing is left behind."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RoadsUnusable("Another map is being made. Wait until it is done.") from None
        for left_over in folder.glob(".building-*"):
            shutil.rmtree(left_over, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix=".building-", dir=folder))
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _put_in_force(
    work: Path,
    folder: Path,
    box: Box,
    centre: Point,
    passages: Sequence[Passage],
    started: float,
) -> Built:
    closed = close(work / "zone.osm.pbf", work / "tricycle.osm.pbf", passages)
    for name, collection in zip(
        ("zone.geojson", "buildings.geojson"), drawing(work / "zone.osm.pbf", box), strict=True
    ):
        (work / name).write_text(json.dumps(collection, separators=(",", ":"), ensure_ascii=False))
    _build_tiles(work)
    roads = Roads(work)
    try:
        roads.nearest(centre)
        joined = roads.joined(centre)
    except NoWay:
        raise RoadsUnusable(
            "The map shows no street near the kitchen: check its position, or take the extract "
            "of its region."
        ) from None
    digest = hashlib.sha256((work / "tricycle.osm.pbf").read_bytes())
    digest.update(repr((RULES, sorted(COSTING.items()))).encode())
    version = digest.hexdigest()[:12]
    map_ = json.loads((work / "zone.geojson").read_text())["features"]
    streets = sum(feature["properties"]["c"] in STREETS for feature in map_)
    built = Built(
        version=version,
        streets=streets,
        closed_nodes=len(closed.nodes),
        closed_ways=len(closed.ways),
        passages=closed.passages,
        joined=joined,
        box=box,
        seconds=round(perf_counter() - started, 1),
        bytes=sum(file.stat().st_size for file in work.rglob("*") if file.is_file()),
    )
    (work / "built.json").write_text(json.dumps(asdict(built)))
    _swap(work, folder, version)
    return built


def _swap(work: Path, folder: Path, version: str) -> None:
    """Let `current` mean the new network from one moment to the next."""
    home = folder / version
    if home.exists():
        shutil.rmtree(home)
    work.rename(home)
    link = folder / f".{CURRENT}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(version)
    before = os.path.realpath(folder / CURRENT)
    link.replace(folder / CURRENT)
    # Whoever reads the map before this one may still be at it: only older ones go.
    for old in folder.iterdir():
        if (
            old.is_dir()
            and not old.is_symlink()
            and str(old.resolve())
            not in (
                str(home.resolve()),
                before,
            )
        ):
            shutil.rmtree(old, ignore_errors=True)


def _config(folder: Path) -> str:
    from valhalla.config import get_config

    tiles = folder / "tiles"
    tiles.mkdir(exist_ok=True)
    config: dict[str, Any] = get_config(tile_extract="", tile_dir=str(tiles), verbose=False)
    config["mjolnir"]["concurrency"] = 1
    config["mjolnir"]["logging"] = {"type": ""}
    for part in ("loki", "thor", "odin", "meili"):
        config.setdefault(part, {})["logging"] = {"type": ""}
    config["thor"]["source_to_target_algorithm"] = "timedistancematrix"
    limits = config["service_limits"]["bicycle"]
    limits["max_matrix_location_pairs"] = MOST_POINTS * MOST_POINTS
    limits["max_locations"] = MOST_POINTS
    config["service_limits"]["max_reachability"] = WELL_JOINED
    return json.dumps(config)


def _build_tiles(folder: Path) -> None:
    path = folder / "valhalla.json"
    path.write_text(_config(folder))
    import valhalla

    program = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
    try:
        done = subprocess.run(
            [str(program), "-c", str(path), str(folder / "tricycle.osm.pbf")],
            capture_output=True,
            timeout=BUILDING_SECONDS,
            cwd=folder,
        )
    except subprocess.TimeoutExpired as error:
        raise RoadsUnusable("The map took too long to build.") from error
    tiles = list((folder / "tiles").rglob("*.gph"))
    if done.returncode or not tiles:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise RoadsUnusable(f"The map was not built: {said[-1] if said else 'no tiles'}.")
    path.unlink()


class Roads:
    """The network in a folder that `build` made. One instance belongs to one thread."""

    is_estimated = False

    def __init__(self, folder: Path) -> None:
        if why_not():
            raise RoadsUnusable(why_not())
        from valhalla import Actor

        self._folder = folder.resolve()
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(_config(self._folder))
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
        from routing.travel import great_circle

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
