"""Fingers that are too fast: two taps act once, and nothing acts because it has just moved."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.kitchen.page_time import live, pass_time
from tests.browser.kitchen.test_kept_presses import BAGS, HERE, Kitchen, kitchen

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.full]
__all__ = ["kitchen"]

CONTROLS = """[...document.querySelectorAll("#board form[data-act] button")]
  .map((one) => one.getBoundingClientRect())
  .map((box) => [box.x + box.width / 2, box.y + box.height / 2])
  .filter(([x, y]) => y > 100 && document.elementFromPoint(x, y)?.closest("#board button"))"""
TAPS = 2000
# After so many seconds nothing is held, awaited or drawn any more.
CALM = 3.5


def double_taps(tablet: Page, number: int) -> list[int]:
    """How many acts each double tap made, 0.1 to 1.4 s apart, at a random control."""
    chance = random.Random(17)
    acts = []
    for _ in range(number):
        latency = f"house.latency = () => {chance.choice([20, 200, 600])}"
        applied, places = tablet.evaluate(f"({latency}, [house.applied.length, {CONTROLS}])")
        acts.append(applied)
        x, y = chance.choice(places)
        tablet.mouse.click(x, y)
        pass_time(tablet, chance.uniform(0.1, 1.4))
        tablet.mouse.click(x, y)
        pass_time(tablet, CALM)
    acts.append(tablet.evaluate("house.applied.length"))
    return [after - before for before, after in pairwise(acts)]


@contextmanager
def own_kitchen(kitchen: Kitchen, *, guarded: bool = True) -> Iterator[Page]:
    """The pack screen before a kitchen of the tests' own; unguarded as it was before."""
    static = HERE.parents[2] / "locomotive" / "static"
    with kitchen.screen("practice/", service_workers="block") as tablet:
        if not guarded:
            board = (static / "board.js").read_text().replace("HOLD = 1500", "HOLD = 0")
            open_door = "export const guardPresses = () => undefined;"
            kind = "text/javascript"
            tablet.route("**/board.js?v=*", lambda r: r.fulfill(body=board, content_type=kind))
            tablet.route(
                "**/press-guard.js", lambda r: r.fulfill(body=open_door, content_type=kind)
            )
        tablet.add_init_script((HERE / "kitchen.js").read_text())
        tablet.goto(f"{kitchen.url}/kitchen/pack")
        tablet.clock.pause_at("2030-01-01")
        pass_time(tablet, 3)
        yield tablet


def test_two_taps_at_one_place_act_once(kitchen: Kitchen) -> None:
    with own_kitchen(kitchen) as tablet:
        assert set(double_taps(tablet, TAPS)) == {1}
    # The control: without the guard and the pause some act twice.
    with own_kitchen(kitchen, guarded=False) as tablet:
        assert 2 in double_taps(tablet, 40)


def wrong_bags(tablet: Page, number: int) -> int:
    """Presses that met another control than the one that stood there when the finger set out."""
    chance = random.Random(18)
    wrong = 0
    for _ in range(number):
        pass_time(tablet, 4)
        x, y = chance.choice(tablet.evaluate(CONTROLS))
        tablet.evaluate(f"house.change({chance.randint(1, 12)})")
        pass_time(tablet, chance.uniform(0, 2.2))
        under = f"document.elementFromPoint({x}, {y}).closest('form')?.getAttribute('action')"
        meant = tablet.evaluate(under)
        pass_time(tablet, 0.5)
        before = tablet.evaluate("house.applied.length")
        tablet.mouse.click(x, y)
        pass_time(tablet, 4)
        wrong += any(url != meant for url in tablet.evaluate(f"house.applied.slice({before})"))
    return wrong


def test_a_control_that_moved_under_the_finger_ignores_it(kitchen: Kitchen) -> None:
    with own_kitchen(kitchen) as tablet:
        assert wrong_bags(tablet, 60) == 0
    with own_kitchen(kitchen, guarded=False) as tablet:
        assert wrong_bags(tablet, 60) > 0


def test_what_was_pressed_keeps_its_place_with_its_undo_and_then_gives_way(
    kitchen: Kitchen,
) -> None:
    with own_kitchen(kitchen) as tablet:
        first = tablet.locator("[data-ticket]").first
        place = first.bounding_box()
        name = first.get_attribute("id")
        first.locator("button").click()
        pass_time(tablet, 1.4)
        assert tablet.evaluate("house.applied.length") == 1
        assert tablet.locator(f"#{name}").bounding_box() == place
        assert tablet.locator("#undo-bar").is_visible()
        pass_time(tablet, 1)
        assert tablet.locator(f"#{name}").bounding_box() != place
        bar = tablet.locator("#undo-bar button").bounding_box()
        assert bar is not None
        tablet.mouse.click(bar["x"] + 20, bar["y"] + 20)
        pass_time(tablet, 2.5)
        assert tablet.locator(f"#{name}").bounding_box() == place


def test_sixty_orders_at_once_stand_on_the_screen_and_the_next_bag_stays_first(
    kitchen: Kitchen,
) -> None:
    with kitchen.screen(service_workers="block") as tablet:
        first = tablet.locator("[data-ticket]").first.get_attribute("id")
        for number in range(60):
            kitchen.day.order(f"Karim {number}", slot=(12, 15 * (number % 4)))
        live(tablet, 6)
        expect(tablet.locator("#board .btn-done")).to_have_count(BAGS + 60)
        assert tablet.locator("[data-ticket]").first.get_attribute("id") == first
        assert tablet.evaluate("document.documentElement.scrollHeight <= innerHeight")
        tablet.locator("#board .btn-done").first.click()
        live(tablet, 4)
        assert kitchen.statuses().count("ready") == 1


@pytest.mark.parametrize("size", [(1280, 800), (800, 1280), (1024, 600), (360, 800)])
def test_the_undo_bar_comes_where_no_control_was(kitchen: Kitchen, size: tuple[int, int]) -> None:
    with own_kitchen(kitchen) as tablet:
        tablet.set_viewport_size({"width": size[0], "height": size[1]})
        # The screen is laid out anew when the machine comes to it: not under the finger.
        tablet.locator("[data-ticket] button").first.hover()
        pass_time(tablet, 1)
        tablet.locator("[data-ticket] button").first.click()
        bar = tablet.locator("#undo-bar").bounding_box()
        assert bar is not None
        pass_time(tablet, 6)
        assert tablet.locator("#undo-bar").is_hidden()
        at = f"{bar['x'] + bar['width'] - 30}, {bar['y'] + bar['height'] / 2}"
        for share in (0, 0.3, 0.6, 1):
            tablet.evaluate(f"scrollTo(0, {share} * document.body.scrollHeight)")
            assert tablet.evaluate(f"Boolean(document.elementFromPoint({at}).closest('footer'))")
        last = tablet.locator("[data-ticket] button").last.bounding_box()
        assert last is not None
        assert last["y"] + last["height"] <= bar["y"]
        if size[0] > 700:
            # In pages nothing scrolls: the strip stands below the work.
            assert tablet.evaluate("document.documentElement.scrollHeight <= innerHeight")
            return
        # The control: a bar that hangs over the page is found.
        tablet.evaluate("document.querySelector('footer').style.position = 'static'")
        tablet.evaluate("scrollTo(0, 0)")
        assert not tablet.evaluate(f"Boolean(document.elementFromPoint({at}).closest('footer'))")
