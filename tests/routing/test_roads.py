"""The road network: what a tricycle cannot pass is closed, the rest has times and turns."""

from __future__ import annotations

import itertools
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from routing.streets.extract import Passage, box_around, crop, is_closed_node, is_closed_way
from routing.streets.network import CURRENT, build, built_of, rebuild
from routing.streets.roads import NoWay, Roads, RoadsUnusable, why_not
from routing.streets.travel import great_circle
from tests.town import KITCHEN, NORTH, crossing, town

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

REAL = Path(__file__).parents[3] / "shared/data/osm/fr-saint-germain-en-laye-2022-12.osm.pbf"
MONACO = REAL.with_name("monaco-2016-03.osm.pbf")
BOX = box_around(KITCHEN, 3)


def roads_of(folder: Path, **features: object) -> Roads:
    """The network of the small town."""
    source = town(folder / "town.osm.pbf", **features)  # type: ignore[arg-type]
    build(source, folder / "roads", box=BOX, centre=KITCHEN)
    return Roads(folder / "roads" / CURRENT)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Roads:
    return roads_of(tmp_path_factory.mktemp("plain"))


def test_times_follow_the_streets(plain: Roads) -> None:
    durations, metres = plain.matrix([crossing(4, 4), crossing(6, 4), crossing(6, 6)])
    assert metres[0][1] == pytest.approx(400, rel=0.05)
    assert metres[0][2] == pytest.approx(800, rel=0.05)
    assert metres[0][2] > 1.3 * great_circle(crossing(4, 4), crossing(6, 6))
    # 800 m at 15 km/h take 192 s; crossings cost a little.
    assert 150 <= durations[0][2] <= 330
    assert durations[1][1] == 0


def test_one_row_and_one_column_equal_the_whole_matrix(plain: Roads) -> None:
    points = [crossing(c, r) for c, r in ((4, 4), (1, 2), (7, 6), (3, 8))]
    durations, metres = plain.matrix(points)
    row = plain.between(points[3:], points[:3])
    column = plain.between(points[:3], points[3:])
    assert row[0][0] == durations[3][:3]
    assert [times[0] for times in column[0]] == [times[3] for times in durations[:3]]
    assert row[1][0] == metres[3][:3]


def test_a_route_names_its_turns_and_its_line_starts_and_ends_there(plain: Roads) -> None:
    first, second = plain.route([crossing(4, 4), crossing(6, 6), crossing(2, 6)])
    assert great_circle(first.shape[0], crossing(4, 4)) < 15
    assert great_circle(first.shape[-1], crossing(6, 6)) < 15
    assert {turn.street for turn in first.turns if turn.street} <= {
        *(f"Rue {row}" for row in range(9)),
        *(f"Allée {column}" for column in range(9)),
    }
    assert any(turn.kind in ("right", "left") for turn in first.turns)
    assert first.turns[-1].kind == "arrive"
    assert abs(first.metres - sum(turn.metres for turn in first.turns)) <= 20
    assert second.seconds > 0


def test_reach_grows_with_the_minutes(plain: Roads) -> None:
    near, far = plain.reach(KITCHEN, 2), plain.reach(KITCHEN, 4)
    assert max(great_circle(KITCHEN, p) for p in near) < max(great_circle(KITCHEN, p) for p in far)


def test_the_nearest_way_is_found_and_a_far_point_has_none(plain: Roads) -> None:
    lat, lon = crossing(4, 4)
    near, metres = plain.nearest((lat + 0.3 * NORTH, lon + 0.0001))
    assert metres <= 20
    assert great_circle(near, (lat + 0.3 * NORTH, lon)) < 20
    with pytest.raises(NoWay):
        plain.nearest((lat + 20 * NORTH, lon))


def test_a_point_without_a_way_is_named(plain: Roads) -> None:
    lost = (KITCHEN[0] + 12 * NORTH, KITCHEN[1])
    with pytest.raises(NoWay) as refused:
        plain.matrix([crossing(4, 4), lost, crossing(2, 2)])
    assert refused.value.points == [1]


def crosses(roads: Roads, one: tuple[float, float], two: tuple[float, float]) -> int:
    return roads.route([one, two])[0].metres


def test_a_barrier_too_narrow_is_ridden_around(tmp_path: Path, plain: Roads) -> None:
    here, there = crossing(4, 4), crossing(5, 4)
    assert crosses(plain, here, there) == pytest.approx(200, abs=15)
    assert crosses(roads_of(tmp_path, barrier="cycle_barrier"), here, there) > 500


def test_a_bollard_stops_nobody_and_steps_do(tmp_path: Path, plain: Roads) -> None:
    roads = roads_of(tmp_path, barrier="bollard", steps=True)
    assert crosses(roads, crossing(4, 4), crossing(5, 4)) == pytest.approx(200, abs=15)
    assert crosses(plain, crossing(6, 4), crossing(6, 5)) == pytest.approx(200, abs=15)
    assert crosses(roads, crossing(6, 4), crossing(6, 5)) > 500


def test_the_manager_closes_and_slows_a_passage(tmp_path: Path) -> None:
    roads = roads_of(tmp_path)
    here, there = crossing(4, 4), crossing(5, 4)
    middle = ((here[0] + there[0]) / 2, (here[1] + there[1]) / 2)
    free = roads.matrix([here, there])[0][0][1]
    before = roads.version
    folder = tmp_path / "roads"
    slowed = rebuild(folder, centre=KITCHEN, passages=[Passage(middle, is_closed=False)])
    slow = Roads(folder / CURRENT)
    assert slowed.passages == 1
    assert free < slow.matrix([here, there])[0][0][1] <= 4 * free
    rebuild(folder, centre=KITCHEN, passages=[Passage(middle, is_closed=True)])
    closed = Roads(folder / CURRENT)
    assert crosses(closed, here, there) > 500
    assert len({before, slow.version, closed.version}) == 3
    again = rebuild(folder, centre=KITCHEN, passages=[])
    assert again.version == before


@pytest.mark.parametrize(
    ("tags", "is_closed"),
    [
        ({"barrier": "cycle_barrier"}, True),
        ({"barrier": "bollard"}, False),
        ({"barrier": "bollard", "maxwidth:physical": "0,9 m"}, True),
        ({"barrier": "gate", "maxwidth": "2"}, False),
        ({"barrier": "kissing_gate"}, True),
        ({}, False),
    ],
)
def test_what_stops_a_tricycle_at_a_point(tags: dict[str, str], is_closed: bool) -> None:
    assert is_closed_node(tags) is is_closed


@pytest.mark.parametrize(
    ("tags", "is_closed"),
    [
        ({"highway": "steps"}, True),
        ({"highway": "path", "width": "0.6"}, True),
        ({"highway": "path", "width": "narrow"}, False),
        ({"highway": "residential", "maxwidth": "2"}, False),
    ],
)
def test_what_stops_a_tricycle_along_a_way(tags: dict[str, str], is_closed: bool) -> None:
    assert is_closed_way(tags) is is_closed


def broken(path: Path) -> None:
    path.write_bytes(b"no map at all")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def foreign(path: Path) -> None:
    town(path)
    other = path.with_name("cut.osm.pbf")
    crop(path, other, box_around(crossing(0, 0), 0.25))
    other.replace(path)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [(broken, "cannot be read"), (empty, "cannot be read"), (foreign, "no street")],
)
def test_a_wrong_extract_is_refused_and_the_map_in_force_stays(
    tmp_path: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    version = roads_of(tmp_path).version
    wrong = tmp_path / "wrong.osm.pbf"
    spoil(wrong)
    with pytest.raises(RoadsUnusable, match=sentence):
        build(wrong, tmp_path / "roads", box=box_around(KITCHEN, 0.3), centre=KITCHEN)
    assert built_of(tmp_path / "roads").version == version
    assert not list((tmp_path / "roads").glob(".building-*"))


def test_a_disk_that_fills_leaves_the_map_in_force(tmp_path: Path) -> None:
    version = roads_of(tmp_path).version
    code = (
        "import signal, resource, sys\n"
        "from pathlib import Path\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))\n"
        "from routing.streets import RoadsUnusable, build\n"
        f"try: build(Path({str(tmp_path / 'town.osm.pbf')!r}), Path({str(tmp_path / 'roads')!r}),"
        f" box={BOX!r}, centre={KITCHEN!r})\n"
        "except RoadsUnusable as error: print(error); sys.exit(3)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=Path(__file__).parents[2], text=True
    )
    assert done.returncode == 3, done.stderr
    assert built_of(tmp_path / "roads").version == version
    assert not list((tmp_path / "roads").glob(".building-*"))


def test_two_maps_are_not_made_at_once(tmp_path: Path) -> None:
    import fcntl

    source = town(tmp_path / "town.osm.pbf")
    folder = tmp_path / "roads"
    folder.mkdir()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RoadsUnusable, match="Another map is being made"):
            build(source, folder, box=BOX, centre=KITCHEN)


def test_without_a_map_the_answer_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RoadsUnusable, match="No road network is loaded"):
        built_of(tmp_path)


@pytest.mark.skipif(not MONACO.exists(), reason="the extract of Monaco is not at hand")
def test_a_real_town_by_the_sea_is_built_and_drawn(tmp_path: Path) -> None:
    import json

    centre = (43.7384, 7.4246)
    built = build(MONACO, tmp_path, box=box_around(centre, 2), centre=centre)
    kinds = {
        feature["properties"]["c"]
        for feature in json.loads((tmp_path / CURRENT / "zone.geojson").read_text())["features"]
    }
    assert built.closed_ways > 0
    assert {"primary", "street", "path", "rail"} <= kinds
    buildings = json.loads((tmp_path / CURRENT / "buildings.geojson").read_text())["features"]
    assert len(buildings) > 300


@pytest.mark.full
@pytest.mark.skipif(not REAL.exists(), reason="the extract of Saint-Germain is not at hand")
def test_no_route_of_200_passes_a_closed_barrier(tmp_path: Path) -> None:
    import osmium

    centre = (48.8975, 2.0938)
    build(REAL, tmp_path, box=box_around(centre, 9), centre=centre)
    roads = Roads(tmp_path / CURRENT)
    nodes, stretches, open_nodes = set(), set(), set()
    for one in osmium.FileProcessor(str(REAL)).with_locations():
        if one.is_node() and "barrier" in one.tags:
            place = (round(one.lat, 5), round(one.lon, 5))
            (nodes if is_closed_node(one.tags) else open_nodes).add(place)
        elif one.is_way() and is_closed_way(one.tags):
            line = [(round(n.lat, 5), round(n.lon, 5)) for n in one.nodes if n.location.valid()]
            stretches.update(itertools.pairwise(line))
    assert len(nodes) > 40
    dice = random.Random(7)
    places = []
    while len(places) < 200:
        point = centre[0] + dice.uniform(-0.03, 0.03), centre[1] + dice.uniform(-0.04, 0.04)
        try:
            roads.nearest(point)
        except NoWay:
            continue
        places.append(point)
    passed = 0
    for one, two in zip(places, [*places[1:], places[0]], strict=True):
        [leg] = roads.route([one, two])
        line = [(round(lat, 5), round(lon, 5)) for lat, lon in leg.shape]
        assert not nodes.intersection(line[1:-1])
        legs = set(itertools.pairwise(line))
        assert not legs & stretches
        assert not {(b, a) for a, b in legs} & stretches
        passed += len(open_nodes.intersection(line))
    # The control: barriers that are open are seen to be passed, so a closed one would be too.
    assert passed > 20


@pytest.mark.full
@pytest.mark.skipif(not REAL.exists(), reason="the extract of Saint-Germain is not at hand")
def test_an_import_of_a_real_town_keeps_within_400_megabytes(tmp_path: Path) -> None:
    code = (
        "import resource\nfrom pathlib import Path\nfrom routing.streets import box_around, build\n"
        f"build(Path({str(REAL)!r}), Path({str(tmp_path)!r}), box=box_around((48.8975, 2.0938), 9),"
        " centre=(48.8975, 2.0938))\n"
        # getrusage would count what the tests held before this program began in their process.
        "mine = Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]\n"
        "print(max(int(mine), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        cwd=Path(__file__).parents[2],
        text=True,
        env=os.environ,
        check=True,
    )
    assert int(done.stdout) < 400_000
