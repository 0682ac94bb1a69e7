"""What breaks promises is shown first, then proposed to each customer, side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

import routing
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.disruption import disruption, settling
from locomotive.disruption.disruption import Upset, what_breaks
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.message import Message
from locomotive.ordering.order import Order, order_token
from locomotive.promise import question
from locomotive.promise.problem import exactly
from locomotive.promise.promise import Promise, promise_of
from locomotive.promise.proposal import Proposal
from locomotive.promise.tentative_plan import TentativePlan, current_plan, delivery_of
from locomotive.service.fleet import shifts_of
from locomotive.service.slot import Slot
from locomotive.worker.queue import Jobs
from tests.service_day import SECRET, Day, leave, new_day
from tests.shop_day import shown_on, words

PAGE = "/office/service/2026-11-24"


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    day = new_day(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    monkeypatch.setattr(Jobs, "soon", lambda _jobs, _task: None)
    with day.app.app_context():
        yield day
        leave(day.app)


@pytest.fixture
def office(day: Day) -> FlaskClient:
    return day.signed_in("manager")


def promised(day: Day, *, places: tuple[str, ...]) -> list[Order]:
    """Orders for noon at these places, all in the tentative plan."""
    orders = [day.order(f"Guest {n}", to=to, carbonade=4) for n, to in enumerate(places)]
    with write_tx() as session:
        for order in orders:
            session.get_one(Order, order.id).email = f"guest{order.id}@example.org"
    return orders


def shifts_form(day: Day, *, off: int = 0) -> dict[str, str]:
    """The shifts as they stand, the first `off` tricycles staying off."""
    form = {}
    for index, shift in enumerate(shifts_of(db.session(), day.service)):
        form |= {f"start-{shift.id}": "11:00", f"end-{shift.id}": "14:00"}
        if index < off:
            form[f"off-{shift.id}"] = "y"
    return form


def yes(page: TestResponse) -> dict[str, object]:
    """What the preview's button sends along with the form."""
    fields = dict(re.findall(r'name="(stamp)" value="([^"]+)"', page.text))
    return {**fields, "shown": re.findall(r'name="shown" value="([^"]+)"', page.text)}


def order_page(order: Order) -> str:
    return f"/o/{order_token(SECRET, order.idempotency_key)}"


def slot(day: Day, hour: int, minute: int, kind: str = "delivery") -> Slot:
    query = select(Slot).where(Slot.kind == kind, Slot.starts_at == day.at(hour, minute))
    return db.session.scalars(query).one()


def test_a_tricycle_that_breaks_nothing_is_taken_off_at_once(day: Day, office: FlaskClient) -> None:
    promised(day, places=("school",))
    assert office.post(f"{PAGE}/shifts", data=shifts_form(day, off=1)).status_code == 303
    db.session.rollback()
    assert [s.is_off for s in shifts_of(db.session(), day.service)].count(True) == 1
    assert db.session.scalars(select(Proposal)).all() == []


def test_a_tricycle_off_shows_each_order_it_breaks_and_changes_nothing_yet(
    day: Day, office: FlaskClient
) -> None:
    promised(day, places=("school", "library", "town hall"))
    page = office.post(f"{PAGE}/shifts", data=shifts_form(day, off=2))
    text = words(page)
    assert "3 promised orders are touched. Nothing is changed yet." in text
    assert "12:00" in text
    db.session.rollback()
    assert [s.is_off for s in shifts_of(db.session(), day.service)] == [False, False]
    assert db.session.scalars(select(Proposal)).all() == []


def test_a_second_yes_moves_them_tells_each_once_and_keeps_every_other_promise(
    day: Day, office: FlaskClient
) -> None:
    orders = promised(day, places=("school", "library", "town hall", "garage"))
    day.leave_one_tricycle(boxes=12)
    form = shifts_form(day)
    first = shifts_of(db.session(), day.service)[0]
    form[f"end-{first.id}"] = "12:20"
    others = {f"off-{s.id}": "y" for s in shifts_of(db.session(), day.service)[1:]}
    page = office.post(f"{PAGE}/shifts", data=form | others)
    assert page.status_code == 200
    done = office.post(f"{PAGE}/shifts", data=form | others | yes(page))
    assert done.status_code == 303
    db.session.rollback()
    proposals = db.session.scalars(select(Proposal)).all()
    assert proposals
    mails = db.session.scalars(select(Message).where(Message.kind == "proposed")).all()
    assert sorted(m.order_id for m in mails) == sorted(p.order_id for p in proposals)
    assert wrong_counters(db.session()) == []
    service, depot = day.service, day.app.extensions["settings"].depot
    delivery = delivery_of(db.session(), service, depot)
    plan = current_plan(db.session(), service).plan
    assert routing.violations(exactly(delivery.problem), plan) == []
    assert plan.served() == set(delivery.orders)
    untouched = {o.id for o in orders} - {p.order_id for p in proposals}
    for order_id in untouched:
        order = db.session.get_one(Order, order_id)
        assert order.slot.starts_at == day.at(12)


def test_an_outdated_yes_is_shown_again(day: Day, office: FlaskClient) -> None:
    promised(day, places=("school", "library", "town hall"))
    form = shifts_form(day, off=2)
    page = office.post(f"{PAGE}/shifts", data=form)
    day.order("Late", to="garage")
    again = office.post(f"{PAGE}/shifts", data=form | yes(page))
    assert again.status_code == 200
    assert "Late" in again.text
    assert db.session.scalars(select(Proposal)).all() == []


def test_a_second_look_proposes_what_the_first_one_has_shown(day: Day) -> None:
    (order,) = promised(day, places=("school",))
    far, depot = slot(day, 13, 0), day.app.extensions["settings"].depot
    moved = Upset(moved=frozenset({order.id}), closed=frozenset({order.slot_id}))

    def proposal(upset: Upset) -> Slot | None:
        found = what_breaks(db.session(), day.service, upset, depot=depot, now=day.at(10))
        return found.affected[0].slot

    first = proposal(moved)
    assert first is not None
    assert first.id != far.id
    assert proposal(replace(moved, shown={order.id: far.id})) == far
    assert proposal(replace(moved, shown={order.id: None})) is None


@pytest.fixture
def proposed(day: Day, office: FlaskClient) -> Order:
    """An order whose noon delivery was replaced by take-away."""
    (order,) = promised(day, places=("school",))
    form = shifts_form(day, off=2)
    page = office.post(f"{PAGE}/shifts", data=form)
    office.post(f"{PAGE}/shifts", data=form | yes(page))
    db.session.rollback()
    return db.session.get_one(Order, order.id)


def test_the_customer_sees_old_and_new_time_side_by_side(day: Day, proposed: Order) -> None:
    client = day.app.test_client()
    client.set_cookie("language", "en")
    text = words(client.get(order_page(proposed)))
    assert "We cannot keep the time that we promised" in text
    assert "Promised 12:00 – 12:15 We propose" in text
    assert "to fetch at the restaurant" in text
    promise = db.session.scalars(select(Promise).where(Promise.order_id == proposed.id)).all()
    assert [p.is_kept for p in promise] in ([], [False])


def test_yes_makes_the_new_time_a_promise(day: Day, proposed: Order) -> None:
    page = order_page(proposed)
    client = day.app.test_client()
    accept = {"answer": "accept", "shown": shown_on(client.get(page))}
    assert client.post(f"{page}/proposal", data=accept).status_code == 303
    db.session.rollback()
    order = db.session.get_one(Order, proposed.id)
    promise = promise_of(db.session(), order)
    assert promise is not None
    assert (promise.cause, promise.slot_id) == ("proposed", order.slot_id)
    assert client.post(f"{page}/proposal", data=accept).status_code == 409


def test_no_cancels_even_after_the_cut_off_and_gives_all_back(
    day: Day, proposed: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(12))
    client = day.app.test_client()
    page = order_page(proposed)
    decline = {"answer": "decline", "shown": shown_on(client.get(page))}
    answer = client.post(f"{page}/proposal", data=decline)
    assert answer.status_code == 303
    db.session.rollback()
    assert day.status(proposed) == "cancelled"
    assert wrong_counters(db.session()) == []


def test_a_broken_promise_counts_as_not_kept(day: Day) -> None:
    order = day.order(to="school")
    with write_tx() as session:
        from locomotive.promise.promise import give_promise
        from locomotive.promise.proposal import repropose

        standing = session.get_one(Order, order.id)
        give_promise(session, standing, None, cause="ordered", now=day.at(8))
        later = slot(day, 12, 30)
        repropose(session, standing, later, reason="A puncture.", now=day.at(11))
    db.session.rollback()
    promise = db.session.scalars(select(Promise).where(Promise.order_id == order.id)).one()
    assert (promise.is_kept, promise.late_minutes) == (False, 15)


def test_a_dish_that_is_gone_leaves_the_sale_at_once(day: Day, office: FlaskClient) -> None:
    from locomotive.menu.menu import Portion

    portion = db.session.scalars(select(Portion)).first()
    assert portion is not None
    answer = office.post(f"{PAGE}/gone", data={"portion": str(portion.id), "missing": ""})
    assert answer.status_code == 303
    db.session.rollback()
    assert db.session.get_one(Portion, portion.id).remaining == 0
    assert wrong_counters(db.session()) == []


def test_portions_that_are_missing_are_taken_from_the_newest_orders_after_a_yes(
    day: Day, office: FlaskClient
) -> None:
    from locomotive.menu.menu import Portion

    first = day.order("Nadia", carbonade=2)
    second = day.order("Paul", carbonade=2, soup=1)
    third = day.order("Farid", carbonade=1)
    portion = next(p for p in db.session.scalars(select(Portion)) if p.dish.family == "stew")
    form = {"portion": str(portion.id), "missing": "198"}
    page = office.post(f"{PAGE}/gone", data=form)
    text = words(page)
    assert "2 promised orders are touched" in text
    assert "the order without this dish" in text
    assert "the order is cancelled" in text
    assert day.status(third) == "placed"
    done = office.post(f"{PAGE}/gone", data=form | yes(page))
    assert done.status_code == 303
    db.session.rollback()
    assert day.status(first) == "placed"
    assert day.status(third) == "cancelled"
    assert [line.dish_name for line in db.session.get_one(Order, second.id).lines] == [
        "Soupe de potimarron"
    ]
    assert db.session.get_one(Portion, portion.id).remaining == 0
    assert wrong_counters(db.session()) == []


def test_the_plan_in_force_survives_a_plan_row_that_cannot_be_read(day: Day) -> None:
    with write_tx() as session:
        session.add(TentativePlan(service_id=day.service.id, version=3, plan="{}"))
    with pytest.raises(routing.InvalidPlan):
        current_plan(db.session(), day.service)


class SlowSearch:
    """A clock that only the search moves: each try takes all the time that it is given, and
    fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        for module in (disruption, settling, question):
            monkeypatch.setattr(module, "monotonic", lambda: self.now)
        monkeypatch.setattr(routing, "fits", self._fits)

    def _fits(self, *_args: object, time_limit: float) -> None:
        self.now += time_limit


def test_a_look_ends_after_its_seconds_and_says_what_it_is_not_sure_of(
    day: Day, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    promised(day, places=("school", "library", "town hall", "garage", "stadium"))
    search = SlowSearch(monkeypatch)
    monkeypatch.setattr(disruption, "LOOK", 1.0)
    form = shifts_form(day, off=1)
    page = office.post(f"{PAGE}/shifts", data=form)
    assert search.now <= 1.0 + settling.REPAIR
    text = words(page)
    assert "Not every other time was tried yet. Look further, then decide." in text
    assert "not looked at to the end" in text
    assert "Do it, and write to these customers" not in text
    again = office.post(f"{PAGE}/shifts", data=form | yes(page))
    assert again.status_code == 200
    db.session.rollback()
    assert [s.is_off for s in shifts_of(db.session(), day.service)] == [False, False]
    assert db.session.scalars(select(Proposal)).all() == []


def test_looking_further_comes_to_an_end(
    day: Day, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = promised(day, places=("school", "library", "town hall", "garage", "stadium"))
    SlowSearch(monkeypatch)
    monkeypatch.setattr(disruption, "LOOK", 1.0)
    form, looks = shifts_form(day, off=1), 0
    page = office.post(f"{PAGE}/shifts", data=form)
    while "Look further" in page.text:
        page, looks = office.post(f"{PAGE}/shifts", data=form | yes(page)), looks + 1
        assert looks <= len(orders)
    assert looks >= 2
    assert "Do it, and write to these customers" in words(page)
    assert office.post(f"{PAGE}/shifts", data=form | yes(page)).status_code == 303


def test_what_is_not_sure_is_never_applied(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    promised(day, places=("school",))
    depot = day.app.extensions["settings"].depot
    monkeypatch.setattr(disruption, "LOOK", 0.0)
    off = Upset(shifts=[])
    found = what_breaks(db.session(), day.service, off, depot=depot, now=day.at(10))
    assert not found.is_sure
    with pytest.raises(disruption.LookUnfinished), write_tx() as session:
        disruption.apply_disruption(session, day.service, found, reason="", now=day.at(10))
    assert db.session.scalars(select(Proposal)).all() == []
