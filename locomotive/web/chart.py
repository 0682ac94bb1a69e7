"""Chart: bars as SVG beside the table that holds the same numbers; no style, no script."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH = 640
ROW = 30
END = 90
# Labels have the room that the longest needs, 9 for a letter; a longer one ends in "…".
LETTER, FEWEST, MOST = 9, 17, 30


@dataclass(frozen=True)
class Bar:
    """One bar: parts laid end to end, each with its class of the style, and words at the end."""

    label: str
    parts: tuple[tuple[str, float], ...]
    words: str

    @property
    def total(self) -> float:
        return sum(size for _, size in self.parts)


def bars(title: str, rows: Sequence[Bar]) -> Markup:
    """A drawing of horizontal bars on one scale; the title is what is read aloud."""
    most = max((row.total for row in rows), default=0) or 1
    height = ROW * max(1, len(rows)) + 6
    longest = max((len(row.label) for row in rows), default=0)
    left = 8 + LETTER * min(MOST, max(FEWEST, longest))
    scale = (WIDTH - left - END) / most
    drawn = "".join(_bar(row, index, left, scale) for index, row in enumerate(rows))
    return Markup(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}">{drawn}</svg>'
    )


def _bar(row: Bar, index: int, left: int, scale: float) -> str:
    top, x = index * ROW + 4, float(left)
    label = row.label if len(row.label) <= MOST else f"{row.label[: MOST - 1].rstrip()}…"
    pieces = [f'<text x="{left - 8}" y="{top + 16}" text-anchor="end">{escape(label)}</text>']
    for kind, size in row.parts:
        width = round(size * scale, 1)
        if width:
            pieces.append(
                f'<rect class="{escape(kind)}" x="{x:.1f}" y="{top}" width="{width}" height="22"/>'
            )
        x += width
    pieces.append(f'<text x="{x + 8:.1f}" y="{top + 16}">{escape(row.words)}</text>')
    return "".join(pieces)
