"""A customer who asks when the tricycles are full reads why, and what else is possible."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from locomotive.core.clock import clock
from tests.browser.conftest import answering
from tests.browser.test_one_lunch import PHONE, add_first_dish
from tests.promises import Desk
from tests.service_day import DATE, leave, new_day

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.full]
WORDS = {
    "fr": ("le triporteur est complet ; possible :", "choisissez « à emporter »"),
    "en": ("the tricycle is full; possible:", "choose take-away"),
}
TRICYCLE = 12  # boxes


@pytest.fixture
def full_lunch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a lunch whose one tricycle is full of the school's meals at noon: no search,
    however long, finds room for one more."""
    day = new_day(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: day.at(9))
    with day.app.app_context():
        day.leave_one_tricycle(boxes=TRICYCLE)
        Desk(day).order((12, 0), to="school", carbonade=TRICYCLE)
    with answering(day.app) as url:
        yield url
    with day.app.app_context():
        leave(day.app)


def look(page: Page, url: str, language: str) -> list[str]:
    """The texts of the refused times for the school."""
    page.goto(f"{url}/language/{language}")
    page.goto(f"{url}/order?day={DATE}")
    page.locator("#kind-delivery").check()
    # htmx asks as soon as a place is chosen; the button is for those without it.
    with page.expect_response("**/order"):
        page.locator("select[name=place]").select_option(index=1)
    page.locator("#delivery p[role=status]").wait_for()
    refused = page.locator(".when-delivery .choice.refused").all_inner_texts()
    return [" ".join(text.split()) for text in refused]


def send_all_the_same(page: Page, full: str) -> None:
    """Send a refused time: it is read at the field, with the other way."""
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


@pytest.mark.parametrize("language", WORDS)
def test_the_reason_and_the_other_times_stand_on_the_page(
    chromium: Browser, full_lunch: str, language: str
) -> None:
    reason, other_way = WORDS[language]
    page = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    page.goto(f"{full_lunch}/menu/{DATE}")
    add_first_dish(page)
    refused = look(page, full_lunch, language)
    assert [text for text in refused if reason in text], refused
    full = reason.split(";")[0].strip()
    send_all_the_same(page, full)
    said = " ".join(page.locator("#slot-error").inner_text().split())
    assert full in said
    assert other_way in said
    assert page.locator("input[name=first_name]").input_value() == "Samira"
