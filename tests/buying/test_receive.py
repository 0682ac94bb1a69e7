"""A delivery note becomes lots, all of its lines or none."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from locomotive.buying.note import DeliveryNote, NoteLine, send_note
from locomotive.buying.purchase import Terms, order_packs
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.farm.allergen import ALLERGENS
from locomotive.farm.lot import Lot
from tests.farm_day import kg, pack, produce, stock, supplier
from tests.office_day import error_at
from tests.service_day import DATE, Day


@pytest.fixture(autouse=True)
def at_eight(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(8))


def announced(day: Day, *names: str, **facts: Any) -> DeliveryNote:
    """A note of four crates of 8 kg of each produce, as they were ordered."""
    packs = {pack(name, "crate", 8, cents=1500).id: 4 for name in names}
    who = supplier()
    with write_tx() as session:
        purchase = order_packs(session, who, packs, Terms(DATE), now=day.at(6))
        lines = [
            NoteLine(
                produce_id=line.produce_id, purchase_line_id=line.id, unit="crate",
                pack_amount=kg(8), packs=kg(4), price_cents=1500, **facts,
            )
            for line in purchase.lines
        ]  # fmt: skip
        return send_note(session, who, lines, number="BL-1", purchase=purchase, now=day.at(7))


def lots() -> list[Lot]:
    db.session.rollback()
    return list(db.session.scalars(select(Lot).order_by(Lot.id)))


def test_a_delivery_short_by_a_crate_is_kept_with_what_was_ordered(
    day: Day, office: FlaskClient
) -> None:
    note = announced(day, "leeks")
    line = note.lines[0].id
    data = {f"quantity-{line}": "3", f"price-{line}": "15", f"harvested_on-{line}": "2026-11-23"}
    assert office.post(f"/farm/notes/{note.id}", data=data).status_code == 303
    found = lots()[0]
    assert (found.ordered, found.received, found.stock) == (kg(32), kg(24), kg(24))
    assert (found.cost_cents, found.harvested_on) == (4500, DATE - timedelta(days=1))
    assert office.post(f"/farm/notes/{note.id}", data=data).status_code == 409
    assert len(lots()) == 1


def test_one_wrong_line_leaves_nothing_of_the_note(day: Day, office: FlaskClient) -> None:
    note = announced(day, "leeks", "carrots")
    first, second = (line.id for line in note.lines)
    data = {f"quantity-{first}": "4", f"quantity-{second}": "4", f"use_by-{second}": "2026-11-20"}
    answer = office.post(f"/farm/notes/{note.id}", data=data)
    assert answer.status_code == 422
    assert "use-by date lies before" in error_at(answer, f"use_by-{second}")
    assert lots() == []
    assert db.session.get_one(DeliveryNote, note.id).received_at is None


@pytest.mark.parametrize(
    ("facts", "data", "field"),
    [
        ({"storage": "cold"}, {}, "tenths"),
        ({"kind": "meat"}, {}, "reared_in"),
        ({"kind": "meat"}, {"reared_in": "FR", "slaughtered_in": "FR"}, "reared_in"),
        ({}, {"harvested_on": "2026-11-25"}, "harvested_on"),
        ({}, {"quantity": "-3"}, "quantity"),
        ({}, {"quantity": "200"}, "quantity"),
        ({}, {"use_by": "tomorrow"}, "use_by"),
    ],
)
def test_what_is_lacking_or_wrong_is_said_at_its_field(
    day: Day, office: FlaskClient, facts: dict[str, Any], data: dict[str, str], field: str
) -> None:
    produce("leeks", **facts)
    note = announced(day, "leeks")
    line = note.lines[0].id
    sent = {f"{name}-{line}": value for name, value in ({"quantity": "4"} | data).items()}
    answer = office.post(f"/farm/notes/{note.id}", data=sent)
    assert answer.status_code == 422
    assert error_at(answer, f"{field}-{line}")
    assert lots() == []


def test_a_refused_line_is_kept_with_its_reason_and_never_has_stock(
    day: Day, office: FlaskClient
) -> None:
    note = announced(day, "leeks")
    line = note.lines[0].id
    data = {f"quantity-{line}": "4", f"refused-{line}": "rotten at the heart"}
    office.post(f"/farm/notes/{note.id}", data=data)
    found = lots()[0]
    assert (found.refused_because, found.stock, found.movements) == ("rotten at the heart", 0, [])
    data = {"kind": "corrected", "quantity": "5", "reason": "found again"}
    assert office.post(f"/farm/lots/{found.id}", data=data).status_code == 422
    assert stock(found) == 0


def test_a_unit_without_conversion_is_refused(day: Day, office: FlaskClient) -> None:
    pack("leeks", "crate", 8)
    data = {"supplier_id": supplier().id, "produce_id": produce("leeks").id, "quantity": "2"}
    answer = office.post("/farm/lots/new", data=data | {"unit": "sack"})
    assert answer.status_code == 422
    assert "no conversion for this unit of leeks" in error_at(answer, "unit")
    assert office.post("/farm/lots/new", data=data | {"unit": "crate"}).status_code == 303
    assert lots()[0].received == kg(16)


def test_a_correction_needs_a_reason_and_cannot_go_below_zero(
    day: Day, office: FlaskClient
) -> None:
    note = announced(day, "leeks")
    office.post(f"/farm/notes/{note.id}", data={f"quantity-{note.lines[0].id}": "1"})
    found = lots()[0]
    page = f"/farm/lots/{found.id}"
    bare = office.post(page, data={"kind": "corrected", "quantity": "1", "reason": " "})
    assert error_at(bare, "reason") == "Write the reason in a few words."
    much = office.post(page, data={"kind": "wasted", "quantity": "9", "reason": "spoiled"})
    assert "only 8 kg left" in error_at(much, "quantity")
    below = office.post(page, data={"kind": "corrected", "quantity": "-9", "reason": "counted"})
    assert below.status_code == 422
    assert stock(found) == kg(8)
    office.post(page, data={"kind": "corrected", "quantity": "7,5", "reason": "counted"})
    office.post(page, data={"kind": "wasted", "quantity": "1", "reason": "spoiled"})
    assert stock(found) == kg(6.5)


def test_a_photo_of_the_note_is_kept_and_is_not_public(day: Day, office: FlaskClient) -> None:
    note, picture = announced(day, "leeks"), BytesIO()
    Image.new("RGB", (60, 40), "white").save(picture, "PNG")
    picture.seek(0)
    data = {"photo": (picture, "note.png")}
    assert office.post(f"/farm/notes/{note.id}/photo", data=data).status_code == 303
    assert office.get(f"/farm/notes/{note.id}/photo", buffered=True).mimetype == "image/webp"
    assert day.app.test_client().get(f"/farm/notes/{note.id}/photo").status_code == 303
    assert office.post(f"/farm/notes/{note.id}/photo", data={}).status_code == 422


def test_a_produce_with_lots_keeps_its_unit(day: Day, office: FlaskClient) -> None:
    pack("leeks")
    data = {"name": "leeks", "kind": "vegetable", "unit": "piece", "unit_grams": "200"}
    answer = office.post(
        f"/farm/produce/{produce('leeks').id}", data=data | {"storage": "dry", "season_from": ""}
    )
    assert answer.status_code == 422
    assert "make a new produce instead" in answer.text
    db.session.rollback()
    assert produce("leeks").unit == "kg"


def test_a_new_produce_has_unknown_allergens_until_its_label_is_read(
    day: Day, office: FlaskClient
) -> None:
    data = {"name": "stock cube", "kind": "grocery", "unit": "kg", "unit_grams": "1000"}
    data |= {"storage": "dry"} | {f"allergen-{c}": "unknown" for c in ALLERGENS}
    data |= {"allergen-celery": "contains"}
    assert office.post("/farm/produce/new", data=data).status_code == 303
    db.session.rollback()
    found = produce("stock cube")
    assert not found.allergens_are_known
    office.post(f"/farm/produce/{found.id}", data=data | {"the_rest_is_no": "y"})
    db.session.rollback()
    db.session.refresh(found)
    assert [(a.code, a.level) for a in found.allergens] == [("celery", "contains")]
