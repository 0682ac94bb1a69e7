"""The inspector's month: a simulated one with gaps and alarms, counted once more by hand."""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy.orm import Session

from locomotive.core.clock import clock, instant
from locomotive.core.db import db, write_tx
from locomotive.hygiene.heating import begin, measure
from locomotive.hygiene.month import bounds, month_of
from locomotive.hygiene.month_page import act_words, month_html, month_path
from locomotive.hygiene.point import KINDS, ControlPoint, add_point
from locomotive.hygiene.reading import CorrectiveAct, correct, read_point
from locomotive.hygiene.thermal_step import ThermalStep
from locomotive.pdf.pdf import NoPango, pdf
from locomotive.service.service import ClosedDay
from tests.conftest import lacking
from tests.hygiene.conftest import BEGUN, CAST, forget, touch
from tests.service_day import leave, new_day

HOLIDAY = date(2026, 11, 11)
TODAY = date(2026, 11, 27)
USUAL = {"fridge": 30, "freezer": -200, "holding": 680, "probe": 2, "oil": 150}
Fact = tuple[str, str, str]  # day, name, result


class Simulated:
    """A month whose facts are noted beside the database as they are written."""

    def __init__(self) -> None:
        self.dice = random.Random(4)
        self.facts: Counter[Fact] = Counter()
        self.acts: Counter[str] = Counter()
        with write_tx() as session:
            session.add(ClosedDay(date=HOLIDAY, reason="férié"))
            for name, kind in CAST.items():
                self._one(session, name, kind)
            self._cool(session, date(2026, 11, 5), minutes=95)
            self._cool(session, date(2026, 11, 19), minutes=150)

    def _one(self, session: Session, name: str, kind: str) -> None:
        every = KINDS[kind].every_days
        point = ControlPoint(
            name=name,
            kind=kind,
            surface="floor" if kind == "cleaning" else "",
            every_days=every,
            begins_on=BEGUN,
        )
        add_point(session, point)
        waits_from = BEGUN
        day = BEGUN
        while day < TODAY:
            if day.weekday() < 5 and day != HOLIDAY and day >= waits_from:
                if self.dice.random() < 0.15:
                    self.facts[str(day), name, "not done"] += 1
                else:
                    self._read(session, point, day)
                    waits_from = day + timedelta(days=every)
            day += timedelta(days=1)

    def _read(self, session: Session, point: ControlPoint, day: date) -> None:
        at = touch(instant(day, time(8, self.dice.randrange(60))))
        if point.kind == "cleaning":
            read_point(session, point, None, at)
            self.facts[str(day), point.name, "done"] += 1
            return
        if self.dice.random() < 0.1:
            wrong = read_point(session, point, USUAL[point.kind], at)
            correct(session, wrong, "mistyped", at)
            self.facts[str(day), point.name, "mistyped"] += 1
            self.acts["mistyped"] += 1
        is_bad = self.dice.random() < 0.2
        bad = 550 if point.kind in ("holding", "probe", "oil") else 90
        reading = read_point(session, point, bad if is_bad else USUAL[point.kind], at)
        self.facts[str(day), point.name, "out of range" if is_bad else "in range"] += 1
        if is_bad and self.dice.random() < 0.8:
            correct(session, reading, "other", at, words="Réparé")
            self.acts["something else: Réparé"] += 1

    def _cool(self, session: Session, day: date, *, minutes: int) -> None:
        start = instant(day, time(14))
        first = begin(session, "cooling", "Carbonade", 700, touch(start))
        step = session.get_one(ThermalStep, first.step_id)
        last = measure(session, step, 90, touch(start + timedelta(minutes=minutes)))
        self.facts[str(day), "Carbonade", "in range"] += 1
        self.facts[str(day), "Carbonade", "out of range" if minutes > 120 else "in range"] += 1
        if minutes > 120:
            correct(session, last, "thrown", touch(start))
            self.acts["thrown away"] += 1


@pytest.fixture(scope="module")
def month(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Flask, Simulated, FlaskClient]]:
    with pytest.MonkeyPatch.context() as patch:
        now = datetime.combine(TODAY, time(10), tzinfo=clock.now().tzinfo)
        day = new_day(tmp_path_factory.mktemp("month"))
        patch.setattr(clock, "now", lambda: now)
        with day.app.app_context():
            simulated = Simulated()
            forget()
            yield day.app, simulated, day.signed_in("manager")
            leave(day.app)


def rows_of(client: FlaskClient) -> list[dict[str, str]]:
    answer = client.get(f"/office/hygiene/{TODAY}/month.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="hygiene-2026-11.csv"'
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_the_spreadsheet_equals_an_independent_count(
    month: tuple[Flask, Simulated, FlaskClient],
) -> None:
    _app, simulated, client = month
    rows = rows_of(client)
    found = Counter((row["Day"], row["Name"], row["Result"]) for row in rows)
    assert found == simulated.facts
    for result in ("not done", "out of range", "mistyped", "done"):
        assert sum(n for fact, n in found.items() if fact[2] == result) > 2, result
    assert Counter(row["Corrective act"] for row in rows if row["Corrective act"]) == simulated.acts
    assert not any(row["Day"] == str(HOLIDAY) for row in rows)
    assert [row["Day"] for row in rows] == sorted(row["Day"] for row in rows)


def is_out_by_its_own_numbers(row: dict[str, str]) -> bool:
    """Whether a row's value breaks the limit that stands beside it, or it came too late."""
    value, limit = (float(row[name].replace(",", ".")) for name in ("Value", "Limit"))
    if row["Kind"] == "Probe":
        return min(abs(value), abs(value - 100)) > limit
    if row["Minutes at most"]:
        return int(row["Minutes since it began"]) > int(row["Minutes at most"])
    return value < limit if row["Kind"] == "Hot holding" else value > limit


def test_each_row_tells_by_its_own_numbers_whether_it_is_out_of_range(
    month: tuple[Flask, Simulated, FlaskClient],
) -> None:
    judged = [row for row in rows_of(month[2]) if row["Result"] in ("in range", "out of range")]
    assert {row["Result"] for row in judged if row["Kind"] == "Cooling"} == {
        "in range", "out of range",
    }  # fmt: skip
    for row in judged:
        assert is_out_by_its_own_numbers(row) == (row["Result"] == "out of range"), row


def test_the_paper_names_each_limit_with_its_number_and_its_source(
    month: tuple[Flask, Simulated, FlaskClient],
) -> None:
    text = re.sub(r"\s+", " ", month[2].get(f"/office/hygiene/{TODAY}/month").text)
    for words in (
        "Fridges: at most 4 °C (Order of 21 December 2009, annex I)",
        "Freezers: at most −18 °C",
        "Cooling ends at, at most 10 °C",
        "Cooling lasts at most 120 min",
        "Reheating lasts at most 60 min",
        "at most 25 % (Decree 2008-184",
        "9 °C, 150 min",
        "10 °C, 120 min",
    ):
        assert words in text, words
    assert "the manager is told" not in text


def test_today_is_no_gap_before_it_is_over(month: tuple[Flask, Simulated, FlaskClient]) -> None:
    found = month_of(db.session(), TODAY, today=TODAY)
    assert found.days[-1] == TODAY
    assert not any(day == TODAY for _point, day in found.gaps)
    later = month_of(db.session(), TODAY, today=date(2026, 11, 28))
    assert {day for _point, day in later.gaps - found.gaps} == {TODAY}


def test_the_paper_says_gaps_alarms_and_coolings(
    month: tuple[Flask, Simulated, FlaskClient],
) -> None:
    app, simulated, _client = month
    with app.test_request_context(base_url="http://127.0.0.1"):
        html = month_html(TODAY, is_pdf=True)
    try:
        reader = PdfReader(io.BytesIO(pdf(html)))
    except NoPango:
        lacking("Pango")
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert len(reader.pages) in (2, 3)
    gaps = sum(n for fact, n in simulated.facts.items() if fact[2] == "not done")
    assert text.count("not done") + text.count("pas fait") == gaps
    assert text.count("Réparé") == simulated.acts["something else: Réparé"]
    for words in (*CAST, "Carbonade", "2009", "852/2004"):
        assert words in text


def test_french_sets_its_space_between_an_act_and_its_words(
    month: tuple[Flask, Simulated, FlaskClient],
) -> None:
    act = CorrectiveAct(code="other", words="Réparé")
    with month[0].test_request_context(headers={"Cookie": "language=fr"}):
        assert act_words(act) == "autre chose\u00a0: Réparé"


def test_another_reading_makes_another_paper(month: tuple[Flask, Simulated, FlaskClient]) -> None:
    app, _simulated, _client = month
    with app.app_context():
        now = clock.now()
        before = month_path(TODAY, "fr", now=now)
        assert before == month_path(TODAY, "fr", now=now)
        assert month_path(TODAY, "fr", now=now + timedelta(hours=1)) != before


def test_months_have_their_own_lengths() -> None:
    assert bounds(date(2028, 2, 10)) == (date(2028, 2, 1), date(2028, 2, 29))
    assert bounds(date(2026, 12, 31)) == (date(2026, 12, 1), date(2026, 12, 31))


def test_a_month_without_anything_says_so(month: tuple[Flask, Simulated, FlaskClient]) -> None:
    page = month[2].get("/office/hygiene/2026-09-10/month").text
    assert "Nothing was on the list in this month." in page
