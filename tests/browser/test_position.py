"""The position of an address, put right by a tap: with the browser's map and without any script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.maps.spot import tapped
from locomotive.places.address import Address
from tests.browser.conftest import PATIENCE, answering, as_manager
from tests.browser.test_every_page import violations
from tests.service_day import Day, leave, new_day

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.full]

AT = (50.4705, 2.9947)
WIDTHS = [(320, "small", 288), (820, "large", 576), (1280, "large", 576)]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Day, str]]:
    """A lunch with one order at a typed address; the day, and the address of the page."""
    day = new_day(tmp_path_factory.mktemp("position"))
    with pytest.MonkeyPatch.context() as patch, day.app.app_context():
        patch.setattr(clock, "now", lambda: day.at(10))
        order = day.order(place=Address("", "15 rue Pasteur", "Oignies", *AT))
        page = f"/delivery/orders/{order.id}/position"
        db.session.remove()
        with answering(day.app) as url:
            yield day, url + page
        leave(day.app)


def position(page: Page) -> tuple[float, float]:
    texts = [page.input_value(f"#{name}").replace(",", ".") for name in ("latitude", "longitude")]
    return float(texts[0]), float(texts[1])


@pytest.mark.parametrize(("width", "name", "side"), WIDTHS)
def test_a_tap_moves_the_mark_without_javascript(
    chromium: Browser, served: tuple[Day, str], width: int, name: str, side: int
) -> None:
    day, address = served
    context = as_manager(
        chromium,
        day,
        address,
        java_script_enabled=False,
        viewport={"width": width, "height": 800},
    )
    page = context.new_page()
    page.goto(address)
    assert position(page) == AT
    page.locator(f".spot-{name}").click(position={"x": side * 0.75, "y": side * 0.25})
    assert position(page) == pytest.approx(tapped(AT, 1, 0.75, 0.25), abs=3e-5)
    page.locator(".nudge-north").click()
    assert position(page)[0] > tapped(AT, 1, 0.75, 0.25)[0]
    assert page.locator(".nudge-north").is_visible()
    context.close()


def test_a_tap_on_the_map_that_moves_writes_the_position(
    chromium: Browser, served: tuple[Day, str]
) -> None:
    day, address = served
    context = as_manager(chromium, day, address, viewport={"width": 820, "height": 900})
    page = context.new_page()
    foreign: list[str] = []
    page.on("request", lambda r: foreign.append(r.url) if "127.0.0.1" not in r.url else None)
    page.goto(address)
    page.locator("[data-open]").click()
    page.locator("[data-ready]").wait_for(timeout=PATIENCE)
    box = page.locator(".map-box").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert position(page) == pytest.approx(AT, abs=3e-5)  # it opens around the mark
    page.mouse.click(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2)
    assert position(page)[1] > AT[1] + 1e-4
    assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []
    context.close()


@pytest.mark.parametrize("width", [320, 820, 1280])
def test_the_page_is_usable_by_all_and_fits(
    chromium: Browser, served: tuple[Day, str], width: int
) -> None:
    day, address = served
    context = as_manager(chromium, day, address, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(address)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
