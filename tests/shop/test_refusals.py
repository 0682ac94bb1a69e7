"""Refusals: each counts for its sender, and one too many costs next to nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from locomotive.accounts.rate import Rate
from locomotive.core.db import db
from locomotive.shop import checkout_views
from tests.shop_day import Shop

MOST = 5


@pytest.fixture
def hurried(shop: Shop) -> Shop:
    known = shop.day.app.extensions
    known["settings"] = replace(known["settings"], orders_per_hour=MOST)
    shop.add()
    return shop


def tries(name: str) -> int:
    db.session.rollback()
    return db.session.scalar(select(Rate.tries).where(Rate.name == name)) or 0


def key(number: int) -> str:
    return f"{number:032d}"


def test_every_refused_order_is_counted_until_the_sender_is_stopped(hurried: Shop) -> None:
    hurried.fill_slot(hurried.slot())
    codes = [hurried.order(key=key(i)).status_code for i in range(MOST + 3)]
    assert set(codes[:MOST]) == {409}
    assert codes[MOST:] == [429] * 3
    assert tries("order:127.0.0.1") == MOST
    assert hurried.orders() == 0


def test_orders_and_refusals_are_counted_together(hurried: Shop) -> None:
    assert hurried.order(key=key(1)).status_code == 303
    hurried.fill_slot(hurried.slot())
    hurried.add()
    assert hurried.order(key=key(2)).status_code == 409
    assert tries("order:127.0.0.1") == 2


def test_a_sender_who_is_stopped_costs_no_work(
    hurried: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried.fill_slot(hurried.slot())
    for i in range(MOST):
        hurried.order(key=key(i))
    form, drawn = hurried.form(key=key(9)), list[object]()
    monkeypatch.setattr(checkout_views, "checkout_page", lambda *all_: drawn.append(all_))
    monkeypatch.setattr(checkout_views, "place_with_promise", lambda *all_: drawn.append(all_))
    answer = hurried.client.post("/order", data=form)
    assert answer.status_code == 429
    assert "03 53 01 00 62" in answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert not drawn


def test_looks_are_stopped_before_they_are_drawn(
    hurried: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(MOST):
        assert hurried.order(look="1").status_code != 429
    form, drawn = hurried.form(look="1"), list[object]()
    monkeypatch.setattr(checkout_views, "checkout_page", lambda *all_: drawn.append(all_))
    assert hurried.client.post("/order", data=form).status_code == 429
    assert not drawn


def test_a_checkout_that_lacks_a_field_is_counted_too(hurried: Shop) -> None:
    codes = [hurried.order(key=key(i), first_name="").status_code for i in range(MOST + 2)]
    assert codes == [422] * MOST + [429] * 2
    assert tries("order:127.0.0.1") == MOST


def test_a_group_that_lacks_a_field_is_counted_too(hurried: Shop) -> None:
    wrong = {"day": str(hurried.day.date), "key": key(1), "name": ""}
    codes = [hurried.client.post("/group", data=wrong).status_code for _ in range(MOST + 1)]
    assert codes == [422] * MOST + [429]


def test_the_control_what_is_not_counted_is_never_stopped(
    hurried: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout_views, "count_tried", lambda _what: None)
    codes = {hurried.order(key=key(i), first_name="").status_code for i in range(MOST + 2)}
    assert codes == {422}


def test_changes_that_are_tried_are_counted_and_those_of_the_office_are_not(
    hurried: Shop,
) -> None:
    page = hurried.order(key=key(1)).location
    wrong = {"kind": "take-away", "slot": "0"}
    answers = [hurried.client.post(f"{page}/change", data=wrong) for _ in range(MOST + 1)]
    assert [answer.status_code == 429 for answer in answers] == [False] * MOST + [True]
    manager = hurried.day.signed_in("manager")
    assert manager.post("/office/orders/1/change", data=wrong).status_code != 429
