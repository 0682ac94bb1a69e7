"""S-07: in a real browser the content policy forbids nothing of ours, and all that is foreign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import PATIENCE
from tests.browser.test_every_page import all_laid
from tests.browser.test_one_lunch import TABLET, add_first_dish, come_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

    from tests.browser.conftest import Lunch

pytestmark = [pytest.mark.browser, pytest.mark.full]
# Before any script of the page: what the browser reports is kept until it is asked for.
LISTEN = """
window.reported = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.reported.push(`${event.effectiveDirective}: ${event.blockedURI || event.sourceFile}`);
});
"""
FOREIGN = """
<script>window.ran = ["script"]</script>
<img src="/no-such-picture" onerror="(window.ran ||= []).push('handler')">
<p id="styled" style="position: fixed">x</p>
<iframe src="data:text/html,x"></iframe>
"""
RAN = "[window.ran ?? [], getComputedStyle(document.querySelector('#styled')).position]"


def listening(page: Page) -> Page:
    page.context.add_init_script(LISTEN)
    page.set_default_timeout(PATIENCE)
    return page


def poison(page: Page, address: str, *, policy: bool) -> None:
    """Let one page arrive with foreign markup at its end, with its policy or without."""

    def answer(route: Route) -> None:
        found = route.fetch()
        headers = dict(found.headers)
        if not policy:
            headers.pop("content-security-policy")
        body = found.text().replace("</main>", f"{FOREIGN}</main>")
        route.fulfill(status=found.status, headers=headers, body=body)

    page.route(address, answer)


def test_s07_no_page_of_the_demonstration_meets_the_policy(chromium: Browser, lunch: Lunch) -> None:
    page = listening(come_in(chromium, lunch.links["manager"], TABLET))
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    add_first_dish(page)
    by_link, of_staff = all_laid(chromium, lunch)
    met = {}
    for address in (*by_link, *of_staff):
        page.goto(lunch.url + address)
        found = page.evaluate("window.reported")
        if found:
            met[address] = found
    assert met == {}


@pytest.mark.parametrize("address", ["/legal", "/menu/{day}", "/office/", "/kitchen/"])
def test_s07_what_was_slipped_into_a_page_neither_runs_nor_shows(
    chromium: Browser, lunch: Lunch, address: str
) -> None:
    page = listening(come_in(chromium, lunch.links["manager"], TABLET))
    url = lunch.url + address.format(day=lunch.day)
    poison(page, url, policy=True)
    page.goto(url)
    assert page.evaluate(RAN) == [[], "static"]
    met = {found.split(":")[0] for found in page.evaluate("window.reported")}
    assert met >= {"script-src-elem", "script-src-attr", "style-src-attr", "frame-src"}


def test_s07_the_control_without_the_policy_it_runs(chromium: Browser, lunch: Lunch) -> None:
    page = listening(come_in(chromium, lunch.links["manager"], TABLET))
    poison(page, f"{lunch.url}/legal", policy=False)
    page.goto(f"{lunch.url}/legal")
    page.wait_for_function("window.ran?.length === 2")
    assert page.evaluate(RAN) == [["script", "handler"], "fixed"]
    assert page.evaluate("window.reported") == []
