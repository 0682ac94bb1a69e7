"""Chart: bars as SVG beside the table that holds the same numbers; no style, no script."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH = 640
ROW = 30
LABEL = 170
END = 90


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
    scale = (WIDTH - LABEL - END) / most
    drawn = "".join(_bar(row, index, scale) for index, row in enumerate(rows))
    return Markup(
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(title)}">{drawn}</svg>'
    )


def _bar(row: Bar, index: int, scale: float) -> str:
    top, x = index * ROW + 4, float(LABEL)
    pieces = [
        f'<text x="{LABEL - 8}" y="{top + 16}" text-anchor="end">{escape(row.label[:24])}</text>'
    ]
    for kind, size in row.parts:
        width = round(size * scale, 1)
        if width:
            pieces.append(
                f'<rect class="{escape(kind)}" x="{x:.1f}" y="{top}" width="{width}" height="22"/>'
            )
        x += width
    pieces.append(f'<text x="{x + 8:.1f}" y="{top + 16}">{escape(row.words)}</text>')
    return "".join(pieces)
