"""Suppliers' files come in whole or not at all; our tables go out harmless."""

from __future__ import annotations

import csv
import json
from io import StringIO

from flask.testing import FlaskClient

from locomotive.core.db import write_tx
from tests.farm_day import FARM, lot
from tests.service_day import Day


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
