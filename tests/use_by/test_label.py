"""Secondary use-by labels: made when something is opened, ended by their code, red when past."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.hygiene.due import due_line
from locomotive.pdf.pdf import NoPango
from locomotive.use_by.label_page import label_path
from locomotive.use_by.opened import OpenedFood, open_foods
from locomotive.use_by.rule import RULES, days_by_kind
from locomotive.worker.paper import make_use_by_label
from tests.conftest import lacking
from tests.kitchen_day import day as day
from tests.kitchen_day import screen as screen
from tests.service_day import Day


@dataclass
class Shelf:
    """The kitchen's labels, at an hour that the test sets."""

    day: Day
    client: FlaskClient
    now: datetime

    def open(self, kind: str = "cooked", what: str = "Carbonade") -> OpenedFood:
        """Make a label and return it."""
        answer = self.client.post("/kitchen/use-by/new", data={"kind": kind, "what": what})
        assert answer.status_code == 303
        return self.all()[-1]

    def end(self, food: OpenedFood, **form: str) -> int:
        status = self.client.post(f"/kitchen/use-by/{food.id}", data=form).status_code
        db.session.rollback()
        return status

    def all(self) -> list[OpenedFood]:
        """All labels as the database has them now."""
        db.session.rollback()
        query = select(OpenedFood).order_by(OpenedFood.id)
        return list(db.session.scalars(query.execution_options(populate_existing=True)))


@pytest.fixture
def shelf(day: Day, screen: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    shelf = Shelf(day, screen, day.at(10))
    monkeypatch.setattr(clock, "now", lambda: shelf.now)
    return shelf


@pytest.mark.parametrize("kind", RULES)
def test_the_date_follows_the_rule_of_its_kind(shelf: Shelf, kind: str) -> None:
    food = shelf.open(kind)
    assert (food.use_by - shelf.day.date).days == RULES[kind].days
    label = shelf.client.get(f"/kitchen/use-by/{food.id}/label").text
    assert "Carbonade" in label
    assert "<svg" in label.split("use-by-code")[1]


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"what": "Crème"}, "Choose what kind of food it is."),
        ({"kind": "rocket", "what": "Crème"}, "Choose what kind of food it is."),
        ({"kind": "dairy", "what": " "}, "Write what it is."),
        ({"kind": "dairy", "what": "x" * 61}, "Shorten this"),
    ],
)
def test_a_label_needs_its_kind_and_name(shelf: Shelf, form: dict[str, str], words: str) -> None:
    answer = shelf.client.post("/kitchen/use-by/new", data=form)
    assert answer.status_code == 422
    assert words in answer.text
    assert shelf.all() == []


def test_a_label_is_made_once_however_often_its_form_is_sent(shelf: Shelf) -> None:
    form = {"kind": "dairy", "what": "Crème", "key": "e" * 32}
    for _time in range(2):
        assert shelf.client.post("/kitchen/use-by/new", data=form).status_code == 303
    assert len(shelf.all()) == 1


def test_what_is_past_its_date_stands_red_until_it_is_ended(shelf: Shelf) -> None:
    food = shelf.open("dairy", "Crème")
    shelf.now += timedelta(days=2)
    assert "is-late" not in shelf.client.get("/kitchen/use-by/").text
    assert due_line(db.session(), now=shelf.now) is None
    shelf.now += timedelta(days=1)
    assert "is-late" in shelf.client.get("/kitchen/use-by/").text
    line = due_line(db.session(), now=shelf.now)
    assert line is not None
    assert line.is_red
    assert shelf.end(food, ending="thrown", kilos="0,4") == 303
    assert 'class="foods"' not in shelf.client.get("/kitchen/use-by/").text
    assert due_line(db.session(), now=shelf.now) is None
    (ended,) = shelf.all()
    assert (ended.ending, ended.grams) == ("thrown", 400)


@pytest.mark.parametrize("kilos", ["", "0", "lourd", "101", "-1"])
def test_what_is_thrown_away_is_weighed(shelf: Shelf, kilos: str) -> None:
    food = shelf.open()
    assert shelf.end(food, ending="thrown", kilos=kilos) == 422
    assert len(open_foods(db.session())) == 1
    assert shelf.end(food, ending="used", kilos="") == 303
    assert shelf.all()[0].grams is None


def test_an_ending_is_chosen_and_counts_once(shelf: Shelf) -> None:
    food = shelf.open()
    assert shelf.end(food, kilos="") == 422
    assert shelf.end(food, ending="eaten", kilos="") == 422
    assert shelf.end(food, ending="used", kilos="") == 303
    assert shelf.end(food, ending="thrown", kilos="1") == 409
    assert shelf.all()[0].ending == "used"
    assert "used up" in shelf.client.get(f"/kitchen/use-by/{food.id}").text


def test_a_sample_meal_is_kept_for_its_five_days(shelf: Shelf) -> None:
    food = shelf.open("sample")
    for _day in range(6):
        assert shelf.end(food, ending="thrown", kilos="") == 409
        shelf.now += timedelta(days=1)
    assert shelf.end(food, ending="used", kilos="") == 422
    assert shelf.end(food, ending="thrown", kilos="") == 303


def test_the_manager_sets_the_days_but_a_sample_stays_five(shelf: Shelf) -> None:
    office = shelf.day.signed_in("manager")
    form = {kind: str(rule.days) for kind, rule in RULES.items()}
    assert office.post("/office/use-by", data={**form, "sample": "3"}).status_code == 422
    assert office.post("/office/use-by", data={**form, "dairy": "61"}).status_code == 422
    before = shelf.open("dairy", "Crème")
    assert office.post("/office/use-by", data={**form, "dairy": "1"}).status_code == 303
    db.session.rollback()
    assert days_by_kind(db.session())["dairy"] == 1
    after = shelf.open("dairy", "Crème")
    assert (before.use_by - after.use_by).days == 1


def test_the_pdf_is_one_short_label_with_its_code(shelf: Shelf) -> None:
    food = shelf.open()
    address = f"/kitchen/use-by/{food.id}/label.pdf"
    assert shelf.client.get(address).status_code == 202
    with shelf.day.app.test_request_context():
        path = label_path(food, "fr")
    try:
        make_use_by_label(food.id, "fr")
    except NoPango:
        lacking("Pango")
    if path.with_suffix(".missing").exists():
        lacking("Pango")
    (page,) = PdfReader(io.BytesIO(path.read_bytes())).pages
    assert "Carbonade" in page.extract_text()
    millimetres = [float(side) / 72 * 25.4 for side in page.mediabox[2:]]
    assert round(millimetres[0]) == 62
    assert 30 < millimetres[1] < 90


def test_the_month_lists_the_sample_meals(shelf: Shelf) -> None:
    shelf.open("sample", "Carbonade du 24")
    office = shelf.day.signed_in("manager")
    assert "Carbonade du 24" in office.get(f"/office/hygiene/{shelf.day.date}/month").text
    rows = office.get(f"/office/hygiene/{shelf.day.date}/month.csv").data.decode("utf-8-sig")
    assert sum("Carbonade du 24" in row for row in rows.splitlines()) == 1
