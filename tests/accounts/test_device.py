"""Devices: enrolled by a code that works once, with one right, and shut out at once."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.accounts.device import Device
from locomotive.core.clock import clock
from locomotive.core.db import db
from tests.service_day import Day, leave, new_day


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    day = new_day(tmp_path)
    with day.app.app_context():
        yield day
        leave(day.app)


@pytest.fixture
def manager(day: Day) -> FlaskClient:
    return day.signed_in("manager")


def enrolment(manager: FlaskClient, name: str = "stove") -> str:
    page = manager.post("/office/devices", data={"name": name, "pin": "2580"})
    assert page.status_code == 200
    assert "<svg" in page.text
    found = re.search(r"http://[^<]*(/in/[\w-]+)", html.unescape(page.text))
    assert found
    return found[1]


def enrolled(day: Day, manager: FlaskClient) -> tuple[FlaskClient, str]:
    link, tablet = enrolment(manager), day.app.test_client()
    assert tablet.get(link).status_code == 200
    assert tablet.post(link).headers["Location"] == "/kitchen/"
    return tablet, link


def test_a_tablet_comes_in_by_the_code_and_has_the_one_right(
    day: Day, manager: FlaskClient
) -> None:
    tablet, _ = enrolled(day, manager)
    assert tablet.get("/kitchen/cook").status_code == 200
    for closed in ("/office/", "/office/devices", "/delivery/2026-11-24/"):
        assert tablet.get(closed).status_code == 403, closed


def test_the_code_works_once_and_for_a_quarter_of_an_hour(
    day: Day, manager: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, used = enrolled(day, manager)
    assert day.app.test_client().post(used).status_code == 404
    late = enrolment(manager, "pass")
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert day.app.test_client().post(late).status_code == 404


def test_a_revoked_tablet_is_out_at_once(day: Day, manager: FlaskClient) -> None:
    tablet, _ = enrolled(day, manager)
    device = db.session.scalars(select(Device)).one()
    assert manager.post(f"/office/devices/{device.id}/revoke").status_code == 303
    assert tablet.get("/kitchen/cook").status_code == 303
    assert "shut out" in manager.get("/office/devices").text
    assert manager.post("/office/devices/999/revoke").status_code == 404


def test_a_new_code_puts_the_lost_tablet_out(day: Day, manager: FlaskClient) -> None:
    tablet, _ = enrolled(day, manager)
    device = db.session.scalars(select(Device)).one()
    page = manager.post(f"/office/devices/{device.id}/link").text
    found = re.search(r"http://[^<]*(/in/[\w-]+)", page)
    assert found
    other = day.app.test_client()
    assert other.post(found[1]).status_code == 303
    assert other.get("/kitchen/cook").status_code == 200
    assert tablet.get("/kitchen/cook").status_code == 303


def test_the_list_says_which_screens_are_alive(
    day: Day, manager: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet, _ = enrolled(day, manager)
    assert ">alive" not in manager.get("/office/devices").text
    tablet.get("/kitchen/cook/board?screen=cook")
    assert "alive</span>" in manager.get("/office/devices").text
    later = clock.now() + timedelta(seconds=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "silent" in manager.get("/office/devices").text


@pytest.mark.parametrize(
    ("name", "pin"), [("", "2580"), ("stove", "12"), ("stove", "٢٥٨٠"), ("stove", "")]
)
def test_a_screen_without_name_or_with_a_wrong_pin_is_refused_at_its_field(
    manager: FlaskClient, name: str, pin: str
) -> None:
    answer = manager.post("/office/devices", data={"name": name, "pin": pin})
    assert answer.status_code == 422
    assert ("name-error" if not name else "pin-error") in answer.text
    assert db.session.scalar(select(Device)) is None


def test_only_the_manager_enrols(day: Day) -> None:
    for role in ("kitchen", "rider"):
        assert day.signed_in(role).get("/office/devices").status_code == 403
