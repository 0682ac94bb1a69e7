"""Intake: a supplier's price list or delivery note as a file, all of it or nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, insert, literal, or_, select, true, union_all, update
from sqlalchemy.orm import Session

from ..buying.note import DeliveryNote, NoteLine, NoteTaken
from ..core.refusal import N_, Invalid
from ..farm.allergen import ALLERGENS
from ..farm.produce import NOT_VEGETARIAN, Produce, ProduceAllergen
from ..farm.supplier import Pack, Supplier
from ..web.spreadsheet import plain_name
from .heading import Head, find_head
from .memory import Known, Question, Sold
from .reading import Reading
from .rows import Line
from .sheet import Table

CHUNK, MANY = 500, 5000
PAGE = 100  # lines on one page, and of one delivery note


class NothingToTake(Invalid):
    message = N_("The file has no line below its headings that can be taken over.")


class NotReady(Invalid):
    """The file, or what is known, changed between preview and confirmation."""

    message = N_("Look at the file again: some lines wait for you. Nothing was written.")


class DoubtsLeft(Invalid):
    message = N_("Look at the lines marked with a question, tick the box and send again.")


@dataclass
class Preview:
    """What a file would do: its counts, what is asked, what is wrong, and its lines."""

    head: Head | None = None
    lines: list[Line] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> list[Line]:
        return [line for line in self.lines if line.becomes == "wrong"]

    @property
    def doubtful(self) -> list[Line]:
        return [line for line in self.lines if line.doubts]

    @property
    def is_ready(self) -> bool:
        """Whether it can be taken over as it is."""
        return bool(self.lines) and not self.questions and not self.counts["wrong"]

    @property
    def has_work(self) -> bool:
        """Whether not every line is left out, asked about or wrong."""
        return any(line.is_written or line.becomes == "same" for line in self.lines)

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.lines) // PAGE))

    def page(self, number: int) -> list[Line]:
        """The lines of one page, from 1."""
        return self.lines[(number - 1) * PAGE : number * PAGE]


def preview(table: Table, known: Known, headings: Mapping[str, str], day: date | None) -> Preview:
    """What a file would do; `headings` gives a plain heading's meaning, `day` is that of a
    delivery note. Nothing is written."""
    told = {word: role for (kind, word), role in known.meanings.items() if kind == "column"}
    head = find_head(table, {**headings, **told})
    if head is None:
        return Preview()
    missing = _columns_missing(head, day)
    if missing:
        return Preview(head, questions=missing)
    reading = Reading(head, known, day)
    lines = list(reading.lines(table))
    counts = Counter(line.becomes for line in lines)
    return Preview(head, lines, list(reading.questions.values()), counts)


def _columns_missing(head: Head, day: date | None) -> list[Question]:
    """The columns that must be there and that no heading names."""
    wanted = ("produce", "quantity" if day else "price")
    missing = [role for role in wanted if role not in head.roles.values()]
    return [Question("column", role, "", head.line) for role in missing]


def columns_told(answers: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """What is remembered of headings: role → heading becomes heading → role."""
    return {("column", plain_name(heading)): role for role, heading in answers.items()}


def check_ready(found: Preview, *, is_sure: bool) -> None:
    """Raises NothingToTake, NotReady, DoubtsLeft."""
    if not found.has_work:
        raise NotReady if found.questions or found.wrong else NothingToTake
    if not found.is_ready:
        raise NotReady
    if found.doubtful and not is_sure:
        raise DoubtsLeft(field="sure")


def take_prices(session: Session, supplier: Supplier, lines: Iterable[Line]) -> int:
    """Write a price list; returns how many lines changed something."""
    written = [line for line in lines if line.is_written]
    ids = _add_produce(session, written)
    changed = [
        {"id": r.pack_id, "price_cents": r.price_cents, "amount": r.pack_amount, "ended_at": None}
        for r in written
        if r.pack_id
    ]
    new = [_new_pack(supplier, line, ids) for line in written if not line.pack_id]
    if changed:
        session.execute(update(Pack), changed)
    for first in range(0, len(new), CHUNK):
        session.execute(insert(Pack).returning(Pack.id), new[first : first + CHUNK]).all()
    return len(written)


def _new_pack(supplier: Supplier, line: Line, ids: Mapping[str, int]) -> dict[str, object]:
    return {
        "supplier_id": supplier.id,
        "produce_id": _produce_id(line, ids),
        "unit": line.unit,
        "amount": line.pack_amount,
        "price_cents": line.price_cents,
    }


def _produce_id(line: Line, ids: Mapping[str, int]) -> int:
    assert line.sold is not None
    return line.sold.id or ids[plain_name(line.sold.name)]


def _add_produce(session: Session, lines: Iterable[Line]) -> dict[str, int]:
    """Write the produce that is new, its allergens unknown; returns plain name → id."""
    new = {plain_name(r.sold.name): r.sold for r in lines if r.sold and r.sold.id is None}
    rows = [_produce_row(sold) for sold in new.values()]
    made: list[tuple[int, str]] = []
    for first in range(0, len(rows), CHUNK):
        here = insert(Produce).returning(Produce.id, Produce.name)
        found = session.execute(here, rows[first : first + CHUNK])
        made += [(id_, name) for id_, name in found]
    _add_unknown(session, [id_ for id_, _name in made])
    return {plain_name(name): id_ for id_, name in made}


def _add_unknown(session: Session, produce_ids: Sequence[int]) -> None:
    """Say of produce that is new that each of its allergens is unknown, thousands at once: of
    many small statements PostgreSQL takes three times as long."""
    codes = union_all(*(select(literal(code).label("code")) for code in ALLERGENS)).subquery()
    for first in range(0, len(produce_ids), MANY):
        here = Produce.id.in_(produce_ids[first : first + MANY])
        row = select(Produce.id, codes.c.code, literal("unknown")).join(codes, true()).where(here)
        columns = ["produce_id", "code", "level"]
        session.execute(insert(ProduceAllergen).from_select(columns, row))


def _produce_row(sold: Sold) -> dict[str, object]:
    return {
        "name": sold.name,
        "unit": sold.unit,
        "kind": sold.kind,
        "species": sold.species,
        "is_vegetarian": sold.kind not in NOT_VEGETARIAN,
    }


def take_note(
    session: Session,
    supplier: Supplier,
    lines: Iterable[Line],
    *,
    number: str,
    day: date,
    now: datetime,
) -> DeliveryNote:
    """Write a delivery note and return it; a long one becomes several of 100 lines each, that are
    received one by one. Raises NoteTaken."""
    same = or_(
        DeliveryNote.number == number, DeliveryNote.number.startswith(f"{number}/", autoescape=True)
    )
    if session.scalar(
        select(func.count(DeliveryNote.id)).where(DeliveryNote.supplier_id == supplier.id, same)
    ):
        raise NoteTaken(number=number, field="number")
    written = [line for line in lines if line.is_written]
    ids = _add_produce(session, written)
    parts = [written[first : first + PAGE] for first in range(0, len(written), PAGE)]
    notes = [
        DeliveryNote(supplier_id=supplier.id, number=name, day=day, sent_at=now)
        for name in _part_names(number, len(parts))
    ]
    session.add_all(notes)
    session.flush()
    rows = [
        _note_line(note, line, ids)
        for note, part in zip(notes, parts, strict=True)
        for line in part
    ]
    for first in range(0, len(rows), CHUNK):
        # RETURNING lets a whole chunk go in one statement on both engines.
        session.execute(insert(NoteLine).returning(NoteLine.id), rows[first : first + CHUNK]).all()
    return notes[0]


def _part_names(number: str, parts: int) -> list[str]:
    return [number] if parts == 1 else [f"{number}/{part + 1}" for part in range(parts)]


def _note_line(note: DeliveryNote, line: Line, ids: Mapping[str, int]) -> dict[str, object]:
    return {
        "note_id": note.id,
        "produce_id": _produce_id(line, ids),
        "unit": line.unit,
        "pack_amount": line.pack_amount,
        "packs": line.amount,
        "price_cents": line.price_cents,
        "harvested_on": line.harvested_on,
        "use_by": line.use_by,
        "mark": line.mark,
    }
