"""What cannot be brought is not offered, and no time is called free before its place is known."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete, update

from locomotive.core.db import write_tx
from locomotive.places.address import KnownAddress, Place
from locomotive.service.fleet import Shift
from tests.shop_day import Shop, error_at, shown_on, words

PASTEUR = "12 rue Pasteur, Oignies"


def delivery_times(page: str) -> list[str]:
    """The times of deliveries on a page."""
    part = re.search(r'<div id="delivery".*?</div>\s*<fieldset>', page, re.S)
    return re.findall(r"<b>(\d\d:\d\d)</b>", part[0]) if part else []


@pytest.fixture(autouse=True)
def _basket(shop: Shop) -> None:
    shop.add("2")


def test_no_time_is_shown_before_the_place_is_known(shop: Shop) -> None:
    page = shop.client.get("/order")
    assert "Say where first" in words(page)
    assert delivery_times(page.text) == []
    looked = shop.client.post("/order", data=shop.form(address=PASTEUR) | {"look": "1"})
    assert "Times that the tricycle can keep for 12 rue Pasteur" in words(looked)
    assert "12:00" in delivery_times(looked.text)


def test_one_button_shows_the_times_without_a_script(shop: Shop) -> None:
    page = shop.client.get("/order").text
    assert re.search(r'<button[^>]* name="look" value="1" formnovalidate', page)


def test_a_delivery_sent_without_a_time_comes_back_with_the_times_of_its_place(shop: Shop) -> None:
    answer = shop.order(kind="delivery", address=PASTEUR, slot="")
    assert answer.status_code == 422
    assert error_at(answer, "slot") == "Choose a time from the list."
    assert "12:00" in delivery_times(answer.text)
    later = str(shop.slot(12, 0, kind="delivery").id)
    again = shop.send(shown_on(answer), kind="delivery", address=PASTEUR, slot=later)
    assert again.status_code == 303


def test_the_key_enter_sends_the_form_and_does_not_ask_for_times(shop: Shop) -> None:
    page = shop.client.get("/order").text
    first = re.search(r"<form method=\"post\" action=\"/order\".*?<button([^>]*)>", page, re.S)
    assert first
    assert "look" not in first[1]


def take_off(shop: Shop) -> None:
    with write_tx() as session:
        session.execute(update(Shift).values(is_off=True))


def forget_places(shop: Shop) -> None:
    with write_tx() as session:
        session.execute(delete(Place))
        session.execute(delete(KnownAddress))


@pytest.mark.parametrize("happens", [take_off, forget_places])
def test_without_tricycle_or_place_no_delivery_is_offered(shop: Shop, happens) -> None:
    assert 'id="kind-delivery"' in shop.client.get("/order").text
    happens(shop)
    page = shop.client.get("/order")
    assert 'id="kind-delivery"' not in page.text
    assert "No delivery on that day" in words(page)
    assert delivery_times(page.text) == []
    assert shop.order(key="n" * 32).status_code == 303
