"""Without a network the shop shows the customer's last order, if her device remembers her."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from locomotive.ordering.order import order_token
from tests.browser.conftest import PATIENCE, answering
from tests.service_day import SECRET, Day, new_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.full]
PHONE = {"width": 360, "height": 800}
KEPT = """async () => {
  const cache = await caches.open(`kept ${location.origin}/`);
  const keys = await cache.keys();
  // Chromium names an entry before it is written whole.
  const whole = await Promise.all(keys.map((key) => cache.match(key)));
  return keys.filter((_key, at) => whole[at]).map(({ url }) => new URL(url).pathname);
}"""


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    day = new_day(tmp_path_factory.mktemp("app"))
    with day.app.app_context():
        yield day


def opened(page: Page, url: str, *, remembers: bool) -> None:
    """An order's page on a device that remembers its customer, or not."""
    page.goto(url)
    if remembers:
        page.evaluate("localStorage.setItem('customer', '{\"kind\": \"take-away\"}')")
    page.reload()
    page.wait_for_function(f"async () => (await ({KEPT})()).includes('/offline')", timeout=PATIENCE)


@pytest.mark.parametrize("remembers", [True, False])
def test_the_last_order_is_there_only_if_she_lets_her_device_remember_her(
    chromium: Browser, day: Day, remembers: bool
) -> None:
    order = day.order("Nadia")
    path = f"/o/{order_token(SECRET, order.idempotency_key)}"
    page = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    with answering(day.app) as url:
        opened(page, url + path, remembers=remembers)
        if remembers:
            page.wait_for_function(f"async () => (await ({KEPT})()).includes('{path}')")
    # The server is away: the menu cannot be shown.
    page.goto(url)
    assert page.locator("h1").inner_text() == "Pas de réseau"
    place = page.locator("[data-order-place]")
    if remembers:
        place.wait_for(timeout=PATIENCE)
        assert f"{order.number}" in place.inner_text()
        assert place.locator(".order-code svg").is_visible()
        page.goto(url + path)
        assert page.locator(".kept").inner_text().startswith("Pas de réseau")
        assert page.locator("button[name=answer], form .btn-danger").count() in (0, 1)
        assert not page.locator("details").first.is_visible()
    else:
        assert not place.is_visible()
        assert path not in page.evaluate(KEPT)
    page.context.close()


def test_what_is_forgotten_at_the_checkout_leaves_the_device(chromium: Browser, day: Day) -> None:
    order = day.order("Karim")
    path = f"/o/{order_token(SECRET, order.idempotency_key)}"
    page = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    with answering(day.app) as url:
        opened(page, url + path, remembers=True)
        page.wait_for_function(f"async () => (await ({KEPT})()).includes('{path}')")
        page.evaluate("localStorage.removeItem('customer')")
        page.goto(url)
        page.wait_for_function(f"async () => !(await ({KEPT})()).includes('{path}')")
    page.context.close()


# As if the device's clock had been moved since the page was kept.
MOVED = """async ([path, hours]) => {
  const cache = await caches.open(`kept ${location.origin}/`);
  let kept;
  // While an entry is written anew, Chromium has none for a moment.
  while (!(kept = await cache.match(path))) await new Promise((go) => setTimeout(go, 50));
  const headers = new Headers(kept.headers);
  headers.set("X-Kept-At", Date.now() - hours * 3600 * 1000);
  await cache.put(path, new Response(await kept.text(), { headers }));
}"""


@pytest.mark.parametrize(("hours", "is_shown"), [(24, True), (-24, True), (80, False)])
def test_a_clock_that_is_wrong_by_a_day_loses_no_order(
    chromium: Browser, day: Day, hours: int, is_shown: bool
) -> None:
    order = day.order("Louise")
    path = f"/o/{order_token(SECRET, order.idempotency_key)}"
    page = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    with answering(day.app) as url:
        opened(page, url + path, remembers=True)
        page.wait_for_function(f"async () => (await ({KEPT})()).includes('{path}')")
        page.evaluate(MOVED, [path, hours])
    page.goto(url)
    assert page.locator("h1").inner_text() == "Pas de réseau"
    if is_shown:
        page.locator("[data-order-place]").wait_for(timeout=PATIENCE)
    else:
        assert not page.locator("[data-order-place]").is_visible()
        assert path not in page.evaluate(KEPT)
    page.context.close()


def test_where_storage_is_denied_the_order_is_shown_all_the_same(
    chromium: Browser, day: Day
) -> None:
    order = day.order("Samira")
    path = f"/o/{order_token(SECRET, order.idempotency_key)}"
    page = chromium.new_context(viewport=PHONE, locale="fr-FR").new_page()  # type: ignore[arg-type]
    page.add_init_script(
        "for (const name of ['localStorage', 'caches']) Object.defineProperty(window, name,"
        " { get() { throw new DOMException('denied', 'SecurityError'); } });"
        "delete Navigator.prototype.serviceWorker;"
    )
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    with answering(day.app) as url:
        page.goto(url + path)
        page.goto(url)
        page.goto(url + path)
        assert page.locator(".order-code svg").is_visible()
    assert wrong == []
    page.context.close()


def test_what_is_pushed_is_shown_by_the_device(chromium: Browser, day: Day) -> None:
    order = day.order("Nadia")
    path = f"/o/{order_token(SECRET, order.idempotency_key)}"
    context = chromium.new_context(locale="fr-FR", permissions=["notifications"])
    page, found = context.new_page(), []
    with answering(day.app) as url:
        opened(page, url + path, remembers=False)
        browser = context.new_cdp_session(page)
        browser.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: found.extend(event["registrations"]),
        )
        browser.send("ServiceWorker.enable")
        told = json.dumps({"title": "C’est prêt", "body": "Elle vous attend.", "url": path})
        page.wait_for_timeout(500)
        [here] = {one["registrationId"] for one in found if one["scopeURL"] == f"{url}/"}
        message = {"origin": f"{url}/", "registrationId": here, "data": told}
        browser.send("ServiceWorker.deliverPushMessage", message)
        page.wait_for_function(
            "async () => (await (await navigator.serviceWorker.ready).getNotifications())"
            ".some(({ title, data }) => title === 'C’est prêt' && data === location.pathname)",
            timeout=PATIENCE,
        )
    context.close()
