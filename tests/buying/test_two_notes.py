"""Two notes of one number at the same moment are one, on both databases."""

from __future__ import annotations

from sqlalchemy import select

from locomotive.buying.note import DeliveryNote, NoteLine, NoteTaken, send_note
from locomotive.core.db import db, write_tx
from locomotive.farm.supplier import Supplier
from tests.farm_day import produce, supplier
from tests.races import race
from tests.service_day import Day


def test_of_four_notes_of_one_number_at_once_one_alone_is_written(both: Day) -> None:
    who, carrots = supplier().id, produce("carrots").id

    def sends() -> None:
        with write_tx() as session:
            line = NoteLine(produce_id=carrots, unit="kg", pack_amount=1000, packs=3000)
            farm = session.get_one(Supplier, who)
            send_note(session, farm, [line], number="BL-7", now=both.at(8))

    outcomes = race(both, *[sends] * 4)
    assert outcomes.count(NoteTaken) == 3
    assert outcomes.count(None) == 1
    db.session.rollback()
    assert [len(note.lines) for note in db.session.scalars(select(DeliveryNote))] == [1]
