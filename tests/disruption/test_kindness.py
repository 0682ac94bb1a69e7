"""Who must be moved is moved kindly, all of them decided together, and may choose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.commands.demonstration import load_lunch
from locomotive.core.base import Base
from locomotive.core.db import db, write_tx
from locomotive.disruption import disruption
from locomotive.disruption.disruption import Disruption, Upset, what_breaks
from locomotive.disruption.settling import MOST
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.order import Order
from locomotive.promise.promise import promise_of
from locomotive.promise.proposal import cost_of, open_proposal, repropose
from locomotive.rounds.release import release
from locomotive.rounds.round import rounds_of
from locomotive.service.fleet import shifts_as, shifts_of
from locomotive.service.service import Service
from tests.benchmarks.breakdowns import OneByOne
from tests.disruption.test_disruption import PAGE, day, office, order_page, shifts_form, slot, yes
from tests.service_day import DATE, Day, leave, new_app
from tests.shop_day import shown_on, words

__all__ = ["day", "office"]  # fixtures


def test_minutes_count_for_each_person_and_an_earlier_meal_counts_double(day: Day) -> None:
    order = day.order(to="school", carbonade=3)
    promised = slot(day, 12, 0)
    assert cost_of(order, promised, slot(day, 12, 15)) == 15 * 3
    assert cost_of(order, promised, slot(day, 11, 45)) == 2 * 15 * 3
    fetched = cost_of(order, promised, slot(day, 12, 0, "take-away"))
    assert cost_of(order, promised, slot(day, 12, 30)) < fetched
    assert fetched < cost_of(order, promised, None)


def crowd(day: Day) -> list[Order]:
    """Seven people at four places for noon."""
    places = (("school", 1), ("library", 1), ("town hall", 4), ("garage", 1))
    return [day.order(f"Guest {n}", to=to, carbonade=n) for to, n in places]


def answers(day: Day, *, boxes: int = 4) -> list[Disruption]:
    """What is proposed when one tricycle of so few boxes is left."""
    day.leave_one_tricycle(boxes=boxes)
    depot = day.app.extensions["settings"].depot
    found = what_breaks(db.session(), day.service, Upset(), depot=depot, now=day.at(10))
    return [found, *found.others]


def test_the_answers_differ_and_each_says_who_how_much_and_how_surely(day: Day) -> None:
    crowd(day)
    found = answers(day)
    assert len(found) >= 2
    assert len({one.stamp for one in found}) == len(found)
    kindest = found[0]
    assert kindest.cost == min(one.cost for one in found)
    for one in found:
        assert one.affected
        assert one.people == sum(a.order.boxes for a in one.affected)
        assert one.day is not None
        assert 0 <= one.day <= 1
        for moved in one.affected:
            if moved.slot is not None:
                assert abs(moved.slot.starts_at - moved.order.slot.starts_at) <= MOST


def test_nobody_is_taken_away_for_the_sake_of_fewer_people(day: Day) -> None:
    crowd(day)
    by_way = {one.way: one for one in answers(day)}
    least = min(one.people for one in by_way.values())
    most_kept = by_way.get("people", by_way["minutes"])
    assert most_kept.people == least


def test_the_page_shows_each_answer_and_does_the_one_that_is_chosen(
    day: Day, office: FlaskClient
) -> None:
    crowd(day)
    with write_tx() as session:
        for shift in shifts_of(session, day.service):
            shift.tricycle.capacity_boxes = 4
    form = shifts_form(day, off=1)
    page = office.post(f"{PAGE}/shifts", data=form)
    sections = re.findall(r'<section class="card stack" id="answer-\d">.*?</section>', page.text)
    assert len(sections) >= 2
    assert all("min × people" in one and "would be kept" in one for one in sections)
    chosen = sections[-1]
    sent = {
        "stamp": re.findall(r'name="stamp" value="([^"]+)"', chosen),
        "shown": re.findall(r'name="shown" value="([^"]+)"', chosen),
    }
    assert sent["shown"]
    assert office.post(f"{PAGE}/shifts", data=form | sent).status_code == 303
    db.session.rollback()
    for pair in sent["shown"]:
        order_id, _, slot_id = pair.partition(":")
        proposal = open_proposal(db.session(), db.session.get_one(Order, int(order_id)))
        assert proposal is not None
        assert str(proposal.new_slot_id or "") == slot_id
    assert wrong_counters(db.session()) == []


@pytest.fixture
def fetched(day: Day, office: FlaskClient) -> Order:
    """An order whose delivery cannot be kept: it is proposed to be fetched."""
    order = day.order("Nadia", to="school")
    form = shifts_form(day, off=2)
    page = office.post(f"{PAGE}/shifts", data=form)
    assert office.post(f"{PAGE}/shifts", data=form | yes(page)).status_code == 303
    with write_tx() as session:
        for shift in shifts_of(session, day.service):
            shift.is_off = False
    db.session.rollback()
    return db.session.get_one(Order, order.id)


def test_the_customer_may_choose_another_time_which_is_promised_then(
    day: Day, fetched: Order
) -> None:
    client = day.app.test_client()
    client.set_cookie("language", "en")
    seen = client.get(order_page(fetched))
    page = seen.text
    found = re.search(r'name="slot" value="(\d+)">Rather: delivered at (\d+:\d+)<', page)
    assert found
    assert "Rather: fetched at" in page
    chosen = {"slot": found[1], "shown": shown_on(seen)}
    assert client.post(order_page(fetched) + "/proposal", data=chosen).status_code == 303
    db.session.rollback()
    db.session.expire_all()
    order = db.session.get_one(Order, fetched.id)
    assert (order.kind, order.slot_id) == ("delivery", int(found[1]))
    promise = promise_of(db.session(), order)
    assert promise is not None
    assert (promise.slot_id, promise.broken_at) == (order.slot_id, None)
    assert open_proposal(db.session(), order) is None
    assert "We cannot keep the time" not in words(client.get(order_page(fetched)))
    assert wrong_counters(db.session()) == []
    again = client.post(order_page(fetched) + "/proposal", data=chosen)
    assert again.status_code == 409


def test_a_time_that_is_gone_meanwhile_is_refused_and_nothing_is_lost(
    day: Day, fetched: Order
) -> None:
    wanted = slot(day, 12, 0)
    with write_tx() as session:
        for shift in shifts_of(session, day.service):
            shift.is_off = True
    client = day.app.test_client()
    sent = {"slot": str(wanted.id), "shown": shown_on(client.get(order_page(fetched)))}
    answer = client.post(order_page(fetched) + "/proposal", data=sent)
    assert answer.status_code == 409
    db.session.rollback()
    order = db.session.get_one(Order, fetched.id)
    assert order.kind == "take-away"
    assert open_proposal(db.session(), order) is not None
    unknown = {**sent, "slot": "99999"}
    assert client.post(order_page(fetched) + "/proposal", data=unknown).status_code == 422


def test_a_released_round_keeps_the_time_that_was_proposed(day: Day, office: FlaskClient) -> None:
    order = day.order("Nadia", to="school")
    with write_tx() as session:
        later = session.merge(slot(day, 12, 15))
        mine = session.get_one(Order, order.id)
        repropose(session, mine, later, reason="A puncture.", now=day.at(10))
    day.lay(["school"])
    with write_tx() as session:
        [round_] = rounds_of(session, day.service)
        release(session, round_, seen=round_.stamp, now=day.at(10))
    client = day.app.test_client()
    client.set_cookie("language", "en")
    page = client.get(order_page(order))
    assert "Rather:" not in page.text
    chosen = {"slot": str(slot(day, 12, 30).id), "shown": shown_on(page)}
    assert client.post(order_page(order) + "/proposal", data=chosen).status_code == 409
    db.session.rollback()
    assert db.session.get_one(Order, order.id).slot.starts_at == day.at(12, 15)
    accept = {"answer": "accept", "shown": shown_on(page)}
    accepted = client.post(order_page(order) + "/proposal", data=accept)
    assert accepted.status_code == 303


@pytest.fixture
def demonstration(tmp_path: Path) -> Iterator[Flask]:
    """The lunch of the demonstration."""
    app = new_app(tmp_path)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with write_tx() as session:
            house = app.extensions["settings"]
            at = Day(app).at(8)
            load_lunch(session, DATE, orders=40, seed=1, settings=house, now=at)
        yield app
        leave(app)


def furthest(app: Flask, hour: int, minute: int) -> timedelta:
    """By how much anybody is moved unasked, whichever tricycle breaks at that time."""
    session, day = db.session(), Day(app)
    service = session.scalars(select(Service).where(Service.date == DATE)).one()
    shifts, most = shifts_of(session, service), timedelta()
    for broken in shifts:
        copies = shifts_as(service, shifts, {})
        next(c for c in copies if c.id == broken.id).ends_at = day.at(hour, minute)
        depot = app.extensions["settings"].depot
        upset = Upset(shifts=copies)
        found = what_breaks(session, service, upset, depot=depot, now=day.at(8))
        for answer in (found, *found.others):
            for one in answer.affected:
                if one.slot is not None:
                    most = max(most, abs(one.slot.starts_at - one.order.slot.starts_at))
    return most


@pytest.mark.full
def test_a_breakdown_in_the_demonstration_moves_nobody_by_more_than_half_an_hour(
    demonstration: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert furthest(demonstration, 11, 30) <= MOST
    # The control: one order after the other, each to the nearest slot with room.
    monkeypatch.setattr(disruption, "Settling", OneByOne)
    assert furthest(demonstration, 11, 30) > MOST
