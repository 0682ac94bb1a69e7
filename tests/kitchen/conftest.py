"""The lunch's day at ten o'clock, with the kitchen's screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from locomotive.db import db
from tests.service_day import Day, new_day


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    day = new_day(tmp_path)
    monkeypatch.setattr("locomotive.kitchen.views.now", lambda: day.at(10))
    with day.app.app_context():
        yield day
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def screen(day: Day) -> FlaskClient:
    return day.signed_in("kitchen")
