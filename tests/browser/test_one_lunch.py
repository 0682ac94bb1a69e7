"""One lunch as people live it: ordered on a phone, cooked at the wall, planned and printed."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from pypdf import PdfReader

from tests.browser.conftest import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from tests.browser.conftest import Lunch

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}
TABLET = {"width": 1280, "height": 800}


def come_in(chromium: Browser, link: str, size: dict[str, int]) -> Page:
    page = chromium.new_context(viewport=size, locale="fr-FR").new_page()  # type: ignore[arg-type]
    page.goto(link)
    page.locator("main form button").click()
    return page


def add_first_dish(page: Page) -> None:
    """Press "Add" at the menu's first dish that can be had; the basket has it then."""
    page.locator(".dish .step").first.click()
    page.locator("#basket-bar a.btn-main").wait_for(timeout=PATIENCE)


def order_delivery(page: Page, lunch: Lunch, first_name: str) -> str:
    """Order the first dish for delivery to the first named place; return the order page."""
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    add_first_dish(page)
    page.goto(f"{lunch.url}/order?day={lunch.day}")
    page.locator("#kind-delivery").check()
    page.locator("select[name=place]").select_option(index=1)
    page.locator("button[name=look]").click()
    page.locator(".when-delivery .choice:not(.refused) input[name=slot]").first.check()
    page.locator("input[name=first_name]").fill(first_name)
    page.locator("input[name=email]").fill("samira@example.com")
    page.locator("main form button.btn-main").click()
    page.wait_for_url("**/o/*")
    return page.url


def send_form_of(button: Locator) -> None:
    """Send the form of a button that may stand in a later departure, which is closed."""
    button.evaluate("button => button.form.submit()")


def test_a_meal_is_ordered_cooked_planned_and_printed(chromium: Browser, lunch: Lunch) -> None:
    kitchen = come_in(chromium, lunch.links["kitchen"], TABLET)
    kitchen.goto(f"{lunch.url}/kitchen/pack?date={lunch.day}")
    customer = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    order_page = order_delivery(customer, lunch, "Samira")
    assert "Samira" in customer.locator("main").inner_text()

    bag = kitchen.locator("[aria-label^='Prêt'][aria-label$='Samira']")
    bag.wait_for(state="attached", timeout=PATIENCE)  # the screen asks by itself
    send_form_of(bag)
    kitchen.locator("[aria-label^='Reprendre'][aria-label$='Samira']").wait_for(
        state="attached", timeout=PATIENCE
    )
    customer.goto(order_page)
    steps = customer.locator(".steps li[aria-current=step]").inner_text()
    assert steps.strip().lower().startswith("dans son sac")

    manager = come_in(chromium, lunch.links["manager"], TABLET)
    manager.goto(f"{lunch.url}/delivery/{lunch.day}/")
    manager.locator("main button", has_text="Planifier").click()
    manager.locator("[data-running]").wait_for(state="detached", timeout=PATIENCE)
    manager.locator(".rounds").wait_for(timeout=PATIENCE)
    rounds = manager.locator(".round-head").count()
    assert rounds >= 1

    names = []
    for number in range(1, rounds + 1):
        manager.goto(f"{lunch.url}/delivery/{lunch.day}/rounds/{number}/sheet")
        names.append(manager.locator("body").inner_text())
        pages = PdfReader(BytesIO(manager.pdf(prefer_css_page_size=True))).pages
        width, height = (round(float(x)) for x in pages[0].mediabox[2:])
        assert (width, height) == (595, 842)  # A4
    assert sum("Samira" in text for text in names) == 1

    mails = come_in(chromium, lunch.links["manager"], TABLET)
    mails.goto(f"{lunch.url}/office/mails")
    assert "samira@example.com" in mails.locator("main").inner_text()


def test_the_same_path_works_without_javascript(chromium: Browser, lunch: Lunch) -> None:
    page = chromium.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        java_script_enabled=False,
        locale="fr-FR",
    ).new_page()
    order_page = order_delivery(page, lunch, "Bruno-Paul")
    page.goto(lunch.links["kitchen"])
    page.locator("main form button").click()
    page.goto(f"{lunch.url}/kitchen/pack?date={lunch.day}")
    send_form_of(page.locator("[aria-label^='Prêt'][aria-label$='Bruno-Paul']"))
    # Without a script the press loads the page anew: wait for it, however long it takes.
    page.locator("[aria-label^='Reprendre'][aria-label$='Bruno-Paul']").wait_for(
        state="attached", timeout=PATIENCE
    )
    page.goto(order_page)
    assert page.locator(".steps").count() == 1
