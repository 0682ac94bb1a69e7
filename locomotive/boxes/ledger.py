"""Ledger: what went to a place and what came back, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..core.refusal import N_, Invalid, Refusal
from ..ordering.order import OrderLine
from ..rounds.act import RoundAct
from ..rounds.box import ENTRY_KINDS, BoxEntry, balances, handed_over, taken_back
from ..rounds.round import RoundStop

MOST_LINES = 200
KINDS: dict[str, str] = {
    "out": N_("handed over"),
    "back": N_("taken back by the rider"),
    **ENTRY_KINDS,
}


class PlaceUnknown(Refusal):
    message = N_("No box ever went to this place.")
    status = 404


class KindUnknown(Invalid):
    message = N_("Choose what became of the boxes.")


class MoreThanThere(Invalid):
    message = N_("Boxes still at this place: %(boxes)s. Give up no more as lost.")


@dataclass(frozen=True)
class Line:
    """One movement: how many boxes more (or fewer, below 0) the place has, and has then."""

    at: datetime
    kind: str
    boxes: int
    there: int = 0


def ledger_of(session: Session, place: str) -> list[Line]:
    """The last movements of a place, the newest first. Raises PlaceUnknown."""
    found = sorted(_lines(session, place), key=lambda line: line.at)
    if not found:
        raise PlaceUnknown
    sums = accumulate(line.boxes for line in found)
    lines = [replace(line, there=there) for line, there in zip(found, sums, strict=True)]
    return lines[::-1][:MOST_LINES]


def _lines(session: Session, place: str) -> Iterator[Line]:
    here = RoundStop.place_name == place
    stop, boxes = (RoundStop.id, RoundStop.serves_at), func.sum(OrderLine.portions)
    for _id, at, count in session.execute(handed_over(*stop, boxes).where(here).group_by(*stop)):
        yield Line(at, "out", int(count))
    for at, count in session.execute(taken_back(RoundAct.at, RoundAct.boxes_back).where(here)):
        if count:
            yield Line(at, "back", -count)
    for entry in session.scalars(select(BoxEntry).where(BoxEntry.place_name == place)):
        yield Line(entry.at, entry.kind, -entry.boxes)


def lost_boxes(session: Session, place: str) -> int:
    """How many boxes of a place were given up as lost."""
    here = BoxEntry.place_name == place, BoxEntry.kind == "lost"
    return int(session.scalar(select(func.sum(BoxEntry.boxes)).where(*here)) or 0)


def note_entry(session: Session, entry: BoxEntry) -> BoxEntry:
    """Write that boxes of a place came to the counter or are lost.

    Raises KindUnknown, PlaceUnknown, MoreThanThere.
    """
    if entry.kind not in ENTRY_KINDS:
        raise KindUnknown(field="kind")
    known = balances(session, place=entry.place_name)
    if not known:
        raise PlaceUnknown
    if entry.kind == "lost" and entry.boxes > known[0].there:
        raise MoreThanThere(field="boxes", boxes=known[0].there)
    session.add(entry)
    session.flush()
    return entry
