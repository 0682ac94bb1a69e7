"""What was cancelled or changed stays, struck through, until somebody has seen it."""

from __future__ import annotations

import json
import re

import pytest
from flask.testing import FlaskClient

from locomotive.core.db import db, write_tx
from locomotive.kitchen.notice import differences
from locomotive.ordering.order import Order, touch
from locomotive.promise.change import OrderChange
from tests.service_day import Day


def change(day: Day, order: Order, before: dict[str, int], after: dict[str, int]) -> int:
    """Note a change as the ordering room notes it."""
    with write_tx() as session:
        row = OrderChange(
            order_id=order.id,
            at=day.at(9),
            device="web",
            lines_before=json.dumps(list(before.items())),
            lines_after=json.dumps(list(after.items())),
            slot_before_id=order.slot_id,
            slot_after_id=order.slot_id,
        )
        session.add(row)
        touch(session, order.service_id)
        session.flush()
        return row.id


@pytest.mark.parametrize("page", ["cook", "pack"])
def test_a_cancelled_order_stays_until_it_was_seen_and_can_be_shown_again(
    day: Day, screen: FlaskClient, page: str
) -> None:
    day.order()
    gone = day.order("Louise", soup=3)
    day.cancel(gone)
    url = f"/kitchen/orders/{gone.id}/seen?page={page}"
    assert "what-happened" in screen.get(f"/kitchen/{page}").text
    assert screen.post(url).headers["Location"] == f"/kitchen/{page}"
    assert 'data-notices="0"' in screen.get(f"/kitchen/{page}").text
    assert screen.post(url).status_code == 409
    assert screen.post(f"{url}&seen=no").status_code == 303
    assert 'data-notices="1"' in screen.get(f"/kitchen/{page}").text


def test_an_order_that_stands_is_not_acknowledged(day: Day, screen: FlaskClient) -> None:
    order = day.order()
    assert screen.post(f"/kitchen/orders/{order.id}/seen?page=pack").status_code == 409
    assert screen.post("/kitchen/orders/999/seen").status_code == 404


def shown_difference(page: str, dish: str) -> list[str]:
    """The numbers of a changed dish behind the drawing that stands for it."""
    return re.findall(f'aria-label="{dish}"[^>]*>(?:(?!</svg>).)*</svg>(<del>.*?</b>)', page, re.S)


def test_a_changed_dish_whose_drawing_does_not_tell_it_is_named(
    day: Day, screen: FlaskClient
) -> None:
    order = day.order(carbonade=3)
    change(day, order, {"Carbonade flamande (sans frites)": 1}, {"Waterzooi": 3})
    page = screen.get("/kitchen/pack").text
    assert "<span>Carbonade flamande (sans frites)</span>" in page
    assert "<span>Waterzooi</span>" in page


def test_a_changed_order_shows_its_difference_until_it_was_seen(
    day: Day, screen: FlaskClient
) -> None:
    order = day.order(carbonade=3)
    row = change(
        day, order, {"Carbonade flamande": 1, "Soupe de potimarron": 2}, {"Carbonade flamande": 3}
    )
    page = screen.get("/kitchen/pack").text
    assert "has-changed" in page
    # The drawing tells the dish, which is read aloud; a dish that is no longer offered, and one of
    # several with one drawing, is named.
    assert shown_difference(page, "Carbonade flamande") == ["<del>1</del><b>3</b>"]
    assert shown_difference(page, "Soupe de potimarron") == ["<del>2</del><b>0</b>"]
    assert "<span>Carbonade flamande</span>" not in page
    assert re.search(
        'aria-label="Carbonade flamande"[^>]*>.*?</svg><b>[+]2</b>',
        screen.get("/kitchen/cook").text,
        re.S,
    )
    url = f"/kitchen/orders/{order.id}/seen?page=pack&change={row}"
    assert screen.post(url).status_code == 303
    assert "has-changed" not in screen.get("/kitchen/pack").text
    assert screen.post(url).status_code == 409
    assert screen.post(f"{url}&seen=no").status_code == 303
    assert "has-changed" in screen.get("/kitchen/pack").text


def test_a_later_change_stays_when_an_earlier_one_is_acknowledged(
    day: Day, screen: FlaskClient
) -> None:
    order = day.order(carbonade=3)
    first = change(day, order, {"Carbonade flamande": 1}, {"Carbonade flamande": 2})
    change(day, order, {"Carbonade flamande": 2}, {"Carbonade flamande": 3})
    assert differences(db.session(), day.service)[order.id].dishes == (
        ("Carbonade flamande", 1, 3),
    )
    screen.post(f"/kitchen/orders/{order.id}/seen?page=pack&change={first}")
    db.session.rollback()
    assert differences(db.session(), day.service)[order.id].dishes == (
        ("Carbonade flamande", 2, 3),
    )
