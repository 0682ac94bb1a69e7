"""A round whose tricycle comes home late is seen before it is late, and what helps is proposed."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from locomotive.arrival.arrival import late_start
from locomotive.core.clock import clock, local, next_minute
from locomotive.core.db import db, write_tx
from locomotive.rounds.release import release
from locomotive.rounds.round import Round, rounds_of
from tests.service_day import Day
from tests.shop_day import words

PAGE = "/delivery/2026-11-24/"


@pytest.fixture
def two(day: Day) -> list[Round]:
    """One tricycle, two released rounds; the other tricycle has nothing to do."""
    day.order("Nadia", to="school", slot=(12, 0))
    day.order("Karim", to="library", slot=(12, 15))
    day.lay(["school"], ["library"])
    with write_tx() as session:
        for round_ in rounds_of(session, day.service):
            release(session, round_, seen=round_.stamp, now=day.at(10))
    return day.rounds()


def test_in_time_nothing_is_said(day: Day, two: list[Round], manager: FlaskClient) -> None:
    assert late_start(db.session(), two[1], now=day.at(10)) is None
    assert "See what would help" not in manager.get(PAGE).text


def test_the_desk_proposes_what_keeps_the_second_round_in_time(
    day: Day, two: list[Round], manager: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two
    ridden_by = second.tricycle_id
    at = first.returns_at  # and nobody has even left
    monkeypatch.setattr(clock, "now", lambda: at)
    start = late_start(db.session(), second, now=at)
    assert start
    assert start.leaves_at - start.home_at == second.departs_at - second.loading_at
    page = manager.get(PAGE)
    assert (
        f"it would leave at {local(next_minute(start.leaves_at)):%H:%M}, {start.minutes} min late."
        in words(page)
    )
    form = page.text[page.text.index('name="kind" value="rider"') :]
    fields = {
        "kind": "rider",
        **dict(re.findall(r'name="(tricycle|at)" value="([^"]*)"', form)[:2]),
    }
    shown = manager.post(f"{PAGE}trouble", data=fields)
    assert shown.status_code == 200
    assert "Rounds then" in shown.text
    stamp = re.search(r'name="stamp" value="([^"]+)"', shown.text)
    assert stamp
    proposals = re.findall(r'name="shown" value="([^"]*)"', shown.text)
    data = {**fields, "stamp": stamp[1], "shown": proposals}
    assert manager.post(f"{PAGE}trouble", data=data).status_code == 303
    library = next(r for r in day.rounds() if r.stops[0].place_name == "Médiathèque")
    # Another tricycle, or this one once it is home; in time all the same.
    assert library.tricycle_id != ridden_by or library.loading_at >= start.home_at
    assert not library.is_released
    assert library.stops[0].serves_at <= library.stops[0].window_ends_at
