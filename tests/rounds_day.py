"""The lunch's day at ten o'clock, with the manager's and the rider's browsers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from locomotive.core.clock import clock
from locomotive.worker.queue import Jobs
from tests.service_day import Day, leave, new_day


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    day = new_day(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    with day.app.app_context():
        yield day
        leave(day.app)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What the pages ask of the worker, instead of the worker."""
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(Jobs, "soon", lambda _jobs, *what: asked.append(what))
    return asked


@pytest.fixture
def manager(day: Day, asked: list[tuple[object, ...]]) -> FlaskClient:
    return day.signed_in("manager")


@pytest.fixture
def rider(day: Day, asked: list[tuple[object, ...]]) -> FlaskClient:
    return day.signed_in("rider")
