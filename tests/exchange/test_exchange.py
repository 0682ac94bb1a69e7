"""Suppliers' files come in whole or not at all; our tables go out harmless."""

from __future__ import annotations

import csv
from io import StringIO

from flask.testing import FlaskClient

from locomotive.buying.note import DeliveryNote
from locomotive.core.db import write_tx
from tests.farm_day import lot, supplier
from tests.service_day import DATE, Day


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


def test_the_table_of_lots_holds_temperature_note_and_recall(day: Day, office: FlaskClient) -> None:
    found = lot(day, "leeks", 10)
    with write_tx() as session:
        note = DeliveryNote(supplier_id=supplier().id, number="BL-9", day=DATE, sent_at=day.at(7))
        session.add(note)
        session.flush()
        found.note_id, found.tenths, found.blocked_at = note.id, 35, day.at(10)
    content = office.get("/farm/lots.csv").data.decode("utf-8-sig")
    row = list(csv.reader(StringIO(content), delimiter=";"))[1]
    assert row[-3:] == ["3.5", "BL-9", "2026-11-24 10:00"]
