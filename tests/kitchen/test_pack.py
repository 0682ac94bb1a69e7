"""Packing bag by bag: in the order in which bags go aboard; two hands for an exception."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from locomotive.core.db import db, write_tx
from locomotive.kitchen.production import packing
from locomotive.kitchen.ticket import MOST_BAGS, Screen, ticket_of, tiles
from locomotive.ordering.order import Order, orders_of
from locomotive.promise.change import OrderChange
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
    (departure,) = packing(orders_of(db.session(), day.service)).next
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
    assert "<html" in stale.text
    assert 'id="board"' in stale.text


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
    reopen = f"/kitchen/orders/{order.id}/step?seen=ready&amp;to=started"
    assert reopen in screen.get("/kitchen/pack").text
    assert press(screen, order, "ready", "started").status_code == 303
    assert day.status(order) == "started"


def test_bags_of_the_same_content_share_a_tile_and_an_exception_never_does(day: Day) -> None:
    one, other, two = day.order(carbonade=1), day.order(soup=1), day.order(carbonade=1)
    apart = day.order(carbonade=1, must_not_contain="noix")
    (departure,) = packing(orders_of(db.session(), day.service)).next
    screen = Screen("pack")
    found = tiles(ticket_of(order, screen, pictures={}) for order in departure.orders)
    assert [[t.order_id for t in tile] for tile in found] == [
        [apart.id],
        [one.id, two.id],
        [other.id],
    ]


def test_a_tile_holds_no_more_bags_than_the_smallest_screen_shows(day: Day) -> None:
    for _ in range(MOST_BAGS + 1):
        day.order(carbonade=1)
    (departure,) = packing(orders_of(db.session(), day.service)).next
    found = tiles(ticket_of(order, Screen("pack"), pictures={}) for order in departure.orders)
    assert [len(tile) for tile in found] == [MOST_BAGS, 1]


def test_a_changed_bag_is_closed_only_after_somebody_has_seen_the_change(
    day: Day, screen: FlaskClient
) -> None:
    order = day.order(carbonade=3)
    with write_tx() as session:
        change = OrderChange(
            order_id=order.id,
            at=day.at(9),
            device="web",
            lines_before='[["Carbonade flamande", 1]]',
            lines_after='[["Carbonade flamande", 3]]',
            slot_before_id=order.slot_id,
            slot_after_id=order.slot_id,
        )
        session.add(change)
        session.flush()
        seen = f"/kitchen/orders/{order.id}/seen?page=pack&change={change.id}"
    act = f'id="act-{order.id}"'
    assert act not in screen.get("/kitchen/pack").text
    assert screen.post(seen).status_code == 303
    assert act in screen.get("/kitchen/pack").text
