"""The map of a round: streets below, the route dark with arrows, the stops numbered."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, degrees, hypot

from routing.streets import Leg

from ..maps.drawing import Drawing, Ground
from ..maps.frame import Frame, Point, frame_around
from ..maps.marks import RADIUS, Mark, free_marks

# Units of the map of a day, which pages show.
WIDTH, HEIGHT, MARGIN = 1000, 620, 60
# Units on the sheet, 5.4 a millimetre. The map stands beside what is loaded and is as high as that.
ON_SHEET, SHEET_MARGIN = 405, 38
LEAST_HEIGHT, HEIGHT_A_STOP, MOST_HEIGHT = 140, 25, 1000
NAMES = 21.0  # of a street, 11 pt
# Arrows stand so far apart along the route.
ARROW_EVERY = 110.0


@dataclass(frozen=True)
class RoundMap:
    """The map of a round as a picture."""

    frame: Frame
    ground: Ground | None
    route: str  # SVG path data
    arrows: tuple[tuple[float, float, int], ...]  # where, and the angle in degrees, clockwise
    marks: tuple[Mark, ...]
    is_estimated: bool

    @property
    def width(self) -> int:
        return self.frame.width

    @property
    def height(self) -> int:
        return self.frame.height


def round_map(
    depot: Point,
    stops: Sequence[Point],
    legs: Sequence[Leg],
    *,
    drawing: Drawing | None,
) -> RoundMap:
    """Draw a round: the kitchen, the stops in their order, the legs between them and back."""
    line = [point for leg in legs for point in leg.shape]
    high = min(MOST_HEIGHT, LEAST_HEIGHT + HEIGHT_A_STOP * len(stops))
    points = [depot, *stops, *line]
    frame = frame_around(points, width=ON_SHEET, height=high, margin=SHEET_MARGIN)
    streets = "\n".join({turn.street for leg in legs for turn in leg.turns if turn.street})
    numbered = [Mark(*frame.units(stop), str(at)) for at, stop in enumerate(stops, 1)]
    scale = _under_the_scale(frame)
    marks = free_marks([Mark(*frame.units(depot)), *numbered], frame, taken=scale)
    route = frame.line(line)
    places = [(mark.x, mark.y) for mark in (*marks, *scale)]
    return RoundMap(
        frame=frame,
        ground=drawing.ground(frame, marks=places, on_route=streets, size=NAMES)
        if drawing
        else None,
        route=_path(route) if len(route) > 1 else "",
        arrows=tuple(_arrows(route, marks, frame)),
        marks=marks,
        is_estimated=not any(leg.turns for leg in legs),
    )


def _under_the_scale(frame: Frame) -> list[Mark]:
    """The room of the scale, in the corner at the right below."""
    _metres, units = frame.scale
    right, low = frame.width - RADIUS, frame.height - RADIUS
    count = int((units + 36) // RADIUS)
    return [Mark(right - RADIUS * at, low) for at in range(count + 1)]


def _path(line: Sequence[tuple[float, float]]) -> str:
    """A line as SVG path data."""
    return "M" + " L".join(f"{x} {y}" for x, y in line)


@dataclass(frozen=True)
class Line:
    """One round on the day's map: its number, its stops, its way."""

    label: str
    stops: Sequence[Point]
    way: Sequence[Point]


def day_map(depot: Point, lines: Sequence[Line], *, drawing: Drawing | None) -> "DayMap":
    """All rounds of a day on one map; a stop is marked as round.stop."""
    points = [depot, *(point for line in lines for point in (*line.stops, *line.way))]
    frame = frame_around(points, width=WIDTH, height=HEIGHT, margin=MARGIN)
    marks = [Mark(*frame.units(depot))]
    for line in lines:
        marks += [
            Mark(*frame.units(stop), f"{line.label}.{number}")
            for number, stop in enumerate(line.stops, 1)
        ]
    placed = free_marks(marks, frame)
    return DayMap(
        frame=frame,
        ground=drawing.ground(frame, marks=[(m.x, m.y) for m in placed]) if drawing else None,
        routes=tuple(_path(frame.line(line.way)) for line in lines),
        marks=placed,
    )


@dataclass(frozen=True)
class DayMap:
    """The day's rounds on one map, each route with a colour and a dash of its own."""

    frame: Frame
    ground: Ground | None
    routes: tuple[str, ...]
    marks: tuple[Mark, ...]


def _arrows(
    route: Sequence[tuple[float, float]], marks: Sequence[Mark], frame: Frame
) -> list[tuple[float, float, int]]:
    arrows: list[tuple[float, float, int]] = []
    since = ARROW_EVERY / 2
    for (x1, y1), (x2, y2) in pairwise(route):
        length = hypot(x2 - x1, y2 - y1)
        since += length
        if since < ARROW_EVERY or length < 9:
            continue
        x, y = round((x1 + x2) / 2, 1), round((y1 + y2) / 2, 1)
        is_free = 12 < x < frame.width - 12 and 12 < y < frame.height - 12
        is_free = is_free and all(hypot(m.x - x, m.y - y) > m.width / 2 + 12 for m in marks)
        if is_free and all(hypot(ax - x, ay - y) > 26 for ax, ay, _ in arrows):
            arrows.append((x, y, round(degrees(atan2(y2 - y1, x2 - x1)))))
            since = 0.0
    return arrows
