"""Crates that a tricycle fetches on its way: planned beside the orders, never before them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

import routing
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.dispatch.lock import locked_delivery
from locomotive.farm.supplier import Supplier
from locomotive.promise.tentative_plan import current_plan, delivery_of
from locomotive.rounds.act import round_token
from locomotive.rounds.collection import boxes_given_back, collections_of, with_collections
from locomotive.rounds.release import release
from locomotive.rounds.round import Collection, Round
from locomotive.worker.queue import Jobs
from tests.by_hand import move
from tests.service_day import SECRET, Day

FARM = ("50.4740", "2.9900")
PAGE = "/delivery/2026-11-24/collections"
PLAN = "/delivery/2026-11-24/"


@pytest.fixture
def farm(day: Day, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(clock, "now", lambda: day.at(12, 15))
    with write_tx() as session:
        supplier = Supplier(name="Ferme des Hauts", street="Chemin vert", town="Oignies")
        session.add(supplier)
        session.flush()
        return supplier.id


def ask(client: FlaskClient, farm: int, **other: Any) -> TestResponse:
    fields = {"supplier": str(farm), "crates": "2", "starts_at": "12:00", "ends_at": "13:00"}
    fields |= {"latitude": FARM[0], "longitude": FARM[1], "note": "behind the barn"}
    return client.post(PAGE, data=fields | {k: str(v) for k, v in other.items()})


def wanted(day: Day) -> list[Collection]:
    db.session.rollback()
    return collections_of(db.session(), day.service)


def depot(day: Day) -> tuple[float, float]:
    found: tuple[float, float] = day.app.extensions["settings"].depot
    return found


def fetching(rounds: list[Round]) -> list[Round]:
    return [r for r in rounds if any(stop.collection_id for stop in r.stops)]


def problems(day: Day) -> list[str]:
    """What the plan in force breaks of the problem as it stands."""
    delivery = locked_delivery(db.session(), day.service, depot(day))
    return routing.violations(delivery.problem, current_plan(db.session(), day.service).plan)


def test_the_next_plan_fetches_the_crates_on_the_way(
    day: Day, manager: FlaskClient, farm: int
) -> None:
    day.order(to="library", slot=(12, 0))
    answer = ask(manager, farm)
    assert answer.location.endswith(PLAN)
    assert "in no round yet" in manager.get(PLAN).text
    [round_] = day.plan()
    first, second = round_.stops
    stop = first if first.collection_id else second
    assert {s.place_name for s in round_.stops} == {"Médiathèque", "Ferme des Hauts"}
    assert (stop.crates, stop.boxes, stop.access_note) == (2, 0, "behind the barn")
    assert day.at(12) <= stop.serves_at <= day.at(13)
    assert problems(day) == []
    page = manager.get(PLAN).text
    assert "2 crates" in page
    assert "round 1" in page
    assert "2 crates to fetch" in page


def test_sheet_phone_and_paper_say_what_to_fetch(
    day: Day, manager: FlaskClient, rider: FlaskClient, farm: int
) -> None:
    day.order(to="library")
    ask(manager, farm)
    [round_] = day.plan()
    with write_tx() as session:
        release(session, session.merge(round_), seen=round_.stamp, now=day.at(10))
    [round_] = day.rounds()
    sheet = rider.get(f"{PLAN}rounds/1/sheet").text
    assert "2 crates to fetch" in sheet
    assert "behind the barn" in sheet
    assert sheet.count('class="money') == 1  # of the order alone
    loaded = re.findall(r'<tr>\s*<td><span class="rank">', sheet)
    assert len(loaded) == 1  # only what is handed over is loaded
    stop = next(s for s in round_.stops if s.collection_id)
    link = f"/r/{round_token(SECRET, round_)}"
    phone = day.app.test_client()
    assert 'value="collected"' in phone.get(link).text
    wrong = {"key": "a", "stop": stop.id, "act": "delivered"}
    assert phone.post(f"{link}/acts", data=wrong).status_code in (409, 422)
    fetched = {"key": "b", "stop": stop.id, "act": "collected", "boxes_back": "2"}
    assert phone.post(f"{link}/acts", data=fetched).status_code == 303
    assert "collected" in manager.get(PLAN).text
    ticks = rider.get(f"{PLAN}rounds/1/ticks").text
    assert re.search(r'value="collected" checked', ticks)
    assert "Crates fetched" in ticks
    # The farm's crates are no boxes of ours.
    assert "Ferme des Hauts" not in manager.get("/delivery/learned").text


def test_a_promise_never_gives_way_to_crates(day: Day, manager: FlaskClient, farm: int) -> None:
    day.leave_one_tricycle()
    for minute in (0, 15, 30, 45):
        for place in ("library", "town hall"):
            day.order(to=place, slot=(12, minute))
    before = {o.id for r in day.plan() for o in r.orders}
    assert len(before) == 8
    # More crates than there is room for beside anything.
    ask(manager, farm, crates=40)
    # And some whose only moment is taken, far out.
    ask(manager, farm, crates=1, starts_at="12:15", ends_at="12:16", latitude="50.5100")
    rounds = day.plan()
    assert {o.id for r in rounds for o in r.orders} == before
    assert fetching(rounds) == []
    big, far = wanted(day)
    assert big.reason == "too_heavy"
    assert far.reason
    page = manager.get(PLAN).text
    assert page.count("not planned") == 2
    assert "No tricycle can carry so many boxes at once. The orders come first." in page


def test_all_crates_together_weigh_less_than_one_order(
    day: Day, manager: FlaskClient, farm: int
) -> None:
    order = day.order(to="library")
    for _ in range(5):
        ask(manager, farm)
    session, service = db.session(), day.service
    found = wanted(day)
    delivery = delivery_of(session, service, depot(day), more=[one.point for one in found])
    problem = with_collections(delivery, found).problem
    weights = {stop.id: stop.priority for stop in problem.stops}
    crates = [weight for name, weight in weights.items() if name.startswith("crates-")]
    assert len(crates) == 5
    assert sum(crates) < next(w for name, w in weights.items() if name in delivery.orders)
    assert order.id


def test_crates_alone_make_a_round_that_keeps_its_tricycle(
    day: Day, manager: FlaskClient, farm: int
) -> None:
    day.leave_one_tricycle()
    ask(manager, farm, starts_at="12:00", ends_at="12:05")
    assert "Plan the rounds" in manager.get(PLAN).text
    [round_] = day.plan()
    seen = {"seen": round_.stamp}
    assert manager.post(f"{PLAN}rounds/1/release", data=seen).status_code == 303
    [round_] = day.rounds()
    assert round_.is_released
    # An order that came later is planned around it.
    day.order(to="library", slot=(12, 15))
    rounds = day.plan()
    assert len(rounds) == 2
    one, two = sorted(rounds, key=lambda r: r.loading_at)
    assert one.returns_at <= two.loading_at
    assert [s.id for s in fetching(rounds)[0].stops] == [s.id for s in round_.stops]


def test_a_released_round_keeps_its_crates_and_they_are_fetched_once(
    day: Day, manager: FlaskClient, farm: int
) -> None:
    day.order(to="library")
    ask(manager, farm)
    [round_] = day.plan()
    manager.post(f"{PLAN}rounds/1/release", data={"seen": round_.stamp})
    [one] = wanted(day)
    answer = manager.post(f"{PAGE}/{one.id}/drop")
    assert answer.status_code == 409
    assert "it stays" in answer.text
    day.order(to="school", slot=(12, 30))
    rounds = day.plan()
    assert len(fetching(rounds)) == 1
    assert len(rounds) == 2


def test_what_is_fetched_no_more_leaves_the_rounds(
    day: Day, manager: FlaskClient, farm: int
) -> None:
    day.order(to="library")
    ask(manager, farm)
    day.plan()
    page = f"{PAGE}/{wanted(day)[0].id}/drop"
    assert manager.post(page).status_code == 303
    assert wanted(day) == []
    assert fetching(day.rounds()) == []
    assert manager.post(page).status_code == 404


def test_crates_are_moved_by_hand_like_any_stop(day: Day, manager: FlaskClient, farm: int) -> None:
    day.order(to="library")
    ask(manager, farm)
    [round_] = day.plan()
    last = round_.stops[-1]
    assert move(manager, last, 1).status_code in (200, 303)
    assert {s.place_name for s in day.rounds()[0].stops} == {"Médiathèque", "Ferme des Hauts"}


def test_crates_join_again_when_a_day_goes_wrong(
    day: Day, manager: FlaskClient, farm: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    monkeypatch.setattr(Jobs, "soon", lambda *_what: None)
    day.order("Nadia", to="library")
    day.order("Karim", to="school")
    ask(manager, farm)
    day.plan()
    fields = {"kind": "place", "place": "Médiathèque"}
    shown = manager.post(f"{PLAN}trouble", data=fields)
    stamp = re.search(r'name="stamp" value="([^"]+)"', shown.text)
    assert stamp
    assert manager.post(f"{PLAN}trouble", data=fields | {"stamp": stamp[1]}).status_code == 303
    rounds = day.rounds()
    assert {s.place_name for r in rounds for s in r.stops if s.is_live} == {
        "École Pantigny",
        "Ferme des Hauts",
    }


def test_the_checkout_counts_no_crates(day: Day, manager: FlaskClient, farm: int) -> None:
    """A promise is given as if there were no crates: the next plan decides about them."""
    day.order(to="library")
    ask(manager, farm)
    day.plan()
    delivery = delivery_of(db.session(), day.service, depot(day))
    assert [s.id for s in delivery.problem.stops] == list(delivery.orders)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"crates": "none"}, "Write a whole number between 1 and 50."),
        ({"crates": "0"}, "Write a whole number between 1 and 50."),
        ({"ends_at": "11:00"}, "The end must come after the beginning"),
        ({"starts_at": "noon"}, "Write a time such as 11:30."),
        ({"latitude": FARM[1], "longitude": FARM[0]}, "look exchanged"),
        ({"latitude": "48.85", "longitude": "2.35"}, "from the kitchen"),
        ({"latitude": "", "longitude": ""}, "We do not know where Ferme des Hauts is"),
        ({"supplier": "999"}, "Choose one of the list"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    day: Day, manager: FlaskClient, farm: int, change: dict[str, str], sentence: str
) -> None:
    answer = ask(manager, farm, **change)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert wanted(day) == []


def test_the_second_time_the_position_is_known(day: Day, manager: FlaskClient, farm: int) -> None:
    ask(manager, farm)
    assert ask(manager, farm, latitude="", longitude="").status_code == 303
    one, two = wanted(day)
    assert one.point == two.point


def test_only_the_manager_asks_for_crates(
    day: Day, rider: FlaskClient, manager: FlaskClient, farm: int
) -> None:
    assert rider.get(PAGE).status_code == 403
    ask(manager, farm)
    [one] = wanted(day)
    assert rider.post(f"{PAGE}/{one.id}/drop").status_code == 403
    assert "Ferme des Hauts" in rider.get(PLAN).text
    assert db.session.scalar(select(Collection.id)) == one.id


def test_empty_crates_and_peelings_ride_to_the_farm_and_are_given_back(
    day: Day, manager: FlaskClient, rider: FlaskClient, farm: int
) -> None:
    day.order(to="library")
    ask(manager, farm, empty_crates=3, peelings_kg=8)
    assert "to give back: 3 empty crates · 8 kg of peelings" in manager.get(PAGE).text
    [round_] = day.plan()
    assert problems(day) == []
    with write_tx() as session:
        release(session, session.merge(round_), seen=round_.stamp, now=day.at(10))
    [round_] = day.rounds()
    sheet = rider.get(f"{PLAN}rounds/1/sheet").text
    assert sheet.count("3 empty crates · 8 kg of peelings") == 2  # as it is loaded, and there
    phone = day.app.test_client().get(f"/r/{round_token(SECRET, round_)}").text
    assert "à rendre\xa0: <b>3 caisses vides · 8 kg d’épluchures</b>" in phone


def test_what_is_given_back_takes_room_beside_the_meals(
    day: Day, manager: FlaskClient, farm: int
) -> None:
    ask(manager, farm, crates=1, empty_crates=15, peelings_kg=10)
    [one] = wanted(day)
    assert boxes_given_back(one) == 14  # fifteen nested crates like three, and a bucket
    [nothing] = day.plan() or [None]
    assert nothing is None  # no tricycle holds more than twelve boxes
    assert "not planned" in manager.get(PLAN).text


def test_a_hundred_kilos_too_many_are_refused_at_their_field(
    day: Day, manager: FlaskClient, farm: int
) -> None:
    answer = ask(manager, farm, peelings_kg=101)
    assert answer.status_code == 422
    assert "Write a whole number between 0 and 100." in answer.text
    assert wanted(day) == []
