"""Names with emoji or of 200 letters: measured on the sheet, the labels and the rider's phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.places.address import Address
from locomotive.rounds.act import round_token
from locomotive.rounds.release import release
from tests.browser.conftest import answering, as_manager
from tests.service_day import SECRET, Day, leave, new_day

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.full]

DAY = "2026-11-24"
EMOJI = "Inès 🥕👩\u200d🍳🚲"
LONG = "Anne-Marie " + "Z" * 189
# What stands outside its box or beyond the edge of the paper, by its tag, class and first words.
OVERFLOWING = """() => [...document.querySelectorAll('main *')].filter((one) => {
  const box = one.getBoundingClientRect();
  const shown = box.width && !one.closest('.unheard, svg, .scroll, .map-box');
  const frame = one.closest('.label, .stop, .card, .sheet, main').getBoundingClientRect();
  return shown && (box.right > frame.right + 1 || box.right > innerWidth + 1
    || (one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline'));
}).map((one) => `${one.tagName}.${one.className}: ${one.textContent.trim().slice(0, 40)}`)"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Day, str, str]]:
    """A lunch with such names, its round released: the day, its address, the phone's page."""
    day = new_day(tmp_path_factory.mktemp("names"))
    with pytest.MonkeyPatch.context() as patch, day.app.app_context():
        patch.setattr(clock, "now", lambda: day.at(10))
        place = Address(
            "Société " + "Q" * 192,
            "12 rue " + "W" * 193,
            "Oignies",
            50.4705,
            2.9947,
            "🚪 " + "K" * 298,
        )
        for name in (LONG, EMOJI):
            day.order(name, place=place, carbonade=1, salad=1)
        [round_] = day.plan()
        with write_tx() as session:
            release(session, session.merge(round_), seen=round_.stamp, now=day.at(10))
        link = f"/r/{round_token(SECRET, day.rounds()[0])}"
        db.session.remove()
        with answering(day.app) as url:
            yield day, url, link
        leave(day.app)


@pytest.fixture(scope="module")
def manager(chromium: Browser, served: tuple[Day, str, str]) -> Iterator[Page]:
    day, url, _link = served
    context = as_manager(chromium, day, url)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize(
    "page",
    [
        f"/delivery/{DAY}/rounds/1/sheet",
        f"/kitchen/{DAY}/labels/a4",
        f"/kitchen/{DAY}/labels/roll",
    ],
)
def test_no_name_leaves_its_box_on_paper(
    served: tuple[Day, str, str], manager: Page, page: str
) -> None:
    manager.set_viewport_size({"width": 1000, "height": 1123})
    answer = manager.goto(served[1] + page)
    assert answer is not None
    assert answer.status == 200
    manager.emulate_media(media="print")
    assert "🥕" in manager.inner_text("main")
    assert manager.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("width", [320, 360, 820])
def test_no_name_leaves_its_box_on_the_phone_and_the_rounds(
    chromium: Browser, served: tuple[Day, str, str], manager: Page, width: int
) -> None:
    _day, url, link = served
    phone = chromium.new_page(viewport={"width": width, "height": 740})
    phone.goto(url + link)
    assert "🥕" in phone.inner_text("main")
    assert phone.evaluate(OVERFLOWING) == []
    phone.context.close()
    manager.emulate_media(media="screen")
    manager.set_viewport_size({"width": width, "height": 740})
    manager.goto(f"{url}/delivery/{DAY}/")
    assert "Q" * 192 in manager.inner_text("main")
    assert manager.evaluate(OVERFLOWING) == []


def test_the_control_a_line_that_does_not_break_is_found(
    served: tuple[Day, str, str], manager: Page
) -> None:
    manager.goto(f"{served[1]}/delivery/{DAY}/")
    manager.evaluate(
        "() => { const p = document.createElement('pre'); p.textContent = 'X'.repeat(900);"
        " document.querySelector('main').append(p); }"
    )
    assert any("XXX" in found for found in manager.evaluate(OVERFLOWING))
