"""A sheet folded in four, as it rides in a pocket, and printed in black alone: by picture."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from locomotive.papers.sheet import sheet_path
from locomotive.places.address import Address
from locomotive.worker.paper import make_sheet
from tests.conftest import lacking
from tests.rounds_day import day
from tests.service_day import Day

__all__ = ["day"]
DOTS = 8  # a millimetre
FOLD, CREASE = 105.0, 0.8  # millimetres from the left edge, and how wide no letter may stand
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


def letters_at_the_fold(page: Picture, top: float = 0.0) -> list[float]:
    """Where ink stands in the crease, in millimetres from the top, besides lines that run across
    it."""
    left, right = (round((FOLD + side * CREASE / 2) * DOTS) for side in (-1, 1))
    wide = page[:, left - 4 * DOTS : right + 4 * DOTS] < 128
    crease = (page[:, left:right] < 128).any(axis=1) & ~wide.all(axis=1)
    return [row / DOTS for row in np.flatnonzero(crease) if row / DOTS > top]


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
def test_no_letter_of_a_stop_or_of_the_loading_list_stands_in_the_fold(
    day: Day, stops: int, language: str
) -> None:
    first, *others = pictures(sheet_of(day, stops, language))
    head, foot = 40.0, 284.0  # of the page: what stands there runs across on purpose
    totals = 12.0  # of the last page, at the end of the stops
    for number, page in enumerate([first, *others]):
        found = [at for at in letters_at_the_fold(page, head if number == 0 else 0.0) if at < foot]
        if number == len(others):
            last = max(np.flatnonzero((page[: round(foot * DOTS)] < 128).any(axis=1))) / DOTS
            found = [at for at in found if at < last - totals - 12]
        assert found == [], number


def test_the_control_a_letter_in_the_fold_is_seen_and_a_frame_is_not() -> None:
    paper = Image.new("L", (210 * DOTS, 297 * DOTS), 255)
    drawn = ImageDraw.Draw(paper)
    drawn.rectangle([12 * DOTS, 50 * DOTS, 198 * DOTS, 80 * DOTS], outline=0, width=4)
    assert letters_at_the_fold(np.asarray(paper)) == []
    drawn.text((103 * DOTS, 60 * DOTS), "WWWWWWWW", fill=0, font_size=4 * DOTS)
    assert letters_at_the_fold(np.asarray(paper))


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


def test_the_page_s_number_stands_beside_the_foot_and_not_in_it(day: Day) -> None:
    """A draft has the longest foot: date, version, time, phone."""
    page = pictures(sheet_of(day, 6))[0]
    foot = page[round(284 * DOTS) :, :] < 128
    used = np.flatnonzero(foot.any(axis=0)) / DOTS
    gaps = np.diff(used)
    # The widest gap is that between the foot and "page 1 / 1".
    assert gaps.max() > 2.0
    assert used[gaps.argmax()] < 172
