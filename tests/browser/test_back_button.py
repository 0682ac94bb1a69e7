"""The button that goes back: what was ordered is ordered once, what was typed is still there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.test_comes_back import finish, first_order
from tests.browser.test_one_lunch import PHONE, add_first_dish

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.conftest import Lunch

pytestmark = [pytest.mark.browser, pytest.mark.full]


def test_who_goes_back_after_ordering_does_not_order_twice(chromium: Browser, lunch: Lunch) -> None:
    page = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    first_order(page, lunch, is_kept=False)
    ordered = page.url
    page.go_back()
    page.wait_for_load_state()
    assert page.locator("main form button.btn-main").count() == 0
    mine = page.locator("header a[href*='/o/']")
    assert mine.is_visible()
    mine.click()
    assert page.url == ordered
    page.context.close()


def test_who_goes_back_from_the_checkout_finds_the_basket_and_what_was_typed(
    chromium: Browser, lunch: Lunch
) -> None:
    page = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    add_first_dish(page)
    page.locator("#basket-bar a.btn-main").click()
    page.locator("[name=first_name]").fill("Nadia")
    page.go_back()
    page.wait_for_load_state()
    assert page.locator("#basket-bar a.btn-main").is_visible()
    page.go_forward()
    page.wait_for_load_state()
    assert page.locator("[name=first_name]").input_value() == "Nadia"
    finish(page, is_kept=False)
    page.context.close()
