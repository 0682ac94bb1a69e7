"""Several days on sale: their strip stays in one row above the menu, with a script or without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.menu.dish import Dish
from locomotive.menu.menu import Menu, Portion
from locomotive.service.service import new_service
from tests.browser.conftest import answering
from tests.browser.test_first_screen import COMPLETE, HEIGHT, HEIGHTS, TALLEST_ROW
from tests.service_day import DATE, leave, new_day

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.full]
DAYS = [DATE + timedelta(days=number) for number in (0, 1, 2, 3, 6)]  # a working week
ROWS = "new Set([...document.querySelectorAll('.days a')].map((a) => a.offsetTop)).size"
TOP = "document.querySelector('.days').getBoundingClientRect().top"


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a house that has five days on sale, each with five dishes."""
    day = new_day(tmp_path_factory.mktemp("week"))
    with pytest.MonkeyPatch.context() as patch, day.app.app_context():
        patch.setattr(clock, "now", lambda: day.at(9))
        with write_tx() as session:
            for number in range(5):
                session.add(
                    Dish(
                        name=f"Gratin de légumes du potager n° {number}",
                        description="Aux légumes de la ferme voisine, fromage du pays",
                        family="gratin",
                        price_cents=950,
                        vat_bp=1000,
                        allergens_are_known=True,
                    )
                )
            session.flush()
            dishes = session.scalars(select(Dish).where(Dish.family == "gratin")).all()
            today = session.scalars(select(Menu)).one()
            for date in DAYS:
                menu = today if date == DATE else Menu(date=date, published_at=day.at(8))
                menu.portions += [
                    Portion(
                        dish=dish,
                        position=0,
                        initial=20,
                        remaining=20,
                        price_cents=950,
                        vat_bp=1000,
                    )
                    for dish in dishes
                ]
                session.add(menu)
                if date != DATE:
                    new_service(session, date).is_open = True
        db.session.remove()
        with answering(day.app) as url:
            yield url
        leave(day.app)


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", [320, 360, 390, 820, 1280])
def test_beside_the_strip_four_dishes_stand_on_the_first_screen(
    chromium: Browser, week: str, width: int, language: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": HEIGHT})
    context.add_cookies([{"name": "language", "value": language, "url": week}])
    page = context.new_page()
    page.goto(f"{week}/menu/{DATE}")
    assert page.locator(".days a").count() == 5
    assert page.evaluate(ROWS) == 1
    assert page.evaluate(COMPLETE) >= 4
    assert max(page.evaluate(HEIGHTS)) <= TALLEST_ROW
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    assert page.evaluate("scrollY") > 0
    assert page.evaluate(TOP) == 0
    context.close()


@pytest.mark.parametrize("has_script", [True, False])
def test_the_strip_leads_to_a_later_day_which_it_shows(
    chromium: Browser, week: str, has_script: bool
) -> None:
    context = chromium.new_context(
        viewport={"width": 360, "height": HEIGHT}, java_script_enabled=has_script
    )
    page = context.new_page()
    page.goto(week)
    page.locator(".days a").last.click()
    page.wait_for_url(f"**/menu/{DAYS[-1]}")
    here = page.locator(".days [aria-current=page]")
    assert here.inner_text() == "lun. 30 nov."
    if has_script:
        box = here.bounding_box()
        assert box
        assert box["x"] + box["width"] <= 360
    context.close()
