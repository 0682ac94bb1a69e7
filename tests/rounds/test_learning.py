"""What finished rounds teach, and the boxes that are still out."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from locomotive.core.db import db, write_tx
from locomotive.dispatch.lock import locked_delivery
from locomotive.places.address import Place
from locomotive.promise.tentative_plan import delivery_of
from locomotive.rounds.act import Done, note_act
from locomotive.rounds.box import balances, boxes_there, with_boxes_back
from locomotive.rounds.learning import (
    Passed,
    door_noise_of,
    door_of,
    factor_of,
    leg_noise_of,
    lessons,
)
from locomotive.rounds.release import release
from locomotive.rounds.round import Round
from locomotive.service.fleet import Tricycle
from routing import timed, violations
from tests.service_day import Day


def visits(count: int, *, factor: float, door: float, spoilt: int = 0) -> list[Passed]:
    """Hand-overs that took so much longer, some of them spoilt by a puncture."""
    dice = random.Random(3)
    found = []
    for at in range(count):
        ride, boxes = dice.uniform(90, 400), dice.randint(1, 5)
        noise = dice.uniform(-12, 12)
        took = ride * factor + door + 20 * boxes + noise + (1500 if at < spoilt else 0)
        found.append(Passed(1, "school", boxes, ride, took))
    return found


def test_the_factor_is_found_in_spite_of_punctures() -> None:
    assert factor_of(visits(30, factor=1.3, door=120, spoilt=5)) == pytest.approx(1.3, abs=0.06)


def test_the_time_at_the_door_is_found_beside_the_factor() -> None:
    found = door_of(visits(30, factor=1.2, door=300, spoilt=4), {1: 1.2})
    assert found == pytest.approx(300, abs=25)


def test_from_fewer_than_twenty_visits_nothing_is_learned() -> None:
    assert factor_of(visits(19, factor=1.3, door=120)) is None
    assert door_of(visits(19, factor=1.3, door=120), {}) is None
    assert factor_of(visits(20, factor=1.3, door=120)) is not None


def ridden(day: Day, *, slower: float) -> Round:
    """A round of three stops that came back, its rides longer than planned."""
    for name, place in (("Nadia", "school"), ("Bruno", "library"), ("Farid", "garage")):
        day.order(name, to=place, slot=(12, 0))
    day.lay(["school", "library", "garage"])
    with write_tx() as session:
        [round_] = day.rounds()
        round_ = session.merge(round_)
        release(session, round_, seen=round_.stamp, now=day.at(10))
    with write_tx() as session:
        round_ = session.get_one(Round, round_.id)
        at = round_.stops[0].leaves_at + timedelta(minutes=6)
        before = round_.stops[0]
        for number, stop in enumerate(round_.stops):
            if number:
                ride = (stop.arrives_at - before.leaves_at) * slower
                at += ride + (stop.leaves_at - stop.serves_at)
                before = stop
            done = Done(f"act-{stop.id}", stop.id, "delivered", at, boxes_back=0)
            note_act(session, round_, done, device="phone", now=day.at(15))
    [round_] = day.rounds()
    return round_


def test_finished_rounds_are_counted_and_nothing_is_used_by_itself(
    day: Day, manager: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    round_ = ridden(day, slower=1.5)
    [mine] = [one for one in lessons(db.session())[0] if one.id == round_.tricycle_id]
    assert (mine.visits, mine.found, mine.in_force) == (2, None, 1.0)
    path = f"/delivery/learned/tricycle/{round_.tricycle_id}"
    assert manager.post(path).status_code == 409
    monkeypatch.setattr("locomotive.rounds.learning.FEWEST", 2)
    db.session.expire_all()
    [mine] = [one for one in lessons(db.session())[0] if one.id == round_.tricycle_id]
    assert mine.found == pytest.approx(1.5, abs=0.1)
    assert db.session.get_one(Tricycle, round_.tricycle_id).speed_factor == 1.0
    page = manager.get("/delivery/learned").text
    assert "× 1.5" in page or "× 1.4" in page
    assert manager.post(path).status_code == 303
    db.session.rollback()
    db.session.expire_all()
    assert db.session.get_one(Tricycle, round_.tricycle_id).speed_factor == mine.found


def test_the_accepted_values_make_the_next_plan_slower(day: Day) -> None:
    day.order("Nadia", to="school", slot=(12, 0))
    depot = day.app.extensions["settings"].depot
    before = delivery_of(db.session(), day.service, depot).problem
    with write_tx() as session:
        for tricycle in session.query(Tricycle):
            tricycle.speed_factor = 1.5
        session.query(Place).update({"door_seconds": 400})
    after = delivery_of(db.session(), day.service, depot).problem
    assert after.durations[0][1] == round(1.5 * before.durations[0][1])
    assert after.distances == before.distances
    assert after.stops[0].service_time == before.stops[0].service_time + 280


def test_boxes_are_counted_out_and_back_by_place(day: Day, manager: FlaskClient) -> None:
    ridden(day, slower=1.0)
    assert {one.place: one.there for one in balances(db.session())}["Garage du Centre"] == 1
    [stop] = [s for s in day.rounds()[0].stops if s.place_name == "Garage du Centre"]
    with write_tx() as session:
        round_ = session.get_one(Round, stop.round_id)
        done = Done("again", stop.id, "delivered", day.at(14), boxes_back=1)
        note_act(session, round_, done, device="phone", now=day.at(15))
    there = boxes_there(db.session())
    assert "Garage du Centre" not in there
    assert there["École Pantigny"] == 1
    assert "Boxes that are out" in manager.get("/delivery/learned").text


def test_empty_boxes_ride_home_and_never_push_a_meal_off(day: Day) -> None:
    day.leave_one_tricycle(boxes=4)
    day.order("Nadia", to="school", slot=(12, 0), carbonade=2)
    day.order("Bruno", to="library", slot=(12, 0), carbonade=2)
    depot = day.app.extensions["settings"].depot
    plain = delivery_of(db.session(), day.service, depot)
    names = list(plain.orders)
    plan = timed(plain.problem, {plain.problem.vehicles[0].id: [names]})
    assert violations(plain.problem, plan) == []
    loaded = with_boxes_back(plain, {"École Pantigny": 9, "Médiathèque": 1})
    assert sorted(stop.pickup for stop in loaded.problem.stops) == [(1,), (2,)]
    assert violations(loaded.problem, plan) == []
    assert locked_delivery(db.session(), day.service, depot).problem.stops == plain.problem.stops


def strayed(count: int, *, legs: float, doors: float) -> list[Passed]:
    """Hand-overs whose rides and doors stray by so much, as the normal law says."""
    dice = random.Random(5)
    return [
        Passed(1, "school", 2, ride, ride * dice.gauss(1, legs) + 160 + dice.gauss(0, doors))
        for ride in (dice.uniform(240, 480) for _ in range(count))
    ]


def test_how_far_rides_and_doors_stray_is_learned_beside_their_medians() -> None:
    found = strayed(2000, legs=0.2, doors=40)
    assert leg_noise_of(found, 1.0) == pytest.approx(0.2, abs=0.03)
    assert door_noise_of(strayed(2000, legs=0.1, doors=90), {}, 0.1) == pytest.approx(90, abs=9)
    calm = leg_noise_of(strayed(2000, legs=0.05, doors=40), 1.0)
    assert calm is not None
    assert calm < 0.1
    assert leg_noise_of(found[:39], 1.0) is door_noise_of(found[:39], {}, 0.1) is None
