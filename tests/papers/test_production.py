"""The production sheet is short, says each thing once, and shows what is another since the last."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import insert, select

from locomotive.core.base import Base
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.ordering.order import Order, OrderLine
from locomotive.papers.paper import pack_folder, pack_path
from locomotive.papers.paper_page import paper_html
from locomotive.pdf.pdf import NoPango, pdf
from locomotive.service.slot import Slot
from locomotive.worker.paper import make_papers
from locomotive.worker.tidy import tidy_up
from tests.conftest import lacking
from tests.service_day import Day

PAGE = "/kitchen/2026-11-24/production"


def rows(table: type[Base], **more: object) -> list[dict[str, Any]]:
    found = db.session.execute(select(Base.metadata.tables[table.__tablename__])).mappings()
    return [{**row, **more} for row in found]


def orders(day: Day, number: int) -> None:
    """So many orders of two or three dishes, spread over the slots of the lunch."""
    day.order("Maximilienne", carbonade=2, salad=1, soup=1)
    (order,) = rows(Order)
    lines = rows(OrderLine)
    slots = [s.id for s in db.session.scalars(select(Slot).where(Slot.kind == "take-away"))]
    with write_tx() as session:
        for n in range(2, number + 1):
            keys = {"idempotency_key": f"copy {n}", "token_hash": f"hash {n}"}
            slot = {"id": n, "number": n, "slot_id": slots[n % len(slots)]}
            session.execute(insert(Order), {**order, **keys, **slot})
            for rank, line in enumerate(lines[: 2 + n % 2]):
                session.execute(insert(OrderLine), {**line, "id": 10 * n + rank, "order_id": n})


def plain(html: str) -> str:
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", html, flags=re.S).split())


def test_the_sheet_of_49_orders_has_three_pages(day: Day) -> None:
    """It had seven."""
    orders(day, 49)
    with day.app.test_request_context(headers={"Cookie": "language=fr"}):
        html = paper_html(day.service, "production", is_pdf=True)
    try:
        reader = PdfReader(BytesIO(pdf(html)))
    except NoPango:
        lacking("Pango")
    assert len(reader.pages) <= 3
    text = " ".join(page.extract_text() for page in reader.pages)
    assert len(set(re.findall(r"(?<!\d)\d{1,2}Maximilienne|(?<!\d)\d{1,2}\s+Maxi", text))) == 49


def test_allergens_are_said_once_and_again_only_where_they_differ(
    day: Day, screen: FlaskClient
) -> None:
    for name in ("Nadia", "Karim", "Louise"):
        day.order(name)
    assert plain(screen.get(PAGE).text).count("gluten, celery") == 1
    with write_tx() as session:
        session.query(OrderLine).order_by(OrderLine.id.desc()).first().allergens = "milk"
    page = plain(screen.get(PAGE).text)
    assert page.count("gluten, celery") == 1
    assert "Carbonade flamande (contains: milk)" in page
    assert page.count("Done") == 1


def test_what_is_another_since_the_last_pack_is_marked(
    day: Day, screen: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, changed, moved = day.order("Nadia"), day.order("Karim"), day.order("Louise")
    gone = day.order("Samira", soup=2)
    make_papers(day.service.id, "fr")
    assert "▲" not in plain(screen.get(PAGE).text)
    new = day.order("Hugo")
    day.cancel(gone)
    with write_tx() as session:
        line = session.query(OrderLine).filter_by(order_id=changed.id).one()
        line.quantity = 3
        later = session.query(Slot).filter_by(kind="take-away", starts_at=day.at(12, 15)).one()
        session.get_one(Order, moved.id).slot_id = later.id
    page = plain(screen.get(PAGE).text)
    for words in (
        "Changed since 10:00",
        f"▲ {changed.number}",
        f"▲ {new.number}",
        f"{gone.number} 2 × Soupe de potimarron",
        "▲ Carbonade flamande 1 → 3",
        "▲ before: 12:00",
        "▲ new",
    ):
        assert words in page, words
    assert f"▲ {kept.number}" not in page
    monkeypatch.setattr(clock, "now", lambda: day.at(10, 30))
    make_papers(day.service.id, "fr")
    assert "▲" not in plain(screen.get(PAGE).text)


def test_a_pack_whose_words_are_lost_hides_no_sheet(day: Day, screen: FlaskClient) -> None:
    day.order("Nadia")
    make_papers(day.service.id, "fr")
    instance = day.app.extensions["settings"].instance
    path = pack_path(instance, day.date, "pack", now=day.at(10)).with_suffix(".json")
    assert "Nadia" not in path.read_text()
    path.write_text("{")
    assert "Nadia" in screen.get(PAGE).text


def test_what_a_pack_said_goes_the_night_after(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    day.order("Nadia")
    make_papers(day.service.id, "fr")
    folder = pack_folder(day.app.extensions["settings"].instance, day.date)
    assert list(folder.glob("*.json"))
    monkeypatch.setattr(clock, "now", lambda: day.at(12).replace(day=25))
    tidy_up()
    assert list(folder.iterdir()) == []
