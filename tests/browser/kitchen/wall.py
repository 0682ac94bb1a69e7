"""Somebody at the wall who plays a whole lunch: with a keypad alone, or with a finger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from tests.browser.conftest import PATIENCE, answering
from tests.browser.kitchen.page_time import QUIET_FETCH, live, pass_time
from tests.browser.test_one_lunch import TABLET

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.service_day import Day

# The next act that goes on with the lunch, on the glass and not pressed already: the number of its
# tile and the button's own name.
NEXT_ACT = """() => {
  const work = document.querySelector("[data-pages]")?.getBoundingClientRect();
  const acts = "#board form[data-act]:not(.is-kept) :is(.btn-done, .btn-verify, .btn-seen)";
  for (const act of document.querySelectorAll(acts)) {
    const { left, right, top, width, height } = act.getBoundingClientRect();
    if (act.closest("details:not([open])")) continue;
    if (left < work.left - 1 || right > work.right + 1) continue;
    const key = act.closest("[data-tile]")?.dataset.key;
    return [key, act.id, act.form.getAttribute("action"), left + width / 2, top + height / 2];
  }
  return null;
}"""

# So often a screen is looked at in vain before its player believes that all is done.
IDLE = 6
# Seconds after which a player hangs; no test is decided by them.
HANGS = 15 * PATIENCE / 1000


@dataclass
class Player:
    """One tablet and what was done at it: how often each act was pressed."""

    tablet: Page
    url: str
    day: str
    pressed: Counter[str] = field(default_factory=Counter)

    def open(self, page: str) -> None:
        self.tablet.goto(f"{self.url}/kitchen/{page}?date={self.day}")
        # What a font moves has just moved: nobody presses that early.
        self.tablet.evaluate("document.fonts.ready.then(() => true)")
        live(self.tablet, 1)

    def play_with_keys(self) -> None:
        """Press what the screen offers, first tile first, until it offers nothing more."""
        self.tablet.keyboard.press("1")
        until = monotonic() + HANGS
        while found := self.tablet.evaluate(NEXT_ACT):
            key, act, deed, _x, _y = found
            assert key, f"no digit leads to {act}"
            while self.tablet.evaluate("document.activeElement.id") != act:
                self.tablet.keyboard.press(key)
                assert monotonic() < until, act
            self.tablet.keyboard.press("Enter")
            self.pressed[deed] += 1
            live(self.tablet, 3)

    def play_with_a_finger(self, between: Callable[[Player, bool], None]) -> None:
        """Press what the screen offers until for some while it offers nothing and no press waits;
        `between` is called after each look, with whether there was something to press."""
        until, idle = monotonic() + HANGS, 0
        while idle < IDLE:
            pass_time(self.tablet, 0.8)
            found = self.tablet.evaluate(NEXT_ACT)
            if found:
                # Where it stood: the screen may be drawn anew before the finger is there.
                self.tablet.mouse.click(*found[3:])
            between(self, bool(found))
            idle = 0 if found or self.tablet.locator("#waiting").is_visible() else idle + 1
            live(self.tablet, 1 if found else 5)
            assert monotonic() < until

    def take_back(self) -> str:
        """Press the undo of the last act; what it does, empty when its bar is gone."""
        if self.tablet.locator("#undo-bar").is_hidden():
            return ""
        pass_time(self.tablet, 0.8)
        act = self.tablet.locator("#undo-bar form").get_attribute("action")
        self.tablet.locator("#undo-bar button").click()
        return str(act)

    def serve(self, name: str, script: str) -> None:
        """Another script of ours in the place of one, as a control."""
        kind = "text/javascript"
        self.tablet.route(f"**/{name}*", lambda r: r.fulfill(body=script, content_type=kind))

    def reload(self) -> None:
        self.tablet.reload()
        live(self.tablet, 1)


@contextmanager
def player(chromium: Browser, day: Day) -> Iterator[Player]:
    """A tablet of the kitchen before a lunch of the tests' own; its time stands still."""
    with answering(day.app) as url:
        context = chromium.new_context(
            viewport=TABLET,  # type: ignore[arg-type]
            locale="fr-FR",
            service_workers="block",
        )
        for cookie in day.signed_in("kitchen", language="fr")._cookies.values():
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": url}])
        tablet = context.new_page()
        tablet.clock.install()
        tablet.add_init_script(QUIET_FETCH)
        yield Player(tablet, url, day.date.isoformat())
        context.close()
