"""Moving a stop by hand keeps every promise, or says which one it would break."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from locomotive.rounds.round import Round, RoundStop
from tests.by_hand import PAGE, look, move, order_of_stops
from tests.service_day import Day


def stop_at(rounds: list[Round], place: str) -> RoundStop:
    return next(s for r in rounds for s in r.stops if s.place_name.startswith(place))


@pytest.fixture
def one_round(day: Day) -> list[Round]:
    """One tricycle, one round: town hall and library in the same slot."""
    day.leave_one_tricycle()
    day.order("Nadia", to="town hall", carbonade=2)
    day.order("Paul", to="library", carbonade=1)
    return day.lay(["town hall", "library"])


@pytest.fixture
def two_rounds(day: Day) -> list[Round]:
    """One tricycle, two rounds: an early one to the garage, a late one to the school."""
    day.leave_one_tricycle()
    day.order("Nadia", to="garage", slot=(11, 45), carbonade=7)
    day.order("Paul", to="school", slot=(13, 0), carbonade=7)
    return day.lay(["garage"], ["school"])


def test_a_stop_changes_its_place_in_its_round(
    day: Day, manager: FlaskClient, one_round: list[Round]
) -> None:
    names = order_of_stops(one_round)[0]
    answer = move(manager, one_round[0].stops[0], 1, position=2)
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert order_of_stops(day.rounds()) == [names[::-1]]
    (round_,) = day.rounds()
    assert round_.replaces_at is not None
    assert [s.serves_at for s in round_.stops] == sorted(s.serves_at for s in round_.stops)


def test_a_position_beyond_the_end_is_the_end(
    day: Day, manager: FlaskClient, one_round: list[Round]
) -> None:
    names = order_of_stops(one_round)[0]
    assert move(manager, one_round[0].stops[0], 1, position=99).status_code == 303
    assert order_of_stops(day.rounds()) == [names[::-1]]


def test_a_move_that_comes_too_late_and_overloads_says_both_and_changes_nothing(
    day: Day, manager: FlaskClient, two_rounds: list[Round]
) -> None:
    answer = move(manager, stop_at(two_rounds, "Garage"), 2)
    assert "It would break a promise or a rule, so it cannot be done:" in answer.text
    assert "Do it" not in answer.text
    assert "Garage du Centre: served at 1" in answer.text
    late = re.search(r"served at (\d+):(\d+), (\d+) min after the promised time", answer.text)
    assert late
    hour, minute, minutes = map(int, late.groups())
    promised = stop_at(two_rounds, "Garage").window_ends_at
    assert day.at(hour, minute) - promised == timedelta(minutes=minutes)
    assert "red tricycle: boxes too many aboard: 2 (it takes 12)." in answer.text
    assert order_of_stops(day.rounds()) == order_of_stops(two_rounds)


def test_a_meal_that_would_grow_old_on_the_way_is_told(day: Day, manager: FlaskClient) -> None:
    day.order("Nadia", to="stadium", slot=(12, 0))
    day.order("Paul", to="school", slot=(12, 15))
    rounds = day.lay(["stadium"], ["school"])
    answer = move(manager, stop_at(rounds, "École"), 1, position=2)
    assert re.search(
        r"École Pantigny: served 4\d min after leaving the kitchen; a meal stays good 35 min.",
        answer.text,
    )


def test_a_move_that_overruns_the_shift_is_told(day: Day, manager: FlaskClient) -> None:
    from locomotive.core.db import write_tx
    from locomotive.service.fleet import shifts_of

    day.order("Nadia", to="town hall", slot=(13, 15), carbonade=10)
    day.order("Paul", to="library", slot=(13, 15), carbonade=1)
    day.lay(["town hall", "library"])
    with write_tx() as session:
        shifts_of(session, day.service)[0].ends_at = day.at(13, 16)
    answer = move(manager, day.rounds()[0].stops[0], 1, position=2)
    assert "min after the end of its shift" in answer.text


def test_an_order_that_came_since_the_plan_does_not_stand_in_a_move_s_way(
    day: Day, manager: FlaskClient, one_round: list[Round]
) -> None:
    late = day.order("Farid", to="garage", slot=(12, 45))
    assert move(manager, day.rounds()[0].stops[0], 1, position=2).status_code == 303
    assert late.id not in [o.id for r in day.rounds() for o in r.orders]


def test_a_stop_of_an_older_plan_is_not_moved(
    day: Day, manager: FlaskClient, one_round: list[Round]
) -> None:
    stop = one_round[0].stops[0]
    seen = stop.round.stamp
    day.order("Farid", to="garage")
    day.lay(["library", "town hall", "garage"])
    before = order_of_stops(day.rounds())
    # The clock of the tests stands still, so the stamp is made an older one.
    fields = {"stop": stop.id, "to_round": 1, "position": 2}
    answer = look(manager, "move", stop.round, **fields | {"seen": seen.replace("2026", "2025")})
    assert answer.status_code == 409
    assert "The rounds have changed meanwhile" in answer.text
    assert order_of_stops(day.rounds()) == before


def test_b03_nonsense_in_the_form_is_refused_beside_the_rounds(
    day: Day, manager: FlaskClient, one_round: list[Round]
) -> None:
    stop = one_round[0].stops[0]
    for wrong in ("", "0", "-1", "1e3", "x", str(2**63)):
        answer = move(manager, stop, 1, position=wrong)
        assert answer.status_code == 422, wrong
        assert "Position: " in answer.text
    for wrong in ("", "0", "new-", "new-99", "x"):
        answer = move(manager, stop, wrong)
        assert answer.status_code == 422, wrong
        assert "Choose a tricycle that rides in this service." in answer.text
    fields = {"stop": 999_999_999, "to_round": 9999, "position": 1}
    assert look(manager, "move", stop.round, **fields).status_code == 409


def test_a_stop_whose_orders_were_cancelled_cannot_be_moved(
    day: Day, manager: FlaskClient, one_round: list[Round]
) -> None:
    stop = one_round[0].stops[0]
    for order in stop.orders:
        day.cancel(order)
    assert move(manager, stop, 1, position=2).status_code == 409
