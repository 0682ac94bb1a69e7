"""Rounds changed by hand: opened, split, ridden by another, held back; seen first, then undone."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.amendments.amendment import Amendment
from locomotive.core.db import db, write_tx
from locomotive.rounds.release import release
from locomotive.rounds.round import Round
from tests.by_hand import PAGE, amend, look, move, order_of_stops, undo
from tests.service_day import Day


@pytest.fixture
def one_round(day: Day) -> Round:
    """One round with three stops in one slot, ridden by the red tricycle; the green one waits."""
    day.order("Nadia", to="town hall", slot=(12, 0))
    day.order("Paul", to="library", slot=(12, 0))
    day.order("Inès", to="garage", slot=(12, 0))
    return day.lay(["town hall", "library", "garage"])[0]


def tricycles(day: Day) -> dict[str, int]:
    from locomotive.service.fleet import shifts_of

    return {s.tricycle.name: s.tricycle_id for s in shifts_of(db.session(), day.service)}


def other_than(round_: Round, day: Day) -> int:
    return next(id_ for id_ in tricycles(day).values() if id_ != round_.tricycle_id)


def test_a_look_changes_nothing_and_shows_rounds_and_odds_before_and_after(
    day: Day, manager: FlaskClient, one_round: Round
) -> None:
    page = look(manager, "split", one_round, after=1, tricycle=other_than(one_round, day))
    assert page.status_code == 200
    assert "Rounds now" in page.text
    assert "Rounds then" in page.text
    assert "All promises of the day are kept, now:" in page.text
    assert len(day.rounds()) == 1
    assert db.session.scalars(select(Amendment)).all() == []


def test_a_stop_gets_a_round_of_its_own_with_the_other_tricycle(
    day: Day, manager: FlaskClient, one_round: Round
) -> None:
    mine, other = one_round.tricycle_id, other_than(one_round, day)
    assert move(manager, one_round.stops[1], f"new-{other}").status_code == 303
    found = {(r.tricycle_id, tuple(s.place_name for s in r.stops)) for r in day.rounds()}
    assert found == {
        (mine, ("Mairie d’Oignies", "Garage du Centre")),
        (other, ("Médiathèque",)),
    }


def test_a_round_is_split_after_a_stop(day: Day, manager: FlaskClient, one_round: Round) -> None:
    mine, other = one_round.tricycle_id, other_than(one_round, day)
    assert amend(manager, "split", one_round, after=2, tricycle=other).status_code == 303
    found = {(r.tricycle_id, len(r.stops)) for r in day.rounds()}
    assert found == {(mine, 2), (other, 1)}


@pytest.mark.parametrize("after", ["3", "0", "x", ""])
def test_a_split_that_leaves_nothing_on_one_side_is_refused_at_its_field(
    day: Day, manager: FlaskClient, one_round: Round, after: str
) -> None:
    page = look(manager, "split", one_round, after=after, tricycle=one_round.tricycle_id)
    assert page.status_code == 422
    assert 'id="after-error"' in page.text
    assert order_of_stops(day.rounds()) == order_of_stops([one_round])


def test_another_tricycle_rides_the_round(day: Day, manager: FlaskClient, one_round: Round) -> None:
    other = other_than(one_round, day)
    assert amend(manager, "swap", one_round, tricycle=other).status_code == 303
    (round_,) = day.rounds()
    assert round_.tricycle_id == other
    page = look(manager, "swap", round_, tricycle=99)
    assert page.status_code == 422
    assert "Choose a tricycle that rides in this service." in page.text


def test_a_departure_is_held_kept_by_other_changes_and_let_go(
    day: Day, manager: FlaskClient, one_round: Round
) -> None:
    planned, wanted = one_round.departs_at, day.at(11, 46)
    assert planned != wanted
    assert amend(manager, "leave", one_round, departs_at="11:46").status_code == 303
    (held,) = day.rounds()
    assert (held.departs_at, held.is_held) == (wanted, True)
    assert "departure set by hand" in manager.get(PAGE).text
    assert move(manager, held.stops[2], 1, position=2).status_code == 303
    (moved,) = day.rounds()
    assert (moved.departs_at, moved.is_held) == (wanted, True)
    assert amend(manager, "leave", moved, free=1).status_code == 303
    (free,) = day.rounds()
    assert not free.is_held


def test_a_departure_before_the_meals_are_ready_is_told_and_one_that_is_no_time_too(
    day: Day, manager: FlaskClient, one_round: Round
) -> None:
    page = amend(manager, "leave", one_round, departs_at="9:00")
    assert "cannot leave at 09:00: it is back and loaded, with its meals ready, at 1" in page.text
    for nonsense in ("200 minutes", "25:10", ""):
        page = amend(manager, "leave", one_round, departs_at=nonsense)
        assert page.status_code == 422, nonsense
        assert 'id="departs_at-error"' in page.text, nonsense
    assert day.rounds()[0].departs_at == one_round.departs_at


def test_a_departure_held_too_long_says_who_is_late(
    day: Day, manager: FlaskClient, one_round: Round
) -> None:
    page = amend(manager, "leave", one_round, departs_at="12:30")
    assert "min after the promised time" in page.text
    assert "late by" in page.text
    assert day.rounds()[0].departs_at == one_round.departs_at


def test_each_change_is_undone_the_last_one_first(
    day: Day, manager: FlaskClient, one_round: Round
) -> None:
    first, other = facts(day), other_than(one_round, day)
    amend(manager, "leave", one_round, departs_at="11:46")
    second = facts(day)
    amend(manager, "split", day.rounds()[0], after=1, tricycle=other)
    assert facts(day) != second
    assert undo(manager).status_code == 303
    assert facts(day) == second
    assert undo(manager).status_code == 303
    assert facts(day) == first
    assert "Undo this change" not in manager.get(PAGE).text


def facts(day: Day) -> list[tuple[object, ...]]:
    return [
        (r.tricycle_id, r.departs_at, r.is_held, [(s.place_name, s.serves_at) for s in r.stops])
        for r in day.rounds()
    ]


def test_what_was_shown_and_is_another_by_now_is_not_done(
    day: Day, manager: FlaskClient, one_round: Round
) -> None:
    fields = {"departs_at": "11:46", "shown": "0" * 16}
    page = look(manager, "leave", one_round, **fields)
    assert page.status_code == 409
    assert "The rounds have changed meanwhile" in page.text
    assert day.rounds()[0].departs_at == one_round.departs_at


def test_a_released_round_stays_and_its_change_before_cannot_be_undone(
    day: Day, manager: FlaskClient, one_round: Round
) -> None:
    amend(manager, "leave", one_round, departs_at="11:46")
    db.session.rollback()
    address = f"{PAGE}amendments/{db.session.scalars(select(Amendment.id)).one()}/undo"
    changed = day.rounds()[0].id
    with write_tx() as session:
        round_ = session.get_one(Round, changed)
        release(session, round_, seen=round_.stamp, now=day.at(10))
    before = facts(day)
    page = look(manager, "leave", day.rounds()[0], departs_at="11:50")
    assert "Round 1 is released" in page.text
    assert "Undo this change" not in manager.get(PAGE).text
    assert manager.post(address).status_code == 409
    assert facts(day) == before


def test_the_new_sheet_says_which_one_it_replaces(
    day: Day, manager: FlaskClient, one_round: Round
) -> None:
    planned_at = one_round.planned_at
    amend(manager, "leave", one_round, departs_at="11:46")
    assert day.rounds()[0].replaces_at == planned_at
