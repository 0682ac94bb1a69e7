"""The dispatcher's timeline: what each stop shows of its freshness."""

from __future__ import annotations

import re
from datetime import timedelta

from flask.testing import FlaskClient

from locomotive.core.db import db
from locomotive.promise.problem import FRESHNESS
from locomotive.rounds.timeline import timeline
from locomotive.service.fleet import shifts_of
from tests.service_day import Day

PLAN = "/delivery/2026-11-24/"


def test_each_stop_says_how_long_its_meal_stays_fresh(day: Day, manager: FlaskClient) -> None:
    day.order(to="library")
    day.order(to="stadium")
    [round_] = day.lay(["library", "stadium"])
    near, far = round_.stops
    for stop in (near, far):
        left = FRESHNESS - (stop.serves_at - round_.departs_at)
        assert stop.fresh_minutes == left // timedelta(minutes=1)
    assert near.fresh_minutes is not None
    assert far.fresh_minutes is not None
    assert near.fresh_minutes > far.fresh_minutes
    page = manager.get(PLAN).text
    for stop in (near, far):
        assert f"fresh for {stop.fresh_minutes} min more" in page
    drawn = re.findall(r'<text class="fresh[^"]*"[^>]*>(-?\d+)</text>', page)
    assert [int(number) for number in drawn] == [near.fresh_minutes, far.fresh_minutes]


def test_a_meal_that_is_hardly_fresh_any_more_stands_out(day: Day) -> None:
    day.order(to="library")
    day.order(to="town hall")
    [round_] = day.lay(["library", "town hall"])
    lines = timeline([round_], shifts_of(db.session(), day.service)).lines
    assert not any(bar.is_stale for line in lines for bar in line.bars)
    round_.departs_at -= timedelta(minutes=30)  # the same stops after a much longer ride
    with db.session.no_autoflush:
        lines = timeline([round_], shifts_of(db.session(), day.service)).lines
    stale = [bar for line in lines for bar in line.bars if bar.is_stale]
    assert stale
    assert all(bar.fresh is not None and bar.fresh < 5 for bar in stale)
