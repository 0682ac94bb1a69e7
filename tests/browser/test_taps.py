"""What an order costs a hand: taps and typed characters, or keys alone, on narrow and zoomed pages.

A tap is a touch of the screen; to choose from a list takes two. A character is a key of the
phone's keyboard, the one that leads to the next field included.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Lunch

pytestmark = [pytest.mark.browser, pytest.mark.full]
NAME, PHONE_NUMBER = "Samira", "0612345678"
DONE = "main form button.btn-main"


class Hand:
    """A phone of 360 × 800 points in a hand: what it taps and types is counted."""

    def __init__(self, chromium: Browser, lunch: Lunch) -> None:
        context = chromium.new_context(
            viewport={"width": 360, "height": 800}, has_touch=True, is_mobile=True, locale="fr-FR"
        )
        self.page, self.taps, self.characters = context.new_page(), 0, 0
        self.page.set_default_timeout(PATIENCE)
        self.page.goto(f"{lunch.url}/menu/{lunch.day}")

    def tap(self, selector: str) -> None:
        """Touch the first such part of the page; fails where another covers it."""
        self.page.locator(selector).first.tap()
        self.taps += 1

    def choose(self, selector: str) -> None:
        """Open a list and take its first place."""
        self.page.locator(selector).select_option(index=1)
        self.taps += 2

    def type(self, text: str) -> None:
        """Type into the field that has the focus; a tab leads to the next one."""
        for key in text:
            self.page.keyboard.press("Tab" if key == "\t" else key)
        self.characters += len(text)

    def name_and_order(self) -> None:
        """Say who, by name and phone number, and order."""
        self.tap("[name=first_name]")
        self.type(f"{NAME}\t\t{PHONE_NUMBER}")
        assert self.page.locator("[name=phone]").input_value() == PHONE_NUMBER
        self.tap(DONE)
        self.page.wait_for_url("**/o/*")

    def to_the_checkout(self) -> None:
        self.tap(".dish .step")
        self.tap("#basket-bar a.btn-main")


def test_a_new_customers_take_away_takes_six_taps_and_twenty_characters(
    chromium: Browser, lunch: Lunch
) -> None:
    hand = Hand(chromium, lunch)
    hand.to_the_checkout()
    hand.tap("#kind-take-away")
    hand.tap(".when-take-away [name=slot]:enabled")
    hand.name_and_order()
    assert hand.taps <= 6
    assert hand.characters <= 20
    hand.page.context.close()


def test_a_new_customers_delivery_takes_eight_taps(chromium: Browser, lunch: Lunch) -> None:
    hand = Hand(chromium, lunch)
    hand.to_the_checkout()
    hand.tap("#kind-delivery")
    hand.choose("select[name=place]")
    hand.tap(".when-delivery [name=slot]:enabled")
    hand.name_and_order()
    assert hand.taps <= 8
    assert hand.characters <= 20
    hand.page.context.close()


def test_who_comes_back_takes_three_taps_and_types_nothing(chromium: Browser, lunch: Lunch) -> None:
    hand = Hand(chromium, lunch)
    hand.to_the_checkout()
    hand.tap("#kind-take-away")
    hand.tap(".when-take-away [name=slot]:enabled")
    hand.tap("#keep")
    hand.name_and_order()
    hand.page.goto(f"{lunch.url}/menu/{lunch.day}")
    hand.taps = hand.characters = 0
    hand.tap("[data-again] button")
    hand.page.wait_for_url("**/order?day=*")
    hand.tap(DONE)
    hand.page.wait_for_url("**/o/*")
    assert hand.taps <= 3
    assert hand.characters == 0
    hand.page.context.close()


def reach(page: Page, selector: str) -> None:
    """Press Tab until such a part has the focus, and see that it shows it."""
    for _ in range(250):
        page.keyboard.press("Tab")
        if page.evaluate("(s) => document.activeElement.matches(s)", selector):
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            beside = """(() => { const next = document.activeElement.nextElementSibling;
              return next ? getComputedStyle(next).outlineStyle : "none" })()"""
            assert {page.evaluate(outline), page.evaluate(beside)} != {"none"}, selector
            return
    raise AssertionError(f"no key reaches {selector}")


def test_keys_alone_order_a_meal(chromium: Browser, lunch: Lunch) -> None:
    page = chromium.new_context(locale="fr-FR").new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    reach(page, ".dish .step")
    page.keyboard.press("Enter")
    page.locator("#basket-bar a.btn-main").wait_for()
    reach(page, "#basket-bar a.btn-main")
    page.keyboard.press("Enter")
    page.wait_for_url("**/order?day=*")
    reach(page, "[name=kind]")
    page.keyboard.press("Space")
    if not page.locator("#kind-take-away").is_checked():
        page.keyboard.press("ArrowLeft")
    assert page.locator("#kind-take-away").is_checked()
    reach(page, ".when-take-away [name=slot]")
    page.keyboard.press("Space")
    reach(page, "[name=first_name]")
    page.keyboard.type(NAME)
    reach(page, "[name=phone]")
    page.keyboard.type(PHONE_NUMBER)
    reach(page, ".btn-main.btn-wide")
    page.keyboard.press("Enter")
    page.wait_for_url("**/o/*")
    assert NAME in page.locator("main").inner_text()
    page.context.close()


def test_the_control_what_no_key_reaches_is_noticed(chromium: Browser, lunch: Lunch) -> None:
    page = chromium.new_page()
    page.goto(f"{lunch.url}/legal")
    with pytest.raises(AssertionError, match="no key reaches"):
        reach(page, "h1")
    page.context.close()


# 200 % zoom of a window of 640 points leaves half of them, each drawn as 2 × 2; text alone at
# 200 % keeps the window (WCAG 2.2, 1.4.4 and 1.4.10).
@pytest.mark.parametrize(
    ("width", "height", "zoom", "text"),
    [(320, 568, 1, 1), (320, 400, 2, 1), (640, 800, 1, 2)],
    ids=["320", "zoomed", "large text"],
)
def test_narrow_and_zoomed_pages_order_a_meal_without_scrolling_sideways(
    chromium: Browser, lunch: Lunch, width: int, height: int, zoom: int, text: int
) -> None:
    page = chromium.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=zoom, locale="fr-FR"
    ).new_page()
    page.set_default_timeout(PATIENCE)

    def look() -> None:
        page.evaluate(
            "(size) => (document.documentElement.style.fontSize = size)", f"{18 * text}px"
        )
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url

    page.goto(f"{lunch.url}/menu/{lunch.day}")
    look()
    page.locator(".dish .step").first.click()
    page.locator("#basket-bar a.btn-main").click()
    page.wait_for_url("**/order?day=*")
    look()
    page.locator("#kind-take-away").check()
    page.locator(".when-take-away [name=slot]:enabled").first.check()
    page.locator("[name=first_name]").fill(NAME)
    page.locator("[name=phone]").fill(PHONE_NUMBER)
    look()
    page.locator(DONE).click()
    page.wait_for_url("**/o/*")
    look()
    page.context.close()
