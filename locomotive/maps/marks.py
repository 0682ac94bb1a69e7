"""Mark: where a stop's number stands on a map, so that no number covers another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, cos, hypot, sin, tau

from .frame import Frame

RADIUS = 17.0
# Between the edges of two marks.
GAP = 3.0
# The ways in which a mark gives way, and how much further it goes each time.
WAYS, STEP = 24, 12.0
Spot = tuple[float, float]


@dataclass(frozen=True)
class Mark:
    """A stop's number; the kitchen has no label.

    It stands beside its stop, with a line to it, where another mark stands on the stop already.
    """

    x: float
    y: float
    label: str = ""
    stop: Spot | None = None  # where the stop is, when the mark had to give way

    @property
    def width(self) -> float:
        """How wide the mark is drawn."""
        return max(2 * RADIUS, 11.5 * len(self.label) + 14)

    def covers(self, other: "Mark") -> bool:
        """Whether the two marks touch."""
        return (
            abs(self.x - other.x) < (self.width + other.width) / 2 + GAP
            and abs(self.y - other.y) < 2 * RADIUS + GAP
        )


def free_marks(
    wanted: Sequence[Mark], frame: Frame, *, taken: Sequence[Mark] = ()
) -> tuple[Mark, ...]:
    """The marks, each as near to its stop as the others and those `taken` leave room.

    The first ones keep their places. A frame too small for all of them lets the last ones touch.
    """
    placed = list(taken)
    for mark in wanted:
        places = (place for place in _around(mark, frame) if not any(map(place.covers, placed)))
        placed.append(next(places, mark))
    return tuple(placed[len(taken) :])


def _around(mark: Mark, frame: Frame) -> Iterator[Mark]:
    """The mark on its stop, then in wider and wider circles around it."""
    yield mark
    for ring in range(1, ceil(hypot(frame.width, frame.height) / STEP)):
        radius = 2 * RADIUS + STEP * (ring - 1)
        for way in range(WAYS):
            x = round(mark.x + radius * cos(tau * way / WAYS), 1)
            y = round(mark.y + radius * sin(tau * way / WAYS), 1)
            margin = mark.width / 2
            if margin < x < frame.width - margin and RADIUS < y < frame.height - RADIUS:
                yield replace(mark, x=x, y=y, stop=(mark.x, mark.y))
