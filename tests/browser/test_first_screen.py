"""The menu on phones and laptops: what stands on its first screen, and how dishes are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Lunch

pytestmark = [pytest.mark.browser, pytest.mark.full]
HEIGHT = 800
TALLEST_ROW = 130
# Dishes whose name, price and button stand whole above the basket's bar.
COMPLETE = """() => {
  const bottom = document.getElementById("basket-bar").getBoundingClientRect().top;
  const isWhole = (part) => {
    const box = part?.getBoundingClientRect();
    return box && box.height > 0 && box.top >= 0 && box.bottom <= bottom;
  };
  return [...document.querySelectorAll(".dish")].filter((dish) =>
    ["h3", ".price", ".step"].every((part) => isWhole(dish.querySelector(part)))).length;
}"""
HEIGHTS = (
    """() => [...document.querySelectorAll(".dish")].map((d) => d.getBoundingClientRect().height)"""
)


def menu(chromium: Browser, lunch: Lunch, width: int, language: str = "fr") -> Page:
    context = chromium.new_context(viewport={"width": width, "height": HEIGHT})
    context.add_cookies([{"name": "language", "value": language, "url": lunch.url}])
    page = context.new_page()
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    return page


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", [320, 360, 390, 820, 1280])
def test_four_dishes_with_price_and_button_stand_on_the_first_screen(
    chromium: Browser, lunch: Lunch, width: int, language: str
) -> None:
    page = menu(chromium, lunch, width, language)
    assert page.evaluate(COMPLETE) >= 4
    assert max(page.evaluate(HEIGHTS)) <= TALLEST_ROW
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.context.close()


def test_the_control_rows_of_twice_the_height_do_not_pass(chromium: Browser, lunch: Lunch) -> None:
    page = menu(chromium, lunch, 360)
    page.evaluate(
        "document.querySelectorAll('.dish').forEach((d) => (d.style.paddingBlock = '60px'))"
    )
    assert page.evaluate(COMPLETE) < 4
    assert max(page.evaluate(HEIGHTS)) > TALLEST_ROW
    page.context.close()


def test_one_more_and_one_less_need_no_new_page(chromium: Browser, lunch: Lunch) -> None:
    page = menu(chromium, lunch, 360)
    page.evaluate("window.isSamePage = true")
    dish = page.locator(".dish").first
    dish.locator(".step").click()
    bar = page.locator("#basket-bar")
    bar.get_by_text("1 portion ·").wait_for()
    page.keyboard.press("Enter")  # the focus stays on the button
    bar.get_by_text("2 portions ·").wait_for()
    assert dish.locator(".chosen").inner_text().startswith("2")
    assert page.locator("#basket-count").inner_text() == "2"
    dish.locator("[id^=less]").click()
    bar.get_by_text("1 portion ·").wait_for()
    assert page.evaluate("window.isSamePage")
    page.context.close()


def test_a_filter_is_remembered_on_the_device(chromium: Browser, lunch: Lunch) -> None:
    page = menu(chromium, lunch, 360)
    shown = "document.querySelectorAll('.dish:not([hidden])').length"
    everything = page.evaluate(shown)
    page.locator(".filters summary").click()
    page.locator("#hide-milk").check()
    without = page.evaluate(shown)
    assert 0 < without < everything
    inside = page.evaluate(
        "[...document.querySelectorAll('.dish[data-inside]:not([hidden])')]"
        ".map((d) => d.dataset.inside)"
    )
    assert inside  # a set menu stays: what is in it depends on what is chosen
    assert not [codes for codes in inside if "milk" in codes.split()]
    page.reload()
    assert page.evaluate(shown) == without
    assert page.locator("#filtered").is_visible()
    page.locator(".filters summary").click()
    page.locator("#hide-milk").uncheck()
    assert page.evaluate(shown) == everything
    page.context.close()


def test_without_a_script_dishes_are_chosen_too(chromium: Browser, lunch: Lunch) -> None:
    context = chromium.new_context(
        viewport={"width": 360, "height": HEIGHT}, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    page.locator(".dish .step").first.click()
    page.locator(".dish .step", has_text="Un de plus").first.click()
    assert page.locator("#basket-bar").inner_text().startswith("2 portions")
    assert not page.locator(".filters").is_visible()
    context.close()
