"""A practice screen that was left open: overnight, or while the program was renewed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.practice import copy
from tests.practice.test_exercise import begin

PACK = "/kitchen/practice/pack"
NEWS = "/kitchen/practice/pack/board"
STEP = "/kitchen/practice/orders/1/step?page=pack"


def press(screen: FlaskClient) -> tuple[int, str]:
    answer = screen.post(STEP, data={"seen": "placed", "to": "ready"})
    return answer.status_code, str(answer.headers.get("Location"))


def leads_to_practice(screen: FlaskClient) -> bool:
    """Whether the screen, its news and its presses all lead to where practice begins."""
    found = [screen.get(page).headers.get("Location") for page in (PACK, NEWS)]
    return [*found, press(screen)[1]] == ["/kitchen/practice/"] * 3


def test_a_screen_left_open_overnight_begins_anew_in_the_morning(
    screen: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(screen, "offline")
    evening = clock.now() + timedelta(hours=9)
    monkeypatch.setattr(clock, "now", lambda: evening)
    assert screen.get(PACK).status_code == 200
    assert screen.get(NEWS).status_code == 503  # its network is still away
    morning = evening + timedelta(hours=12)
    monkeypatch.setattr(clock, "now", lambda: morning)
    assert leads_to_practice(screen)
    assert "Go on" not in screen.get("/kitchen/practice/").text
    begin(screen, "next")
    assert screen.get(NEWS).status_code == 200
    assert press(screen) == (303, PACK)
    db.session.rollback()
    assert db.session.execute(text("SELECT count(*) FROM keyed_press")).scalar() == 0


def test_a_screen_of_an_older_version_begins_anew(
    screen: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(screen, "next")
    assert screen.get(PACK).status_code == 200
    monkeypatch.setattr(copy, "shape_of_tables", lambda: "newer")
    assert leads_to_practice(screen)


def test_one_more_column_is_another_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    before = copy.shape_of_tables.__wrapped__()
    assert before == copy.shape_of_tables()
    tables = copy.Base.metadata.sorted_tables[1:]
    monkeypatch.setattr(type(copy.Base.metadata), "sorted_tables", tables)
    assert copy.shape_of_tables.__wrapped__() != before
