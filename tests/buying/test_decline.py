"""A delivery note that is not taken goes back whole, with a reason; two receivers are one."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from locomotive.buying.note import (
    DeliveryNote,
    NoteDeclined,
    NoteReceived,
    decline_note,
    notes_to_receive,
)
from locomotive.buying.purchase import Purchase
from locomotive.buying.receipt import Arrival, Count, receive_note
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.farm.lot import Lot
from tests.buying.test_farmer import link_of, phone
from tests.buying.test_receive import announced
from tests.office_day import error_at, fresh
from tests.races import race
from tests.service_day import Day


@pytest.fixture(autouse=True)
def at_eight(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(8))


def test_a_note_is_declined_with_a_reason_that_the_supplier_reads(
    day: Day, office: FlaskClient
) -> None:
    note = announced(day, "carrots")
    path = f"/farm/notes/{note.id}"
    empty = office.post(f"{path}/decline", data={"because": " "})
    assert empty.status_code == 422
    assert "Write why it goes back" in error_at(empty, "because")
    assert [n.id for n in notes_to_receive(db.session())] == [note.id]
    assert office.post(f"{path}/decline", data={"because": "frozen"}).status_code == 303
    assert "Declined on" in office.get(path).text
    assert "Your note BL-1 of Tue 24 Nov was declined: frozen" in phone(day).get(link_of(day)).text
    db.session.rollback()
    assert notes_to_receive(db.session()) == []
    assert db.session.query(Lot).count() == 0
    order = db.session.query(Purchase).one()
    assert order.is_owed


def test_what_was_declined_is_not_received_nor_the_other_way_round(
    day: Day, office: FlaskClient
) -> None:
    note = announced(day, "carrots")
    data = {f"quantity-{note.lines[0].id}": "4", f"price-{note.lines[0].id}": "15"}
    office.post(f"/farm/notes/{note.id}/decline", data={"because": "frozen"})
    late = office.post(f"/farm/notes/{note.id}", data=data)
    assert late.status_code == 409
    assert "was declined" in late.text
    with write_tx() as session:
        again = session.get_one(DeliveryNote, note.id, populate_existing=True)
        again.declined_at = None
    assert office.post(f"/farm/notes/{note.id}", data=data).status_code == 303
    late = office.post(f"/farm/notes/{note.id}/decline", data={"because": "frozen"})
    assert late.status_code == 409
    assert "already received" in late.text
    assert fresh(again).declined_at is None


def test_of_two_receivers_and_one_who_declines_one_alone_settles_it(day: Day) -> None:
    note_id = announced(day, "carrots").id

    def receives() -> None:
        with write_tx() as session:
            note = session.get_one(DeliveryNote, note_id)
            arrivals = {line.id: Arrival(packs=line.packs) for line in note.lines}
            receive_note(session, note, Count(arrivals), day=day.date, now=day.at(8))

    def declines() -> None:
        with write_tx() as session:
            decline_note(session, session.get_one(DeliveryNote, note_id), "no", now=day.at(8))

    outcomes = race(day, receives, receives, declines)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert {o for o in outcomes if o} <= {NoteReceived, NoteDeclined}
    db.session.rollback()
    note = db.session.get_one(DeliveryNote, note_id)
    assert db.session.query(Lot).count() == (1 if note.received_at else 0)
