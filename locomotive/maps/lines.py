"""Lines: the streets, waters and areas of one class, and what a frame shows of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from .frame import Frame, Units


@dataclass(frozen=True)
class Lines:
    """Lines on a map: their names, all their points (units), and where each line begins."""

    names: list[str]
    points: list[list[float]]
    starts: list[int]

    def path(self, *, is_closed: bool = False) -> str:
        """All lines as SVG path data, in tenths of a unit."""
        end = "Z" if is_closed else ""
        texts = [f"{round(10 * x)} {round(10 * y)}" for x, y in self.points]
        return "".join(
            f"M{texts[start]}L{' '.join(texts[start + 1 : stop])}{end}"
            for start, stop in pairwise(self.starts)
        )

    def each(self) -> Iterator[tuple[str, list[list[float]]]]:
        """(name, points) of each line."""
        for name, (start, stop) in zip(self.names, pairwise(self.starts), strict=True):
            yield name, self.points[start:stop]


class Kind:
    """All lines of a class in one array, so that a frame's are projected at once."""

    def __init__(self, lines: Sequence[tuple[str, Units]]) -> None:
        self.names = [name for name, _ in lines]
        self.points = np.concatenate([line for _, line in lines])
        self.lengths = np.array([len(line) for _, line in lines])
        self.starts = first = np.cumsum(self.lengths) - self.lengths
        self.low = np.minimum.reduceat(self.points, first)
        self.high = np.maximum.reduceat(self.points, first)

    def seen(self, frame: Frame) -> Lines:
        """The lines that the frame shows, as they stand on it."""
        west, south, east, north = frame.box
        inside = np.flatnonzero(
            (self.low[:, 0] <= east)
            & (self.high[:, 0] >= west)
            & (self.low[:, 1] <= north)
            & (self.high[:, 1] >= south)
        )
        if not len(inside):
            return Lines([], [], [0])
        starts, lengths = self.starts[inside], self.lengths[inside]
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1]) + np.repeat(starts - (ends - lengths), lengths)
        units = frame.all_units(self.points[places])
        # Points too close to the one before say nothing; a line keeps both its ends.
        moved = np.abs(np.diff(units, axis=0, prepend=units[:1])).sum(axis=1)
        kept = moved > 1.5
        kept[ends - lengths] = True
        kept[ends - 1] = True
        counts = np.add.reduceat(kept, ends - lengths, dtype=np.int64)
        names = [self.names[place] for place in inside.tolist()]
        return Lines(names, units[kept].tolist(), [0, *np.cumsum(counts).tolist()])
