"""A keypad alone works the screens: digits choose, Enter does, Backspace takes back, + goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.kitchen.page_time import live, pass_time
from tests.browser.kitchen.test_kept_presses import Kitchen, kitchen

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.full]
__all__ = ["kitchen"]


def keys(tablet: Page, *pressed: str) -> None:
    for key in pressed:
        tablet.keyboard.press(key)
    live(tablet, 3)


def test_nine_bags_are_packed_and_one_is_taken_back_with_the_keypad_alone(
    kitchen: Kitchen,
) -> None:
    with kitchen.screen(service_workers="block") as tablet:
        assert tablet.locator("[data-key]").count() == 0
        for done in range(1, 4):
            keys(tablet, "1", "Enter")
            assert kitchen.statuses().count("ready") == done
        keys(tablet, "1", "Enter")
        keys(tablet, "Backspace")
        assert kitchen.statuses().count("ready") == 3
        for _ in range(6):
            keys(tablet, "1", "Enter")
        assert kitchen.statuses().count("ready") == 9


def test_numbers_stand_on_the_tiles_once_a_key_was_used(kitchen: Kitchen) -> None:
    with kitchen.screen(service_workers="block") as tablet:
        tablet.keyboard.press("2")
        numbers = tablet.locator("[data-key]").evaluate_all("all => all.map(t => t.dataset.key)")
        assert numbers[:2] == ["1", "2"]
        chosen = tablet.locator("[data-key='2'] .btn-done").first
        expect(chosen).to_be_focused()
        badge = "getComputedStyle(document.querySelector('[data-key]'), '::before').content"
        assert tablet.evaluate(badge) == '"1"'


def test_the_same_digit_again_chooses_the_next_button_and_a_held_key_acts_once(
    kitchen: Kitchen,
) -> None:
    with kitchen.screen(service_workers="block") as tablet:
        keys(tablet, "1", "1")
        second = tablet.locator("[data-key='1'] .btn-done").nth(1)
        expect(second).to_be_focused()
        tablet.keyboard.down("Enter")
        for _ in range(5):
            tablet.keyboard.down("Enter")
        tablet.keyboard.up("Enter")
        live(tablet, 3)
        assert kitchen.statuses().count("ready") == 1


def test_enter_without_a_choice_chooses_the_first_tile_and_does_nothing(kitchen: Kitchen) -> None:
    with kitchen.screen(service_workers="block") as tablet:
        keys(tablet, "Enter")
        assert kitchen.statuses().count("ready") == 0
        expect(tablet.locator("[data-key='1'] .btn-done").first).to_be_focused()


HIDDEN = """[...document.querySelectorAll("[data-key]")]
  .filter((tile) => tile.parentElement.closest("details:not([open])"))
  .map((tile) => tile.dataset.key)"""


def test_a_closed_line_takes_one_digit_and_what_it_hides_takes_none(kitchen: Kitchen) -> None:
    for minute in (15, 30, 45):
        kitchen.day.order("Samira", slot=(12, minute))
        kitchen.day.order("Hugo", slot=(12, minute), soup=1)
    with kitchen.screen(service_workers="block") as tablet:
        keys(tablet, "1")
        numbered = tablet.locator("[data-key]")
        assert tablet.evaluate(HIDDEN) == []
        assert tablet.locator("[data-line][data-key]").count() == 2
        line = tablet.locator("[data-line]").first
        digit = line.get_attribute("data-key") or ""
        before = numbered.count()
        keys(tablet, digit, "Enter")
        expect(line).to_have_attribute("open", "")
        # What is seen now has digits of its own.
        assert numbered.count() > before


def test_two_tablets_and_one_keypad_close_one_bag_once(kitchen: Kitchen) -> None:
    with (
        kitchen.screen(service_workers="block") as one,
        kitchen.screen(service_workers="block") as other,
    ):
        for tablet in (one, other):
            tablet.keyboard.press("1")
        focused = "document.activeElement.id"
        bag = one.evaluate(focused)
        assert bag == other.evaluate(focused)
        # The keypad is moved to the other tablet, which does not know yet.
        for tablet in (one, other):
            tablet.keyboard.press("Enter")
            tablet.evaluate("quiet()")
        pass_time(other, 0.1)
        expect(other.locator("#board-message")).not_to_be_empty()
        live(other, 8)
        live(one, 8)
        assert kitchen.statuses().count("ready") == 1
        assert one.locator(f"#{bag}").count() == other.locator(f"#{bag}").count() == 0
