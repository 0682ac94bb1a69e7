"""What is odd about a delivery is asked about or refused, and changes nothing of the past."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.buying.note import DeliveryNote, NoteLine
from locomotive.buying.purchase import Purchase, Terms, order_packs
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.farm.allergen import ALLERGENS as CODES
from locomotive.farm.lot import Lot
from locomotive.farm.supplier import Pack
from locomotive.farm.unit import ONE
from locomotive.office.figures import bought
from tests.buying.test_farmer import link_of, phone
from tests.exchange.files import look
from tests.farm_day import kg, lot, pack, produce, recipe, supplier
from tests.office_day import error_at, fresh
from tests.service_day import DATE, Day


@pytest.fixture
def crate(day: Day, monkeypatch: pytest.MonkeyPatch) -> Pack:
    monkeypatch.setattr(clock, "now", lambda: day.at(8))
    return pack("leeks", "crate", 8, cents=1500)


def note(day: Day, number: str, crate: Pack, packs: int = 2, on: date = DATE) -> DeliveryNote:
    with write_tx() as session:
        made = DeliveryNote(supplier_id=supplier().id, number=number, day=on, sent_at=day.at(7))
        line = {"produce_id": crate.produce_id, "unit": crate.unit, "pack_amount": crate.amount}
        made.lines.append(NoteLine(**line, packs=packs * ONE, price_cents=1500))
        session.add(made)
    return made


def receive(office: FlaskClient, of: DeliveryNote, **more: str) -> str:
    """Send the note's form with what it says; returns what is asked, or "" when it is received."""
    line = of.lines[0]
    data = {f"quantity-{line.id}": "2", f"price-{line.id}": "15", **more}
    answer = office.post(f"/farm/notes/{of.id}", data=data)
    return "" if answer.status_code == 303 else answer.text


def lots() -> list[Lot]:
    db.session.rollback()
    return list(db.session.scalars(select(Lot).order_by(Lot.id)))


def test_a_doubled_note_is_asked_about(day: Day, office: FlaskClient, crate: Pack) -> None:
    assert receive(office, note(day, "BL-1", crate)) == ""
    again = note(day, "BL-1 bis", crate)
    assert "Note BL-1 of Tuesday 24 November brings the same." in receive(office, again)
    assert len(lots()) == 1
    assert receive(office, again, sure="y") == ""
    # The control: another quantity is another delivery.
    assert receive(office, note(day, "BL-2", crate, packs=3)) == ""


def test_a_note_for_tomorrow_is_asked_about(day: Day, office: FlaskClient, crate: Pack) -> None:
    early = note(day, "BL-1", crate, on=DATE + timedelta(days=1))
    assert "This note is for Wednesday 25 November." in receive(office, early)
    assert lots() == []
    assert receive(office, early, sure="y") == ""


def test_a_stray_note_is_asked_which_order_it_answers(
    day: Day, office: FlaskClient, crate: Pack
) -> None:
    with write_tx() as session:
        order = order_packs(session, supplier(), {crate.id: 2}, Terms(DATE), now=day.at(7))
    stray = note(day, "BL-1", crate)
    assert "An order for this produce is still owed." in receive(office, stray)
    assert lots() == []
    assert receive(office, stray, purchase_id=str(order.id)) == ""
    db.session.rollback()
    settled = db.session.get_one(Purchase, order.id)
    assert (settled.status, settled.lines[0].received_packs) == ("received", 2 * ONE)
    assert lots()[0].ordered == kg(16)


def test_a_foreign_order_is_no_choice_and_says_so_plainly(
    day: Day, office: FlaskClient, crate: Pack
) -> None:
    with write_tx() as session:
        order_packs(session, supplier(), {crate.id: 2}, Terms(DATE), now=day.at(7))
    assert "Choose one of the list." in receive(office, note(day, "1", crate), purchase_id="999")
    assert lots() == []


def test_what_came_instead_is_a_lot_of_its_own(day: Day, office: FlaskClient, crate: Pack) -> None:
    other = pack("chard", "crate", 5, cents=900)
    with write_tx() as session:
        order = order_packs(session, supplier(), {crate.id: 2}, Terms(DATE), now=day.at(7))
    brought = note(day, "BL-1", crate)
    line = brought.lines[0].id
    more = {f"replaced-{line}": str(other.id), "purchase_id": str(order.id)}
    assert receive(office, brought, **more) == ""
    [came] = lots()
    assert (came.produce.name, came.received, came.replaces_id) == (
        "chard",
        kg(10),
        crate.produce_id,
    )
    assert "Came instead of" in office.get(f"/farm/lots/{came.id}").text
    assert fresh(order).status == "received"


def test_a_price_of_zero_is_asked_about(day: Day, office: FlaskClient, crate: Pack) -> None:
    free = note(day, "BL-1", crate)
    price = {f"price-{free.lines[0].id}": "0"}
    assert "The price is 0." in receive(office, free, **price)
    assert lots() == []
    assert receive(office, free, sure="y", **price) == ""
    assert lots()[0].cost_cents == 0


def test_five_tonnes_of_chives_are_asked_about_in_words(day: Day, office: FlaskClient) -> None:
    produce("Œufs", unit="piece", unit_grams=60)
    pack("Œufs", "piece")
    office.set_cookie("language", "fr")
    data = {"supplier_id": supplier().id, "produce_id": produce("Œufs").id, "unit": "piece"}
    answer = office.post("/farm/lots/new", data=data | {"quantity": "9999,5"})
    assert answer.status_code == 303  # 600 kg of eggs are many, but can be meant
    pack("Ciboulette", "kg")
    with write_tx():
        produce("Ciboulette").kind = "herb"
    data |= {"produce_id": produce("Ciboulette").id, "unit": "kg", "quantity": "5000"}
    answer = office.post("/farm/lots/new", data=data)
    assert "5000 kg de Ciboulette\xa0: sûr\xa0?" in error_at(answer, "quantity")
    data |= {"unit": "tonne"}
    answer = office.post("/farm/lots/new", data=data)
    assert error_at(answer, "unit") == "Choisissez dans la liste."


def test_a_day_long_past_and_a_harvest_to_come_are_refused(
    day: Day, office: FlaskClient, crate: Pack
) -> None:
    listed = "produit;quantité;unité;récolte\nleeks;2;caisse;01/01/2027\n"
    page = look(office, listed, "note", number="1", day="2020-01-01")
    assert "Choose a day of the last or the next 60 days." in error_at(page, "day")
    assert "“01/01/2027” is no day" in look(office, listed, "note", number="1").text
    with write_tx() as session:
        order = order_packs(session, supplier(), {crate.id: 2}, Terms(DATE), now=day.at(7))
    farm, link = phone(day), link_of(day)
    data = {f"packs-{order.lines[0].id}": "2", "harvested_on": "2027-01-01"}
    answer = farm.post(f"{link}/orders/{order.id}/note", data=data)
    assert "harvest lies after" in answer.text
    assert db.session.scalars(select(DeliveryNote)).all() == []


def facts(of: str, **changed: object) -> dict[str, object]:
    """The form of a produce as its page sends it, with something changed."""
    here = produce(of)
    names = ("name", "kind", "unit", "unit_grams", "storage")
    data = {name: getattr(here, name) for name in names} | {"is_vegetarian": "y"}
    return data | {"the_rest_is_no": "y"} | changed


def test_another_weight_is_asked_about_and_past_kilos_stay(day: Day, office: FlaskClient) -> None:
    eggs = produce("eggs", unit="piece", unit_grams=60)
    lot(day, "eggs", 100)
    sent = facts("eggs", unit_grams="600") | {f"allergen-{code}": "no" for code in CODES}
    answer = office.post(f"/farm/produce/{eggs.id}", data=sent)
    assert "One weighed 60 g, and 600 g now." in error_at(answer, "unit_grams")
    assert office.post(f"/farm/produce/{eggs.id}", data=sent | {"sure": "y"}).status_code == 303
    db.session.rollback()
    assert produce("eggs").unit_grams == 600
    [row] = bought(db.session(), DATE - timedelta(days=5), DATE)
    assert row.grams == 6000


def test_a_unit_that_only_a_recipe_counts_in_is_kept(day: Day, office: FlaskClient) -> None:
    recipe("soup", leeks=0.2)
    leeks = produce("leeks")
    sent = facts("leeks", unit="piece") | {f"allergen-{code}": "no" for code in CODES}
    answer = office.post(f"/farm/produce/{leeks.id}", data=sent)
    assert "make a new produce instead" in error_at(answer, "unit")
    # The control: what nothing counts may be counted otherwise.
    chard = produce("chard")
    sent = facts("chard", unit="piece") | {f"allergen-{code}": "no" for code in CODES}
    assert office.post(f"/farm/produce/{chard.id}", data=sent).status_code == 303


def test_tables_speak_french_and_keep_moments_to_the_minute(day: Day, office: FlaskClient) -> None:
    lot(day, "leeks", 10)
    office.set_cookie("language", "fr")
    row = office.get("/farm/movements.csv").data.decode("utf-8-sig").splitlines()[1].split(";")
    assert row[2:4] == ["2026-11-24 07:00", "reçu"]
    row = office.get("/office/figures/purchases.csv").data.decode("utf-8-sig").splitlines()[1]
    assert row.startswith("2026;11;")
