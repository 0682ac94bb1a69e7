"""The papers: labels say what is inside, the pack holds everything, and it goes the night after."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.kitchen.production import production_sheet
from locomotive.ordering.order import Order, OrderLine, orders_of
from locomotive.papers.label import LabelLine, fits, labels
from locomotive.papers.paper import is_pack_due, last_pack, pack_folder
from locomotive.worker.paper import make_due_papers, make_papers
from locomotive.worker.tidy import tidy_up
from tests.service_day import Day


def plain(html: str) -> str:
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", html, flags=re.S).split())


@pytest.mark.parametrize("form", ["roll", "a4"])
def test_a_label_names_bag_dish_allergens_and_slot_and_never_what_is_not_inside(
    day: Day, screen: FlaskClient, form: str
) -> None:
    order = day.order("Nadia", carbonade=2, soup=1, must_not_contain="noix")
    day.cancel(day.order("Louise"))
    page = plain(screen.get(f"/kitchen/2026-11-24/labels/{form}").text)
    for words in (
        f"{order.number} Nadia",
        "2 × Carbonade flamande contains: gluten, celery",
        "1 × Soupe de potimarron",
        "12:00 – 12:15",
    ):
        assert words in page
    assert "noix" not in page
    assert "Louise" not in page


def test_a_bag_with_much_inside_has_several_labels_and_none_is_too_full(day: Day) -> None:
    order = day.order(carbonade=1, salad=1, soup=1)
    sheet = production_sheet(orders_of(db.session(), day.service))
    long = ("celery", "crustaceans", "milk", "sesame", "sulphites", "mustard", "molluscs")

    def written(line: OrderLine) -> LabelLine:
        return LabelLine(line.quantity, line.dish_name, line.dish_family, long)

    made = labels(sheet.departures, written=written, origin=lambda _line: "Ferme, 23/11")
    assert [(one.number, one.of) for one in made] == [(1, 2), (2, 2)]
    assert all(fits(one.lines) and not one.is_dense for one in made)
    assert sum(len(one.lines) for one in made) == len(order.lines)
    assert made[0].origin == "Ferme, 23/11"
    (whole,) = labels(sheet.departures, written=written, on_roll=True)
    assert len(whole.lines) == len(order.lines)


def test_the_exceptions_sheet_lists_exceptions_only(day: Day, screen: FlaskClient) -> None:
    day.order("Nadia", must_not_contain="noix")
    day.order("Karim")
    page = plain(screen.get("/kitchen/2026-11-24/exceptions").text)
    assert "Must not contain: noix" in page
    assert "Nadia" in page
    assert "Karim" not in page


def test_a_pack_is_due_at_each_cutoff_and_release_and_not_before(day: Day) -> None:
    service = day.service
    minute = timedelta(minutes=1)
    assert not is_pack_due(service, None, [], now=service.delivery_cutoff - minute)
    assert is_pack_due(service, None, [], now=service.delivery_cutoff)
    made = service.delivery_cutoff + minute
    assert not is_pack_due(service, made, [], now=made + minute)
    assert is_pack_due(service, made, [made + minute], now=made + minute)
    assert is_pack_due(service, made, [], now=service.takeaway_cutoff)


def test_the_worker_makes_the_pack_at_the_cutoff_and_keeps_earlier_ones(
    day: Day, screen: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.order("Nadia", to="school", must_not_contain="noix")
    day.order("Karim", soup=1)
    day.plan()
    monkeypatch.setattr(clock, "now", lambda: day.at(10, 31))
    make_due_papers()
    make_due_papers()
    instance = day.app.extensions["settings"].instance
    assert len(list(pack_folder(instance, day.date).glob("*.pdf"))) == 2
    monkeypatch.setattr(clock, "now", lambda: day.at(11, 1))
    make_due_papers()
    assert len(list(pack_folder(instance, day.date).glob("*.pdf"))) == 4
    last = last_pack(instance, day.date, "pack")
    assert last
    page = screen.get("/kitchen/2026-11-24/papers").text
    assert last[0] in page
    answer = screen.get(f"/kitchen/2026-11-24/papers/{last[0]}")
    assert answer.mimetype == "application/pdf"
    reader = PdfReader(BytesIO(answer.data))
    answer.close()
    text = " ".join(page.extract_text() for page in reader.pages)
    for words in ("Feuille de production", "Exceptions", "noix", "Karim", "Tournée 1"):
        assert words in text
    assert reader.trailer["/Root"]["/OpenAction"]["/N"] == "/Print"


def test_no_other_file_is_handed_out(day: Day, screen: FlaskClient) -> None:
    for name in ("pack-20260101T000000.pdf", "..%2F..%2Flunch.db", "lunch.db", "pack-1.pdf"):
        assert screen.get(f"/kitchen/2026-11-24/papers/{name}").status_code == 404


def test_exceptions_and_their_papers_are_erased_the_night_after(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = day.order("Nadia", must_not_contain="noix")
    make_papers(day.service.id, "fr")
    folder = pack_folder(day.app.extensions["settings"].instance, day.date)
    monkeypatch.setattr(clock, "now", lambda: day.at(23))
    tidy_up()
    db.session.rollback()
    assert db.session.get_one(Order, order.id, populate_existing=True).must_not_contain == "noix"
    assert list(folder.iterdir())
    monkeypatch.setattr(clock, "now", lambda: day.at(23) + timedelta(hours=4))
    tidy_up()
    db.session.rollback()
    erased = db.session.get_one(Order, order.id, populate_existing=True)
    assert (erased.must_not_contain, erased.content_hash) == ("", "")
    assert not list(folder.iterdir())
    assert b"noix" not in (folder.parent.parent / "lunch.db").read_bytes()
