"""Every page: axe, the Nu checker, the narrowest phone, and no request to another host."""

from __future__ import annotations

import json
import shutil
import subprocess
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.browser.conftest import PATIENCE
from tests.browser.every_address import (
    BY_LINK,
    OF_STAFF,
    address_of,
    lay_the_rest,
    manager_cookie,
)
from tests.browser.test_one_lunch import PHONE, TABLET, add_first_dish, come_in
from tests.conftest import lacking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Lunch

pytestmark = [pytest.mark.browser, pytest.mark.full]
NU = Path(__file__).parents[2] / ".venv/nu/node_modules/vnu-jar/build/dist/vnu.jar"
# Paper keeps its own width on a screen.
PAPER = ("/sheet", "/a4", "/roll", "/booklet", "/month")


def all_laid(chromium: Browser, lunch: Lunch) -> tuple[list[str], list[str]]:
    """The addresses of all pages, those behind a link and those of staff, once rounds are
    planned and what the demonstration lacks is laid."""
    manager = come_in(chromium, lunch.links["manager"], TABLET)
    manager.goto(f"{lunch.url}/delivery/{lunch.day}/")
    if not manager.locator(".round-head").count():
        manager.locator("main button.btn-main").click()
        manager.locator(".round-head").first.wait_for(timeout=PATIENCE)
    manager.context.close()
    values = lay_the_rest(lunch)
    by_link = [address_of(template, values) for template in BY_LINK]
    return by_link, [address_of(template, values) for template in OF_STAFF]


@pytest.fixture(scope="module")
def pages(chromium: Browser, lunch: Lunch) -> tuple[list[str], list[str]]:
    """The addresses of all pages, laid once."""
    return all_laid(chromium, lunch)


@pytest.fixture(scope="module")
def cookie(lunch: Lunch, pages: tuple[list[str], list[str]]) -> dict[str, Any]:
    """What signs a browser in as a manager with an account."""
    return manager_cookie(lunch)


def visitor(chromium: Browser, lunch: Lunch, cookie: dict[str, Any], size: dict[str, int]) -> Page:
    """A manager's browser with something in its basket, which sees every page."""
    context = chromium.new_context(viewport=size, locale="fr-FR")  # type: ignore[arg-type]
    context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    add_first_dish(page)
    return page


def visit(page: Page, lunch: Lunch, address: str, foreign: list[str]) -> None:
    page.on(
        "request",
        lambda request: (
            foreign.append(request.url)
            if not request.url.startswith((lunch.url, "data:", "blob:"))
            else None
        ),
    )
    page.goto(lunch.url + address)


def violations(page: Page) -> list[str]:
    """What axe finds, as "rule: first element"."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in found]


@pytest.mark.parametrize(
    ("language", "surroundings"), [("fr", "light"), ("en", "light"), ("fr", "dark")]
)
def test_s28_axe_finds_nothing_and_no_request_leaves(
    chromium: Browser,
    lunch: Lunch,
    pages: tuple[list[str], list[str]],
    cookie: dict[str, Any],
    language: str,
    surroundings: Literal["light", "dark"],
) -> None:
    page = visitor(chromium, lunch, cookie, PHONE)
    page.emulate_media(color_scheme=surroundings)
    foreign: list[str] = []
    page.goto(f"{lunch.url}/language/{language}")
    wrong = {}
    for address in chain(*pages):
        visit(page, lunch, address, foreign)
        found = violations(page)
        if found:
            wrong[address] = found
    assert wrong == {}
    assert foreign == []


def test_the_control_dark_surroundings_darken_the_screen_and_not_the_paper(
    chromium: Browser, lunch: Lunch
) -> None:
    page = chromium.new_page(color_scheme="dark")
    page.goto(f"{lunch.url}/legal")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(27, 25, 22)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


def test_the_control_axe_finds_a_field_without_a_label(chromium: Browser, lunch: Lunch) -> None:
    page = chromium.new_page()
    page.goto(f"{lunch.url}/legal")
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    assert any(found.startswith("label") for found in violations(page))


@pytest.mark.parametrize("width", [320, 820, 1280])
def test_no_page_scrolls_sideways(
    chromium: Browser,
    lunch: Lunch,
    pages: tuple[list[str], list[str]],
    cookie: dict[str, Any],
    width: int,
) -> None:
    page = visitor(chromium, lunch, cookie, {"width": width, "height": 800})
    wide = []
    for address in chain(*pages):
        answer = page.goto(lunch.url + address)
        assert answer is not None
        assert answer.status == 200 or address == "/no", address
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(address)
    assert [address for address in wide if not address.endswith(PAPER)] == []


# Texts that are broken because there is no room for twelve of their letters, or for all of them
# where they are fewer. Two rules more, each for a reason:
# - a column's head may stand word by word, as long as every word is whole: its column is as wide as
#   its numbers are;
# - on a kitchen's ticket a name stands beside its picture and number, two rows of its first words:
#   it only tells dishes of one family apart.
CRUSHED = """() => {
  // What is clipped away is heard, not seen.
  const isUnseen = ({ parentElement: above }) =>
    above && (getComputedStyle(above).clipPath !== "none" || isUnseen(above));
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent.trim();
    if (!text) continue;
    let block = node.parentElement;
    while (block && getComputedStyle(block).display.startsWith("inline")) {
      block = block.parentElement;
    }
    const beside = "svg, .unheard, .skip, .ticket-lines .name";
    if (!block?.checkVisibility() || block.closest(beside) || isUnseen(node)) continue;
    const style = getComputedStyle(block);
    const head = block.closest("thead");
    const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    const inside = block.clientWidth - padding;
    const range = document.createRange();
    range.selectNodeContents(node);
    const rows = new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size;
    const isBroken = rows > (head ? text.split(/\\s+/).length : 1);
    // A letter of this typeface is half as wide as it is high.
    const letters = Math.min(12, text.length);
    if (isBroken && inside < letters * 0.5 * parseFloat(style.fontSize)) {
      found.add(`${text.slice(0, 30)}: ${Math.round(inside)} px`);
    }
  }
  return [...found];
}"""


@pytest.mark.parametrize(
    ("width", "language"),
    [(320, "fr"), (320, "en"), (360, "fr"), (820, "fr"), (1280, "fr"), (1280, "en")],
)
def test_no_text_is_crushed_into_a_column_of_a_few_letters(
    chromium: Browser,
    lunch: Lunch,
    pages: tuple[list[str], list[str]],
    cookie: dict[str, Any],
    width: int,
    language: str,
) -> None:
    page = visitor(chromium, lunch, cookie, {"width": width, "height": 800})
    page.context.add_cookies([{"name": "language", "value": language, "url": lunch.url}])
    crushed = {}
    for address in chain(*pages):
        page.goto(lunch.url + address)
        crushed[address] = page.evaluate(CRUSHED)
    assert {address: found for address, found in crushed.items() if found} == {}


def test_the_control_a_column_of_fifty_points_is_crushed(chromium: Browser, lunch: Lunch) -> None:
    page = chromium.new_page()
    page.goto(f"{lunch.url}/legal")
    assert page.evaluate(CRUSHED) == []
    page.evaluate("document.querySelector('dd').style.width = '50px'")
    page.evaluate("document.querySelector('dd').textContent = 'un texte qui se brise souvent'")
    assert page.evaluate(CRUSHED) != []
    page.evaluate("document.querySelector('dd').textContent = 'mar. 4 nov.'")
    assert page.evaluate(CRUSHED) == ["mar. 4 nov.: 50 px"]


def test_the_control_a_papers_table_and_its_head_are_looked_at(
    chromium: Browser, lunch: Lunch
) -> None:
    page = chromium.new_page()
    page.goto(f"{lunch.url}/legal")
    page.evaluate(
        "document.querySelector('main').innerHTML = '<table style=\"width: 9rem\"><thead><tr>'"
        "+ '<th style=\"width: 4rem; overflow-wrap: anywhere\">Frigo viandes</th><th>Jour</th>'"
        "+ '</tr></thead></table>'"
    )
    assert page.evaluate(CRUSHED) == []
    page.evaluate("document.querySelector('th').style.maxWidth = '2rem'")
    page.evaluate("document.querySelector('table').style.tableLayout = 'fixed'")
    page.evaluate("document.querySelector('th').style.width = '2rem'")
    assert page.evaluate(CRUSHED) != []


def test_nu_finds_no_error_in_customers_pages(
    chromium: Browser, lunch: Lunch, pages: tuple[list[str], list[str]], tmp_path: Path
) -> None:
    if not NU.exists() or shutil.which("java") is None:
        lacking("the Nu HTML checker")
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    add_first_dish(page)
    for index, address in enumerate(pages[0]):
        answer = context.request.get(lunch.url + address)
        (tmp_path / f"{index:02d}.html").write_text(answer.text())
    (tmp_path / "control.html").write_text("<!doctype html><title>x</title><p><div></p>")
    checked = subprocess.run(
        ["java", "-jar", str(NU), "--errors-only", "--format", "json", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    messages = json.loads(checked.stderr)["messages"]
    ours = [(m["url"][-10:], m["message"]) for m in messages if "control" not in m["url"]]
    assert any("control" in m["url"] for m in messages)
    assert ours == []
