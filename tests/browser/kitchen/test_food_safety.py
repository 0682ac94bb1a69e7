"""Food safety at the tablet: the whole number pad and every name stand on the glass, few words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.hygiene.heating import begin
from locomotive.hygiene.point import KINDS, SURFACES, ControlPoint, add_point
from locomotive.hygiene.reading import CorrectiveAct, Reading, read_point
from tests.browser.kitchen.page_time import live
from tests.browser.kitchen.test_kept_presses import Kitchen, kitchen
from tests.browser.kitchen.test_kitchen_lunch import FONTS, SIZES, TARGETS, words_of
from tests.browser.kitchen.test_one_screen import SEEN
from tests.hygiene.conftest import BEGUN, CAST, touch

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.full]
__all__ = ["kitchen"]
SCREENS = ("", "cooling", "reheating", "cleaning")
# A name that is squeezed shows less than it says: it is broken inside of a word.
SQUEEZED = """[...document.querySelectorAll(".point .name")].filter((one) => {
  const range = document.createRange();
  range.selectNodeContents(one);
  const letters = Math.max(...one.textContent.trim().split(/[\\s-]/).map((word) => word.length));
  return range.getBoundingClientRect().width < 11 * letters;
}).map((one) => one.textContent)"""


@pytest.fixture
def fridges(kitchen: Kitchen) -> Iterator[Kitchen]:
    """The kitchen with its points of control, a cooling on its way, and one fridge too warm."""
    with write_tx() as session:
        for name, kind in CAST.items():
            _add(session, name, kind, "worktop" if kind == "cleaning" else "")
        for surface in ("floor", "sink", "hood", "bin"):
            _add(session, SURFACES[surface], "cleaning", surface)
        begin(session, "cooling", "Carbonade", 700, touch(clock.now()))
    db.session.remove()
    return kitchen


def _add(session: object, name: str, kind: str, surface: str) -> None:
    every = KINDS[kind].every_days
    point = ControlPoint(name=name, kind=kind, surface=surface, every_days=every, begins_on=BEGUN)
    add_point(session, point)  # type: ignore[arg-type]


def warm_up(name: str) -> None:
    """A fridge was read at 9 °C, and nobody has said what was done."""
    with write_tx() as session:
        point = session.scalars(select(ControlPoint).filter_by(name=name)).one()
        read_point(session, point, 90, touch(clock.now()))


def readings() -> list[tuple[str, int | None]]:
    db.session.rollback()
    found = db.session.scalars(select(Reading).where(Reading.point_id.is_not(None)))
    return [(one.point.name if one.point else "", one.tenths) for one in found]


def unseen_keys(tablet: Page) -> list[str]:
    """The keys of the pad that are not whole on the glass."""
    keys = tablet.locator("[data-pad]")
    return [key.get_attribute("data-pad") or "" for key in keys.all() if not key.evaluate(SEEN)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_the_whole_pad_and_all_acts_stand_on_the_glass(
    fridges: Kitchen, size: dict[str, int]
) -> None:
    warm_up("Frigo 2")
    for page in SCREENS:
        with fridges.screen(f"hygiene/{page}", service_workers="block") as tablet:
            tablet.set_viewport_size(size)  # type: ignore[arg-type]
            tablet.evaluate(FONTS)
            assert unseen_keys(tablet) == []
            for act in tablet.locator(".alarm .btn").all():
                assert act.evaluate(SEEN), act.inner_text()
            assert tablet.evaluate(SQUEEZED) == []
            assert [t for t in tablet.evaluate(TARGETS) if min(t[1], t[2]) < 63.5] == []
            assert tablet.evaluate("document.documentElement.scrollHeight <= innerHeight")


def test_the_control_a_key_below_the_foot_and_a_squeezed_name_are_found(fridges: Kitchen) -> None:
    with fridges.screen("hygiene/cooling", service_workers="block") as tablet:
        tablet.evaluate("document.querySelector('.pad').style.marginTop = '600px'")
        tablet.evaluate("document.querySelector('.point .name').style.maxWidth = '40px'")
        assert "0" in unseen_keys(tablet)
        assert tablet.evaluate(SQUEEZED) == ["Carbonade"]


def test_a_temperature_is_typed_with_the_pad_and_answered_with_a_touch(fridges: Kitchen) -> None:
    with fridges.screen("hygiene/", service_workers="block") as tablet:
        point = tablet.locator(".point", has_text="Frigo 1")
        for keys, words in (("−40", "−40 °C is not possible"), ("4,5", "")):
            point.locator("[data-value]").click()
            for key in keys:
                tablet.locator(f"[data-pad='{key}']").click()
            tablet.locator("[data-pad=enter]").click()
            live(tablet, 4)
            if words:
                expect(tablet.locator("#board-message")).to_contain_text(words)
        assert readings() == [("Frigo 1", 45)]
        # 4 °C is the most: what was done is asked for, and a touch on a picture answers.
        tablet.locator(".alarm [id$=adjusted]").click()
        live(tablet, 4)
        expect(tablet.locator(".alarm")).to_have_count(0)
        db.session.rollback()
        assert db.session.scalars(select(CorrectiveAct.code)).all() == ["adjusted"]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("page", SCREENS)
def test_at_rest_a_screen_shows_at_most_twelve_words_beside_names(
    fridges: Kitchen, page: str, language: str
) -> None:
    with fridges.screen("hygiene/", service_workers="block") as tablet:
        tablet.goto(f"{fridges.url}/language/{language}?next=/kitchen/hygiene/{page}")
        tablet.evaluate(FONTS)
        words = words_of(tablet)
        assert 2 <= len(words) <= 12, " ".join(sorted(words))
