"""Three suppliers, their 27 produce and three recipes, and the browsers of a week with them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from locomotive.core.db import db, write_tx
from locomotive.menu.menu import set_portions
from tests.browser.conftest import answering, as_manager
from tests.browser.test_one_lunch import PHONE
from tests.farm_day import GROCER, dish, pack, produce, recipe, supplier
from tests.service_day import DATE, Day, leave, new_day

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

COOP = "Coopérative du Test"
TABLET = {"width": 1024, "height": 600}
GARDEN = (
    "carottes", "poireaux", "potimarron", "oignons", "navets", "chou", "panais", "salade",
    "betteraves", "persil",
)  # fmt: skip
GROCERIES = (
    "lentilles", "farine", "bière", "cassonade", "huile", "vinaigre", "sel", "poivre", "pain",
)  # fmt: skip
COLD = ("crème", "beurre", "lait", "œufs frais", "fromage", "bœuf")
WITH_MILK = ("crème", "beurre", "lait", "fromage")
SOUP = ("potimarron", "carottes", "oignons", "crème", "lait", "sel", "poivre", "pain", "persil")
STEW = (
    "bœuf", "bière", "cassonade", "farine", "beurre", "navets", "chou", "panais", "poireaux",
)  # fmt: skip
SALAD = ("lentilles", "huile", "vinaigre", "salade", "betteraves", "œufs frais", "fromage")
SOUPS = 30


class Week:
    """The clock of the week, and who works in it."""

    def __init__(self, day: Day, chromium: Browser) -> None:
        self.day, self.chromium, self.url = day, chromium, ""
        self.now: datetime = day.at(8) - timedelta(days=1)

    def manager(self) -> Page:
        """A tablet on which the manager has come in."""
        context = as_manager(self.chromium, self.day, self.url, viewport=TABLET)
        context.add_cookies([{"name": "language", "value": "en", "url": self.url}])
        return context.new_page()

    def phone(self, path: str, *, java_script_enabled: bool = False) -> Page:
        """A phone of somebody who has no account."""
        context = self.chromium.new_context(
            viewport=PHONE,  # type: ignore[arg-type]
            java_script_enabled=java_script_enabled,
        )
        context.add_cookies([{"name": "language", "value": "en", "url": self.url}])
        page = context.new_page()
        page.goto(self.url + path)
        return page


@contextmanager
def laid_week(folder: Path, chromium: Browser) -> Iterator[Week]:
    """The day before the lunch, with menu and recipes and an empty store."""
    day = new_day(folder)
    week = Week(day, chromium)
    with day.app.app_context():
        supplier(COOP, distance_m=9000)
        _lay_packs()
        _lay_recipes(day)
        with answering(day.app) as week.url:
            yield week
        leave(day.app)


def _lay_packs() -> None:
    for name in GARDEN:
        pack(name, "crate", 20, cents=2000)
    for name in GROCERIES:
        pack(name, "sack", 10, by=GROCER, cents=1500)
    for name in COLD:
        kind = "meat" if name == "bœuf" else "dairy"
        milk = {"milk": "contains"} if name in WITH_MILK else {}
        produce(name, storage="cold", allergens=milk, kind=kind)
        pack(name, "crate", 15, by=COOP, cents=9000)


def _lay_recipes(day: Day) -> None:
    produce("moutarde", allergens={"mustard": "contains"})
    pack("moutarde", by=GROCER, cents=400)
    for name, lines in (("soup", SOUP), ("carbonade", STEW), ("salad", SALAD)):
        recipe(name, **{line.replace(" ", "_"): 0.05 for line in lines})
    with write_tx() as session:
        set_portions(session, DATE, {dish("soup").id: SOUPS}, now=day.at(7))


def count(sql: str, **values: object) -> int:
    """A figure read from the tables by hand."""
    db.session.rollback()
    return int(db.session.execute(text(sql), values).scalar() or 0)
