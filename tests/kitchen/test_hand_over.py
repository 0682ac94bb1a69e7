"""Handing over: a take-away customer is found by number or first letters, and pays what is due."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from locomotive.core.db import db
from locomotive.kitchen.handover import to_hand_over
from locomotive.ordering.order import Order, orders_of
from tests.service_day import Day


def found(day: Day, asked: str) -> list[str]:
    db.session.rollback()
    db.session.expire_all()
    return [o.first_name for o in to_hand_over(orders_of(db.session(), day.service), asked)]


def ready(screen: FlaskClient, order: Order) -> None:
    screen.post(f"/kitchen/orders/{order.id}/step", data={"seen": "placed", "to": "ready"})


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("", ["Élodie", "Elsa", "Karim"]),
        ("el", ["Élodie", "Elsa"]),
        ("ÉLO", ["Élodie"]),
        ("3", ["Karim"]),
        ("99", []),
        ("z", []),
    ],
)
def test_a_bag_is_found_by_its_number_or_the_first_letters(
    day: Day, asked: str, names: list[str]
) -> None:
    for name in ("Élodie", "Elsa", "Karim"):
        day.order(name)
    day.order("Elvire", to="school")
    assert found(day, asked) == names


def test_what_can_be_given_comes_first(day: Day, screen: FlaskClient) -> None:
    day.order("Nadia", slot=(11, 30))
    late = day.order("Karim", slot=(13, 0))
    ready(screen, late)
    assert found(day, "") == ["Karim", "Nadia"]


def test_what_is_to_be_paid_stands_over_the_button(day: Day, screen: FlaskClient) -> None:
    order = day.order("Nadia", carbonade=1, salad=1)
    assert "€21.00" not in screen.get("/kitchen/hand-over").text
    ready(screen, order)
    page = screen.get("/kitchen/hand-over").text
    assert "to collect: €21.00" in page
    assert "Handed over" in page


def test_handing_over_is_one_touch_that_can_be_taken_back(day: Day, screen: FlaskClient) -> None:
    order = day.order("Nadia")
    ready(screen, order)
    url = f"/kitchen/orders/{order.id}/step?page=hand_over&find=na"
    answer = screen.post(url, data={"seen": "ready", "to": "handed over"})
    assert answer.headers["Location"] == "/kitchen/hand-over?find=na"
    assert day.status(order) == "handed over"
    assert screen.post(url, data={"seen": "ready", "to": "handed over"}).status_code == 409
    screen.post(url, data={"seen": "handed over", "to": "ready"})
    assert day.status(order) == "ready"
