"""A customer changes an order before the cut-off, through the same promise as a new one."""

from __future__ import annotations

import pytest
from werkzeug.test import TestResponse

from locomotive.core.db import db, write_tx
from locomotive.core.tasks import SEND_MAILS
from locomotive.menu.menu import SoldOut
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.order import Order, order_of_token
from locomotive.ordering.step import move_on
from locomotive.promise.change import last_change
from tests.shop_day import Shop, error_at, shown_on, words

LIBRARY = "12 rue Pasteur, Oignies"


def placed(shop: Shop, **changes: str) -> str:
    """Order and return the order's token."""
    shop.add("2")
    answer = shop.order(**changes)
    assert answer.status_code == 303, words(answer)
    return answer.location.rsplit("/", 1)[1]


def order_of(token: str) -> Order:
    db.session.rollback()
    return order_of_token(db.session(), token)


def change(shop: Shop, token: str, quantities: dict[str, str], **fields: str) -> TestResponse:
    """Count the change form again and send it; quantities are dish names and what is typed."""
    order = order_of(token)
    form = {
        "kind": order.kind,
        "slot": str(order.slot_id),
        "place": "same" if order.is_delivery else "",
        "address": "",
        "access_note": "",
    }
    typed = {f"quantity-{shop.portion(name).id}": number for name, number in quantities.items()}
    data = form | typed | fields
    counted = shop.client.post(f"/o/{token}/change", data=data | {"look": "total"})
    return shop.client.post(f"/o/{token}/change", data=data | {"shown": shown_on(counted)})


def test_the_page_shows_the_order_as_it_stands(shop: Shop) -> None:
    token = placed(shop)
    text = words(shop.client.get(f"/o/{token}/change"))
    assert "Change my order" in text
    assert "Carbonade flamande" in text
    assert "Change my order" in words(shop.client.get(f"/o/{token}"))


def test_quantities_and_slot_change_together(shop: Shop) -> None:
    token = placed(shop)
    later = shop.slot(12, 30)
    answer = change(
        shop,
        token,
        {"Carbonade flamande": "1", "Soupe de potimarron": "3"},
        slot=str(later.id),
    )
    assert answer.status_code == 303
    order = order_of(token)
    assert {line.dish_name: line.quantity for line in order.lines} == {
        "Carbonade flamande": 1,
        "Soupe de potimarron": 3,
    }
    assert (order.slot_id, order.total_cents) == (later.id, 1250 + 3 * 550)
    assert shop.portion().remaining == 199
    assert wrong_counters(db.session()) == []
    row = last_change(db.session(), order)
    assert row is not None
    assert row.difference() == [("Carbonade flamande", 2, 1), ("Soupe de potimarron", 0, 3)]
    assert shop.asked[-1] == SEND_MAILS


def test_a_take_away_becomes_a_delivery_with_a_promise(shop: Shop) -> None:
    token = placed(shop)
    slot = shop.slot(12, 15, kind="delivery")
    answer = change(
        shop,
        token,
        {"Carbonade flamande": "2"},
        kind="delivery",
        slot=str(slot.id),
        address=LIBRARY,
    )
    assert answer.status_code == 303, words(answer)
    order = order_of(token)
    assert (order.kind, order.street) == ("delivery", "12 rue Pasteur")
    assert wrong_counters(db.session()) == []


def test_a_delivery_keeps_its_place_and_looks_at_other_times(shop: Shop) -> None:
    slot = shop.slot(12, 0, kind="delivery")
    token = placed(shop, kind="delivery", address=LIBRARY, slot=str(slot.id))
    looked = change(shop, token, {"Carbonade flamande": "2"}, look="1")
    assert looked.status_code == 200
    assert "Times that the tricycle can keep for 12 rue Pasteur" in words(looked)
    later = shop.slot(12, 45, kind="delivery")
    answer = change(shop, token, {"Carbonade flamande": "4"}, slot=str(later.id))
    assert answer.status_code == 303, words(answer)
    order = order_of(token)
    assert (order.slot_id, order.boxes, order.street) == (later.id, 4, "12 rue Pasteur")


def test_a_change_that_cannot_be_promised_leaves_the_order_as_it_was(shop: Shop) -> None:
    shop.day.leave_one_tricycle(boxes=4)
    slot = shop.slot(12, 0, kind="delivery")
    token = placed(shop, kind="delivery", address=LIBRARY, slot=str(slot.id))
    answer = change(shop, token, {"Carbonade flamande": "9"})
    assert answer.status_code == 409
    assert error_at(answer, "slot")
    order = order_of(token)
    assert order.boxes == 2
    assert shop.portion().remaining == 198
    assert wrong_counters(db.session()) == []


def test_a_sold_out_dish_is_said_and_nothing_changes(shop: Shop) -> None:
    token = placed(shop)
    shop.set_left(1)
    answer = change(shop, token, {"Carbonade flamande": "4"})
    assert answer.status_code == 409
    assert order_of(token).boxes == 2
    assert SoldOut.status == 409


@pytest.mark.parametrize("typed", ["-1", "51", "1e3", "٣", "many", "9" * 20])
def test_a_number_that_makes_no_sense_stands_at_its_dish(shop: Shop, typed: str) -> None:
    token = placed(shop)
    answer = change(shop, token, {"Carbonade flamande": typed})
    assert answer.status_code == 422
    field = f"quantity-{shop.portion().id}"
    assert error_at(answer, field) == "Write a whole number between 0 and 50."
    assert order_of(token).boxes == 2


def test_an_empty_order_is_refused(shop: Shop) -> None:
    token = placed(shop)
    answer = change(shop, token, {"Carbonade flamande": "0"})
    assert answer.status_code == 409
    assert "Your basket is empty" in words(answer)


def test_after_the_cut_off_the_page_leads_back(shop: Shop) -> None:
    token = placed(shop)
    shop.at(11, 1)
    assert shop.client.get(f"/o/{token}/change").location == f"/o/{token}"
    assert change(shop, token, {"Carbonade flamande": "1"}).location == f"/o/{token}"
    assert order_of(token).boxes == 2


def test_an_order_that_is_being_cooked_is_not_changed(shop: Shop) -> None:
    token = placed(shop)
    with write_tx() as session:
        order = order_of_token(session, token)
        move_on(session, order, to="started", seen="placed", device="wall", now=shop.hour)
    assert change(shop, token, {"Carbonade flamande": "1"}).status_code == 303
    assert order_of(token).boxes == 2
