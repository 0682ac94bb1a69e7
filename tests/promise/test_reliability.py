"""A promise is given with room for a real day; one that was given is never lost by it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import routing
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.places.address import Place
from locomotive.promise.problem import as_sure_as, exactly, kept_by, weak_stops, weakens
from locomotive.promise.question import completed, served_too
from locomotive.promise.risk import promises_of
from locomotive.promise.tentative_plan import CurrentPlan, current_plan, delivery_of
from locomotive.service.fleet import Tricycle
from locomotive.service.service import EXACT, USUAL_RELIABILITY, Service
from locomotive.web.language import odds
from tests.promises import Desk
from tests.service_day import Day

PLACES = ("town hall", "library", "school", "garage")


def promise(day: Day, days_in_100: int) -> None:
    """Let the lunch promise with so much room."""
    with write_tx() as session:
        session.get_one(Service, day.service.id).reliability = days_in_100


def fill(day: Day, desk: Desk | None = None) -> int:
    """Order at all places in four slots as long as there is room; how many orders that makes."""
    desk, taken = desk or Desk(day), 0
    for minute in (0, 15, 30, 45):
        for place in PLACES:
            asked = desk.ask((12, minute), to=place)
            taken += asked.reason == "" and desk.accept(asked) is not None
    return taken


def plan_of(day: Day) -> tuple[routing.Problem, CurrentPlan]:
    db.session.rollback()
    depot = day.app.extensions["settings"].depot
    problem = delivery_of(db.session(), day.service, depot).problem
    return problem, current_plan(db.session(), day.service)


def test_every_promise_is_kept_as_often_as_the_lunch_says(day: Day) -> None:
    day.leave_one_tricycle()
    assert day.service.reliability == USUAL_RELIABILITY
    taken = fill(day)
    problem, current = plan_of(day)
    assert 0 < taken == len(current.plan.served())
    assert min(kept_by(problem, current.plan).values()) >= 0.95
    assert routing.violations(problem, current.plan) == []


def test_without_margin_more_is_promised_and_less_is_kept(day: Day) -> None:
    day.leave_one_tricycle()
    promise(day, EXACT)
    taken = fill(day)
    assert plan_of(day)[0].uncertainty is None
    promise(day, 95)
    problem, current = plan_of(day)
    assert taken == len(current.plan.served())
    assert weak_stops(problem, current.plan)


def test_promises_given_without_margin_are_planned_all_the_same(day: Day) -> None:
    day.leave_one_tricycle()
    promise(day, EXACT)
    taken = fill(day)
    promise(day, 95)
    rounds = day.plan()
    assert sum(len(round_.orders) for round_ in rounds) == taken
    problem, current = plan_of(day)
    assert weak_stops(problem, current.plan), "the office must have something to say"
    depot = day.app.extensions["settings"].depot
    said = promises_of(db.session(), day.service, depot=depot, now=day.at(10))
    assert said.at_risk == ()
    assert {sure < 0.95 for _order, sure in said.weak} == {True}


def test_a_weak_promise_is_no_reason_to_refuse_one_that_is_sure(day: Day) -> None:
    day.leave_one_tricycle()
    promise(day, EXACT)
    desk = Desk(day)
    fill(day, desk)
    promise(day, 95)
    problem, before = plan_of(day)
    assert as_sure_as(problem, before.plan) != problem
    asked = desk.ask((13, 15), to="school")
    assert asked.reason == ""
    desk.accept(asked)
    problem, after = plan_of(day)
    assert not weakens(problem, before.plan, after.plan)
    assert after.plan.served() == {stop.id for stop in problem.stops}


def test_a_plan_that_lost_its_order_is_completed_as_surely_as_can_be(day: Day) -> None:
    day.leave_one_tricycle()
    promise(day, EXACT)
    fill(day)
    promise(day, 95)
    problem, current = plan_of(day)
    assert completed(problem, current.plan).served() == {stop.id for stop in problem.stops}
    lost = max(weak_stops(problem, current.plan))
    without = current.plan.served() - {lost}
    rest = replace(problem, stops=tuple(s for s in problem.stops if s.id != lost))
    short = completed(rest, current.plan)
    assert short.served() == without
    again = served_too(problem, short, lost, time_limit=0.2)
    assert again is not None
    assert again.served() == current.plan.served()
    assert routing.violations(exactly(problem), again) == []


def test_the_least_sure_tricycle_counts_and_doors_that_stray_more_do_too(day: Day) -> None:
    day.order("Nadia", to="school")
    day.order("Bruno", to="library")
    usual = plan_of(day)[0].uncertainty
    assert usual == routing.Uncertainty(0.14, 40)
    with write_tx() as session:
        tricycle = session.query(Tricycle).first()
        assert tricycle is not None
        tricycle.leg_noise = 0.2
        session.query(Place).update({"door_noise": 200})
    problem = plan_of(day)[0]
    found = problem.uncertainty
    assert found is not None
    assert found.service == 40
    assert found.share(0, 1) == 0.2
    leg = problem.durations[1][2]
    assert leg
    more = (found.share(1, 2) * leg) ** 2 - (0.2 * leg) ** 2
    assert more + 40**2 == pytest.approx(200**2), "school → library carries the school's door"
    assert found.share(2, 1) == 0.2


def test_the_manager_chooses_how_sure_a_promised_time_is(day: Day) -> None:
    manager = day.signed_in("manager")
    path = "/office/service/2026-11-24"
    sent = {"is_open": "y", "delivery_cutoff": "10:30", "takeaway_cutoff": "11:00"}
    assert "19 days in 20" in manager.get(path).text
    assert manager.post(path, data={**sent, "reliability": "99"}).status_code == 303
    db.session.rollback()
    assert day.service.reliability == 99
    assert manager.post(path, data=sent).status_code == 303
    db.session.rollback()
    assert day.service.reliability == 99, "a form without the field changes nothing of it"
    assert manager.post(path, data={**sent, "reliability": "42"}).status_code == 422


def test_the_office_names_the_weak_promises_in_words(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.leave_one_tricycle()
    promise(day, EXACT)
    fill(day)
    manager = day.signed_in("manager", language="fr")
    monkeypatch.setattr(clock, "now", lambda: day.at(9))
    assert "moins sûrement que voulu" not in manager.get("/office/").text
    promise(day, 95)
    page = manager.get("/office/").text
    assert "moins sûrement que voulu" in page
    assert re.search(r"\d+ jours sur \d+\)", page)


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1, "tous les jours"),
        (0.979, "97 jours sur 100"),
        (0.957, "19 jours sur 20"),
        (0.949, "9 jours sur 10"),
        (0.02, "presque jamais"),
    ],
)
def test_a_probability_is_said_in_days_and_never_rounded_up(
    day: Day, probability: float, words: str
) -> None:
    with day.app.test_request_context():
        assert odds(probability) == words
