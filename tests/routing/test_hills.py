"""A ride uphill takes longer than one downhill, where elevation tiles are given."""

from __future__ import annotations

from pathlib import Path

import pytest

from routing.streets.elevation import ELEVATION, TILE_BYTES, given_tiles, missing_tiles, tile_names
from routing.streets.extract import box_around
from routing.streets.network import CURRENT, Built, build, built_of, rebuild
from routing.streets.roads import Roads, why_not
from tests.town import KITCHEN, crossing, town

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())
BOX = box_around(KITCHEN, 3)
SOUTH, NORTH = crossing(4, 1), crossing(4, 8)


def lay_slope(home: Path, names: list[str]) -> None:
    """Heights that rise to the north, 2.5 m in every 31 m."""
    import numpy as np

    rows = ((3600 - np.arange(3601)) % 400) * 2.5
    for name in names:
        path = home / ELEVATION / name
        path.parent.mkdir(parents=True, exist_ok=True)
        np.repeat(rows[:, None], 3601, axis=1).astype(">i2").tofile(path)


def made(home: Path) -> Built:
    source = town(home.parent / "town.osm.pbf")
    return build(source, home, box=BOX, centre=KITCHEN)


def times(home: Path) -> tuple[int, int]:
    """Seconds to the north and back."""
    durations, _ = Roads(home / CURRENT).matrix([SOUTH, NORTH])
    there, back = durations[0][1], durations[1][0]
    assert there is not None
    assert back is not None
    return there, back


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "roads"
    folder.mkdir()
    return folder


def test_uphill_takes_longer_and_the_times_are_another_version(home: Path) -> None:
    flat = made(home)
    there, back = times(home)
    assert there == back  # the control: without tiles all is flat
    assert flat.flat == tuple(tile_names(BOX))
    lay_slope(home, tile_names(BOX))
    hilly = rebuild(home, centre=KITCHEN, passages=())
    up, down = times(home)
    assert up > 1.2 * there > 1.2 * down
    assert hilly.flat == () == built_of(home).flat
    assert hilly.version != flat.version
    assert all((home / ELEVATION / name).stat().st_size for name in tile_names(BOX))


def test_a_tile_that_is_missing_or_cut_off_is_built_flat_and_said(home: Path) -> None:
    west, east = tile_names(BOX)
    lay_slope(home, [west])
    cut = home / ELEVATION / east
    cut.parent.mkdir(exist_ok=True)
    cut.write_bytes(b"\0" * (TILE_BYTES - 2))
    built = made(home)
    assert built.flat == (east,)
    assert times(home)
    assert [path.name for path in given_tiles(home / ELEVATION, BOX)] == [Path(west).name]


def test_tiles_are_named_by_their_south_western_corner() -> None:
    assert tile_names((50.4, 2.9, 50.5, 3.1)) == ["N50/N50E002.hgt", "N50/N50E003.hgt"]
    assert tile_names((-0.5, -1.5, 0.5, -1.2)) == ["S01/S01W002.hgt", "N00/N00W002.hgt"]
    assert missing_tiles(Path("nowhere"), (50.4, 2.9, 50.5, 2.95)) == ["N50/N50E002.hgt"]
