"""The customer's day, with a key for what is pushed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from locomotive.alerts import endpoint
from locomotive.alerts.push import new_push_key
from tests.push_service import PushService, push_service
from tests.rounds_day import asked, day
from tests.service_day import Day

__all__ = ["asked", "day"]


@pytest.fixture
def pushes(day: Day, asked: list[object], monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    """Push is switched on, and goes to a service of our own."""
    here = day.app.extensions["settings"]
    day.app.extensions["settings"] = replace(here, push_key=new_push_key(), sms_url="folder:")
    with push_service() as service:
        monkeypatch.setattr(endpoint, "reach", service.reach)
        yield service
