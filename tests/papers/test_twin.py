"""Two PDFs asked for at once are made side by side; the same sheet is made once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import pytest
from pypdf import PdfReader

from locomotive.core.db import db
from locomotive.papers import pdf as here
from locomotive.papers.making import twin as beside
from locomotive.papers.making.twin import Twin
from locomotive.rounds.round import Round
from locomotive.worker import paper
from tests.conftest import lacking
from tests.rounds_day import day
from tests.service_day import Day

__all__ = ["day"]


@pytest.fixture
def twin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Twin]:
    """A twin of its own, needed because this process is busy."""
    try:
        here.pdf("<p>")
    except here.NoPango:
        lacking("Pango")
    one = Twin()
    monkeypatch.setattr(beside, "twin", one)
    monkeypatch.setattr(beside, "is_busy", lambda: True)
    # What is made here would have to wait: in these tests it is seen.
    monkeypatch.setattr(beside, "pdf_here", lambda *_pages, **_how: b"made here")
    yield one
    one.end()


def words(content: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def test_while_one_is_made_another_process_makes_the_next(twin: Twin) -> None:
    assert "carbonade" in words(beside.pdf("<p>carbonade"))
    first = twin._process
    assert "deux" in words(beside.pdf("<p>un", "<p>deux"))
    assert twin._process is first  # it is kept, with its fonts


def test_who_waits_for_nobody_needs_no_second_process(
    twin: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "is_busy", lambda: False)
    assert beside.pdf("<p>carbonade") == b"made here"
    assert twin._process is None


def test_one_that_was_killed_is_replaced_and_no_paper_is_missing(twin: Twin) -> None:
    beside.pdf("<p>un")
    assert twin._process is not None
    assert twin._process.pid is not None
    os.kill(twin._process.pid, signal.SIGSTOP)  # it hangs: the longest wait is over
    longest, beside.LONGEST = beside.LONGEST, 0.2
    try:
        assert beside.pdf("<p>deux") == b"made here"
    finally:
        beside.LONGEST = longest
    assert "trois" in words(beside.pdf("<p>trois"))
    assert twin._process is not None
    twin._process.kill()
    twin._process.join()
    assert "quatre" in words(beside.pdf("<p>quatre"))


def test_s15_what_a_page_names_is_refused_there_too(twin: Twin, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("canary")
    page = f'<link rel=attachment href="{secret.as_uri()}"><p>carbonade'
    content = beside.pdf(page)
    assert b"canary" not in content
    assert not PdfReader(BytesIO(content)).attachments


def at_once(day: Day, monkeypatch: pytest.MonkeyPatch, rounds: list[int]) -> list[int]:
    """Ask for sheets by two threads, each of which waits for the other as it draws; which were
    drawn."""
    both, drawn = Barrier(2), list[int]()

    def draw(round_: Round, _language: str, path: Path) -> None:
        drawn.append(round_.id)
        with suppress(BrokenBarrierError):
            both.wait(timeout=2)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%PDF")

    def ask(round_id: int) -> None:
        with day.app.app_context():
            paper.make_sheet(round_id, "fr")
            db.session.remove()

    monkeypatch.setattr(paper, "_make_sheet", draw)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ask, rounds))
    if len(drawn) > 1:
        assert not both.broken, "they were drawn one behind the other"
    return sorted(drawn)


def test_two_sheets_are_drawn_side_by_side(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    day.order("Nadia", to="school")
    day.order("Karim", to="library")
    one, other = (round_.id for round_ in day.lay(["school"], ["library"]))
    assert at_once(day, monkeypatch, [one, other]) == [one, other]


def test_the_same_sheet_is_drawn_once_by_two_threads(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.order("Nadia", to="school")
    (round_,) = day.lay(["school"])
    assert at_once(day, monkeypatch, [round_.id, round_.id]) == [round_.id]
