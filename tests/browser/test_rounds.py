"""The rider's phone without a network, the map that moves, and the list under the address."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import PATIENCE
from tests.browser.test_every_page import violations
from tests.browser.test_one_lunch import PHONE, TABLET, add_first_dish, come_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Lunch

pytestmark = [pytest.mark.browser, pytest.mark.full]


@pytest.fixture(scope="module")
def dispatcher(chromium: Browser, lunch: Lunch) -> Page:
    """The dispatcher's page with rounds planned and one of at least three stops released."""
    page = come_in(chromium, lunch.links["manager"], TABLET)
    page.goto(f"{lunch.url}/delivery/{lunch.day}/")
    if not page.locator(".round-head").count():
        page.locator("main button.btn-main").first.click()
        page.locator(".round-head").first.wait_for(timeout=PATIENCE)
    longest = max(page.locator("article").all(), key=lambda a: a.locator(".stops > li").count())
    number = longest.get_attribute("id")
    if not longest.locator("a[href*='/ticks']").count():
        longest.locator(".btn-done").click()
    page.locator(f"#{number} a[href*='/ticks']").wait_for(timeout=PATIENCE)
    return page


def until(page: Page, question: str) -> None:
    """Ask the page until it says yes; the content policy forbids Playwright's own waiting."""
    limit = monotonic() + PATIENCE / 1000
    while not page.evaluate(question):
        assert monotonic() < limit, question
        sleep(0.1)


def acts(lunch: Lunch) -> list[tuple[str, int]]:
    with closing(sqlite3.connect(lunch.folder / "locomotive.db")) as database:
        query = (
            "SELECT act, count(*) FROM round_act JOIN round_stop ON round_stop.id = stop_id"
            " JOIN round ON round.id = round_id JOIN service ON service.id = service_id"
            " WHERE date = ? GROUP BY act ORDER BY act"
        )
        return database.execute(query, (lunch.day,)).fetchall()


def handed_over(lunch: Lunch) -> int:
    with closing(sqlite3.connect(lunch.folder / "locomotive.db")) as database:
        query = "SELECT count(*) FROM order_event WHERE status = 'handed over' AND device = 'phone'"
        return int(database.execute(query).fetchone()[0])


def test_three_stops_without_network_are_sent_when_it_is_back(
    chromium: Browser, lunch: Lunch, dispatcher: Page
) -> None:
    link = dispatcher.locator("a[href*='/r/']").first.get_attribute("href")
    context = chromium.new_context(viewport=PHONE, locale="fr-FR")  # type: ignore[arg-type]
    phone = context.new_page()
    foreign: list[str] = []
    phone.on(
        "request",
        lambda r: foreign.append(r.url) if not r.url.startswith(lunch.url) else None,
    )
    phone.goto(f"{lunch.url}{link}")
    kept = "caches.open(`kept ${location.origin}/r/`)"
    until(phone, f"async () => Boolean(await (await {kept}).match(location.href))")
    until(phone, "() => navigator.serviceWorker.controller !== null")
    assert violations(phone) == []
    stops = phone.locator("[data-stop]").count()
    assert stops >= 3

    context.set_offline(True)
    for at in range(3):
        stop = phone.locator("[data-stop]").nth(at)
        act = "absent" if at == 1 else "delivered"
        stop.locator(f"button[value={act}]").click()
        # A second tap out of impatience.
        stop.locator(f"button[value={act}]").click()
        assert stop.get_attribute("data-act") == act
    assert phone.locator("#waiting b").inner_text() == "3"
    # The phone is locked, the page is thrown away and opened again: still there, still kept.
    phone.reload()
    assert phone.locator("[data-stop]").count() == stops
    assert phone.locator("#waiting b").inner_text() == "3"
    assert phone.locator("[data-stop]").nth(0).get_attribute("data-act") == "delivered"
    assert acts(lunch) == []

    context.set_offline(False)
    phone.evaluate("dispatchEvent(new Event('online'))")
    phone.locator("#waiting").wait_for(state="hidden", timeout=PATIENCE)
    assert acts(lunch) == [("absent", 1), ("delivered", 2)]
    once = handed_over(lunch)
    assert once >= 2
    phone.reload()
    assert acts(lunch) == [("absent", 1), ("delivered", 2)]
    assert handed_over(lunch) == once
    assert phone.locator("[data-stop]").nth(1).get_attribute("data-act") == "absent"
    assert foreign == []
    context.close()


def test_the_phone_and_the_paper_are_readable_by_all(
    chromium: Browser, lunch: Lunch, dispatcher: Page
) -> None:
    ticks = dispatcher.locator("a[href*='/ticks']").first.get_attribute("href")
    page = come_in(chromium, lunch.links["rider"], {"width": 320, "height": 700})
    page.goto(f"{lunch.url}{ticks}")
    assert violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    link = dispatcher.locator("a[href*='/r/']").first.get_attribute("href")
    page.goto(f"{lunch.url}{link}")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_paper_is_entered_with_keys_only(chromium: Browser, lunch: Lunch, dispatcher: Page) -> None:
    ticks = dispatcher.locator("a[href*='/ticks']").first.get_attribute("href")
    page = come_in(chromium, lunch.links["rider"], TABLET)
    page.goto(f"{lunch.url}{ticks}")
    assert page.evaluate("document.activeElement.type") == "radio"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/delivery/{lunch.day}/")


def test_the_map_that_moves_opens_without_another_host(
    chromium: Browser, lunch: Lunch, dispatcher: Page
) -> None:
    foreign: list[str] = []
    wrong: list[str] = []
    page = dispatcher
    page.on("request", lambda r: foreign.append(r.url) if lunch.url not in r.url else None)
    page.on("console", lambda m: wrong.append(m.text) if "Content Security" in m.text else None)
    page.goto(f"{lunch.url}/delivery/{lunch.day}/")
    page.locator("[data-open]").click()
    page.locator("[data-map][data-ready]").wait_for(timeout=PATIENCE)
    assert page.locator(".map-pin").count() >= 3
    assert wrong == []
    assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []


def test_an_address_is_chosen_from_the_list_with_keys(chromium: Browser, lunch: Lunch) -> None:
    page = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    add_first_dish(page)
    page.goto(f"{lunch.url}/order?day={lunch.day}")
    page.locator("#kind-delivery").check()
    field = page.locator("#address")
    field.press_sequentially("zol", delay=40)
    page.locator("#address-list [role=option]").first.wait_for(timeout=PATIENCE)
    assert field.get_attribute("aria-expanded") == "true"
    assert violations(page) == []
    field.press("ArrowDown")
    assert page.locator("#address-list [aria-selected=true]").count() == 1
    field.press("Enter")
    assert "Émile Zola" in field.input_value()
    # The street waits for its number before it.
    field.press_sequentially("1")
    page.locator("#address-list [role=option]", has_text="12 rue Émile Zola").first.click()
    assert field.input_value() == "12 rue Émile Zola, Oignies"
    assert field.get_attribute("aria-expanded") == "false"
