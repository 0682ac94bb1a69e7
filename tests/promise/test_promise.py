"""A delivery slot is promised only if the rounds can keep it with all that is promised already."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import func, select

import routing
from locomotive.core.db import db, write_tx
from locomotive.places.address import Address, KnownAddress
from locomotive.places.travel_time import Leg, Point
from locomotive.promise import question
from locomotive.promise.promise import Promise, RefusedSlot
from locomotive.promise.tentative_plan import TentativePlan, current_plan, delivery_of
from locomotive.service.fleet import shifts_of
from locomotive.worker.inquiries import answer_inquiries
from routing.streets import great_circle
from tests.shop_day import Shop, error_at, shown_on, words

PASTEUR = "12 rue Pasteur, Oignies"


def deliver(shop: Shop, number: int, to: str = PASTEUR, hour: int = 12, minute: int = 0, **more):
    slot = shop.slot(hour, minute, kind="delivery")
    key = f"{number:032d}"
    return shop.order(kind="delivery", address=to, key=key, slot=str(slot.id), **more)


def know(street: str, latitude: float, longitude: float) -> str:
    with write_tx() as session:
        session.add(
            KnownAddress(street=street, town="Oignies", latitude=latitude, longitude=longitude)
        )
    return f"{street}, Oignies"


def promises() -> list[Promise]:
    """All promises in the order in which they were given."""
    db.session.rollback()
    return list(db.session.scalars(select(Promise).order_by(Promise.id)))


def fill_the_tricycles(shop: Shop, most: int = 40) -> int:
    """Order for ever new places at noon until a delivery is refused; return how many stand."""
    for number in range(most):
        latitude = 50.480 + 0.0012 * (number % 5)
        street = know(f"{number + 1} rue des Jardins", latitude, 2.975 + 0.0015 * (number // 5))
        shop.add("1")
        if deliver(shop, number, street).status_code != 303:
            return number
    raise AssertionError("the tricycles never filled")


def kept_by_the_plan(shop: Shop) -> bool:
    """Whether the tentative plan serves every promised stop and breaks no rule."""
    db.session.rollback()
    service, depot = shop.day.service, shop.day.app.extensions["settings"].depot
    delivery = delivery_of(db.session(), service, depot)
    plan = current_plan(db.session(), service).plan
    assert routing.violations(delivery.problem, plan) == []
    return plan.served() == set(delivery.orders)


def test_a_promise_is_written_with_its_evidence(shop: Shop) -> None:
    shop.add("2")
    assert deliver(shop, 1).status_code == 303
    promise = promises()[0]
    assert (promise.plan_version, promise.cause) == (1, "ordered")
    assert promise.margin_minutes is not None
    assert promise.margin_minutes >= 0
    assert (promise.local_time.hour, promise.zone) == (12, "Europe/Paris")
    assert kept_by_the_plan(shop)
    assert db.session.scalar(select(func.count()).select_from(Leg)) == 3


@pytest.fixture
def _short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker decides by its long repairs alone: what is full is not proven for ten seconds."""
    monkeypatch.setattr(question, "DECIDING", 0.0)


@pytest.mark.usefixtures("_short_looks")
def test_the_last_place_taken_refuses_with_the_reason_and_the_nearest_times(shop: Shop) -> None:
    count = fill_the_tricycles(shop)
    assert count > 4
    assert shop.orders() == count
    assert kept_by_the_plan(shop)
    shop.add("1")
    street = know("90 rue des Jardins", 50.485, 2.980)
    assert "12:00: not sure yet" in words(deliver(shop, 90, street))
    db.session.rollback()
    answer_inquiries()
    answer = deliver(shop, 90, street)
    assert answer.status_code == 409
    sentence = error_at(answer, "slot")
    assert sentence.startswith("12:00: the tricycle is full. Possible: 1")
    assert "or come for it: choose take-away" in sentence
    assert shop.orders() == count
    refused = db.session.scalars(select(RefusedSlot)).all()
    assert ("0" * 30 + "90", "tricycle_full") in [(r.key, r.reason) for r in refused]


@pytest.mark.usefixtures("_short_looks")
def test_the_next_customer_sees_before_ordering_which_times_are_possible(shop: Shop) -> None:
    fill_the_tricycles(shop)
    shop.add("1")
    street = know("91 rue des Jardins", 50.484, 2.981)
    shop.order(kind="delivery", address=street, look="1")
    answer_inquiries()
    looked = shop.order(kind="delivery", address=street, look="1")
    assert looked.status_code == 200
    text = words(looked)
    assert "Times that the tricycle can keep for 91 rue des Jardins" in text
    assert re.search(r"12:00 the tricycle is full; possible: 1\d:\d\d", text)
    later = shop.slot(13, 0, kind="delivery")
    before = shop.orders()
    assert deliver(shop, 91, street, 13, 0).status_code == 303
    assert shop.orders() == before + 1
    promise = promises()[-1]
    assert promise.slot_id == later.id
    assert kept_by_the_plan(shop)


@pytest.mark.usefixtures("_short_looks")
def test_the_slots_that_a_page_could_not_offer_stand_on_the_promise(shop: Shop) -> None:
    fill_the_tricycles(shop)
    shop.add("1")
    street = know("91 rue des Jardins", 50.484, 2.981)
    shop.order(kind="delivery", address=street, look="1", key="q" * 32)
    answer_inquiries()
    shop.order(kind="delivery", address=street, look="1", key="q" * 32)
    later = str(shop.slot(13, 0, kind="delivery").id)
    shop.order(kind="delivery", address=street, key="q" * 32, slot=later)
    promise = promises()[-1]
    noon = shop.slot(12, 0, kind="delivery").id
    assert json.loads(promise.refused)[str(noon)] == "tricycle_full"


def test_without_a_tricycle_no_time_is_possible_and_take_away_is_named(shop: Shop) -> None:
    with write_tx() as session:
        for shift in shifts_of(session, shop.day.service):
            shift.is_off = True
    shop.add("1")
    answer = deliver(shop, 1)
    assert answer.status_code == 409
    assert (
        "12:00: no tricycle rides. No other time is possible: choose take-away, or call us."
    ) in words(answer)
    assert 'value="delivery"' not in answer.text


def test_a_place_that_no_tricycle_reaches_in_time_is_refused_for_that(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = know("1 chemin du Bout", 50.505, 3.030)
    monkeypatch.setattr(
        "locomotive.promise.tentative_plan.streets_in_force", lambda _session: WalkingPace()
    )
    shop.add("1")
    answer = deliver(shop, 1, far)
    assert answer.status_code == 409
    assert "too far to arrive in time" in error_at(answer, "slot")


class WalkingPace:
    """Roads on which one rides at 3 km/h."""

    map_version = "at a walking pace"
    leg_noise = 0.0

    def ways(self, pairs: list[tuple[Point, Point]]) -> list[tuple[int, int]]:
        metres = [round(1.4 * great_circle(one, two)) for one, two in pairs]
        return [(round(way * 3.6 / 3), way) for way in metres]


def test_orders_of_one_place_in_one_slot_are_one_stop_with_one_box_each(shop: Shop) -> None:
    for number in range(3):
        shop.add("2")
        assert deliver(shop, number).status_code == 303
    db.session.rollback()
    service, depot = shop.day.service, shop.day.app.extensions["settings"].depot
    delivery = delivery_of(db.session(), service, depot)
    (stop,) = delivery.problem.stops
    assert (stop.delivery, stop.priority) == ((6,), 3)
    assert stop.service_time == 120 + 6 * 20
    assert kept_by_the_plan(shop)


def test_a_question_without_time_is_refused_as_not_sure(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("locomotive.promise.question.GUARD", -1.0)
    shop.add("1")
    answer = deliver(shop, 1)
    assert answer.status_code == 409
    assert "not sure: call us" in error_at(answer, "slot")
    assert shop.orders() == 0


def test_a_repeated_send_gives_the_same_order_though_its_place_is_taken(shop: Shop) -> None:
    shop.add("1")
    form = {"kind": "delivery", "address": PASTEUR, "key": "r" * 32}
    shown = shop.shown(**form)
    answers = [shop.send(shown, **form) for _ in range(3)]
    assert {a.status_code for a in answers} == {303}
    assert len({a.location for a in answers}) == 1
    assert shop.orders() == 1


def test_an_order_is_asked_again_when_another_promise_came_between(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from locomotive.promise import keeping

    real, rivals = keeping.promise_order, [1, 1]

    def late(session, *args, **kwargs):
        if rivals:
            rivals.pop()
            row = session.get(TentativePlan, shop.day.service.id)
            if row is None:
                session.add(TentativePlan(service_id=shop.day.service.id, version=1, plan="{}"))
                row = session.get(TentativePlan, shop.day.service.id)
            kwargs_plan = args[2]
            object.__setattr__(kwargs_plan, "seen", kwargs_plan.seen + 7)
        return real(session, *args, **kwargs)

    monkeypatch.setattr(keeping, "promise_order", late)
    shop.add("1")
    assert deliver(shop, 1).status_code == 303
    assert rivals == []
    assert shop.orders() == 1


def test_take_away_needs_no_plan(shop: Shop) -> None:
    shop.add("1")
    assert shop.order().status_code == 303
    promise = promises()[0]
    assert (promise.plan_version, promise.margin_minutes) == (None, None)
    assert current_plan(db.session(), shop.day.service).version == 0


def test_the_manager_takes_an_order_by_phone_after_the_cut_off(shop: Shop) -> None:
    shop.at(11, 5)
    shop.add("1")
    assert deliver(shop, 1, hour=12, minute=30, phone="06 12 34 56 78").status_code == 409
    manager = shop.day.signed_in("manager")
    field = f"quantity-{shop.portion().id}"
    manager.post("/basket", data={"date": str(shop.day.date), "add": "1", field: "1"})
    slot = str(shop.slot(12, 30, kind="delivery").id)
    form = shop.form(kind="delivery", address=PASTEUR, slot=slot, key="p" * 32)
    assert manager.post("/order", data=form).status_code == 409
    assert manager.post(f"/office/phone/{shop.day.date}").status_code == 303
    assert "Order taken by phone" in words(manager.get(f"/order?day={shop.day.date}"))
    shown = shown_on(manager.post("/order", data=form | {"look": "1"}))
    assert manager.post("/order", data=form | {"shown": shown}).status_code == 303
    assert len(promises()) == 1


def test_a_point_of_the_address_is_a_metre(shop: Shop) -> None:
    from locomotive.places.travel_time import point_key

    assert point_key(Address("", "", "", 50.4658, 2.9968).point) == "50.46580,2.99680"
