"""The lunch's day at eight o'clock, when deliveries come and the stock is counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from locomotive.core.clock import clock
from tests.service_day import Day, leave, new_day


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    day = new_day(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: day.at(8))
    with day.app.app_context():
        yield day
        leave(day.app)
