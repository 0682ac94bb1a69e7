"""Who may come into the office."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.service_day import Day

PAGES = (
    "/office/",
    "/office/?day=2026-11-24",
    "/office/menu/",
    "/office/menu/2026-11-24",
    "/office/menu/2026-12-24",
    "/office/dishes/new",
    "/office/dishes/1",
    "/office/service/",
    "/office/service/2026-11-24",
    "/office/closed-days",
    "/office/tricycles/",
    "/office/tricycles/new",
    "/office/tricycles/1",
    "/office/places/",
    "/office/places/new",
    "/office/places/1",
)
ACTS = (
    "/office/menu/2026-11-24",
    "/office/menu/2026-11-24/publish",
    "/office/menu/2026-11-24/withdraw",
    "/office/dishes/new",
    "/office/dishes/1",
    "/office/dishes/1/archive",
    "/office/dishes/1/photo",
    "/office/dishes/1/photo/remove",
    "/office/service/",
    "/office/service/2026-11-24",
    "/office/service/2026-11-24/grid",
    "/office/service/2026-11-24/slots",
    "/office/service/2026-11-24/shifts",
    "/office/service/2026-11-24/shifts/usual",
    "/office/closed-days",
    "/office/closed-days/2026-11-24/open",
    "/office/tricycles/new",
    "/office/tricycles/1",
    "/office/places/new",
    "/office/places/1",
)
NOWHERE = (
    "/office/menu/tomorrow",
    "/office/menu/0001-01-01",
    "/office/menu/9999-12-31",
    "/office/dishes/99",
    "/office/dishes/99999999999999999999",
    "/office/service/2026-12-01",
    "/office/service/2026-02-30",
    "/office/tricycles/99",
    "/office/places/99",
    "/office/?day=never",
    "/photos/../locomotive.db",
    "/photos/locomotive.db",
)


def test_the_manager_sees_every_page_in_both_languages(day: Day, office: FlaskClient) -> None:
    french = day.signed_in("manager", language="fr")
    for page in PAGES:
        assert (page, office.get(page).status_code) == (page, 200)
        assert (page, french.get(page).status_code) == (page, 200)


@pytest.mark.parametrize("role", ["kitchen", "rider"])
def test_other_staff_stay_outside(day: Day, role: str) -> None:
    client = day.signed_in(role)
    for page in PAGES:
        assert (page, client.get(page).status_code) == (page, 403)
    for act in ACTS:
        assert (act, client.post(act).status_code) == (act, 403)


def test_visitors_are_sent_to_the_door(day: Day) -> None:
    visitor = day.app.test_client()
    for page in PAGES:
        answer = visitor.get(page)
        assert (page, answer.status_code) == (page, 303)
        assert answer.headers["Location"].startswith("/sign-in")
    for act in ACTS:
        assert (act, visitor.post(act).status_code) == (act, 403)


def test_what_does_not_exist_is_not_found(office: FlaskClient) -> None:
    for page in NOWHERE:
        assert (page, office.get(page).status_code) == (page, 404)
