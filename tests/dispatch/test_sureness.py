"""The page of a day's rounds says how surely it is kept, and proves only the plan it is about."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from locomotive.core.db import db, write_tx
from locomotive.dispatch.planning import Planning
from locomotive.dispatch.publication import stamp_of, sureness_of
from locomotive.places.address import Place
from locomotive.rounds.release import release
from locomotive.rounds.round import Round
from locomotive.service.fleet import Tricycle
from locomotive.service.service import EXACT, Service
from locomotive.web.language import odds
from tests.service_day import Day

PAGE = "/delivery/2026-11-24/"
PROVEN = "prouvé pour le plan de"
OTHERS = "ce qu’il prouvait ne vaut plus"


def lunch(day: Day) -> None:
    for name, place, slot in (
        ("Nadia", "school", (12, 0)),
        ("Bruno", "library", (12, 0)),
        ("Farid", "garage", (12, 30)),
    ):
        day.order(name, to=place, slot=slot)


@pytest.fixture
def french(day: Day) -> FlaskClient:
    return day.signed_in("manager", language="fr")


def sureness(day: Day) -> float:
    db.session.rollback()
    db.session.expire_all()
    depot = day.app.extensions["settings"].depot
    found = sureness_of(db.session(), day.service, depot=depot)
    assert found is not None
    return found.day


def test_the_day_and_its_weakest_stop_are_said_in_words(day: Day, french: FlaskClient) -> None:
    lunch(day)
    day.plan()
    page = french.get(PAGE).text
    with day.app.test_request_context(headers={"Cookie": "language=fr"}):
        assert f"Toutes les promesses du jour sont tenues {odds(sureness(day))}." in page
    found = re.search(r"Le plus fragile\s: arrêt (\d) de la tournée (\d), ([^,]+) à ", page)
    assert found
    stops = {(r.number, s.position): s.place_name for r in day.rounds() for s in r.stops}
    assert stops[int(found[2]), int(found[1])] == found[3].rpartition(" à ")[0] or found[3]
    assert 'class="tight"> <span class="badge' not in page


def test_a_round_laid_too_tight_is_less_sure_and_stands_out(day: Day, french: FlaskClient) -> None:
    lunch(day)
    day.plan()
    planned = sureness(day)
    with write_tx() as session:
        stop = session.merge(day.rounds()[0].stops[0])
        # Ours end with a minute: the time that is shown, rounded up, is past this one.
        stop.window_ends_at = stop.serves_at
        for order in stop.orders:
            order.slot.ends_at = stop.serves_at
    assert sureness(day) < planned - 0.3
    page = french.get(PAGE).text
    assert re.search(r'badge amber[^"]*"[^>]*>(?:(?!</span>).)*marge -1 min', page, re.S)
    assert re.search(r"tenu [1-8] jours sur 10", page)


def test_a_lunch_without_margin_says_how_surely_it_is_kept_all_the_same(day: Day) -> None:
    with write_tx() as session:
        session.get_one(Service, day.service.id).reliability = EXACT
    lunch(day)
    day.plan()
    assert 0 < sureness(day) <= 1


def release_all(day: Day) -> None:
    for round_ in day.rounds():
        with write_tx() as session:
            found = session.get_one(Round, round_.id)
            release(session, found, seen=found.stamp, now=day.at(11))


def learn(day: Day) -> None:
    with write_tx() as session:
        for tricycle in session.query(Tricycle):
            tricycle.speed_factor = 1.2


def know_a_door(day: Day) -> None:
    with write_tx() as session:
        session.query(Place).update({"door_seconds": 300})


def move_by_hand(day: Day) -> None:
    before = stamp_of(db.session(), day.service)
    day.lay(["library", "school"], ["garage"])
    if stamp_of(db.session(), day.service) == before:
        day.lay(["school", "library"], ["garage"])


@pytest.mark.parametrize(
    ("happens", "stands"),
    [
        (release_all, True),
        (learn, False),
        (know_a_door, False),
        (move_by_hand, False),
        (lambda day: day.order("Zoé", to="town hall", slot=(12, 30)), False),
    ],
)
def test_a_proof_stands_for_its_own_plan_alone(
    day: Day, french: FlaskClient, happens: Callable[[Day], object], stands: bool
) -> None:
    lunch(day)
    day.plan()
    with write_tx() as session:  # whether a busy machine proves it in time is no matter here
        session.query(Planning).update({"is_proven": True})
    page = french.get(PAGE).text
    assert PROVEN in page
    assert OTHERS not in page
    before = stamp_of(db.session(), day.service)
    happens(day)
    db.session.rollback()
    db.session.expire_all()
    assert (stamp_of(db.session(), day.service) == before) is stands
    page = french.get(PAGE).text
    assert (PROVEN in page) is stands
    assert (OTHERS in page) is not stands
