"""Packing bag by bag: in the order in which bags go aboard; two hands for an exception."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from locomotive.core.db import db
from locomotive.kitchen.production import packing
from locomotive.ordering.order import Order, orders_of
from tests.service_day import Day


def press(screen: FlaskClient, order: Order, seen: str, to: str) -> TestResponse:
    return screen.post(f"/kitchen/orders/{order.id}/step?page=pack", data={"seen": seen, "to": to})


def ticket(page: str, order: Order) -> str:
    found = re.search(rf'<article class="[^"]*"\s+id="ticket-{order.id}".*?</article>', page, re.S)
    assert found
    return found[0]


def test_the_bags_of_a_round_stand_in_loading_order_the_last_stop_first(day: Day) -> None:
    first, second, third = (
        day.order(to=place, slot=(12, 0)) for place in ("library", "town hall", "school")
    )
    day.leave_one_tricycle()
    day.lay(["school", "library", "town hall"])
    (departure,) = packing(orders_of(db.session(), day.service))
    assert departure.kind == "round"
    assert [o.id for o in departure.orders] == [second.id, first.id, third.id]


def test_the_pack_screen_shows_how_far_the_loading_is(day: Day, screen: FlaskClient) -> None:
    one = day.order()
    day.order()
    press(screen, one, "placed", "ready")
    assert "Bags ready: 1 of 2" in screen.get("/kitchen/pack").text


def test_a_press_comes_back_to_the_pack_screen(day: Day, screen: FlaskClient) -> None:
    order = day.order()
    assert press(screen, order, "placed", "ready").headers["Location"] == "/kitchen/pack"
    stale = press(screen, order, "placed", "ready")
    assert stale.status_code == 409
    assert 'class="loadings"' in stale.text


def test_an_exception_s_bag_is_ready_only_after_a_second_hand(
    day: Day, screen: FlaskClient
) -> None:
    order = day.order(must_not_contain="noix")
    assert press(screen, order, "placed", "ready").status_code == 409
    assert press(screen, order, "bagged", "ready").status_code == 409
    assert press(screen, order, "placed", "bagged").status_code == 303
    assert day.status(order) == "placed"
    shown = ticket(screen.get("/kitchen/pack").text, order)
    assert "Verified" in shown
    assert "noix" in shown
    assert press(screen, order, "placed", "bagged").status_code == 409
    assert press(screen, order, "bagged", "ready").status_code == 303
    assert day.status(order) == "ready"


def test_both_touches_of_an_exception_can_be_taken_back(day: Day, screen: FlaskClient) -> None:
    order = day.order(must_not_contain="noix")
    press(screen, order, "placed", "bagged")
    assert press(screen, order, "bagged", "placed").status_code == 303
    assert "Verified" not in ticket(screen.get("/kitchen/pack").text, order)
    press(screen, order, "placed", "bagged")
    press(screen, order, "bagged", "ready")
    assert press(screen, order, "ready", "placed").status_code == 303
    assert press(screen, order, "bagged", "ready").status_code == 409
    assert day.status(order) == "placed"


def test_an_ordinary_bag_needs_no_second_hand(day: Day, screen: FlaskClient) -> None:
    order = day.order()
    assert press(screen, order, "placed", "bagged").status_code == 409
    assert press(screen, order, "placed", "ready").status_code == 303


def test_an_undone_bag_whose_cooking_had_begun_is_started_again(
    day: Day, screen: FlaskClient
) -> None:
    order = day.order(carbonade=2)
    screen.post(
        f"/kitchen/cook/{day.service.id}/finish",
        data={
            "share": f"slot-{order.slot_id}",
            "portion_id": order.lines[0].portion_id,
            "portions": 1,
            "seen": 0,
        },
    )
    press(screen, order, "started", "ready")
    assert "to=started" in ticket(screen.get("/kitchen/pack").text, order)
    assert press(screen, order, "ready", "started").status_code == 303
    assert day.status(order) == "started"
