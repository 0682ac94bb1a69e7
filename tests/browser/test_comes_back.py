"""Who comes back finds the checkout filled in, from her own device alone, as long as she likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import PATIENCE
from tests.browser.test_one_lunch import PHONE, add_first_dish

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Lunch

pytestmark = [pytest.mark.browser, pytest.mark.full]


def first_order(page: Page, lunch: Lunch, *, is_kept: bool) -> None:
    """A take-away order, remembered or not."""
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    add_first_dish(page)
    page.locator("#basket-bar a.btn-main").click()
    finish(page, is_kept=is_kept)


def finish(page: Page, *, is_kept: bool) -> None:
    """Fill in the checkout and send it."""
    page.locator("#kind-take-away").check()
    page.locator(".when-take-away [name=slot]:enabled").last.check()
    page.locator("[name=first_name]").fill("Nadia")
    page.locator("[name=phone]").fill("06 12 34 56 78")
    assert not page.locator("#keep").is_checked()
    if is_kept:
        page.locator("#keep").check()
    page.locator("main form button.btn-main").click()
    page.wait_for_url("**/o/*")


def test_two_taps_order_the_same_again(chromium: Browser, lunch: Lunch) -> None:
    page = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    first_order(page, lunch, is_kept=True)
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    again = page.locator("[data-again] button")
    again.wait_for(timeout=PATIENCE)
    assert again.inner_text().startswith("Commander comme ")
    again.click()
    page.wait_for_url("**/order?day=*")
    assert page.locator("[name=first_name]").input_value() == "Nadia"
    assert page.locator("[name=slot]:checked").count() == 1
    page.locator("main form button.btn-main").click()
    page.wait_for_url("**/o/*")
    page.context.close()


def test_a_set_menu_and_options_come_again_as_they_were(chromium: Browser, lunch: Lunch) -> None:
    page = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    page.locator(".set-menu summary").first.click()
    for course in page.locator(".set-menu .course").all():
        course.locator("[name^=pick-]:enabled").first.check()
    page.locator(".set-menu .course [name^=option-][type=radio]").nth(1).check()
    page.locator(".set-menu [name^=number-]").fill("2")
    page.locator(".set-menu [name=add]").click()
    page.wait_for_url("**#dish-s*")
    extra = page.locator(".dish:not(.set-menu)", has=page.locator("[name^=option-][type=checkbox]"))
    extra.locator("summary").first.click()
    extra.locator("[name^=option-][type=checkbox]").first.check()
    extra.locator("[name=add]").click()
    page.locator("#basket-bar a.btn-main").click()
    ordered = what_is_read(page)
    assert len(ordered) == 4  # the set menu, its two dishes, and the dish with an extra
    finish(page, is_kept=True)
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    page.locator("[data-again] button").click()
    page.wait_for_url("**/order?day=*")
    assert what_is_read(page) == ordered
    page.context.close()


def what_is_read(page: Page) -> list[str]:
    """The lines that the checkout shows."""
    return page.locator("main .lines .name").all_inner_texts()


def test_one_tap_forgets_it_all(chromium: Browser, lunch: Lunch) -> None:
    page = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    first_order(page, lunch, is_kept=True)
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    page.locator("[data-again] button").click()
    page.locator("[data-forget]").click()
    assert page.locator("[name=first_name]").input_value() == ""
    assert page.evaluate("localStorage.getItem('customer')") is None
    page.context.close()


def test_nothing_is_kept_unless_she_ticks_it(chromium: Browser, lunch: Lunch) -> None:
    page = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    first_order(page, lunch, is_kept=False)
    assert page.evaluate("localStorage.getItem('customer')") is None
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    assert not page.locator("[data-again]").is_visible()
    page.context.close()
