"""A customer who asks when the tricycles are full reads why, and what else is possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.test_one_lunch import PHONE, order_delivery

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Lunch

pytestmark = pytest.mark.browser
WORDS = {
    "fr": ("le triporteur est complet ; possible :", "choisissez le retrait sur place"),
    "en": ("the tricycle is full; possible:", "choose take-away"),
}


def look(page: Page, lunch: Lunch, language: str) -> list[str]:
    """The texts of the refused times for the first named place."""
    page.goto(f"{lunch.url}/language/{language}")
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    page.locator(".dish form button").first.click()
    page.goto(f"{lunch.url}/order?day={lunch.day}")
    page.locator("#kind-delivery").check()
    # htmx asks as soon as a place is chosen; the button is for those without it.
    with page.expect_response("**/order"):
        page.locator("select[name=place]").select_option(index=1)
    page.locator("#delivery p[role=status]").wait_for()
    return page.locator(".when-delivery .choice.refused").all_inner_texts()


def test_the_reason_and_the_other_times_stand_on_the_page(chromium: Browser, lunch: Lunch) -> None:
    page = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    for number in range(40):
        refused = look(page, lunch, "fr")
        if any(WORDS["fr"][0] in " ".join(text.split()) for text in refused):
            break
        order_delivery(page, lunch, f"Guest {number}")
    for language, (reason, other_way) in WORDS.items():
        full = reason.split(";")[0].strip()
        # A time that there was no time to find room for may still be kept: then the next is sent.
        for _ in range(5):
            refused = [" ".join(text.split()) for text in look(page, lunch, language)]
            assert any(reason in text for text in refused), refused
            send(page, full)
            if page.locator("#slot-error").count():
                break
        said = " ".join(page.locator("#slot-error").inner_text().split())
        assert full in said
        assert other_way in said
        assert page.locator("input[name=first_name]").input_value() == "Samira"


def send(page: Page, full: str) -> None:
    """Send a refused time all the same: it is read at the field, with the other way."""
    page.evaluate(
        "document.querySelectorAll('.when-delivery input[name=slot]')"
        ".forEach(input => { input.disabled = false })"
    )
    choice = page.locator(".when-delivery .choice.refused", has_text=full)
    choice.locator("input").first.check(force=True)
    page.locator("input[name=first_name]").fill("Samira")
    page.locator("input[name=phone]").fill("06 12 34 56 78")
    with page.expect_navigation():
        page.locator("main form button.btn-main").click()
