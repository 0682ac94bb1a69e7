"""A delivery of ten lines is received on a tablet, and a batch recorded, counted in touches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from locomotive.buying.note import DeliveryNote, NoteLine, send_note
from locomotive.core.db import db, write_tx
from locomotive.farm.lot import Lot
from locomotive.origins.batch import Batch
from tests.browser.conftest import answering, as_manager
from tests.farm_day import kg, lot, pack, recipe, supplier
from tests.service_day import DATE, Day

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.full]
TABLET = {"width": 1024, "height": 600}
GARDEN = ("carottes", "poireaux", "navets", "chou", "panais", "oignons", "courges")


class Fingers:
    """Touches a tablet, and counts."""

    def __init__(self, page: Page) -> None:
        self.page, self.touches = page, 0

    def touch(self, what: Locator) -> None:
        what.tap()
        self.touches += 1

    def key(self, keys: str) -> None:
        """Touch keys of the pad."""
        for key in keys:
            self.touch(self.page.locator(f"[data-pad='{key}']"))


def ten_lines(day: Day) -> DeliveryNote:
    """Seven crates of vegetables, and milk, cream and beef, which are cold."""
    packs = [pack(name, "crate", 8, cents=1500) for name in GARDEN]
    packs += [pack("lait", "bottle", 1, cents=120), pack("crème", "tub", 1, cents=450)]
    packs += [pack("bœuf", "box", 5, cents=6000)]
    with write_tx() as session:
        for cold in packs[-3:]:
            cold.produce.storage = "cold"
        packs[-1].produce.kind, packs[-1].produce.species = "meat", "beef"
        lines = [
            NoteLine(produce_id=p.produce_id, unit=p.unit, pack_amount=p.amount, packs=kg(5),
                     price_cents=p.price_cents)
            for p in packs
        ]  # fmt: skip
        return send_note(session, supplier(), lines, number="BL-10", now=day.at(7))


def test_ten_lines_are_received_in_25_touches(chromium: Browser, day: Day) -> None:
    note = ten_lines(day)
    with answering(day.app) as url:
        context = as_manager(chromium, day, url, viewport=TABLET, has_touch=True, locale="fr-FR")
        page = context.new_page()
        page.goto(f"{url}/farm/notes/{note.id}")
        fingers = Fingers(page)

        def line(name: str) -> Locator:
            return page.locator(".came", has=page.locator("h2", has_text=name))

        for name, degrees in (("lait", "3"), ("crème", "4"), ("bœuf", "2")):
            fingers.touch(line(name).locator("input[name^=tenths-]"))
            fingers.key(degrees)
        for choice in line("bœuf").locator(".asked select").all():
            choice.select_option("FR")
            fingers.touches += 2  # the list is opened, a country chosen
        fingers.touch(line("chou").locator("summary"))
        fingers.touch(line("chou").locator("[data-for]", has_text=re.compile("abîmé|damaged")))
        fingers.touch(line("chou").locator("input[name^=refused_packs-]"))
        fingers.key("1")
        fingers.touch(line("panais").locator("summary"))
        fingers.touch(line("panais").locator("input[name^=quantity-]"))
        fingers.key("4")
        fingers.touch(page.locator("form.with-pad .btn-main"))
        page.wait_for_url(f"{url}/farm/")
    assert fingers.touches <= 25, fingers.touches
    db.session.rollback()
    lots = {(x.produce.name, x.is_refused): x for x in db.session.scalars(select(Lot))}
    assert len(lots) == 11
    assert lots["chou", True].received == kg(8)
    assert lots["chou", False].stock == kg(32)
    assert lots["panais", False].stock == kg(32)
    assert lots["crème", False].tenths == 40
    assert lots["bœuf", False].slaughtered_in == "FR"


def test_a_batch_is_recorded_in_four_touches(chromium: Browser, day: Day) -> None:
    lot(day, "potimarron", 20)
    recipe("soup", makes=10, potimarron=0.195, asks=True)
    with answering(day.app) as url:
        context = as_manager(chromium, day, url, viewport=TABLET, has_touch=True, locale="fr-FR")
        page = context.new_page()
        page.goto(f"{url}/kitchen/{DATE}/batches")
        fingers = Fingers(page)
        row = page.locator("#to-cook ~ table tr", has_text="Soupe de potimarron")
        fingers.touch(row.locator("a.btn").first)
        page.wait_for_url("**/batches/*")
        assert page.locator("h1 svg.drawing").count() == 1
        said = page.locator("details.came summary").inner_text()
        assert re.search(r"potimarron, [0-9,.]+ kg", said), said
        assert not re.search(r"[.,]\d\d", said), said
        fingers.key("75")  # the sheet asks for a temperature: its field is chosen already
        fingers.touch(page.locator(".btn-done.btn-wide"))
        page.wait_for_url(f"{url}/kitchen/{DATE}/batches")
    assert fingers.touches <= 4, fingers.touches
    db.session.rollback()
    assert db.session.scalars(select(Batch.core_tenths)).all() == [750]
