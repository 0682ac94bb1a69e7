"""A supplier sells one produce in cans of 5 and of 10 litres: each is bought, received, changed and
ended by itself, and what was bought stays what it was."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.buying.note import DeliveryNote, NoteLine
from locomotive.buying.purchase import Purchase, Terms, order_packs
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.farm.lot import Lot
from locomotive.farm.supplier import Pack, add_pack, end_pack, label_pack, packs_of
from locomotive.farm.unit import ONE
from tests.exchange.files import look, prices, take, tell, words
from tests.farm_day import kg, pack, produce, supplier
from tests.office_day import error_at
from tests.service_day import DATE, Day


@pytest.fixture
def cans(both: Day, monkeypatch: pytest.MonkeyPatch) -> tuple[Pack, Pack]:
    """Five litres for €6, ten for €11."""
    monkeypatch.setattr(clock, "now", lambda: both.at(8))
    produce("oil", unit="l", unit_grams=920, kind="grocery")
    return pack("oil", "bottle", 5, cents=600), pack("oil", "bottle", 10, cents=1100)


def sizes() -> list[tuple[int, int | None]]:
    """(what one holds, cents) of what is sold."""
    db.session.rollback()
    return [(pack.amount, pack.price_cents) for pack in packs_of(db.session())]


def bought(day: Day, cans: tuple[Pack, Pack]) -> Purchase:
    small, large = cans
    with write_tx() as session:
        amounts = {small.id: 3, large.id: 2}
        return order_packs(session, supplier(), amounts, Terms(DATE), now=day.at(7))


def test_both_sizes_stand_in_one_order_and_one_of_each_comes_twice_never(
    both: Day, cans: tuple[Pack, Pack]
) -> None:
    office = both.signed_in("manager")
    made = bought(both, cans)
    assert [(line.pack_amount, line.amount, line.price_cents) for line in made.lines] == [
        (kg(5), kg(15), 600),
        (kg(10), kg(20), 1100),
    ]
    sheet = words(office.get(f"/farm/purchases/{made.id}/sheet"))
    assert "bottle (5 litres)" in sheet
    assert "bottle (10 litres)" in sheet
    listed = words(office.get("/farm/purchases/"))
    assert "3 × bottle (5 litres)" in listed
    assert "2 × bottle (10 litres)" in listed
    page = f"/farm/suppliers/{supplier().id}/packs"
    again = {"produce_id": str(cans[0].produce_id), "unit": "bottle", "amount": "5"}
    refused = office.post(page, data=again)
    assert error_at(refused, "amount").startswith("This supplier sells this produce in this unit")
    assert office.post(page, data=again | {"amount": "20"}).status_code == 303
    assert [holds for holds, _cents in sizes()] == [kg(5), kg(10), kg(20)]


def test_a_size_is_changed_and_ended_and_what_was_bought_stays(
    both: Day, cans: tuple[Pack, Pack]
) -> None:
    office = both.signed_in("manager")
    made = bought(both, cans)
    small, large = cans
    to_large = office.post(f"/farm/packs/{small.id}", data={"amount": "10", "price_cents": "9"})
    assert sizes() == [(kg(5), 600), (kg(10), 1100)], to_large.status_code
    office.post(f"/farm/packs/{small.id}", data={"amount": "4", "price_cents": "6,50"})
    assert sizes() == [(kg(4), 650), (kg(10), 1100)]
    office.post(f"/farm/packs/{large.id}/end")
    assert sizes() == [(kg(4), 650)]
    db.session.rollback()
    kept = db.session.get_one(Purchase, made.id, populate_existing=True)
    assert [line.pack_amount for line in kept.lines] == [kg(5), kg(10)]
    # What was ended may be sold again, and a size that another had before is free.
    with write_tx() as session:
        again = Pack(supplier_id=small.supplier_id, produce_id=small.produce_id, unit="bottle",
                     amount=kg(10), price_cents=1200)  # fmt: skip
        assert add_pack(session, again).id == large.id
    assert sizes() == [(kg(4), 650), (kg(10), 1200)]


def test_a_note_answers_the_line_of_its_own_size(both: Day, cans: tuple[Pack, Pack]) -> None:
    office = both.signed_in("manager")
    made = bought(both, cans)
    small, large = cans
    with write_tx() as session:
        label_pack(session, session.get_one(Pack, large.id), "bio")
        note = DeliveryNote(supplier_id=supplier().id, number="BL-1", day=DATE, sent_at=both.at(7))
        for can, packs in ((large, 2), (small, 1)):
            line = {"produce_id": can.produce_id, "unit": can.unit, "pack_amount": can.amount}
            note.lines.append(NoteLine(**line, packs=packs * ONE, price_cents=can.price_cents))
        session.add(note)
        session.flush()
        lines = {line.pack_amount: line.id for line in note.lines}
    data = {f"quantity-{lines[kg(10)]}": "2", f"quantity-{lines[kg(5)]}": "1"}
    data |= {"purchase_id": str(made.id), "stays_owed": "y"}
    assert office.post(f"/farm/notes/{note.id}", data=data).status_code == 303
    db.session.rollback()
    kept = db.session.get_one(Purchase, made.id, populate_existing=True)
    owed = {line.pack_amount: line.owed_packs for line in kept.lines}
    assert owed == {kg(5): 2 * ONE, kg(10): 0}
    lots = db.session.scalars(select(Lot).order_by(Lot.id)).all()
    assert [(one.received, one.labels) for one in lots] == [(kg(20), "BIO"), (kg(5), "")]


def test_what_comes_without_a_note_is_asked_for_its_size(
    both: Day, cans: tuple[Pack, Pack]
) -> None:
    office = both.signed_in("manager")
    data = {"supplier_id": supplier().id, "produce_id": cans[0].produce_id, "unit": "bottle"}
    data |= {"quantity": "2"}
    asked = office.post("/farm/lots/new", data=data)
    assert error_at(asked, "holds").endswith("several sizes. Write what one of them holds.")
    other = office.post("/farm/lots/new", data=data | {"holds": "7"})
    assert "has no conversion for this unit" in error_at(other, "unit")
    assert office.post("/farm/lots/new", data=data | {"holds": "10"}).status_code == 303
    with write_tx() as session:
        end_pack(session, session.get_one(Pack, cans[1].id), now=both.at(8))
    assert office.post("/farm/lots/new", data=data).status_code == 303
    assert [one.received for one in db.session.scalars(select(Lot).order_by(Lot.id))] == [
        kg(20),
        kg(10),
    ]


def file(office: FlaskClient, *lines: str) -> str:
    page = look(office, "Produit;Unité;Prix HT;Contenance\n" + "\n".join(lines) + "\n")
    assert take(office, page, sure="y").status_code == 303, words(page)
    return words(page)


def test_a_price_list_names_the_sizes_in_any_order(both: Day, cans: tuple[Pack, Pack]) -> None:
    office = both.signed_in("manager")
    said = file(office, "oil;bouteille;11,50;10", "oil;bouteille;6,20;5", "oil;bouteille;1,50;1")
    assert "1 new pack" in said
    assert "2 new prices" in said or "2 new price" in said
    assert "One held" not in said
    assert sorted(holds for _p, _u, holds, _c in prices()) == [kg(1), kg(5), kg(10)]
    assert {holds: cents for _p, _u, holds, cents in prices()} == {
        kg(1): 150, kg(5): 620, kg(10): 1150,
    }  # fmt: skip
    # Where a line says no size, it is asked which.
    page = look(office, "Produit;Unité;Prix HT\noil;bouteille;6,30\n")
    assert "what does one hold?" in words(page)
    page = tell(office, page, **{"holds_oil/bottle": "5"})
    assert take(office, page).status_code == 303
    assert (kg(5), 630) in sizes()


def test_the_only_size_that_becomes_another_is_asked_about(
    both: Day, cans: tuple[Pack, Pack]
) -> None:
    office = both.signed_in("manager")
    with write_tx() as session:
        end_pack(session, session.get_one(Pack, cans[1].id), now=both.at(8))
    page = look(office, "Produit;Unité;Prix HT;Contenance\noil;bouteille;6;4,5\n")
    assert "One held 5 litre before, and 4.5 now." in words(page) or "One held 5" in words(page)
    assert take(office, page).status_code == 422
    assert re.search("new price|holds another amount now", words(page))
