"""Kept: how many promises of deliveries were kept, by day, place and slot; none is left out.

A promise that was given another time counts as not kept. Nothing here is about a rider.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..core.mark import Mark, mark
from ..core.refusal import N_, Refusal
from ..ordering.order import Order
from ..promise.promise import Promise

SHOWN = "promises kept are public"
DAYS = 31


class KeptNotShown(Refusal):
    message = N_("This page is not shown.")
    status = 404


@dataclass(frozen=True)
class Judged:
    """Promises of one day, place and slot that were judged, and how many of them were kept."""

    day: date
    place: str
    slot: time
    kept: int
    judged: int


@dataclass(frozen=True)
class Kept:
    """Promises that were kept of those judged, of one day, one place or one slot."""

    of: Any
    kept: int
    judged: int

    @property
    def share_bp(self) -> int:
        """The share kept in basis points, rounded down."""
        return self.kept * 10_000 // self.judged


def judged_between(session: Session, first: date, last: date) -> list[Judged]:
    """All promises of deliveries that were judged between two days, both counted."""
    key = (Promise.local_date, Order.place_name, Promise.local_time)
    rows = session.execute(
        select(*key, Promise.is_kept, func.count())
        .join(Order, Order.id == Promise.order_id)
        .where(
            Promise.is_kept.is_not(None),
            Promise.local_date.between(first, last),
            Order.kind == "delivery",
        )
        .group_by(*key, Promise.is_kept)
    )
    counts: dict[tuple[date, str, time], list[int]] = {}
    for day, place, slot, is_kept, count in rows:
        both = counts.setdefault((day, place, slot), [0, 0])
        both[0] += count if is_kept else 0
        both[1] += count
    return [Judged(*named, *both) for named, both in sorted(counts.items())]


def kept_by(rows: Sequence[Judged], key: Callable[[Judged], Any]) -> list[Kept]:
    """The sums for each day, place or slot, in its order."""
    counts: dict[Any, list[int]] = {}
    for row in rows:
        both = counts.setdefault(key(row), [0, 0])
        both[0] += row.kept
        both[1] += row.judged
    return [Kept(of, *both) for of, both in sorted(counts.items())]


def last_days(today: date, days: int = DAYS) -> tuple[date, date]:
    """The first and the last day of those that are shown."""
    return today - timedelta(days=days - 1), today


def is_shown(session: Session) -> bool:
    """Whether the manager lets everybody read them."""
    return session.scalar(select(Mark.value).where(Mark.name == SHOWN)) == "yes"


def show(session: Session, *, shown: bool) -> None:
    """Let everybody read them, or nobody but the manager."""
    mark(session, SHOWN, "yes" if shown else "no")
