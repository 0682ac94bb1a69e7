"""Rare acts ask for the screen's PIN: cancelling an order, changing the portions on sale."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.accounts.device import enrol, new_device, pin_hash
from locomotive.accounts.signin import entry_link
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.menu.menu import Portion
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.order import OrderEvent
from tests.service_day import Day


@pytest.fixture
def stove(day: Day) -> FlaskClient:
    """An enrolled screen whose PIN is 2580."""
    return enrolled(day, "stove")


def enrolled(day: Day, name: str) -> FlaskClient:
    """A kitchen screen of that name, in English."""
    with write_tx() as session:
        _, token = new_device(
            session, name=name, role="kitchen", pin_hash=pin_hash("2580"), now=clock.now()
        )
        cookie_token = enrol(session, entry_link(session, token, now=clock.now()), now=clock.now())
    client = day.app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = cookie_token, True
    client.set_cookie("language", "en")
    return client


def test_an_order_is_cancelled_with_reason_and_pin(day: Day, stove: FlaskClient) -> None:
    order = day.order(carbonade=2)
    url = f"/kitchen/orders/{order.id}/cancel"
    assert "PIN" in stove.get(url).text
    wrong = stove.post(url, data={"reason": "mistake", "seen": "placed", "pin": "0000"})
    assert (wrong.status_code, day.status(order)) == (422, "placed")
    assert "This PIN is not right" in wrong.text
    assert stove.post(url, data={"seen": "placed", "pin": "2580"}).status_code == 422
    right = stove.post(url, data={"reason": "mistake", "seen": "placed", "pin": "2580"})
    assert (right.status_code, day.status(order)) == (303, "cancelled")
    last = db.session.scalars(select(OrderEvent).order_by(OrderEvent.id.desc())).first()
    assert last
    assert (last.device, last.reason) == ("stove", "mistake")
    assert wrong_counters(db.session()) == []


def test_a_tablet_named_web_may_cancel(day: Day) -> None:
    """A device's name is a label: it takes no right away, though customers' orders carry it."""
    order = day.order()
    tablet = enrolled(day, "web")
    tablet.post(f"/kitchen/orders/{order.id}/step", data={"seen": "placed", "to": "ready"})
    answer = tablet.post(
        f"/kitchen/orders/{order.id}/cancel",
        data={"reason": "mistake", "seen": "ready", "pin": "2580"},
    )
    assert (answer.status_code, day.status(order)) == (303, "cancelled")


def test_an_order_that_changed_meanwhile_is_not_cancelled(day: Day, stove: FlaskClient) -> None:
    order = day.order()
    stove.post(f"/kitchen/orders/{order.id}/step", data={"seen": "placed", "to": "ready"})
    answer = stove.post(
        f"/kitchen/orders/{order.id}/cancel",
        data={"reason": "mistake", "seen": "placed", "pin": "2580"},
    )
    assert (answer.status_code, day.status(order)) == (409, "ready")


def test_s12_a_pin_is_not_guessed(day: Day, stove: FlaskClient) -> None:
    order = day.order()
    data = {"reason": "mistake", "seen": "placed", "pin": "0000"}
    statuses = [
        stove.post(f"/kitchen/orders/{order.id}/cancel", data=data).status_code for _ in range(6)
    ]
    assert statuses == [422] * 5 + [429]


def test_a_screen_without_enrolment_makes_no_rare_act(day: Day, screen: FlaskClient) -> None:
    order = day.order()
    data = {"reason": "mistake", "seen": "placed", "pin": ""}
    assert screen.post(f"/kitchen/orders/{order.id}/cancel", data=data).status_code == 403
    assert day.status(order) == "placed"


def test_portions_go_off_sale_and_come_back(day: Day, stove: FlaskClient) -> None:
    portion = db.session.scalars(select(Portion)).first()
    assert portion
    url = "/kitchen/2026-11-24/portions"
    for delta, left in (("-5", 195), ("3", 198)):
        answer = stove.post(url, data={"portion_id": portion.id, "delta": delta, "pin": "2580"})
        assert answer.status_code == 303
        db.session.rollback()
        assert db.session.get_one(Portion, portion.id, populate_existing=True).remaining == left
    for wrong in ("0", "51", "1e3", ""):
        data = {"portion_id": portion.id, "delta": wrong, "pin": "2580"}
        assert stove.post(url, data=data).status_code == 422
    assert stove.post(url, data={"portion_id": 999, "delta": "1"}).status_code == 404
    assert wrong_counters(db.session()) == []
