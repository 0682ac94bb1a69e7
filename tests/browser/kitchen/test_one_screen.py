"""One screen: at every size and moment what is next stands on the glass, and nobody scrolls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.core.status import TO_COOK, Status
from locomotive.ordering.order import Order
from tests.browser.conftest import answering
from tests.browser.kitchen.busy_lunch import busy_day, play_until
from tests.service_day import Day, leave

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.full]
SIZES = ((1280, 800), (800, 1280), (1024, 600))
MOMENTS = ((10, 5), (10, 45), (11, 20), (11, 40), (12, 0), (12, 20), (13, 0))
PAGES = ("", "cook", "pack", "hand-over")
# Whether the whole of an element is seen between the head and the strip at the foot.
SEEN = """(one) => {
  const { left, top, right, bottom, width } = one.getBoundingClientRect();
  const head = document.querySelector(".screen-head").getBoundingClientRect().bottom;
  const foot = document.querySelector(".screen-foot").getBoundingClientRect().top;
  return width > 0 && left >= 0 && right <= innerWidth && top >= head && bottom <= foot;
}"""
NEXT = "[data-pages] form[data-act] button"
# The first act of the next departure itself, behind what was cancelled or changed.
DEPARTS = {
    "cook": ".cook-row:not(.is-cancelled, .has-changed) form[data-act] button",
    "pack": "[data-pages] > .head ~ .ticket form[data-act] button",
}
# What nobody may have to look for: on every screen what was cancelled or changed, on the wall the
# next two departures, of the bags those of the next departure that are an exception, and the first
# exception that is cooked.
FIRST_OF_ALL = """(seen) => [...document.querySelectorAll(
    `[data-pages] > :is(.is-cancelled, .has-changed, .line.next, .ticket.is-exception,
      .cook-row.is-exception:not(.is-exception ~ .is-exception))`)]
  .filter((one) => [...document.querySelectorAll("[data-pages] > .head")].slice(1)
    .every((head) => one.compareDocumentPosition(head) & Node.DOCUMENT_POSITION_FOLLOWING))
  .filter((one) => !seen(one)).map((one) => one.id || one.className)"""
# Numbers, names and drawings that run out of their frame, so that they are cut off or cover others.
CUT = """(() => {
  const frames = ".heads .head, .flow :is(.head, .btn, summary, .cook-row, .ticket)";
  const parts = "b, .name, .drawing, [data-text], [aria-hidden], .must-not, .btn";
  const isOut = (frame, { left, right, top, bottom, width }) => width > 0 && (left < frame.left - 1
    || right > frame.right + 1 || top < frame.top - 8 || bottom > frame.bottom + 8);
  const isShown = (one) => !one.closest("details:not([open]) > .opened");
  const box = (one) => one.getBoundingClientRect();
  return [...document.querySelectorAll(frames)].filter(isShown)
    .flatMap((one) => [...one.querySelectorAll(parts)]
      .filter((part) => isShown(part) && isOut(box(one), box(part)))
      .map((part) => `${one.id || one.className}: ${part.outerHTML.slice(0, 80)}`));
})()"""
# The same with as many portions of each dish as a large group orders.
CUT_WITH_MANY = f"""(() => {{
  const numbers = [...document.querySelectorAll(".cook-row:not(.is-exception) .btn-done")]
    .map((one) => [one.lastChild, one.lastChild.textContent]);
  for (const [number] of numbers) number.textContent = "48";
  const cut = {CUT};
  for (const [number, before] of numbers) number.textContent = before;
  return cut;
}})()"""
SCREEN = """() => ({
  head: document.querySelector(".screen-head").getBoundingClientRect().height,
  scrolls: document.documentElement.scrollHeight > innerHeight
    || document.documentElement.scrollWidth > innerWidth,
  pages: Number(document.querySelector("#pager [data-page]").textContent.split("/")[1]),
})"""


# Pages of big buttons until all of the next two departures was seen, at any hour. With 150 orders
# they are 24 bags of some 13 contents: in columns of 300 px they take 3,300 px at 1280 x 800, which
# has four columns of 635 px, and 3,000 px at 1024 x 600, which has three of 435. Numbers of 48 px
# and targets of 64 px leave no other way.
MOST_PAGES = {(1280, 800): 2, (800, 1280): 2, (1024, 600): 3}
WORK = """() => {
  const flow = document.querySelector("[data-pages]");
  const step = flow.clientWidth + parseFloat(getComputedStyle(flow).columnGap);
  const from = flow.getBoundingClientRect().left - flow.scrollLeft;
  const acts = [...flow.querySelectorAll("form[data-act] button")]
    .filter((one) => !one.closest("details"));
  const page = (one) => Math.ceil((one.getBoundingClientRect().right - from) / step);
  return Math.max(1, ...acts.map(page));
}"""


@contextmanager
def tablet_of(chromium: Browser, day: Day, moment: datetime) -> Iterator[tuple[Page, str]]:
    """A tablet of the kitchen at one moment of the lunch, and the address of the house."""
    with pytest.MonkeyPatch.context() as patch, day.app.app_context():
        patch.setattr(clock, "now", lambda: moment)
        play_until(day, moment)
        db.session.remove()
        with answering(day.app) as url:
            context = chromium.new_context(locale="fr-FR", service_workers="block")
            for cookie in day.signed_in("kitchen", language="fr")._cookies.values():
                context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
            yield context.new_page(), url
            context.close()


@pytest.fixture(scope="module", params=[40, 80, 150])
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    day = busy_day(tmp_path_factory.mktemp("busy"), request.param)
    yield day
    with day.app.app_context():
        leave(day.app)


def faults(tablet: Page, page: str, size: tuple[int, int]) -> list[str]:
    """What one screen of one size does not show."""
    tablet.set_viewport_size({"width": size[0], "height": size[1]})
    tablet.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame))")
    screen = tablet.evaluate(SCREEN)
    found = ["it scrolls"] if screen["scrolls"] else []
    found += ["the head has two rows"] if screen["head"] > 80 else []
    for what in [".line.next"] if page == "" else [NEXT, *filter(None, [DEPARTS.get(page)])]:
        # In one breath: the screen may be drawn anew at any moment.
        seen = tablet.evaluate(
            f"[document.querySelector('{what}')].map((one) => one && ({SEEN})(one))[0]"
        )
        if not seen:
            found.append(f"{what} is not {'there' if seen is None else 'on the glass'}")
    found += [f"{what} is on a later page" for what in tablet.evaluate(f"({FIRST_OF_ALL})({SEEN})")]
    found += [f"{what} is cut off" for what in tablet.evaluate(CUT)]
    found += [f"{what} is cut off when many" for what in tablet.evaluate(CUT_WITH_MANY)]
    if page and (pages := tablet.evaluate(WORK)) > MOST_PAGES[size]:
        found.append(f"{pages} pages until the next two departures were seen")
    return [f"{page or 'board'} {size}: {fault}" for fault in found]


def pages_with_work() -> list[str]:
    """The screens on which somebody has something to do, by the orders themselves."""
    orders = db.session.scalars(select(Order)).all()
    away = [order for order in orders if not order.is_delivery]
    works = {
        "": any(order.status in TO_COOK for order in orders),
        "cook": any(order.status in TO_COOK for order in orders),
        "pack": any(order.status in TO_COOK for order in orders),
        "hand-over": any(order.status is Status.READY for order in away),
    }
    db.session.rollback()
    return [page for page, has_work in works.items() if has_work]


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: f"{moment[0]}:{moment[1]:02d}")
def test_what_is_next_stands_on_the_first_screen(
    chromium: Browser, day: Day, moment: tuple[int, int]
) -> None:
    with tablet_of(chromium, day, day.at(*moment)) as (tablet, url):
        found = []
        for page in pages_with_work():
            tablet.goto(f"{url}/kitchen/{page}")
            for size in SIZES:
                found += faults(tablet, page, size)
        assert found == [], "\n".join(found)


def test_the_control_what_stands_below_the_foot_is_found(chromium: Browser, day: Day) -> None:
    with tablet_of(chromium, day, day.at(11, 20)) as (tablet, url):
        tablet.goto(f"{url}/kitchen/pack")
        assert faults(tablet, "pack", SIZES[0]) == []
        tablet.evaluate(
            f"document.querySelector('{NEXT}').style.cssText = 'position: relative; top: 900px'"
        )
        assert tablet.locator(NEXT).first.evaluate(SEEN) is False


def test_the_control_minutes_that_are_cut_off_are_found(chromium: Browser, day: Day) -> None:
    with tablet_of(chromium, day, day.at(10, 5)) as (tablet, url):
        tablet.goto(f"{url}/kitchen/cook")
        assert faults(tablet, "cook", (800, 1280)) == []
        more = "document.querySelector('.head .due [data-text]').textContent = '100 000 000 000'"
        # In one breath: the minutes are written anew every second.
        found = tablet.evaluate(f"(() => {{ {more}; return {CUT}; }})()")
        assert any("<span data-text" in fault for fault in found), found


def test_a_screen_that_was_turned_over_shows_the_rest_and_comes_back(
    chromium: Browser, day: Day
) -> None:
    with tablet_of(chromium, day, day.at(10, 5)) as (tablet, url):
        tablet.clock.install()
        tablet.set_viewport_size({"width": 1024, "height": 600})
        tablet.goto(f"{url}/kitchen/pack")
        last = tablet.locator("[data-pages] > *").last
        assert last.evaluate(SEEN) is False
        while not tablet.locator("#pager button").last.is_disabled():
            tablet.locator("#pager button").last.click()
        assert last.evaluate(SEEN) is True
        tablet.clock.run_for(31_000)
        assert tablet.locator(NEXT).first.evaluate(SEEN) is True
