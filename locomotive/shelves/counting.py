"""Counting: the books become what was found on a shelf, each difference with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.refusal import N_, Invalid, Quantity, Word
from ..farm.lot import Lot, correct
from ..farm.unit import UNITS
from .shelf import CountedLot


@dataclass(frozen=True)
class Found:
    """What was found of one lot, and why it is not what the books say."""

    amount: int
    reason: str = ""


@dataclass(frozen=True)
class Sent:
    """What the books said on the page that was sent (lot id, as text → stock), and whether what
    is odd was counted."""

    shown: Mapping[str, int]
    is_sure: bool = False


class NothingCounted(Invalid):
    message = N_("Write what you found of one lot at least; 0 where nothing is left.")


class LotMoved(Invalid):
    """Something was taken or came while its shelf was counted."""

    message = N_(
        "Meanwhile this lot changed: %(now)s %(unit)s by the books. Look at it once more, and send "
        "again."
    )


class DifferenceUnexplained(Invalid):
    message = N_("The books say %(books)s %(unit)s. Write why, or count it again.")


class FoundAbove(Invalid):
    message = N_(
        "Only %(received)s %(unit)s of this lot ever came. Count it again, or tick the box and "
        "send again."
    )


def count_shelf(
    session: Session,
    found: Mapping[int, Found],
    sent: Sent,
    *,
    now: datetime,
) -> list[CountedLot]:
    """Make the stock of lots (by id) what was found, all of them or none.

    Raises NothingCounted, LotMoved, FoundAbove, DifferenceUnexplained, each at its field.
    """
    if not found:
        raise NothingCounted
    rows = select(Lot).where(Lot.id.in_(found), Lot.refused_because == "").order_by(Lot.id)
    locked = rows.with_for_update(of=Lot).execution_options(populate_existing=True)
    lots = session.scalars(locked).all()
    for lot in lots:
        _check(lot, found[lot.id], sent)
    counted = [_count(session, lot, found[lot.id], now) for lot in lots]
    session.add_all(counted)
    session.flush()
    return counted


def _check(lot: Lot, here: Found, sent: Sent) -> None:
    field, unit = f"counted-{lot.id}", Word(UNITS[lot.produce.unit])
    if lot.stock != sent.shown.get(str(lot.id)):
        raise LotMoved(now=Quantity(lot.stock), unit=unit, field=field)
    if here.amount > lot.received and not sent.is_sure:
        raise FoundAbove(received=Quantity(lot.received), unit=unit, field=field)
    if here.amount != lot.stock and not here.reason:
        raise DifferenceUnexplained(books=Quantity(lot.stock), unit=unit, field=f"reason-{lot.id}")


def _count(session: Session, lot: Lot, here: Found, now: datetime) -> CountedLot:
    before = lot.stock
    if here.amount != before:
        correct(session, lot, here.amount - before, reason=here.reason, now=now)
    reason = here.reason if here.amount != before else ""
    return CountedLot(lot=lot, at=now, expected=before, counted=here.amount, reason=reason)
