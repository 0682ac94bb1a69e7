"""A day's weather makes every ride longer: in the plan, in the promise, and on every page of it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.dispatch.planning import last_planning
from locomotive.dispatch.publication import stamp_of
from locomotive.places.address import Address
from locomotive.promise.proposal import Proposal
from locomotive.promise.tentative_plan import delivery_of
from locomotive.worker.queue import Jobs
from tests.service_day import Day
from tests.shop_day import words

PAGE = "/office/service/2026-11-24"
ROUNDS = "/delivery/2026-11-24/"


@pytest.fixture
def office(day: Day, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    monkeypatch.setattr(Jobs, "soon", lambda *_: None)
    return day.signed_in("manager")


def rides(day: Day) -> list[int]:
    """The seconds of all rides in the planner's problem."""
    db.session.rollback()
    depot = day.app.extensions["settings"].depot
    problem = delivery_of(db.session(), day.service, depot).problem
    return [seconds or 0 for row in problem.durations for seconds in row]


def test_what_breaks_no_promise_is_noted_at_once_and_every_ride_is_longer(
    day: Day, office: FlaskClient
) -> None:
    day.order(to="school")
    usual = rides(day)
    data = {"weather": "wind", "slower_percent": "20"}
    assert office.post(f"{PAGE}/weather", data=data).status_code == 303
    assert rides(day) == [round(seconds * 1.2) for seconds in usual]
    assert sum(usual) > 0


def test_plan_and_sheet_say_it_and_a_proof_of_before_counts_no_more(
    day: Day, office: FlaskClient
) -> None:
    day.order(to="school")
    (before,) = day.plan()
    planning = last_planning(db.session(), day.service)
    office.post(f"{PAGE}/weather", data={"weather": "both", "slower_percent": "25"})
    db.session.rollback()
    assert planning
    assert planning.stamp != stamp_of(db.session(), day.service)
    page = words(office.get(ROUNDS))
    assert "Every ride is reckoned 25 % longer that day. (wind and rain)" in page
    ridden = before.stops[0].arrives_at - before.departs_at
    (after,) = day.plan()
    longer = after.stops[0].arrives_at - after.departs_at
    assert longer.total_seconds() == pytest.approx(ridden.total_seconds() * 1.25, abs=1)
    assert "rides +25 %" in words(office.get(f"{ROUNDS}rounds/1/sheet"))


def test_whom_a_slow_day_would_touch_is_shown_before_anything_changes(
    day: Day, office: FlaskClient
) -> None:
    # A ride of 25 minutes; of 40 a meal would no longer be fresh.
    day.order(place=Address("", "Route de Carvin", "Oignies", 50.5, 3.035), slot=(12, 0))
    data = {"weather": "ice", "slower_percent": "60"}
    page = office.post(f"{PAGE}/weather", data=data)
    assert "Nothing is changed yet." in words(page)
    assert "The weather makes every ride longer." in words(page)
    db.session.rollback()
    assert day.service.slower_percent == 0
    fields = dict(re.findall(r'name="(stamp)" value="([^"]+)"', page.text))
    shown = re.findall(r'name="shown" value="([^"]+)"', page.text)
    done = office.post(f"{PAGE}/weather", data={**data, **fields, "shown": shown})
    assert done.status_code == 303
    db.session.rollback()
    assert day.service.slower_percent == 60
    assert db.session.scalars(select(Proposal)).all()


@pytest.mark.parametrize("percent", ["-1", "61", "ten", "1e1", ""])
def test_a_pace_that_makes_no_sense_is_refused_at_its_field(
    day: Day, office: FlaskClient, percent: str
) -> None:
    page = office.post(f"{PAGE}/weather", data={"weather": "rain", "slower_percent": percent})
    assert page.status_code == 422
    assert 'id="slower_percent-error"' in page.text
    assert day.service.slower_percent == 0
