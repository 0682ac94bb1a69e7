"""Whoever has an order finds it in the head of each page, until it is over."""

from __future__ import annotations

import re

from tests.shop_day import Shop

HEAD = re.compile(r'<a class="top-link" href="(/o/[^"]+)">')


def in_head(shop: Shop) -> list[str]:
    return HEAD.findall(shop.client.get("/").text)


def test_an_order_stands_in_the_head_until_its_day_is_over(shop: Shop) -> None:
    assert in_head(shop) == []
    shop.add()
    page = shop.order().location
    assert in_head(shop) == [page]
    shop.at(0, 5, days=1)
    assert in_head(shop) == []


def test_a_cancelled_order_leaves_the_head_once_it_was_seen(shop: Shop) -> None:
    shop.add()
    page = shop.order().location
    shop.client.post(f"{page}/cancel", follow_redirects=True)
    assert in_head(shop) == []


def test_another_visitor_and_the_staff_see_none(shop: Shop) -> None:
    shop.add()
    shop.order()
    assert HEAD.search(shop.day.app.test_client().get("/").text) is None
    assert HEAD.search(shop.client.get("/sign-in").text) is not None
    assert HEAD.search(shop.day.signed_in("manager").get("/office/").text) is None
