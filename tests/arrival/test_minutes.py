"""A clock and a lateness beside it agree, whatever the seconds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from locomotive.core.clock import minutes_after, next_minute
from locomotive.web.language import expected_time
from tests.service_day import Day

DUE = datetime(2026, 11, 24, 11, 45, tzinfo=UTC)
SECONDS = [-3601, -61, -60, -59, -1, 0, 1, 29, 30, 59, 60, 61, 3599]


@pytest.mark.parametrize("seconds", SECONDS)
def test_the_clocks_differ_by_the_lateness_beside_them(day: Day, seconds: int) -> None:
    at = DUE + timedelta(seconds=seconds)
    with day.app.test_request_context(headers={"Cookie": "language=en"}):
        hour, minute = map(int, expected_time(at).split(":"))
        assert 60 * hour + minute - (12 * 60 + 45) == minutes_after(at, DUE)


def test_whoever_is_late_by_a_second_is_late_by_a_minute() -> None:
    assert minutes_after(DUE + timedelta(microseconds=1), DUE) == 1
    assert minutes_after(DUE, DUE) == 0
    assert minutes_after(DUE - timedelta(seconds=59), DUE) == 0
    assert next_minute(DUE) == DUE


def test_a_clock_that_is_rounded_down_would_differ() -> None:
    at = DUE + timedelta(seconds=30)
    assert (at.minute - DUE.minute) != minutes_after(at, DUE)
