"""What is said of dishes is computed once for all visitors, and anew after each write to it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event, update

from locomotive.core.db import db, edition, write_tx
from locomotive.menu.dish import Dish, DishAllergen
from locomotive.origins import facts
from locomotive.origins.facts import EDITION, TABLES, compute_facts, contents_of_day, dish_facts
from locomotive.places.address import Place
from tests.farm_day import batch, lot, recipe
from tests.service_day import DATE, Day


def number() -> int:
    db.session.rollback()
    return edition(db.session(), EDITION)


def contains(day: Day) -> list[tuple[str, ...]]:
    db.session.rollback()
    found = dish_facts(db.session(), DATE, today=DATE)
    return [one.contents.contains for _, one in sorted(found.items())]


def test_it_is_computed_once(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contains(day)
    monkeypatch.setattr(facts, "compute_facts", None)
    assert contains(day) == before == [("gluten", "celery"), ("mustard",), ()]
    dish = db.session.get_one(Dish, 1)
    assert contents_of_day(db.session(), [dish], DATE)[1].contains == ("gluten", "celery")


@pytest.mark.parametrize("way", ["object", "statement"])
def test_a_write_is_seen_at_once(day: Day, way: str) -> None:
    contains(day)
    with write_tx() as session:
        if way == "object":
            soup = session.get_one(Dish, 3)
            soup.allergens.append(DishAllergen(code="milk", level="contains"))
        else:
            session.execute(update(DishAllergen).values(level="may contain"))
    assert contains(day) == (
        [("gluten", "celery"), ("mustard",), ("milk",)] if way == "object" else [(), (), ()]
    )


def test_what_is_rolled_back_is_never_kept(day: Day) -> None:
    before = contains(day)

    def write() -> None:
        with write_tx() as session:
            session.execute(update(DishAllergen).values(level="may contain"))
            assert dish_facts(session, DATE, today=DATE)[1].contents.contains == ()
            raise LookupError

    with pytest.raises(LookupError):
        write()
    assert contains(day) == before


def test_an_order_leaves_it_as_it_is(day: Day) -> None:
    before = number()
    day.order(carbonade=2)
    assert number() == before
    with write_tx() as session:
        session.add(Place(name="x", street="y", town="Oignies", latitude=50.4, longitude=2.9))
    assert number() == before


def test_every_table_that_is_read_is_watched(day: Day) -> None:
    recipe("salad", lentils=0.1)
    lot(day, "lentils", 30)
    batch(day, "salad", 5)
    read: set[str] = set()

    def note(*args: object) -> None:
        read.update(re.findall(r"(?:FROM|JOIN)\s+(\w+)", str(args[2])))

    db.session.rollback()
    db.session.expire_all()
    event.listen(db.engine, "before_cursor_execute", note)
    compute_facts(db.session(), DATE, today=DATE)
    event.remove(db.engine, "before_cursor_execute", note)
    assert {"batch", "lot", "lot_movement", "recipe_line", "supplier"} <= read
    assert read <= set(TABLES)
