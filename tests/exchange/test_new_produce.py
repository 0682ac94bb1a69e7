"""A list with hundreds of new produce is written whole or not at all, on both engines."""

from __future__ import annotations

from sqlalchemy import func, select

from locomotive.core.db import db
from locomotive.farm.allergen import ALLERGENS
from locomotive.farm.produce import Produce, ProduceAllergen
from locomotive.farm.supplier import Pack
from tests.exchange.files import look, take, tell
from tests.farm_day import produce
from tests.service_day import Day

NEW = 620  # more than one chunk
LINES = "".join(f"produit {n};kg;{n % 90 + 1},20\n" for n in range(NEW))
HEAD = "produit;unité;prix HT\n"


def counts() -> tuple[int, int, int]:
    """Produce, their allergens, and packs."""
    db.session.rollback()
    tables = (Produce, ProduceAllergen, Pack)
    found = [db.session.scalar(select(func.count()).select_from(table)) for table in tables]
    return found[0] or 0, found[1] or 0, found[2] or 0


def test_b12_of_a_broken_list_nothing_and_of_a_right_one_all_is_written(both: Day) -> None:
    produce("Poireaux", allergens={"celery": "may contain"})
    office = both.signed_in("manager")
    before = counts()
    broken = look(office, (HEAD + LINES + "Poireaux;kg;cours\n").encode())
    assert "is no price" in broken.text
    assert counts() == before
    asked = tell(office, look(office, (HEAD + LINES).encode()), rest="new:vegetable:")
    assert take(office, asked, sure="y").status_code == 303
    made, allergens, packs = counts()
    assert (made, packs) == (before[0] + NEW, before[2] + NEW)
    assert allergens == before[1] + NEW * len(ALLERGENS)
    known = db.session.scalars(select(Produce).filter_by(name="Poireaux")).one()
    assert [(a.code, a.level) for a in known.allergens] == [("celery", "may contain")]
    last = db.session.scalars(select(Produce).filter_by(name=f"produit {NEW - 1}")).one()
    assert {a.code: a.level for a in last.allergens} == dict.fromkeys(ALLERGENS, "unknown")
