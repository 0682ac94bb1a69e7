"""Hills: the elevation tiles that Valhalla reads while it builds a network.

They lie in `ELEVATION` below the folder of the networks, as NASA's SRTM names them: a tile a
degree, by the corner in its south-west (`N50/N50E002.hgt`), or the same with `.gz`. What is missing
is built flat, and said.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from pathlib import Path

from routing.streets.extract import Box

ELEVATION = "elevation"
# Of one tile: 3601 × 3601 heights of two bytes (one arc second); Valhalla reads no other.
TILE_BYTES = 3601 * 3601 * 2


def tile_names(box: Box) -> list[str]:
    """The tiles that a box (degrees: south, west, north, east) touches."""
    south, west, north, east = box
    return [
        _name(lat, lon)
        for lat in range(floor(south), floor(north) + 1)
        for lon in range(floor(west), floor(east) + 1)
    ]


def _name(lat: int, lon: int) -> str:
    row = f"{'N' if lat >= 0 else 'S'}{abs(lat):02d}"
    return f"{row}/{row}{'E' if lon >= 0 else 'W'}{abs(lon):03d}.hgt"


def missing_tiles(folder: Path, box: Box) -> list[str]:
    """The tiles of a box that are not there, or not whole."""
    return [name for name in tile_names(box) if _file(folder / name) is None]


def given_tiles(folder: Path, box: Box) -> list[Path]:
    """The files of the tiles of a box that are there."""
    found = (_file(folder / name) for name in tile_names(box))
    return [path for path in found if path is not None]


def _file(tile: Path) -> Path | None:
    packed = tile.with_name(f"{tile.name}.gz")
    if tile.is_file() and tile.stat().st_size == TILE_BYTES:
        return tile
    return packed if packed.is_file() and packed.stat().st_size else None


def fingerprint(files: Sequence[Path]) -> str:
    """What tells these files from others: names and sizes; another set makes other times."""
    return repr([(path.name, path.stat().st_size) for path in files])
