"""The road network in force: made of an OpenStreetMap extract, all or nothing.

`folder/current` is the one in force; the one before is kept for whoever still reads it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from routing.streets.elevation import ELEVATION, fingerprint, given_tiles, missing_tiles
from routing.streets.extract import STREETS, Box, Passage, RoadsUnusable, close, crop, drawing
from routing.streets.roads import COSTING, NoWay, Roads, config_of, why_not
from routing.streets.travel import Point

# Counts in a network's version, so that a change of these rules makes new times.
RULES = 1
BUILDING_SECONDS = 900
CURRENT = "current"


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
    # The elevation tiles of its box that were missing; () where all hills are known.
    flat: tuple[str, ...] | None = None  # None: made before hills were looked at


Proof = Callable[[Roads, Built], None]


def build(
    source: Path,
    folder: Path,
    *,
    box: Box,
    centre: Point,
    passages: Sequence[Passage] = (),
    prove: Proof | None = None,
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
    prove
        Looks at the new network before it is put in force; what it raises keeps the one before.

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
            built = _make(work, box, centre, passages, started)
            if prove is not None:
                prove(Roads(work), built)
            _swap(work, folder, built.version)
            return built
        except OSError as error:
            raise RoadsUnusable("The map was not written: %(cause)s.", cause=str(error)) from error


def rebuild(folder: Path, *, centre: Point, passages: Sequence[Passage]) -> Built:
    """Make the network in force anew with other passages. Raises RoadsUnusable."""
    if why_not():
        raise RoadsUnusable(why_not())
    started = perf_counter()
    with _building(folder) as work:
        try:
            shutil.copyfile(folder / CURRENT / "zone.osm.pbf", work / "zone.osm.pbf")
            box = built_of(folder).box
            built = _make(work, box, centre, passages, started)
            _swap(work, folder, built.version)
            return built
        except OSError as error:
            raise RoadsUnusable("The map was not written: %(cause)s.", cause=str(error)) from error


def built_of(folder: Path) -> Built:
    """What the network in force was made of. Raises RoadsUnusable when there is none."""
    try:
        facts = json.loads((folder / CURRENT / "built.json").read_text())
    except (OSError, ValueError) as error:
        raise RoadsUnusable("No road network is loaded.") from error
    south, west, north, east = facts.pop("box")
    flat = facts.pop("flat", None)
    return Built(
        **facts, box=(south, west, north, east), flat=None if flat is None else tuple(flat)
    )


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


def _make(
    work: Path, box: Box, centre: Point, passages: Sequence[Passage], started: float
) -> Built:
    closed = close(work / "zone.osm.pbf", work / "tricycle.osm.pbf", passages)
    for name, collection in zip(
        ("zone.geojson", "buildings.geojson"), drawing(work / "zone.osm.pbf", box), strict=True
    ):
        (work / name).write_text(json.dumps(collection, separators=(",", ":"), ensure_ascii=False))
    hills = work.parent / ELEVATION
    _build_tiles(work, hills)
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
    tiles = given_tiles(hills, box)
    if tiles:
        digest.update(fingerprint(tiles).encode())
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
        flat=tuple(missing_tiles(hills, box)),
    )
    (work / "built.json").write_text(json.dumps(asdict(built)))
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
            and old.name != ELEVATION
            and not old.is_symlink()
            and str(old.resolve())
            not in (
                str(home.resolve()),
                before,
            )
        ):
            shutil.rmtree(old, ignore_errors=True)


def _build_tiles(folder: Path, elevation: Path) -> None:
    path = folder / "valhalla.json"
    path.write_text(config_of(folder, elevation=elevation))
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
        cause = said[-1] if said else "no tiles"
        raise RoadsUnusable("The map was not built: %(cause)s.", cause=cause)
    path.unlink()
