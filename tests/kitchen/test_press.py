"""One press on a bag: forward, back, and what a stale page gets."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from locomotive.core.db import db
from locomotive.ordering.order import Order, OrderEvent
from tests.service_day import Day


def press(
    client: FlaskClient, order: Order, seen: str, to: str, *, is_fetch: bool = False
) -> TestResponse:
    headers = {"X-Requested-With": "fetch"} if is_fetch else {}
    return client.post(
        f"/kitchen/orders/{order.id}/step", data={"seen": seen, "to": to}, headers=headers
    )


def test_the_big_button_makes_an_order_ready_and_notes_the_device(
    day: Day, screen: FlaskClient
) -> None:
    order = day.order()
    answer = press(screen, order, "placed", "ready")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/kitchen/")
    assert day.status(order) == "ready"
    last = db.session.scalars(select(OrderEvent).order_by(OrderEvent.id.desc())).first()
    assert last
    assert (last.status, last.device) == ("ready", "kitchen")


def test_a_press_is_taken_back_by_the_same_route(day: Day, screen: FlaskClient) -> None:
    order = day.order()
    press(screen, order, "placed", "ready")
    page = screen.get("/kitchen/pack").text
    assert f"/kitchen/orders/{order.id}/step?seen=ready&amp;to=placed" in page
    undo = screen.post(f"/kitchen/orders/{order.id}/step?seen=ready&to=placed")
    assert undo.status_code == 303
    assert day.status(order) == "placed"


def test_a_meal_to_take_away_is_handed_over_in_the_kitchen(day: Day, screen: FlaskClient) -> None:
    order = day.order()
    press(screen, order, "placed", "ready")
    press(screen, order, "ready", "handed over")
    assert day.status(order) == "handed over"


def test_a_meal_that_rides_is_not_handed_over_in_the_kitchen(day: Day, screen: FlaskClient) -> None:
    order = day.order(to="school")
    press(screen, order, "placed", "ready")
    assert press(screen, order, "ready", "handed over").status_code == 409
    assert day.status(order) == "ready"


def test_c10_a_stale_press_changes_nothing_and_shows_the_board_as_it_is(
    day: Day, screen: FlaskClient
) -> None:
    order = day.order("Karim")
    day.cancel(order)
    answer = press(screen, order, "placed", "ready")
    assert answer.status_code == 409
    assert day.status(order) == "cancelled"
    assert "has changed meanwhile" in answer.text
    assert "Cancelled" in answer.text
    assert "<html" in answer.text


def test_a_stale_press_of_the_script_gets_the_fragment_with_its_sentence(
    day: Day, screen: FlaskClient
) -> None:
    order = day.order()
    press(screen, order, "placed", "ready")
    answer = press(screen, order, "placed", "ready", is_fetch=True)
    assert answer.status_code == 409
    assert "data-refusal" in answer.text
    assert "<html" not in answer.text
    assert day.status(order) == "ready"


@pytest.mark.parametrize("to", ["cancelled", "left", "expired", "not delivered", "nonsense", ""])
def test_the_kitchen_makes_no_step_that_is_not_its_own(
    day: Day, screen: FlaskClient, to: str
) -> None:
    order = day.order(to="school")
    assert press(screen, order, "placed", to).status_code == 409
    assert day.status(order) == "placed"


def test_an_unknown_order_is_not_found(screen: FlaskClient) -> None:
    for number in (999, 2**31 - 1, 2**63):
        path = f"/kitchen/orders/{number}/step"
        assert screen.post(path, data={"seen": "placed", "to": "ready"}).status_code == 404


def test_a_press_on_a_chosen_day_comes_back_to_that_day(day: Day, screen: FlaskClient) -> None:
    order = day.order()
    path = f"/kitchen/orders/{order.id}/step?date=2026-11-24&seen=placed&to=ready"
    assert screen.post(path).headers["Location"] == "/kitchen/?date=2026-11-24"


def test_a_rider_presses_nothing(day: Day) -> None:
    order = day.order()
    assert press(day.signed_in("rider"), order, "placed", "ready").status_code == 403
    assert day.status(order) == "placed"
