"""Suppliers' files come in whole or not at all; our tables go out harmless."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from io import BytesIO, StringIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from locomotive.buying.note import DeliveryNote, NoteLine
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.exchange.intake import FileWrong, take_note
from locomotive.exchange.rows import checked, known
from locomotive.farm.supplier import Pack
from locomotive.web.spreadsheet import plain_name, read_rows
from tests.farm_day import FARM, kg, lot, pack, produce, supplier
from tests.office_day import error_at, value_of
from tests.service_day import DATE, Day

PRICES = "produit;unité;prix;contenance\nPoireaux;caisse;12,50;8\nÉpinards;kg;3,20;\n"


@pytest.fixture(autouse=True)
def greens(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(8))
    produce("Poireaux")
    produce("Épinards")


def look(office: FlaskClient, content: bytes, kind: str = "prices", **more: str) -> TestResponse:
    data = {"supplier_id": supplier().id, "kind": kind, "day": DATE.isoformat()} | more
    return office.post("/farm/exchange", data=data | {"file": (BytesIO(content), "file.csv")})


def take(
    office: FlaskClient, page: TestResponse, kind: str = "prices", **more: str
) -> TestResponse:
    kept = re.search(r'name="kept" value="(\w{64})"', page.text)
    assert kept
    data = {"supplier_id": supplier().id, "kind": kind, "day": DATE.isoformat(), "kept": kept[1]}
    return office.post("/farm/exchange/take", data=data | more)


def prices() -> list[tuple[str, str, int, int | None]]:
    db.session.rollback()
    packs = db.session.scalars(select(Pack).order_by(Pack.id))
    return [(p.produce.name, p.unit, p.amount, p.price_cents) for p in packs]


@pytest.mark.parametrize(
    "encoded",
    [
        PRICES.encode("cp1252"),
        PRICES.encode(),
        b"\xef\xbb\xbf" + PRICES.encode(),
        PRICES.replace("12,50", "12.50").replace("3,20", "3.20").replace(";", ",").encode(),
        PRICES.replace("\n", "\r\n").encode(),
        PRICES.replace("produit", "Produce").replace("prix", "PRICE").encode(),
    ],
)
def test_a_price_list_is_read_as_spreadsheets_write_it(
    day: Day, office: FlaskClient, encoded: bytes
) -> None:
    page = look(office, encoded)
    assert "2 lines can be taken over." in page.text
    assert prices() == []
    assert take(office, page).status_code == 303
    assert prices() == [("Poireaux", "crate", 8000, 1250), ("Épinards", "kg", 1000, 320)]


def test_a_second_list_changes_the_prices_that_stand(day: Day, office: FlaskClient) -> None:
    pack("Poireaux", "crate", 8, cents=900)
    take(office, look(office, PRICES.encode()))
    assert prices()[0] == ("Poireaux", "crate", 8000, 1250)


HEAD = "produit;unité;prix;contenance\nPoireaux;caisse;12,50;8\n"
BROKEN = [
    (HEAD + "Licornes;kg;1;\n", 3, "no produce named “Licornes”"),
    (HEAD + "Épinards;brouette;1;\n", 3, "no unit that we know"),
    (HEAD + "Épinards;sac;1;\n", 3, "no conversion for Épinards"),
    (HEAD + "Épinards;kg;-1;\n", 3, "“-1” is no price"),
    (HEAD + "Épinards;kg;gratuit;\n", 3, "“gratuit” is no price"),
    (HEAD + "\n\nÉpinards;kg;1e3;\n", 5, "“1e3” is no price"),
    (HEAD + "Poireaux;caisse;9;8\n", 3, "already, on line 2"),
    (HEAD + "Épinards;caisse;9;0\n", 3, "“0” is no quantity"),
    (HEAD + "=HYPERLINK(1);kg;9;\n", 3, "no produce named “=HYPERLINK(1)”"),
    ("produit;prix\nPoireaux;1\n", 1, "The column “unit” is missing"),
    ("produit;unité;prix\n", 1, "no line below its headings"),
    ("", 1, "no line below its headings"),
]


@pytest.mark.parametrize(("content", "line", "words"), BROKEN)
def test_b12_a_broken_list_is_told_by_line_and_nothing_is_written(
    day: Day, office: FlaskClient, content: str, line: int, words: str
) -> None:
    page = look(office, content.encode())
    assert page.status_code == 422
    text = page.text.replace("&#34;", '"')
    assert f"Line {line}: " in text
    assert words in text
    assert 'name="kept" value="' not in text.split("Take all of it over")[0].split("preview")[0]
    assert prices() == []


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"produit;unit\xe9;prix\nPoireaux;kg;1\n\x81\x8d;kg;1\n", 3),
        (b"produit;unite;prix\nPoireaux;kg;1\x00\n", 2),
        (b'produit;unite;prix\n"Poireaux;kg;1\n', 2),
        (b"produit;unite;prix\n" + b"x" * 30_000 + b";kg;1\n", 2),
    ],
)
def test_b12_a_file_that_is_no_table_is_refused_with_its_line(
    day: Day, office: FlaskClient, content: bytes, line: int
) -> None:
    page = look(office, content)
    assert page.status_code == 422
    assert f"Line {line} cannot be read" in error_at(page, "file")
    assert prices() == []


def take_rows(content: str, at: Day) -> None:
    """Write a note from a file's rows, as the page does."""
    names = {"produce": "produce", "unit": "unit", "quantity": "quantity"}
    rows = read_rows(BytesIO(content.encode()), names)
    who = supplier()
    with write_tx() as session:
        here = known(session, who, units={"kg": "kg"}, plain=plain_name)
        found = checked(rows, here, day=DATE)
        take_note(session, who, found, number="BL-1", day=DATE, now=at.at(8))


def test_b12_a_wrong_last_line_leaves_none_of_the_thousand_before_it(both: Day) -> None:
    """On both engines: what was written before the wrong line is rolled back."""
    produce("leeks")
    head = "produce;unit;quantity\n" + "leeks;kg;1\n" * 1200
    with pytest.raises(FileWrong) as refusal:
        take_rows(head + "leeks;kg;0\n", both)
    assert refusal.value.values["line"] == 1202
    db.session.rollback()
    assert db.session.scalar(select(func.count(NoteLine.id))) == 0
    assert db.session.scalar(select(func.count(DeliveryNote.id))) == 0
    take_rows(head, both)
    assert db.session.scalar(select(func.count(NoteLine.id))) == 1200


NOTE = (
    "produit;quantité;unité;prix;récolte;DLC;lot\n"
    "Poireaux;3;caisse;12,50;23/11/2026;30/11/2026;A-17\nÉpinards;2,5;kg;;;;\n"
)


def test_a_delivery_note_is_taken_over_and_waits_to_be_received(
    day: Day, office: FlaskClient
) -> None:
    pack("Poireaux", "crate", 8)
    page = look(office, NOTE.encode("cp1252"), "note", number="BL-9")
    answer = take(office, page, "note", number="BL-9")
    assert answer.status_code == 303
    db.session.rollback()
    note = db.session.scalars(select(DeliveryNote)).one()
    first, second = note.lines
    assert (first.amount, first.mark, first.price_cents) == (kg(24), "A-17", 1250)
    assert (str(first.harvested_on), str(first.use_by)) == ("2026-11-23", "2026-11-30")
    assert second.amount == kg(2.5)
    assert "Delivery note BL-9" in office.get(f"/farm/notes/{note.id}").text


def test_the_same_note_twice_is_refused(day: Day, office: FlaskClient) -> None:
    pack("Poireaux", "crate", 8)
    page = look(office, NOTE.encode(), "note", number="BL-9")
    take(office, page, "note", number="BL-9")
    again = take(office, page, "note", number="BL-9")
    assert again.status_code == 422
    assert "BL-9 of this supplier is already here" in error_at(again, "number")
    db.session.rollback()
    assert db.session.scalar(select(func.count(NoteLine.id))) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.replace("30/11/2026", "20/11/2026"), "use-by date lies before"),
        (lambda t: t.replace("30/11/2026", "31/11/2026"), "is no day"),
        (lambda t: t.replace("2,5", "-2"), "no quantity above zero"),
        (lambda t: t.replace("2,5", "99999999"), "no quantity above zero"),
    ],
)
def test_b12_a_broken_note_is_told_by_line(
    day: Day, office: FlaskClient, change: Callable[[str], str], words: str
) -> None:
    pack("Poireaux", "crate", 8)
    page = look(office, change(NOTE).encode(), "note", number="BL-9")
    assert page.status_code == 422
    assert words in page.text
    assert db.session.scalar(select(func.count(DeliveryNote.id))) == 0


def test_a_note_without_its_number_keeps_what_was_typed(day: Day, office: FlaskClient) -> None:
    page = look(office, NOTE.encode(), "note")
    assert error_at(page, "number") == "Write the number of the delivery note."
    assert value_of(page, "day") == DATE.isoformat()


def test_b07_formulas_leave_as_text(day: Day, office: FlaskClient) -> None:
    found = lot(day, "leeks", 10)
    with write_tx():
        found.mark = '=HYPERLINK("http://evil.example")'
        found.supplier.name = "@SUM(A1)"
    content = office.get("/farm/lots.csv").data.decode("utf-8-sig")
    row = list(csv.reader(StringIO(content), delimiter=";"))[1]
    assert row[1] == "'@SUM(A1)"
    assert row[11] == '\'=HYPERLINK("http://evil.example")'
    assert not any(cell.startswith(("=", "@", "+")) for cell in row)


def test_movements_are_exported_with_their_signs_as_numbers(day: Day, office: FlaskClient) -> None:
    found = lot(day, "leeks", 10)
    data = {"kind": "wasted", "quantity": "1.5", "reason": "spoiled"}
    assert office.post(f"/farm/lots/{found.id}", data=data).status_code == 303
    content = office.get("/farm/movements.csv").data.decode("utf-8-sig")
    rows = list(csv.reader(StringIO(content), delimiter=";"))
    assert [row[4] for row in rows[1:]] == ["10", "-1.5"]


def test_lots_leave_as_linked_data_of_the_food_consortium(day: Day, office: FlaskClient) -> None:
    found = lot(day, "leeks", 10)
    answer = office.get("/farm/lots.jsonld")
    assert answer.mimetype == "application/ld+json"
    graph = json.loads(answer.data)["@graph"]
    by_type = {node["@type"]: node for node in graph}
    batch = by_type["dfc-b:ProductBatch"]
    assert (batch["dfc-b:batchNumber"], batch["dfc-b:productionDate"]) == (
        found.name,
        "2026-11-23",
    )
    ids = {node["@id"] for node in graph}
    links = [batch["dfc-b:traces"], batch["dfc-b:identifies"]]
    links.append(by_type["dfc-b:PhysicalProduct"]["dfc-b:suppliedBy"])
    assert set(links) <= ids
    assert by_type["dfc-b:Enterprise"]["dfc-b:name"] == FARM
    stock = by_type["dfc-b:RealStock"]["dfc-b:hasQuantity"]
    assert (stock["dfc-b:value"], stock["dfc-b:hasUnit"]) == ("10", "dfc-m:Kilogram")
    assert by_type["dfc-b:AsRealizedProductionFlow"]["dfc-b:hasOutput"] in ids
