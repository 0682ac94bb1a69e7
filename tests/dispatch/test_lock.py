"""The dispatcher's page: what a move would do is shown first, locks hold and say what they cost."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from locomotive.core.db import db
from locomotive.dispatch.lock import PlanLock
from locomotive.rounds.round import RoundStop
from tests.by_hand import look, move
from tests.service_day import Day

PLAN = "/delivery/2026-11-24/"


def stop_at(day: Day, place: str) -> RoundStop:
    return next(s for r in day.rounds() for s in r.stops if s.place_name.startswith(place))


def lunch(day: Day) -> None:
    day.leave_one_tricycle()
    day.order("Nadia", to="school", slot=(12, 0))
    day.order("Bruno", to="library", slot=(12, 0))
    day.order("Farid", to="garage", slot=(12, 0))


def locked(manager: FlaskClient, lock: str, stop: RoundStop, **more: object) -> int:
    data = {"lock": lock, "stop": stop.id, **more}
    return manager.post(f"{PLAN}locks", data=data).status_code


def locks() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(PlanLock)) or 0


def test_a_move_is_shown_before_it_is_done(day: Day, manager: FlaskClient) -> None:
    day.order("Nadia", to="school", slot=(12, 0))
    day.order("Bruno", to="library", slot=(12, 0))
    day.lay(["school", "library"])
    stop = stop_at(day, "Média")
    shown = look(manager, "move", stop.round, stop=stop.id, to_round=1, position=1)
    assert shown.status_code == 200
    assert "What this change would do" in shown.text
    assert "Riding time:" in shown.text
    assert "Médiathèque" in shown.text
    assert day.rounds()[0].stops[0].place_name == "École Pantigny"
    assert move(manager, stop, 1).status_code == 303
    db.session.expire_all()
    assert day.rounds()[0].stops[0].place_name == "Médiathèque"


def test_a_move_that_breaks_a_promise_is_shown_with_how_late_and_offers_no_button(
    day: Day, manager: FlaskClient
) -> None:
    day.leave_one_tricycle()
    day.order("Nadia", to="school", slot=(12, 0))
    day.order("Bruno", to="stadium", slot=(12, 30))
    day.lay(["school"], ["stadium"])
    stop = stop_at(day, "École")
    fields = {"stop": stop.id, "to_round": 2, "position": 2}
    shown = look(manager, "move", stop.round, **fields)
    assert "min after the promised time" in shown.text
    assert ">Do it<" not in shown.text
    gone = look(manager, "move", stop.round, **fields, seen="older")
    assert gone.status_code == 409


def test_the_first_stop_is_locked_and_the_plan_obeys(day: Day, manager: FlaskClient) -> None:
    lunch(day)
    free = [s.place_name for s in day.plan()[0].stops]
    last = stop_at(day, free[-1][:6])
    assert locked(manager, "first", last) == 303
    db.session.expire_all()
    planned = day.plan()
    round_ = next(r for r in planned if free[-1] in [s.place_name for s in r.stops])
    db.session.refresh(round_)
    assert round_.stops[0].place_name == free[-1]
    db.session.expire_all()
    [lock] = db.session.scalars(select(PlanLock))
    assert lock.cost_seconds is not None
    assert lock.cost_seconds >= 0
    page = manager.get(PLAN).text
    assert "first of its round" in page
    assert "it costs" in page


def test_a_stop_is_kept_off_a_tricycle(day: Day, manager: FlaskClient) -> None:
    day.order("Nadia", to="school", slot=(12, 0))
    day.plan()
    tricycle = day.rounds()[0].tricycle_id
    assert locked(manager, "not_on", stop_at(day, "École"), tricycle=tricycle) == 303
    db.session.expire_all()
    day.plan()
    db.session.expire_all()
    assert [r.tricycle_id for r in day.rounds()] != [tricycle]


def test_two_stops_ride_together_and_the_lock_opens_again(day: Day, manager: FlaskClient) -> None:
    lunch(day)
    day.lay(["school"], ["library"], ["garage"])
    school, garage = stop_at(day, "École"), stop_at(day, "Garage")
    assert locked(manager, "together", school, other=garage.id) == 303
    db.session.expire_all()
    day.plan()
    db.session.expire_all()
    assert stop_at(day, "École").round_id == stop_at(day, "Garage").round_id
    [lock] = db.session.scalars(select(PlanLock.id))
    assert manager.post(f"{PLAN}locks/{lock}/open").status_code == 303
    assert locks() == 0
    assert manager.post(f"{PLAN}locks/{lock}/open").status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"lock": "never"}, {"lock": "together"}, {"lock": "not_on", "tricycle": "77"}]
)
def test_a_lock_without_sense_is_refused(
    day: Day, manager: FlaskClient, wrong: dict[str, str]
) -> None:
    lunch(day)
    day.lay(["school", "library"])
    answer = manager.post(f"{PLAN}locks", data={"stop": stop_at(day, "École").id, **wrong})
    assert answer.status_code == 422
    assert "Choose what shall be locked" in answer.text
    assert locks() == 0


def test_the_rider_sees_the_map_and_locks_nothing(
    day: Day, rider: FlaskClient, manager: FlaskClient
) -> None:
    lunch(day)
    day.lay(["school", "library"])
    page = rider.get(PLAN).text
    assert 'class="day-map"' in page
    assert "drag.js" not in page
    stop = stop_at(day, "École").id
    assert rider.post(f"{PLAN}locks", data={"lock": "first", "stop": stop}).status_code == 403
