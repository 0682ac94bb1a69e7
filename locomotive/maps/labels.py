"""Label: a street's name, set along the longest straight piece of it that is free."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import atan2, degrees, hypot, remainder, tau

from .frame import Frame
from .lines import Lines

SIZE = 13.0  # of a letter, in units
LETTER = 0.56  # mean width of a letter, in parts of its height
MOST_LABELS = 42
MARK = 17.0  # how far around a mark nothing is written
Circle = tuple[float, float, float]  # x, y, radius


@dataclass(frozen=True)
class Label:
    """A street's name along a straight piece of it."""

    text: str
    x: float
    y: float
    angle: int  # degrees, clockwise


@dataclass(frozen=True)
class _Piece:
    """A straight piece of a street that is long enough for its name."""

    name: str
    middle: tuple[float, float]
    along: tuple[float, float]  # from left to right
    wide: float  # of the written name
    size: float  # of its letters

    @property
    def length(self) -> float:
        return hypot(*self.along)

    def circles(self) -> list[Circle]:
        """The room that the name takes: a row of circles around its letters."""
        (x, y), (dx, dy) = self.middle, self.along
        steps = max(1, round(self.wide / self.size))
        ways = [self.wide * (at / steps - 0.5) for at in range(steps + 1)]
        return [
            (x + dx / self.length * way, y + dy / self.length * way, self.size * 0.55)
            for way in ways
        ]

    def label(self) -> Label:
        (x, y), (dx, dy) = self.middle, self.along
        return Label(self.name, round(x, 1), round(y, 1), round(degrees(atan2(dy, dx))))


def labels(
    kinds: Sequence[Lines],
    frame: Frame,
    *,
    marks: Sequence[tuple[float, float]],
    first: frozenset[str],
    size: float = SIZE,
) -> tuple[Label, ...]:
    """One label a street, `size` units high, none on a mark or another label; the names in `first`
    come first."""
    pieces = sorted(
        _pieces(kinds, frame, size), key=lambda one: (one.name not in first, -one.length, one.name)
    )
    taken: list[Circle] = [(x, y, MARK) for x, y in marks]
    found: dict[str, Label] = {}
    for piece in pieces:
        if piece.name in found or len(found) >= MOST_LABELS:
            continue
        circles = piece.circles()
        if not _touch(circles, taken):
            taken += circles
            found[piece.name] = piece.label()
    return tuple(found.values())


def _pieces(kinds: Sequence[Lines], frame: Frame, size: float) -> Iterator[_Piece]:
    for name, line in (one for lines in kinds for one in lines.each() if one[0]):
        wide = len(name) * size * LETTER
        if max(abs(line[-1][0] - line[0][0]), abs(line[-1][1] - line[0][1])) < 0.6 * wide:
            continue
        for (x1, y1), (x2, y2) in _straight(line):
            x, y = (x1 + x2) / 2, (y1 + y2) / 2
            is_inside = wide / 2 < x < frame.width - wide / 2 and 10 < y < frame.height - 10
            if hypot(x2 - x1, y2 - y1) >= wide * 0.92 and is_inside:
                along = (x1 - x2, y1 - y2) if x2 < x1 else (x2 - x1, y2 - y1)
                yield _Piece(name, (x, y), along, wide, size)


def _touch(circles: Sequence[Circle], taken: Sequence[Circle]) -> bool:
    return any(
        hypot(x - tx, y - ty) < radius + other
        for x, y, radius in circles
        for tx, ty, other in taken
    )


def _straight(points: Sequence[Sequence[float]]) -> Iterator[tuple[Sequence[float], ...]]:
    """The pieces of a line that bend by less than about 12 degrees from point to point."""
    start = 0
    for at in range(1, len(points) - 1):
        (x0, y0), (x1, y1), (x2, y2) = points[at - 1], points[at], points[at + 1]
        bend = atan2(y2 - y1, x2 - x1) - atan2(y1 - y0, x1 - x0)
        if abs(remainder(bend, tau)) > 0.2:
            yield points[start], points[at]
            start = at
    yield points[start], points[-1]
