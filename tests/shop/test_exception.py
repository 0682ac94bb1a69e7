"""What a meal must not contain: asked at the checkout, shown to its customer, in no mail."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from locomotive.core.db import db
from locomotive.ordering.message import Message
from locomotive.ordering.order import Order
from locomotive.worker.mails import compose
from tests.shop_day import KEY, Shop, error_at, words


@pytest.fixture(autouse=True)
def _full_basket(shop: Shop) -> None:
    shop.add("1")


def the_order() -> Order:
    db.session.rollback()
    return db.session.scalars(select(Order)).one()


def test_what_a_meal_must_not_contain_stands_on_the_order_and_on_its_page(shop: Shop) -> None:
    page = shop.order(must_not_contain="  noix,\n noisettes ")
    assert the_order().must_not_contain == "noix, noisettes"
    assert "Must not contain noix, noisettes" in words(shop.client.get(page.location))


def test_the_checkout_promises_nothing_that_the_kitchen_cannot_keep(shop: Shop) -> None:
    text = words(shop.client.get("/order"))
    assert "cannot promise that no trace is left" in text
    assert "We erase it the night after" in text


def test_most_orders_have_none(shop: Shop) -> None:
    page = shop.order()
    assert the_order().must_not_contain == ""
    assert "Must not contain" not in words(shop.client.get(page.location))


def test_a_novel_is_refused_at_its_field(shop: Shop) -> None:
    answer = shop.order(must_not_contain="x" * 81)
    assert answer.status_code == 422
    assert error_at(answer, "must_not_contain") == "Write at most 80 letters."


def test_health_data_goes_in_no_mail(shop: Shop) -> None:
    shop.order(must_not_contain="arachides", email="samira@example.org")
    db.session.rollback()
    mail = compose(db.session.scalars(select(Message)).one())
    assert "arachides" not in mail.get_content()


def test_the_same_page_with_another_exception_is_another_order(shop: Shop) -> None:
    shop.order(key=KEY, must_not_contain="noix")
    shop.add("1")
    assert shop.order(key=KEY, must_not_contain="lait").status_code == 422
