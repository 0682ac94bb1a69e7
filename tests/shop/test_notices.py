"""The notices, the door, and the two languages of the customers' pages."""

import re

import pytest

from tests.shop_day import Shop, words

NOTICES = ("/legal", "/privacy", "/accessibility")


@pytest.mark.parametrize("path", NOTICES)
def test_notices_are_there_with_the_phone_number_and_promise_no_conformity(
    shop: Shop, path: str
) -> None:
    for language in ("fr", "en"):
        shop.client.set_cookie("language", language)
        page = shop.client.get(path)
        assert page.status_code == 200
        assert "03 53 01 00 62" in words(page)
        assert not re.search(r"(?<!non )\bconforme\b|\bcompliant\b", words(page), re.I)


def test_what_the_restaurant_has_not_said_is_marked(shop: Shop) -> None:
    assert "to be completed by the restaurant" in words(shop.client.get("/legal"))


def test_english_pages_hold_no_french(shop: Shop) -> None:
    shop.add("1")
    link = shop.order().location
    shop.add("1")
    for path in ("/", "/basket", "/order", link, *NOTICES, "/sign-in", "/menu/2026-11-28"):
        text = words(shop.client.get(path)).replace("Français", "")
        assert not re.search(r"\b(le|les|vous|votre|pour|commande|panier)\b", text, re.I), path


@pytest.mark.parametrize("path", ["/", "/basket", *NOTICES, "/sign-in", "/nowhere"])
def test_no_page_holds_inline_style_script_or_another_host(shop: Shop, path: str) -> None:
    text = shop.client.get(path).text
    assert "style=" not in text
    assert not re.search(r"\son[a-z]+=", text)
    assert not re.search(r'(src|action)="https?:', text)


def test_the_staff_entrance_asks_for_name_and_password(shop: Shop) -> None:
    page = shop.client.get("/sign-in")
    assert 'autocomplete="current-password"' in page.text
    answer = shop.client.post("/sign-in", data={"name": "x", "password": "wrong password"})
    assert answer.status_code == 422
    assert "do not go together" in words(answer)
