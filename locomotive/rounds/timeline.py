"""The day's rounds drawn on a line for each tricycle: loading, riding, serving."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from ..service.fleet import Shift
from .round import Round

WIDTH, LEFT, RIGHT, ROW, TOP = 920, 130, 30, 78, 24
DIGITS = 20  # the room of a number below a bar; a nearer one stands a line lower
LATE = timedelta(minutes=3)  # a margin below this shows as tight
STALE = 5  # minutes of freshness; less than this shows as tight


@dataclass(frozen=True)
class Bar:
    """A stretch of time on a tricycle's line."""

    kind: Literal["loading", "riding", "serving"]
    x: float
    width: float
    label: str = ""
    is_tight: bool = False
    fresh: int | None = None  # minutes of freshness left
    fresh_line: int = 0
    is_stale: bool = False
    mark: str = ""  # round and place in it, as the map and the list have them: "2.1"


@dataclass(frozen=True)
class Line:
    """One tricycle: its shift and its bars."""

    name: str
    y: int
    shift: tuple[float, float]  # x and width
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Timeline:
    """All lines on one scale, with marks on the half-hours."""

    width: int
    height: int
    lines: tuple[Line, ...]
    marks: tuple[tuple[float, datetime], ...]


def timeline(rounds: Sequence[Round], shifts: Sequence[Shift]) -> Timeline:
    """Lay the rounds out; the scale spans all shifts and rounds, in whole half-hours."""
    riding = [
        s for s in shifts if not s.is_off or any(r.tricycle_id == s.tricycle_id for r in rounds)
    ]
    starts = [*(s.starts_at for s in riding), *(r.loading_at for r in rounds)]
    ends = [*(s.ends_at for s in riding), *(r.returns_at for r in rounds)]
    if not starts:
        return Timeline(WIDTH, TOP, (), ())
    half = timedelta(minutes=30)
    first = _floor(min(starts), half)
    last = _floor(max(ends) - timedelta(microseconds=1), half) + half
    scale = (WIDTH - LEFT - RIGHT) / (last - first).total_seconds()

    def at(moment: datetime) -> float:
        return round(LEFT + (moment - first).total_seconds() * scale, 1)

    def stretch(start: datetime, end: datetime) -> tuple[float, float]:
        return at(start), round(max(at(end) - at(start), 0.0), 1)

    lines = []
    for index, shift in enumerate(riding):
        bars = []
        for round_ in rounds:
            if round_.tricycle_id != shift.tricycle_id:
                continue
            bars.append(Bar("loading", *stretch(round_.loading_at, round_.departs_at)))
            bars.append(
                Bar("riding", *stretch(round_.departs_at, round_.returns_at), str(round_.number))
            )
            bars += [
                Bar(
                    "serving",
                    *stretch(stop.serves_at, stop.leaves_at),
                    is_tight=stop.window_ends_at - stop.serves_at < LATE,
                    fresh=stop.fresh_minutes,
                    is_stale=stop.fresh_minutes is not None and stop.fresh_minutes < STALE,
                    mark=f"{round_.number}.{rank}",
                )
                for rank, stop in enumerate((s for s in round_.stops if s.is_live), 1)
            ]
        bars = _numbers_apart(bars)
        name = shift.tricycle.name
        span = stretch(shift.starts_at, shift.ends_at)
        lines.append(Line(name, TOP + index * ROW, span, tuple(bars)))
    count = int((last - first) / half)
    marks = tuple((at(first + half * i), first + half * i) for i in range(count + 1))
    return Timeline(WIDTH, TOP + len(lines) * ROW + 4, tuple(lines), marks)


def _numbers_apart(bars: Sequence[Bar]) -> list[Bar]:
    """The bars with their numbers on two lines where one would cover the other."""
    apart, ends = [], [0.0, 0.0]
    for bar in bars:
        if bar.fresh is not None:
            middle = bar.x + bar.width / 2
            line = 0 if middle - ends[0] >= DIGITS or ends[0] <= ends[1] else 1
            ends[line] = middle
            bar = replace(bar, fresh_line=line)
        apart.append(bar)
    return apart


def _floor(moment: datetime, step: timedelta) -> datetime:
    seconds = int(moment.timestamp() // step.total_seconds() * step.total_seconds())
    return datetime.fromtimestamp(seconds, tz=moment.tzinfo)
