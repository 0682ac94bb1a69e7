"""The farmer reads what will be needed and keeps his calendar; the office starts menus of it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.forecast.season import SeasonMonth, save_season
from locomotive.forecast.suggestion import menus_for, suggest
from locomotive.menu.dish import dishes
from locomotive.menu.menu import Menu, menu_of, offered, start_menu
from locomotive.menu.recipe import read_book
from locomotive.service.service import close_day
from tests.buying.test_farmer import link_of, phone
from tests.farm_day import FARM, GROCER, dish, offer_menu, pack, produce, recipe, supplier
from tests.service_day import DATE, Day

MONDAY = date(2026, 11, 30)
MONTHS = {f"month-{n}": "none" for n in range(1, 13)}


@pytest.fixture(autouse=True)
def at(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(8))


@pytest.fixture
def garden(day: Day) -> None:
    """Two produce of the farm, one of the grocer, and recipes with them."""
    pack("leeks")
    pack("potatoes")
    pack("lentils", by=GROCER)
    recipe("soup", leeks=0.2, potatoes=0.1)
    recipe("salad", lentils=0.1, leeks=0.02)
    recipe("carbonade", potatoes=0.3)


def say(name: str, level: str, *, by: str = FARM) -> None:
    """A supplier says the same of all months."""
    with write_tx() as session:
        save_season(session, supplier(by), produce(name).id, dict.fromkeys(range(1, 13), level))


def test_he_reads_ranges_of_his_produce_only(day: Day, garden: None) -> None:
    offer_menu(day, MONDAY + timedelta(days=1), soup=40, salad=10)
    page = phone(day).get(f"{link_of(day)}/forecast").text
    assert "7.3–9.1 kg" in page  # 8.2 kg of leeks, a tenth more or less
    assert "3.6–4.4 kg" in page
    assert "lentils" not in page
    assert "week by week" in page


def test_he_keeps_his_months_and_finds_them_again(day: Day, garden: None) -> None:
    farm, link, leeks = phone(day), link_of(day), produce("leeks").id
    sent = MONTHS | {"month-12": "plenty", "month-1": "some"}
    assert farm.post(f"{link}/seasons/{leeks}", data=sent).status_code == 303
    assert farm.post(f"{link}/seasons/{leeks}", data=sent | {"month-1": "none"}).status_code == 303
    db.session.rollback()
    said = {m.month: m.level for m in db.session.scalars(select(SeasonMonth))}
    assert said == dict.fromkeys(range(1, 12), "none") | {12: "plenty"}
    page = farm.get(f"{link}/forecast").text
    chosen = re.findall(r'<input checked id="\d+-(month-\d+)-\d"[^>]*value="(plenty|some)"', page)
    assert ("month-12", "plenty") in chosen
    assert "December : plenty" in page


def test_a_month_that_is_missing_is_named_and_nothing_is_written(day: Day, garden: None) -> None:
    farm, link = phone(day), link_of(day)
    sent = {name: level for name, level in MONTHS.items() if name != "month-4"}
    answer = farm.post(f"{link}/seasons/{produce('leeks').id}", data=sent)
    assert answer.status_code == 422
    assert "April: Choose none, some or plenty." in answer.text
    assert not db.session.scalars(select(SeasonMonth)).all()
    assert farm.post(f"{link}/seasons/{produce('lentils').id}", data=MONTHS).status_code == 404


def test_dishes_of_what_is_plentiful_come_first_and_of_what_nobody_has_not_at_all(
    day: Day, garden: None
) -> None:
    book, known = read_book(db.session()), dishes(db.session())
    ids = {name: produce(name).id for name in ("leeks", "potatoes", "lentils")}
    levels = {ids["leeks"]: "plenty", ids["potatoes"]: "some"}
    found = suggest(book, known, levels, MONDAY)
    assert [(s.dish.id, round(s.share, 2)) for s in found] == [
        (dish("soup").id, 0.67), (dish("salad").id, 0.17),
    ]  # fmt: skip
    none = suggest(book, known, levels | {ids["potatoes"]: "none"}, MONDAY)
    assert [s.dish.id for s in none] == [dish("salad").id]
    assert suggest(book, known, {ids["potatoes"]: "some"}, MONDAY) == []


def test_no_dish_is_suggested_twice_within_four_days_or_for_a_closed_day(
    day: Day, garden: None
) -> None:
    say("leeks", "plenty")
    say("potatoes", "plenty")
    offer_menu(day, MONDAY, soup=40)
    with write_tx() as session:
        close_day(session, MONDAY + timedelta(days=1), reason="", today=DATE)
    found = {m.day: m.dishes for m in menus_for(db.session(), read_book(db.session()), MONDAY)}
    assert list(found) == [MONDAY + timedelta(days=n) for n in (2, 3, 4)]
    names = [s.dish.id for dishes_of in found.values() for s in dishes_of]
    assert dish("soup").id not in names
    assert sorted(names) == sorted({dish("salad").id, dish("carbonade").id})


def test_the_office_starts_a_suggested_menu_and_never_over_another(
    day: Day, office: FlaskClient, garden: None
) -> None:
    say("leeks", "plenty")
    shown = office.get("/farm/forecast").text
    assert "plenty: leeks" in shown
    assert office.post(f"/farm/forecast/menus/{MONDAY}").status_code == 303
    menu = menu_of(db.session(), MONDAY)
    assert menu is not None
    assert menu.published_at is None
    before = offered(db.session(), menu)
    assert dish("soup").id in before
    again = office.post(f"/farm/forecast/menus/{MONDAY}", follow_redirects=True)
    assert "this day has a menu already" in again.text
    assert offered(db.session(), menu_of(db.session(), MONDAY)) == before
    assert office.post(f"/farm/forecast/menus/{DATE - timedelta(days=1)}").status_code == 404
    assert db.session.query(Menu).filter_by(date=DATE - timedelta(days=1)).count() == 0


def test_a_menu_made_while_one_was_thought_of_is_kept(day: Day, garden: None) -> None:
    soup, salad = dish("soup").id, dish("salad").id
    with write_tx() as session:
        assert start_menu(session, MONDAY, {soup: 12}, now=clock.now())
    with write_tx() as session:
        assert not start_menu(session, MONDAY, {salad: 30}, now=clock.now())
        assert not start_menu(session, MONDAY + timedelta(days=1), {}, now=clock.now())
    assert offered(db.session(), menu_of(db.session(), MONDAY)) == {soup: 12}
