"""Fold: a rider's sheet is folded in four; what stands on a page is moved by a few millimetres, so
that the fold across it passes between lines.

Where none of these places is free, as where a stop's columns have lines of unlike heights, it is
moved so that the crease takes as little of letters as it can.
"""

from collections.abc import Iterator, Sequence
from typing import Any

MM = 96 / 25.4  # CSS pixels
FOLD, CREASE = 148.5 * MM, 0.8 * MM  # from the top, and how wide no letter may stand
# All of the page moves, its foot, too: up into the margin of 10 mm, of which printers leave 4
# unprinted, or a little down.
HIGHEST, LOWEST, STEP = -5.6 * MM, 1.6 * MM, 0.2 * MM
# Of a font's size: letters above the baseline, and below it.
ABOVE, BELOW = 0.75, 0.22
SHEET = "round-sheet"
Ink = tuple[float, float]  # from here down to there, in CSS pixels from the top


def move_pages(pages: Sequence[Any], file: Any) -> None:
    """Move what stands on the pages of rounds' sheets, in the PDF that is made of them; other
    papers stay as they are."""
    made = [one for one in file.objects if isinstance(one, dict) and one.get("Type") == "/Page"]
    for page, one in zip(pages, made, strict=True):
        if by := shift_of(page):
            left, bottom, right, top = one["MediaBox"]
            up = -by * (top - bottom) / page.height
            one["MediaBox"][:] = [left, bottom - up, right, top - up]


def shift_of(page: Any) -> float:
    """By how much a page moves down (below 0: up), in CSS pixels."""
    (root, *_margins) = page._page_box.children
    boxes = list(root.descendants())
    if not any(_is_sheet(box) for box in boxes):
        return 0.0
    return shift([ink for box in boxes for ink in _inks(box)])


def shift(inks: Sequence[Ink]) -> float:
    """As little as clears the fold of all ink, or else lets the crease take the least of it."""
    steps = range(round(HIGHEST / STEP), round(LOWEST / STEP) + 1)
    near = [(top, bottom) for top, bottom in inks if abs(top + bottom - 2 * FOLD) < 100 * MM]
    return min((step * STEP for step in steps), key=lambda by: (taken(near, by), abs(by)))


def taken(inks: Sequence[Ink], by: float) -> float:
    """How much of the ink lies in the crease, in CSS pixels, if all moves down by so many."""
    top, bottom = FOLD - CREASE / 2 - by, FOLD + CREASE / 2 - by
    return sum(max(0.0, min(below, bottom) - max(above, top)) for above, below in inks)


def _is_sheet(box: Any) -> bool:
    element = getattr(box, "element", None)
    return element is not None and SHEET in (element.get("class") or "").split()


def _inks(box: Any) -> Iterator[Ink]:
    """What must not be cut: a line's letters, a drawing in it, a box to tick or to write in."""
    kind = type(box).__name__
    if kind == "TextBox" and box.text.strip():
        size, baseline = box.style["font_size"], box.position_y + box.baseline
        yield baseline - ABOVE * size, baseline + BELOW * size
    elif kind in ("InlineReplacedBox", "InlineBlockBox"):
        top, bottom = box.border_box_y(), box.border_box_y() + box.border_height()
        # A line to write on is all below; a box has four sides.
        is_line = box.border_bottom_width and not box.border_top_width
        yield (bottom - box.border_bottom_width if is_line else top), bottom
