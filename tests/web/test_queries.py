"""How many questions the ten busiest pages ask of the database, however many visitors come."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from locomotive.core.db import db
from tests.service_day import DATE
from tests.shop_day import Shop

# The page, who looks at it, and the most questions of a second look.
PAGES: dict[str, tuple[str, str, int]] = {
    "today's menu": ("/", "customer", 3),
    "a day's menu": (f"/menu/{DATE}", "customer", 4),
    "the basket": ("/basket", "customer", 2),
    "the checkout": (f"/order?day={DATE}", "customer", 13),
    "an order": ("{order}", "customer", 8),
    "an order's change": ("{order}/change", "customer", 20),
    "the notices": ("/legal", "customer", 0),
    "the kitchen's board": (f"/kitchen/?date={DATE}", "kitchen", 12),
    "the office": ("/office/", "manager", 52),
    "the health of the house": ("/healthz", "customer", 3),
}

# Of a complete take-away order, pragmas of its transaction included.
ORDER = 26


def questions(look: Callable[[], object]) -> int:
    """How many questions one look asks."""
    asked: list[str] = []

    def note(*args: object) -> None:
        if str(args[2]) != "BEGIN":
            asked.append(str(args[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    look()
    event.remove(db.engine, "before_cursor_execute", note)
    return len(asked)


def test_a_complete_order_asks_few_questions(shop: Shop) -> None:
    shop.add("2")
    shown = shop.shown()
    assert questions(lambda: shop.send(shown)) <= ORDER
    assert shop.orders() == 1


@pytest.mark.parametrize("page", PAGES)
def test_a_second_look_asks_few_questions(shop: Shop, page: str) -> None:
    path, who, most = PAGES[page]
    client: FlaskClient = shop.client
    shop.add("2")
    if "{order}" in path:
        path = path.format(order=shop.order().location)
    if who != "customer":
        client = shop.day.signed_in(who)
    assert client.get(path).status_code == 200
    assert questions(lambda: client.get(path)) <= most
