"""Slots by the wall clock, on ordinary days and on those of 23 and 25 hours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from itertools import pairwise

import pytest

from locomotive.core.clock import local
from locomotive.service.service import USUAL_END, USUAL_SLOT, USUAL_START
from locomotive.service.slot import GridInvalid, LengthInvalid, grid

SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)


def wrong_days(windows_of: Callable[[date], list[tuple[datetime, datetime]]]) -> list[date]:
    """The days from 2026 to 2030 that lack the eight slots from 11:30 to 13:30 by the wall."""
    wall = [time(11 + m // 60, m % 60) for m in range(30, 150, 15)]
    wrong, day = [], date(2026, 1, 1)
    while day.year <= 2030:
        windows = windows_of(day)
        is_right = (
            [local(start).time() for start, _ in windows] == wall
            and all(local(start).date() == day for start, _ in windows)
            and all(end - start == USUAL_SLOT for start, end in windows)
            and all(a[1] == b[0] for a, b in pairwise(windows))
            and local(windows[-1][1]).time() == USUAL_END
        )
        wrong += [] if is_right else [day]
        day += timedelta(days=1)
    return wrong


def test_t01_each_day_from_2026_to_2030_has_the_same_eight_slots_by_the_wall_clock() -> None:
    assert wrong_days(lambda day: grid(day, USUAL_START, USUAL_END, USUAL_SLOT)) == []


def test_t01_the_control_with_winters_clock_is_wrong_all_summer() -> None:
    winter = timezone(timedelta(hours=1))

    def naive(day: date) -> list[tuple[datetime, datetime]]:
        first = datetime.combine(day, USUAL_START, winter)
        return [(first + i * USUAL_SLOT, first + (i + 1) * USUAL_SLOT) for i in range(8)]

    assert sum(day.year == 2027 for day in wrong_days(naive)) == 217  # 28 March to 30 October


def test_t04_the_night_of_25_hours_has_one_more_hour_of_slots() -> None:
    windows = grid(AUTUMN, time(1), time(4), USUAL_SLOT)
    assert len(windows) == 16
    assert [f"{local(start):%H:%M}" for start, _ in windows].count("02:00") == 2
    assert len({start for start, _ in windows}) == 16


def test_t06_the_night_of_23_hours_has_one_hour_of_slots_less() -> None:
    windows = grid(SPRING, time(1), time(4), USUAL_SLOT)
    assert len(windows) == 8
    assert "02:15" not in [f"{local(start):%H:%M}" for start, _ in windows]


@pytest.mark.parametrize(
    ("start", "end", "length", "refusal"),
    [
        (time(13), time(12), 15, GridInvalid),
        (time(12), time(12), 15, GridInvalid),
        (time(8), time(16, 1), 15, GridInvalid),
        (time(12), time(13), 4, LengthInvalid),
        (time(12), time(15), 121, LengthInvalid),
        (time(12), time(12, 30), 45, LengthInvalid),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused(
    start: time, end: time, length: int, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        grid(date(2026, 11, 24), start, end, timedelta(minutes=length))


def test_a_rest_shorter_than_a_slot_is_left_out() -> None:
    windows = grid(date(2026, 11, 24), time(11, 30), time(13, 30), timedelta(minutes=25))
    assert [f"{local(end):%H:%M}" for _, end in windows] == ["11:55", "12:20", "12:45", "13:10"]
