"""A week's menus are kept under a name, and start the menus of another week."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from locomotive.choices.set_menu import SetMenuDraft, save_set_menu, set_menus_of
from locomotive.core.db import db, write_tx
from locomotive.forecast.week_template import WeekTemplate, keep_week, lay_week, week_templates
from locomotive.menu.dish import Dish
from locomotive.menu.menu import menu_of, offered, set_portions
from locomotive.service.service import ClosedDay
from tests.office_day import error_at
from tests.service_day import DATE, Day
from tests.shop_day import words

WEEKS = "/office/menu/weeks"
MONDAY = date(2026, 11, 23)
NEXT = MONDAY + timedelta(days=7)
TUESDAY, FRIDAY = NEXT + timedelta(days=1), NEXT + timedelta(days=4)


@pytest.fixture
def week(day: Day, office: FlaskClient) -> FlaskClient:
    """A week with a Tuesday's and a Friday's menu, Tuesday with a set menu, is kept."""
    with write_tx() as session:
        set_portions(session, MONDAY + timedelta(days=4), {2: 30, 3: 20}, now=day.at(8))
        tuesday = menu_of(session, DATE)
        assert tuesday is not None
        courses = (("Plat", (1, 2)), ("Entrée", (3,)))
        save_set_menu(session, tuesday, SetMenuDraft("Formule midi", 1490, courses))
    assert keep(office).status_code == 303
    return office


def keep(office: FlaskClient, **changes: str) -> TestResponse:
    fields = {"week": str(MONDAY), "name": "Automne, semaine 1"}
    return office.post(WEEKS, data=fields | changes)


def lay(office: FlaskClient, monday: date) -> str:
    [template] = templates()
    fields = {"week": str(monday)}
    return words(office.post(f"{WEEKS}/{template.id}/lay", data=fields, follow_redirects=True))


def templates() -> list[WeekTemplate]:
    db.session.rollback()
    return week_templates(db.session())


def numbers(day: date) -> dict[int, int]:
    db.session.rollback()
    return offered(db.session(), menu_of(db.session(), day))


def test_a_week_that_is_kept_starts_another_with_its_set_menus(week: FlaskClient) -> None:
    assert "Tuesday 200 × Carbonade flamande" in words(week.get(WEEKS))
    said = lay(week, NEXT)
    assert "2 menus are written for the week of Mon 30 Nov." in said
    assert numbers(TUESDAY) == {1: 200, 2: 200, 3: 200}
    assert numbers(FRIDAY) == {2: 30, 3: 20}
    assert numbers(NEXT) == {}
    tuesday = menu_of(db.session(), TUESDAY)
    assert tuesday is not None
    assert tuesday.published_at is None
    [set_menu] = set_menus_of(db.session(), TUESDAY)
    assert (set_menu.name, set_menu.price_cents) == ("Formule midi", 1490)
    assert set_menu.facts.courses == (("Plat", (1, 2)), ("Entrée", (3,)))


def test_days_with_a_menu_closed_days_and_days_that_are_over_stay_as_they_are(
    day: Day, week: FlaskClient
) -> None:
    with write_tx() as session:
        set_portions(session, FRIDAY, {1: 5}, now=day.at(8))
        session.add(ClosedDay(date=TUESDAY, reason="fête"))
    assert "Nothing was written" in lay(week, NEXT)
    assert (numbers(TUESDAY), numbers(FRIDAY)) == ({}, {1: 5})
    with write_tx() as session:
        template = session.scalars(select(WeekTemplate)).one()
        friday = MONDAY + timedelta(days=4)
        assert lay_week(session, template, NEXT, today=FRIDAY, now=day.at(8)) == []
        third = NEXT + timedelta(days=7)
        laid = lay_week(session, template, third, today=third + timedelta(days=2), now=day.at(8))
        assert laid == [friday + timedelta(days=14)]


def test_a_dish_that_was_put_away_is_left_out_and_takes_its_course_with_it(
    week: FlaskClient,
) -> None:
    with write_tx() as session:
        session.get_one(Dish, 3).is_archived = True
        session.get_one(Dish, 2).price_cents = 999
    lay(week, NEXT)
    assert numbers(TUESDAY) == {1: 200, 2: 200}
    assert set_menus_of(db.session(), TUESDAY) == []
    friday = menu_of(db.session(), FRIDAY)
    assert friday is not None
    assert [p.price_cents for p in friday.portions] == [999]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "AUTOMNE, semaine 1"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "hiver", "week": str(NEXT)}, "week"),
        ({"name": "hiver", "week": str(DATE)}, "week"),
        ({"name": "hiver", "week": "2026-13-99"}, "week"),
        ({"name": "hiver", "week": ""}, "week"),
    ],
)
def test_what_cannot_be_kept_is_refused_at_its_field(
    week: FlaskClient, changes: dict[str, str], field: str
) -> None:
    answer = keep(week, **changes)
    assert answer.status_code == 422
    assert error_at(answer, field)
    assert len(templates()) == 1


def test_a_week_that_is_sent_twice_is_kept_once(week: FlaskClient) -> None:
    sent = {"name": "hiver", "key": "k" * 22}
    assert [keep(week, **sent).status_code for _ in range(2)] == [303, 303]
    assert [template.name for template in templates()] == ["Automne, semaine 1", "hiver"]


@pytest.mark.parametrize("monday", ["", "2026-11-16", str(DATE), "2030-01-07"])
def test_no_week_that_is_not_offered_is_started(week: FlaskClient, monday: str) -> None:
    [template] = templates()
    assert week.post(f"{WEEKS}/{template.id}/lay", data={"week": monday}).status_code == 400
    assert week.post(f"{WEEKS}/999/lay", data={"week": str(NEXT)}).status_code == 404


def test_menus_stand_when_their_template_is_deleted(week: FlaskClient) -> None:
    lay(week, NEXT)
    [template] = templates()
    answer = week.post(f"{WEEKS}/{template.id}/forget", follow_redirects=True)
    assert "Menus that came from it stand." in words(answer)
    assert templates() == []
    assert numbers(FRIDAY) == {2: 30, 3: 20}


def test_both_databases_keep_and_lay_a_week(both: Day) -> None:
    with write_tx() as session:
        template = keep_week(session, MONDAY, "à garder")
        laid = lay_week(session, template, NEXT, today=DATE, now=both.at(8))
        session.delete(template)
    assert laid == [TUESDAY]
    assert templates() == []
