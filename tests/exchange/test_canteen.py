"""Purchases in the columns that ma-cantine imports (its schema of purchases by SIRET, 2026)."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from io import StringIO

import pytest
from flask.testing import FlaskClient

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.farm.label import LABELS, LabelUnknown, read_labels
from locomotive.farm.lot import Lot
from locomotive.farm.supplier import Pack, label_pack
from tests.farm_day import GROCER, lot, pack, produce
from tests.office_day import fresh
from tests.service_day import Day

LABELLED = re.compile(rf"^({'|'.join(LABELS)})(,({'|'.join(LABELS)}))*$")
FAMILY = re.compile(
    "^(VIANDES_VOLAILLES|CHARCUTERIE|PRODUITS_DE_LA_MER|FRUITS_ET_LEGUMES|PRODUITS_LAITIERS"
    "|BOULANGERIE|BOISSONS|AUTRES)$"
)


@pytest.fixture(autouse=True)
def at(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(8))


def rows(office: FlaskClient, year: int = 2026) -> list[dict[str, str]]:
    text = office.get(f"/farm/purchases/{year}/ma-cantine.csv").text
    return list(csv.DictReader(StringIO(text)))


def arrive(office: FlaskClient, sold: Pack) -> None:
    """Two crates without a note."""
    sent = {"supplier_id": sold.supplier_id, "produce_id": sold.produce_id, "unit": sold.unit}
    answer = office.post("/farm/lots/new", data=sent | {"quantity": "2", "price_cents": "12,50"})
    assert answer.status_code == 303, answer.text


def test_each_priced_lot_is_a_line_that_the_schema_accepts(
    day: Day, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = replace(day.app.extensions["settings"], restaurant_siret="49463556926130")
    monkeypatch.setitem(day.app.extensions, "settings", house)
    crate = pack("leeks", "crate", 8, cents=1250)
    with write_tx() as session:
        label_pack(session, session.get_one(Pack, crate.id), "AOP, bio")
    arrive(office, crate)
    produce("beef", kind="meat")
    lot(day, "beef", 5, by=GROCER, cents=6000, countries="BE BE FR")
    lot(day, "butter", 5, by=GROCER, cents=None)
    found = rows(office)
    assert [tuple(row.values()) for row in found] == [
        ("49463556926130", "leeks", "Ferme du Test", "2026-11-24", "25.00", "FRUITS_ET_LEGUMES",
         "BIO,AOCAOP", "FRANCE", "OUI", "OUI", "AUTOUR_SERVICE"),
        ("49463556926130", "beef", "Grossiste du Test", "2026-11-23", "60.00",
         "VIANDES_VOLAILLES", "", "EUROPE", "", "", ""),
    ]  # fmt: skip
    for row in found:
        assert FAMILY.match(row["famille_produits"])
        assert not row["categories_egalim"] or LABELLED.match(row["categories_egalim"])
    assert rows(office, 2025) == []
    assert office.get("/farm/purchases/x/ma-cantine.csv").status_code == 404


def test_a_lot_keeps_the_labels_with_which_it_came(day: Day, office: FlaskClient) -> None:
    crate = pack("leeks", "crate", 8, cents=1250)
    path = f"/farm/packs/{crate.id}"
    sent = {"amount": "8", "price_cents": "12,50"}
    assert office.post(path, data=sent | {"labels": "label rouge; fermier"}).status_code == 303
    assert fresh(crate).labels == "LABEL_ROUGE,FERMIER"
    arrive(office, crate)
    office.post(path, data=sent | {"labels": ""})
    assert fresh(crate).labels == ""
    assert db.session.query(Lot).one().labels == "LABEL_ROUGE,FERMIER"


def test_an_unknown_label_is_named_with_those_that_are_known(day: Day, office: FlaskClient) -> None:
    crate = pack("leeks", "crate", 8)
    sent = {"amount": "8", "price_cents": "", "labels": "bio, délicieux"}
    page = office.post(f"/farm/packs/{crate.id}", data=sent, follow_redirects=True).text
    assert "délicieux is no label that we know. Write some of: BIO, LABEL_ROUGE" in page
    assert fresh(crate).labels == ""


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ""),
        ("Bio", "BIO"),
        ("AB + A.O.P.", "BIO,AOCAOP"),
        ("hve;hve", "HVE"),
        ("Pêche durable", "PECHE_DURABLE"),
    ],
)
def test_labels_are_read_as_people_write_them(text: str, codes: str) -> None:
    assert read_labels(text) == codes


def test_the_control_a_word_that_only_begins_like_a_label_is_none() -> None:
    with pytest.raises(LabelUnknown):
        read_labels("biodynamie")
