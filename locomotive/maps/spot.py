"""Spot: a small map around one point, on which its right place is shown or tapped."""

from dataclasses import dataclass

from .drawing import Drawing, Ground
from .frame import Frame, Point

SIDE = 576  # units; a page shows it at this size or at half of it
# How much ground it shows, in metres from edge to edge, and how far one nudge goes.
SPANS = (200, 600, 2000)
NUDGES = 60
TOWARDS: dict[str, tuple[int, int]] = {
    "north": (0, -1),
    "west": (-1, 0),
    "east": (1, 0),
    "south": (0, 1),
}


@dataclass(frozen=True)
class Spot:
    """What the small map shows."""

    frame: Frame
    ground: Ground | None
    kitchen: tuple[float, float] | None  # units; None when it lies outside


def spot_frame(point: Point, level: int) -> Frame:
    """The frame around a point; `level` counts from the closest look."""
    return Frame(point, SIDE / SPANS[level], SIDE, SIDE)


def spot_at(point: Point, level: int, *, depot: Point, drawing: Drawing | None) -> Spot:
    """Draw what lies around a point."""
    frame = spot_frame(point, level)
    middle = SIDE / 2
    x, y = frame.units(depot)
    is_seen = 0 < x < SIDE and 0 < y < SIDE
    ground = drawing.ground(frame, marks=[(middle, middle)]) if drawing else None
    return Spot(frame, ground, (x, y) if is_seen else None)


def tapped(point: Point, level: int, x: float, y: float) -> Point:
    """The point under (x, y), in parts of the map's side from its upper left corner."""
    return _rounded(spot_frame(point, level).point(x * SIDE, y * SIDE))


def nudged(point: Point, level: int, towards: str) -> Point:
    """The point one nudge further north, west, east or south."""
    right, down = TOWARDS[towards]
    return tapped(point, level, 0.5 + right / NUDGES, 0.5 + down / NUDGES)


def nudge_metres(level: int) -> int:
    """How far one nudge goes."""
    return round(SPANS[level] / NUDGES)


def _rounded(point: Point) -> Point:
    return round(point[0], 6), round(point[1], 6)
