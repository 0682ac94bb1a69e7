"""A shelf is counted on a tablet with few touches, and on a phone without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from locomotive.farm.lot import Lot
from tests.browser.conftest import answering, as_manager
from tests.browser.farm.test_reception import TABLET, Fingers
from tests.browser.test_one_lunch import PHONE
from tests.farm_day import kg, lot, produce, stock
from tests.service_day import Day

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.full]
SHELF = {"carottes": 12, "navets": 8, "panais": 5, "poireaux": 20}


def full_shelf(day: Day) -> dict[str, Lot]:
    for name in SHELF:
        produce(name, shelf="Réserve, étagère 2")
    return {name: lot(day, name, amount) for name, amount in SHELF.items()}


def test_four_lots_are_counted_in_fifteen_touches(chromium: Browser, day: Day) -> None:
    lots = full_shelf(day)
    with answering(day.app) as url:
        context = as_manager(chromium, day, url, viewport=TABLET, has_touch=True, locale="fr-FR")
        page = context.new_page()
        page.goto(f"{url}/farm/shelves/")
        fingers = Fingers(page)
        fingers.touch(page.locator("article", has_text="Réserve").locator("a.btn").first)
        page.wait_for_url("**/farm/shelves/dry*")
        fingers.touch(page.locator("input[name^=counted-]").first)
        for digits in ("12", "7", "5", "20"):
            fingers.key(digits)
            if digits != "20":
                page.locator("[data-pad=enter]").tap()
                fingers.touches += 1
        fingers.touch(page.locator(".btn-done.btn-wide"))
        page.wait_for_selector("#errors")
        fingers.touch(page.locator("[data-for]").first)
        fingers.touch(page.locator(".btn-done.btn-wide"))
        page.wait_for_url("**/farm/shelves/")
    assert fingers.touches <= 15, fingers.touches
    found = {name: stock(one) for name, one in lots.items()}
    assert found == {"carottes": kg(12), "navets": kg(7), "panais": kg(5), "poireaux": kg(20)}


def test_it_is_counted_on_a_phone_without_javascript(chromium: Browser, day: Day) -> None:
    lots = full_shelf(day)
    with answering(day.app) as url:
        context = as_manager(
            chromium, day, url, viewport=PHONE, java_script_enabled=False, locale="fr-FR"
        )
        page = context.new_page()
        page.goto(f"{url}/farm/shelves/")
        page.locator("article", has_text="Réserve").locator("a.btn").first.click()
        number = lots["navets"].id
        page.locator(f"input[name=counted-{number}]").fill("6,5")
        page.locator(".btn-done.btn-wide").click()
        assert page.locator("input[name=reason]").is_visible()
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(wide)
        page.locator(f"input[name=reason-{number}]").fill("abîmé")
        page.locator(".btn-done.btn-wide").click()
        page.wait_for_url("**/farm/shelves/")
        assert "abîmé" in page.locator("#counted ~ table").inner_text()
        assert not page.evaluate(wide)
    assert stock(lots["navets"]) == kg(6.5)
