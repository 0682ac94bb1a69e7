"""A sheet folded in four, as it rides in a pocket, and printed in black alone: by picture."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from locomotive.papers.making.fold import FOLD as FOLD_PX
from locomotive.papers.making.fold import HIGHEST, LOWEST, MM, shift, taken
from locomotive.papers.sheet import sheet_path
from locomotive.places.address import Address
from locomotive.worker.paper import make_sheet
from tests.conftest import lacking
from tests.rounds_day import day
from tests.service_day import Day

__all__ = ["day"]
DOTS = 8  # a millimetre
# Millimetres from the left edge and from the top, how wide no letter may stand, and the height of
# a line.
FOLD, ACROSS, CREASE, LINE = 105.0, 148.5, 0.8, 4.5
# Of the ink of its line: as when a crease takes the dots of some letters, or the rule of a table.
LEGIBLE = 0.12
Picture = NDArray[np.uint8]


def pictures(content: bytes) -> list[Picture]:
    """The pages in grey."""
    try:
        import pypdfium2
    except ImportError:
        lacking("pypdfium2")
    with pypdfium2.PdfDocument(BytesIO(content)) as document:
        return [
            np.asarray(page.render(scale=DOTS * 25.4 / 72).to_pil().convert("L"))
            for page in document
        ]


def in_the_fold(page: Picture) -> list[float]:
    """Where ink stands in the crease from top to bottom, in millimetres from the top, besides
    lines that run across it."""
    left, right = (round((FOLD + side * CREASE / 2) * DOTS) for side in (-1, 1))
    wide = page[:, left - 4 * DOTS : right + 4 * DOTS] < 128
    crease = (page[:, left:right] < 128).any(axis=1) & ~wide.all(axis=1)
    return [row / DOTS for row in np.flatnonzero(crease)]


def taken_by_the_fold(page: Picture) -> float:
    """How much of the ink of its line the crease across the page takes, from 0 to 1; frames count
    as nothing: their sides go through it, and it may run along them."""
    middle, half = ACROSS * DOTS, CREASE / 2 * DOTS
    around = page[round(middle - LINE * DOTS) : round(middle + LINE * DOTS), :] < 128
    is_rule = around.mean(axis=1, keepdims=True) > 0.5
    letters = around & ~is_rule & ~is_frame(page, middle)
    crease = letters[round(LINE * DOTS - half) : round(LINE * DOTS + half), :]
    return float(crease.sum() / max(1, letters.sum()))


def is_frame(page: Picture, middle: float) -> NDArray[np.bool_]:
    """The columns that are black for a finger's breadth on both sides of the fold."""
    near = page[round(middle - 1.2 * LINE * DOTS) : round(middle + 1.2 * LINE * DOTS), :] < 128
    found: NDArray[np.bool_] = near.mean(axis=0) > 0.9
    return found


def sheet_of(day: Day, stops: int, language: str = "fr") -> bytes:
    day.leave_one_tricycle(boxes=500)
    names = [f"Garage du Centre {number}" for number in range(1, stops + 1)]
    for index, name in enumerate(names):
        note = "Porte verte, sonner accueil, puis suivre le couloir" if index % 2 else ""
        point = (50.4697 + 0.002 * (index % 5), 2.9936 + 0.003 * (index % 4))
        place = Address(name, f"{index + 1} rue du Maréchal Foch", "Oignies", *point, note)
        day.order("Nadia", place=place, carbonade=2, salad=1)
        if not index % 3:
            day.order("Jean-Christophe", place=place, soup=1)
    (round_,) = day.lay(names)
    make_sheet(round_.id, language)
    folder: Path = day.app.extensions["settings"].files
    path = sheet_path(folder, round_, language)
    if path.with_suffix(".missing").exists():
        lacking("Pango")
    return path.read_bytes()


@pytest.mark.parametrize(("stops", "language"), [(1, "fr"), (8, "fr"), (13, "en")])
def test_nothing_stands_in_the_fold_from_top_to_bottom(day: Day, stops: int, language: str) -> None:
    """Neither stops nor the loading list nor head, totals and foot; the line for remarks crosses
    it on purpose."""
    for number, page in enumerate(pictures(sheet_of(day, stops, language))):
        assert in_the_fold(page) == [], number


@pytest.mark.parametrize(("stops", "language"), [(4, "fr"), (8, "fr"), (13, "en")])
def test_the_fold_across_takes_no_line(day: Day, stops: int, language: str) -> None:
    for number, page in enumerate(pictures(sheet_of(day, stops, language))):
        assert taken_by_the_fold(page) <= LEGIBLE, number


def test_a_page_is_moved_as_little_as_clears_the_fold_and_no_further_than_its_margin() -> None:
    line = (FOLD_PX - 1.0 * MM, FOLD_PX + 2.0 * MM)
    assert shift([]) == 0.0
    assert shift([line]) / MM == pytest.approx(1.4)  # down, until the crease is above it
    assert shift([(FOLD_PX - 2.0 * MM, FOLD_PX + 1.0 * MM)]) / MM == pytest.approx(-1.4)
    # Lines of two columns that leave no white between them: the crease takes the least.
    grid = [(FOLD_PX + at * MM, FOLD_PX + (at + 2.9) * MM) for at in (-8, -5, -2, 1, 4)]
    by = shift(grid)
    assert HIGHEST <= by <= LOWEST
    assert taken(grid, by) < taken(grid, 0.0) == pytest.approx(CREASE * MM)


def test_the_control_a_line_in_the_fold_across_is_seen() -> None:
    paper = Image.new("L", (210 * DOTS, 297 * DOTS), 255)
    drawn = ImageDraw.Draw(paper)
    drawn.rectangle([12 * DOTS, 140 * DOTS, 198 * DOTS, 160 * DOTS], outline=0, width=4)
    drawn.text((20 * DOTS, 143 * DOTS), "Garage du Centre", fill=0, font_size=4 * DOTS)
    assert taken_by_the_fold(np.asarray(paper)) == 0
    drawn.text((20 * DOTS, 146 * DOTS), "Garage du Centre", fill=0, font_size=4 * DOTS)
    assert taken_by_the_fold(np.asarray(paper)) > LEGIBLE


def test_the_control_a_letter_in_the_fold_is_seen_and_a_frame_is_not() -> None:
    paper = Image.new("L", (210 * DOTS, 297 * DOTS), 255)
    drawn = ImageDraw.Draw(paper)
    drawn.rectangle([12 * DOTS, 50 * DOTS, 198 * DOTS, 80 * DOTS], outline=0, width=4)
    assert in_the_fold(np.asarray(paper)) == []
    drawn.text((103 * DOTS, 60 * DOTS), "WWWWWWWW", fill=0, font_size=4 * DOTS)
    assert in_the_fold(np.asarray(paper))


def test_a_sheet_is_black_on_white_alone(day: Day) -> None:
    """What a printer without colours makes of it: ink is black, and grey only at its edges."""
    for page in pictures(sheet_of(day, 6)):
        assert grey_share(page) < 0.35
        black, white = (page < 60).sum(), (page > 200).sum()
        assert black
        assert white > black


def grey_share(page: Picture) -> float:
    """How much of all ink is neither black nor white: edges of letters are, drawn thin."""
    ink = page < 200
    return float(((page >= 60) & ink).sum() / ink.sum())


def test_the_control_grey_words_are_seen() -> None:
    paper = Image.new("L", (210 * DOTS, 297 * DOTS), 255)
    ImageDraw.Draw(paper).text((20, 20), "gris " * 20, fill=120, font_size=4 * DOTS)
    assert grey_share(np.asarray(paper)) > 0.9
