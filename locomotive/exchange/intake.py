"""Intake: a supplier's price list or delivery note as a file, all of it or nothing.

Rows come one at a time and are checked before anything is written; what is wrong is told with
its line number. Only what is counted is kept in memory, never the file.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ..buying.note import DeliveryNote, NoteLine, NoteTaken
from ..core.refusal import N_, Invalid
from ..farm.supplier import Pack, Supplier
from .rows import Row, Wrong

CHUNK = 500
SHOWN = 20


class FileWrong(Invalid):
    """The file changed between preview and confirmation, or was never right."""

    message = N_("Line %(line)s is wrong. Nothing was written.")


@dataclass
class Preview:
    """What a file would do: the first rows and everything that is wrong with it."""

    count: int = 0
    rows: list[Row] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    wrong_count: int = 0


def preview(found: Iterable[Row | Wrong]) -> Preview:
    """Count a file's rows and keep the first, and the first that are wrong."""
    result = Preview()
    for one in found:
        if isinstance(one, Wrong):
            result.wrong_count += 1
            if len(result.wrong) < SHOWN:
                result.wrong.append(one)
        else:
            result.count += 1
            if len(result.rows) < SHOWN:
                result.rows.append(one)
    return result


def take_prices(session: Session, supplier: Supplier, found: Iterable[Row | Wrong]) -> int:
    """Write a price list; returns how many prices. Raises FileWrong: then nothing stands."""
    count = 0
    for chunk in _chunks(found):
        count += len(chunk)
        changed = [{"id": r.pack_id, "price_cents": r.price_cents} for r in chunk if r.pack_id]
        new = [_new_pack(supplier, r) for r in chunk if not r.pack_id]
        if changed:
            session.execute(update(Pack), changed)
        if new:
            session.execute(insert(Pack).returning(Pack.id), new).all()
    return count


def _new_pack(supplier: Supplier, row: Row) -> dict[str, object]:
    return {
        "supplier_id": supplier.id,
        "produce_id": row.produce_id,
        "unit": row.unit,
        "amount": row.pack_amount,
        "price_cents": row.price_cents,
    }


def take_note(
    session: Session,
    supplier: Supplier,
    found: Iterable[Row | Wrong],
    *,
    number: str,
    day: date,
    now: datetime,
) -> DeliveryNote:
    """Write a delivery note. Raises NoteTaken, FileWrong: then nothing stands."""
    same = select(DeliveryNote.id).filter_by(supplier_id=supplier.id, number=number)
    if session.scalar(same) is not None:
        raise NoteTaken(number=number, field="number")
    note = DeliveryNote(supplier_id=supplier.id, number=number, day=day, sent_at=now)
    session.add(note)
    session.flush()
    for chunk in _chunks(found):
        # RETURNING lets a whole chunk go in one statement on both engines.
        lines = [_note_line(note, row) for row in chunk]
        session.execute(insert(NoteLine).returning(NoteLine.id), lines).all()
    return note


def _note_line(note: DeliveryNote, row: Row) -> dict[str, object]:
    return {
        "note_id": note.id,
        "produce_id": row.produce_id,
        "unit": row.unit,
        "pack_amount": row.pack_amount,
        "packs": row.amount,
        "price_cents": row.price_cents,
        "harvested_on": row.harvested_on,
        "use_by": row.use_by,
        "mark": row.mark,
    }


def _chunks(found: Iterable[Row | Wrong]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for one in found:
        if isinstance(one, Wrong):
            raise FileWrong(line=one.line)
        chunk.append(one)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
