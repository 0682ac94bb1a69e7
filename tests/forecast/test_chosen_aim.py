"""What the portions proposed aim at is chosen once, and remembered for every menu."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.forecast.aim import AIMS, USUAL, chosen_aim
from locomotive.menu.menu import Portion
from tests.farm_day import offer_menu
from tests.service_day import DATE, Day

TOMORROW = DATE + timedelta(days=1)


@pytest.fixture
def office(both: Day, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The office, with three weeks of lunches behind and a menu tomorrow and the day after."""
    monkeypatch.setattr(clock, "now", lambda: both.at(8))
    for ago in range(1, 16):
        offer_menu(both, DATE - timedelta(days=ago), soup=30, salad=20)
    with write_tx() as session:
        session.execute(update(Portion).values(remaining=Portion.initial - 12 - Portion.id % 9))
    for ahead in (0, 1):
        offer_menu(both, TOMORROW + timedelta(days=ahead), soup=30, salad=20)
    return both.signed_in("manager")


def aimed_at(office: FlaskClient, ahead: int = 0) -> str:
    """What a menu's page says that it aims at."""
    page = office.get(f"/office/menu/{TOMORROW + timedelta(days=ahead)}").text
    found = re.search(r"<summary>Proposed:\s+(.*?)\s*</summary>", page)
    assert found, page
    return found[1]


def choose(office: FlaskClient, code: str) -> int:
    return office.post(f"/office/menu/{TOMORROW}/aim", data={"aim": code}).status_code


def test_it_is_remembered_for_every_menu_until_another_is_chosen(office: FlaskClient) -> None:
    assert aimed_at(office) == "As much left over as lacking"
    for code, said in (("little", "Little left over"), ("two_rounds", "Cook in two rounds")):
        assert choose(office, code) == 303
        assert [aimed_at(office, ahead) for ahead in (0, 1)] == [said, said]
        db.session.rollback()
        assert chosen_aim(db.session()) is AIMS[code]


def test_what_is_no_aim_is_refused_and_changes_nothing(office: FlaskClient) -> None:
    assert chosen_aim(db.session()) is USUAL
    for code in ("", "all", "Little"):
        assert choose(office, code) == 422
    db.session.rollback()
    assert chosen_aim(db.session()) is USUAL
