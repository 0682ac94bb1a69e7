"""Sheets in a real town, turns on every leg: how much paper they take, and what stands where."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.pdf.pdf import NoPango, pdf
from routing.streets import why_not
from tests.pdf.test_folds import LEGIBLE, in_the_fold, pictures, taken_by_the_fold
from tests.real_town import EXTRACT, real_town
from tests.service_day import Day, leave
from tests.town_sheets import sheet_pdf, usual_round

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(not EXTRACT.exists(), reason="the extract of Saint-Germain is not at hand"),
    pytest.mark.skipif(bool(why_not()), reason=why_not()),
]
SMALLEST = 11.0  # points


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    try:
        pdf("<p>")
    except NoPango:
        pytest.skip("Pango is missing on this machine: no PDF can be made")
    day = real_town(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    with day.app.app_context():
        yield day
        leave(day.app)


def pages_of(content: bytes) -> list[Any]:
    from pypdf import PdfReader

    return list(PdfReader(io.BytesIO(content)).pages)


def stops_of(text: str) -> list[tuple[int, str]]:
    """Number and text of each stop that begins on a page, up to the next one or the page's end."""
    begun = list(re.finditer(r"(\d+) ?↓ ?\d+ min vers \d+ h \d\d", text))
    ends = [one.start() for one in begun[1:]] + [len(text)] * bool(begun)
    return [(int(one[1]), text[one.start() : end]) for one, end in zip(begun, ends, strict=True)]


def sizes_of(page: Any) -> set[float]:
    """The sizes of type on a page, in points; those of drawn signs are not text."""
    found: set[float] = set()

    def see(text: str, cm: Any, tm: Any, _font: Any, size: float) -> None:
        if text.strip():
            found.add(round(abs(size * tm[3] * cm[3]), 1))

    page.extract_text(visitor_text=see)
    return found


@pytest.mark.parametrize(
    ("stops", "most"), [(1, 1), (4, 2), (8, 2), (13, 4), (18, 4), (33, 8), (40, 10)]
)
def test_the_sheet_takes_little_paper_and_cuts_no_stop(town: Day, stops: int, most: int) -> None:
    round_ = usual_round(town, stops)
    pages = pages_of(sheet_pdf(town, round_))
    assert len(pages) <= most
    texts = [re.sub(r"[\s\0]+", " ", page.extract_text()) for page in pages]
    found = [stop for text in texts for stop in stops_of(text)]
    assert [number for number, _ in found] == list(range(1, stops + 1))
    for number, block in found:
        # Two meals or three, and the room to tick them, beside the stop's own number.
        assert ("à encaisser : 25,00 €" in block) != ("à encaisser : 30,50 €" in block), number
        assert "initiales" in block
    first, last = texts[0], texts[-1]
    assert "Charger : le dernier arrêt d’abord" in first
    assert "contributeurs OpenStreetMap" in first
    assert "boîtes reprises" in last
    assert all(f"page {at} / {len(pages)}" in text for at, text in enumerate(texts, 1))
    assert all(min(sizes_of(page)) >= SMALLEST for page in pages)


def test_a_stop_that_goes_on_overleaf_is_seen() -> None:
    cut = ["1 ↓ 7 min vers 11 h 55 Garage", "à encaisser : 25,00 € initiales"]
    [(number, block)] = [stop for text in cut for stop in stops_of(text)]
    assert number == 1
    assert "initiales" not in block


def test_the_loading_list_is_the_stops_backwards(town: Day) -> None:
    round_ = usual_round(town, 8)
    text = re.sub(r"[\s\0]+", " ", pages_of(sheet_pdf(town, round_))[0].extract_text())
    listed = text[text.index("Charger") : text.index("En tout")]
    numbers = [int(one) for one in re.findall(r"Garage du Centre (\d+)", listed)]
    assert numbers == list(range(8, 0, -1))
    assert all(later < earlier for earlier, later in pairwise(numbers))
    db.session.rollback()


@pytest.mark.parametrize("stops", [6, 8, 12])
def test_folded_in_four_its_turns_and_stops_stay_readable(town: Day, stops: int) -> None:
    for page in pictures(sheet_pdf(town, usual_round(town, stops))):
        assert in_the_fold(page) == []
        assert taken_by_the_fold(page) <= LEGIBLE
