"""The partner's day, on each engine."""

import pytest

from locomotive.core.clock import clock
from tests.partner_day import lay_partner
from tests.rounds_day import asked, day, manager, rider
from tests.service_day import Day

__all__ = ["asked", "day", "manager", "rider"]


@pytest.fixture
def farm(both: Day, monkeypatch: pytest.MonkeyPatch) -> Day:
    """The lunch's day at nine, with the farm as a partner, once on each engine."""
    monkeypatch.setattr(clock, "now", lambda: both.at(9))
    lay_partner()
    return both


@pytest.fixture
def one_farm(day: Day, monkeypatch: pytest.MonkeyPatch) -> Day:
    """The same on SQLite alone."""
    monkeypatch.setattr(clock, "now", lambda: day.at(9))
    lay_partner()
    return day
