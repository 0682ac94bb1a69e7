"""Every page: axe, the Nu checker, the narrowest phone, and no request to another host."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from tests.browser.conftest import PATIENCE
from tests.browser.test_one_lunch import PHONE, TABLET, add_first_dish, come_in, order_delivery
from tests.conftest import lacking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Lunch

pytestmark = [pytest.mark.browser, pytest.mark.full]
NU = Path(__file__).parents[2] / ".venv/nu/node_modules/vnu-jar/build/dist/vnu.jar"
CUSTOMER = (
    "/", "/basket", "/order", "/sign-in", "/legal", "/privacy", "/accessibility", "/no", "/week",
    "/group",
)  # fmt: skip
STAFF = (
    "/office/", "/office/menu/", "/office/dishes/new", "/office/dishes/1", "/office/menu/{day}",
    "/office/service/", "/office/service/{day}", "/office/tricycles/", "/office/places/",
    "/office/places/1", "/office/mails", "/office/closed-days", "/kitchen/", "/kitchen/?date={day}",
    "/kitchen/cook?date={day}", "/kitchen/pack?date={day}", "/kitchen/hand-over?date={day}",
    "/kitchen/{day}/production", "/kitchen/{day}/exceptions", "/kitchen/{day}/labels/a4",
    "/kitchen/{day}/labels/roll", "/kitchen/{day}/papers", "/kitchen/{day}/portions",
    "/kitchen/orders/1/cancel", "/kitchen/practice/", "/office/devices", "/delivery/{day}/",
    "/delivery/{day}/rounds/1/sheet",
    "/delivery/{day}/trouble", "/delivery/{day}/collections", "/delivery/learned",
    "/office/passages/", "/office/zone",
    "/kitchen/{day}/batches", "/kitchen/{day}/batches/2",
    "/kitchen/{day}/swap/2", "/kitchen/{day}/leftovers", "/farm/", "/farm/suppliers/1",
    "/farm/produce/", "/farm/produce/1", "/farm/lots/new", "/farm/lots/1", "/farm/lots/1/trace",
    "/farm/needs", "/farm/purchases/", "/farm/notes/1", "/farm/recalls/", "/farm/exchange",
    "/office/recipes/", "/office/dishes/1/recipe", "/office/figures",
    "/office/accounts", "/office/trail", "/office/orders", "/office/orders/1",
    "/office/orders/1/change", "/office/hygiene/", "/office/hygiene/limits", "/office/use-by",
    "/office/printers/", "/office/printers/new", "/office/town", "/kitchen/{day}/groups",
    "/kitchen/use-by/", "/kitchen/use-by/new", "/kitchen/hygiene/", "/kitchen/practice/booklet",
)  # fmt: skip


@pytest.fixture(scope="module")
def planned(chromium: Browser, lunch: Lunch) -> list[str]:
    """The addresses of all pages, once rounds are planned; an order page among them."""
    manager = come_in(chromium, lunch.links["manager"], TABLET)
    manager.goto(f"{lunch.url}/delivery/{lunch.day}/")
    if not manager.locator(".round-head").count():
        manager.locator("main button.btn-main").click()
        manager.locator(".round-head").first.wait_for(timeout=PATIENCE)
    manager.context.close()
    return [address.format(day=lunch.day) for address in STAFF]


@pytest.fixture(scope="module")
def customers(chromium: Browser, lunch: Lunch) -> tuple[str, ...]:
    page = chromium.new_context(viewport=PHONE).new_page()  # type: ignore[arg-type]
    order_page = order_delivery(page, lunch, "Chloé")
    page.context.close()
    farmer = lunch.links["farmer"].removeprefix(lunch.url)
    return (*CUSTOMER, farmer, f"/menu/{lunch.day}", order_page.removeprefix(lunch.url))


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
    planned: list[str],
    customers: tuple[str, ...],
    language: str,
    surroundings: Literal["light", "dark"],
) -> None:
    page = come_in(chromium, lunch.links["manager"], PHONE)
    page.emulate_media(color_scheme=surroundings)
    foreign: list[str] = []
    page.goto(f"{lunch.url}/language/{language}")
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    add_first_dish(page)
    wrong = {}
    for address in (*customers, *planned):
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
    chromium: Browser, lunch: Lunch, planned: list[str], customers: tuple[str, ...], width: int
) -> None:
    page = come_in(chromium, lunch.links["manager"], {"width": width, "height": 800})
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    add_first_dish(page)
    wide = []
    for address in (*customers, *planned):
        page.goto(lunch.url + address)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append(address)
    # The sheet is paper: on a screen it keeps its width.
    assert [a for a in wide if not a.endswith(("/sheet", "/a4"))] == [], wide


# Blocks of running text that are narrower than twelve of their letters.
CRUSHED = """() => {
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.textContent.trim().length <= 12) continue;
    let block = node.parentElement;
    while (block && getComputedStyle(block).display.startsWith("inline")) {
      block = block.parentElement;
    }
    if (!block?.checkVisibility() || block.closest("svg, .unheard, .skip, thead")) continue;
    const style = getComputedStyle(block);
    const padding = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight);
    const inside = block.clientWidth - padding;
    const range = document.createRange();
    range.selectNodeContents(node);
    const isBroken = range.getClientRects().length > 1;
    // A letter of this typeface is half as wide as it is high.
    if (isBroken && inside < 12 * 0.5 * parseFloat(style.fontSize)) {
      found.add(`${node.textContent.trim().slice(0, 30)}: ${Math.round(inside)} px`);
    }
  }
  return [...found];
}"""


@pytest.mark.parametrize("width", [320, 360, 820, 1280])
def test_no_text_is_crushed_into_a_column_of_a_few_letters(
    chromium: Browser, lunch: Lunch, planned: list[str], customers: tuple[str, ...], width: int
) -> None:
    page = come_in(chromium, lunch.links["manager"], {"width": width, "height": 800})
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    add_first_dish(page)
    crushed = {}
    for address in (*customers, *planned):
        page.goto(lunch.url + address)
        # Paper keeps its own width on a screen.
        if not address.endswith(("/sheet", "/a4", "/roll", "/booklet")):
            crushed[address] = page.evaluate(CRUSHED)
    assert {address: found for address, found in crushed.items() if found} == {}


def test_the_control_a_column_of_fifty_points_is_crushed(chromium: Browser, lunch: Lunch) -> None:
    page = chromium.new_page()
    page.goto(f"{lunch.url}/legal")
    assert page.evaluate(CRUSHED) == []
    page.evaluate("document.querySelector('dd').style.width = '50px'")
    page.evaluate("document.querySelector('dd').textContent = 'un texte qui se brise souvent'")
    assert page.evaluate(CRUSHED) != []


def test_nu_finds_no_error_in_customers_pages(
    chromium: Browser, lunch: Lunch, customers: tuple[str, ...], tmp_path: Path
) -> None:
    if not NU.exists() or shutil.which("java") is None:
        lacking("the Nu HTML checker")
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{lunch.url}/menu/{lunch.day}")
    add_first_dish(page)
    for index, address in enumerate(customers):
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
