"""A supplier's delivery note as a file waits to be received, in parts when it is long."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from locomotive.buying.note import DeliveryNote, NoteLine
from locomotive.core.db import db
from tests.exchange.files import look, take, words
from tests.farm_day import kg, pack, produce
from tests.office_day import error_at, value_of
from tests.service_day import DATE, Day

NOTE = (
    "produit;quantité;unité;prix HT;récolte;DLC;lot\n"
    "Poireaux;3;caisse;12,50;23/11/2026;30/11/2026;A-17\nÉpinards;2,5;kg;;;;=1+1\n"
)


@pytest.fixture(autouse=True)
def greens(day: Day) -> None:
    pack("Poireaux", "crate", 8)
    produce("Épinards")


def notes() -> list[DeliveryNote]:
    db.session.rollback()
    return list(db.session.scalars(select(DeliveryNote).order_by(DeliveryNote.id)))


def count_lines() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count(NoteLine.id))) or 0


def test_a_note_is_taken_over_and_waits_to_be_received(day: Day, office: FlaskClient) -> None:
    page = look(office, NOTE.encode("cp1252"), "note", number="BL-9")
    assert take(office, page).status_code == 303
    [note] = notes()
    first, second = note.lines
    assert (first.amount, first.mark, first.price_cents) == (kg(24), "A-17", 1250)
    assert (str(first.harvested_on), str(first.use_by)) == ("2026-11-23", "2026-11-30")
    assert (second.amount, second.mark) == (kg(2.5), "=1+1")
    assert "Delivery note BL-9" in office.get(f"/farm/notes/{note.id}").text


def test_grams_and_units_beside_the_number_are_read(day: Day, office: FlaskClient) -> None:
    page = look(
        office, "Produit;Quantité\nÉpinards;1500 g\nPoireaux;2 caisses\n", "note", number="1"
    )
    assert take(office, page).status_code == 303
    assert [line.amount for line in notes()[0].lines] == [kg(1.5), kg(16)]


def test_the_same_note_twice_is_refused(day: Day, office: FlaskClient) -> None:
    page = look(office, NOTE, "note", number="BL-9")
    take(office, page)
    again = take(office, page)
    assert again.status_code == 422
    assert "BL-9 of this supplier is already here" in error_at(again, "number")
    assert count_lines() == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("30/11/2026", "20/11/2026", "column DLC: The use-by date lies before"),
        ("30/11/2026", "31/11/2026", "column DLC: “31/11/2026” is no day"),
        ("2,5", "-2", "column quantité: “-2” is no quantity above zero"),
        ("2,5", "99999999", "column quantité: “99999999” is no quantity above zero"),
    ],
)
def test_b12_a_broken_note_is_told_by_line_and_column(
    day: Day, office: FlaskClient, old: str, new: str, said: str
) -> None:
    page = look(office, NOTE.replace(old, new), "note", number="BL-9")
    assert page.status_code == 422
    assert said in words(page)
    assert count_lines() == 0


@pytest.mark.parametrize(
    ("line", "doubt"),
    [
        ("Épinards;2;kg;;25/11/2026;;", "The harvest lies after the day of delivery."),
        ("Ciboulette;5000;kg;;;;", "5000 kg of Ciboulette: are you sure?"),
    ],
)
def test_what_is_hardly_meant_is_asked_about(
    day: Day, office: FlaskClient, line: str, doubt: str
) -> None:
    produce("Ciboulette", kind="herb")
    page = look(office, NOTE + line + "\n", "note", number="BL-9")
    assert doubt in words(page)
    assert take(office, page).status_code == 422
    assert count_lines() == 0
    assert take(office, page, sure="y").status_code == 303


def test_a_note_without_its_number_keeps_what_was_typed(day: Day, office: FlaskClient) -> None:
    page = look(office, NOTE, "note")
    assert error_at(page, "number") == "Write the number of the delivery note."
    assert value_of(page, "day") == DATE.isoformat()


def test_ten_thousand_lines_become_notes_and_pages_of_a_hundred(
    day: Day, office: FlaskClient
) -> None:
    """Counted in statements and in letters: as many for each page, however long the file is."""
    page = look(office, NOTE + "Épinards;1;kg;;;;\n" * 998, "note", number="BL-9")
    assert "Lines, page 1 of 10" in words(page)
    assert page.text.count("<tr>") == 101
    ran: list[str] = []

    def ran_one(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        ran.append(statement)

    event.listen(db.engine, "before_cursor_execute", ran_one)
    assert take(office, page).status_code == 303
    event.remove(db.engine, "before_cursor_execute", ran_one)
    assert len(ran) < 40
    assert [note.number for note in notes()] == [f"BL-9/{part}" for part in range(1, 11)]
    assert [len(note.lines) for note in notes()] == [100] * 10
    received = office.get(f"/farm/notes/{notes()[0].id}").text
    assert len(received) < 1_000_000
    assert "already here" in error_at(take(office, page), "number")
