"""The map of a round: streets below, the route dark with arrows, the stops numbered.

Where stops stand too close to tell apart they are drawn once more, larger, in an inset.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, degrees, hypot

from routing.streets import Leg

from ..maps.drawing import Drawing, Ground
from ..maps.frame import Frame, Point, frame_around

WIDTH, HEIGHT, MARGIN = 1000, 620, 60
INSET_WIDTH, INSET_HEIGHT = 480, 300
# Without streets the map is printed small, so its marks must be large in it.
SCHEMATIC = 360, 223, 36
MOST_INSETS = 2
RADIUS = 17.0
# Marks nearer than this cover each other.
CLOSE = 30.0
# Arrows stand so far apart along the route.
ARROW_EVERY = 110.0


@dataclass(frozen=True)
class Mark:
    """A stop, or several too close to tell apart; the kitchen has no label."""

    x: float
    y: float
    label: str = ""

    @property
    def width(self) -> float:
        """How wide the mark is drawn."""
        return max(2 * RADIUS, 11.5 * len(self.label) + 14)


@dataclass(frozen=True)
class Piece:
    """One picture: the map of the round, or an inset of it."""

    title: str
    frame: Frame
    ground: Ground | None
    route: str  # SVG path data
    arrows: tuple[tuple[float, float, int], ...]  # where, and the angle in degrees, clockwise
    marks: tuple[Mark, ...]

    @property
    def width(self) -> int:
        return self.frame.width

    @property
    def height(self) -> int:
        return self.frame.height


@dataclass(frozen=True)
class RoundMap:
    """The map of a round and its insets."""

    main: Piece
    insets: tuple[Piece, ...]
    is_estimated: bool


def round_map(
    depot: Point, stops: Sequence[Point], legs: Sequence[Leg], *, drawing: Drawing | None
) -> RoundMap:
    """Draw a round: the kitchen, the stops in their order, the legs between them and back."""
    line = [point for leg in legs for point in leg.shape]
    width, height, margin = (WIDTH, HEIGHT, MARGIN) if drawing else SCHEMATIC
    frame = frame_around([depot, *stops, *line], width=width, height=height, margin=margin)
    streets = "\n".join({turn.street for leg in legs for turn in leg.turns if turn.street})
    clusters = _clusters([frame.units(stop) for stop in stops])
    marks = [
        Mark(*frame.units(stops[cluster[0]]), _label(cluster))
        if len(cluster) == 1
        else Mark(*_middle([frame.units(stops[at]) for at in cluster]), _label(cluster))
        for cluster in clusters
    ]
    here = Mark(*frame.units(depot))
    return RoundMap(
        main=_piece("", frame, line, _spread([here, *marks]), drawing, streets),
        insets=tuple(
            _inset(cluster, stops, line, drawing, streets)
            for cluster in clusters
            if len({stops[at] for at in cluster}) > 1
        )[:MOST_INSETS],
        is_estimated=not any(leg.turns for leg in legs),
    )


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
    placed = _spread(marks, 44.0)
    return DayMap(
        frame=frame,
        ground=drawing.ground(frame, marks=[(m.x, m.y) for m in placed]) if drawing else None,
        routes=tuple(
            "M" + " L".join(f"{x} {y}" for x, y in frame.line(line.way)) for line in lines
        ),
        marks=tuple(placed),
    )


@dataclass(frozen=True)
class DayMap:
    """The day's rounds on one map, each route with a colour and a dash of its own."""

    frame: Frame
    ground: Ground | None
    routes: tuple[str, ...]
    marks: tuple[Mark, ...]


def _inset(
    cluster: Sequence[int],
    stops: Sequence[Point],
    line: Sequence[Point],
    drawing: Drawing | None,
    streets: str,
) -> Piece:
    points = [stops[at] for at in cluster]
    frame = frame_around(
        points, width=INSET_WIDTH, height=INSET_HEIGHT, margin=50, least_metres=160
    )
    marks = [Mark(*frame.units(stops[at]), str(at + 1)) for at in cluster]
    return _piece(_label(cluster), frame, line, _spread(marks), drawing, streets)


def _piece(
    title: str,
    frame: Frame,
    line: Sequence[Point],
    marks: Sequence[Mark],
    drawing: Drawing | None,
    streets: str,
) -> Piece:
    route = frame.line(line)
    return Piece(
        title=title,
        frame=frame,
        ground=drawing.ground(frame, marks=[(m.x, m.y) for m in marks], on_route=streets)
        if drawing
        else None,
        route="M" + " L".join(f"{x} {y}" for x, y in route) if len(route) > 1 else "",
        arrows=tuple(_arrows(route, marks, frame)),
        marks=tuple(marks),
    )


def _clusters(places: Sequence[tuple[float, float]]) -> list[list[int]]:
    """The stops (from 0) that would cover each other, together; each alone otherwise."""
    group = list(range(len(places)))
    for one in range(len(places)):
        for two in range(one):
            (x1, y1), (x2, y2) = places[one], places[two]
            if hypot(x2 - x1, y2 - y1) < CLOSE:
                old, new = group[one], group[two]
                group = [new if member == old else member for member in group]
    found: dict[int, list[int]] = {}
    for at, member in enumerate(group):
        found.setdefault(member, []).append(at)
    return list(found.values())


def _label(cluster: Sequence[int]) -> str:
    """The stops of a cluster as the mark says them: "2", "2-4", "1·3"."""
    numbers = [at + 1 for at in cluster]
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]}-{numbers[-1]}"
    return "·".join(str(number) for number in numbers)


def _middle(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return (
        round(sum(x for x, _ in points) / len(points), 1),
        round(sum(y for _, y in points) / len(points), 1),
    )


def _spread(marks: Sequence[Mark], wide: float = CLOSE) -> list[Mark]:
    """Push a mark that would cover another one aside, to the right."""
    placed: list[Mark] = []
    for mark in marks:
        x, y = mark.x, mark.y
        for _ in range(len(marks)):
            near = [p for p in placed if abs(p.x - x) < wide and abs(p.y - y) < CLOSE]
            if not near:
                break
            x = max(p.x for p in near) + wide
        placed.append(Mark(round(x, 1), y, mark.label))
    return placed


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
