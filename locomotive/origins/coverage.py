"""Coverage: which lots give what the menus of some days need.

In use on a day are the lots that were cooked for it, and for what is still to cook the lots in
stock with the earliest use-by, after the days before have taken theirs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..farm.lot import Lot, LotMovement
from ..farm.supplier import Supplier
from ..menu.recipe import Book
from .need import needs, portions_planned


@dataclass(frozen=True)
class LotFacts:
    """What a lot carries to the plate."""

    id: int
    produce_id: int
    farm: str
    is_neighbour: bool
    distance_m: int | None
    harvested_on: date | None
    use_by: date | None
    cents_each: Fraction | None  # of one thousandth of the produce's unit
    born_in: str = ""
    reared_in: str = ""
    slaughtered_in: str = ""


@dataclass(frozen=True)
class Coverage:
    """What one day needs of one produce, and the lots that give it."""

    needed: int
    parts: tuple[tuple[LotFacts, int], ...] = ()

    @property
    def covered(self) -> int:
        return sum(amount for _, amount in self.parts)

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.covered)

    @property
    def neighbour_share(self) -> Fraction:
        """The share of the need that comes from the neighbouring farm."""
        whole = max(self.needed, self.covered)
        near = sum(amount for lot, amount in self.parts if lot.is_neighbour)
        return Fraction(near, whole) if whole else Fraction()


def allocate(
    wanted: Mapping[date, Mapping[int, int]],
    used: Mapping[date, Iterable[tuple[LotFacts, int]]],
    stock: Iterable[tuple[LotFacts, int]],
) -> dict[date, dict[int, Coverage]]:
    """Give each day in turn what was used for it, then lots in the order in which they stand.

    A lot whose use-by lies before a day gives nothing to it.
    """
    left = {lot.id: amount for lot, amount in stock}
    shelf: dict[int, list[LotFacts]] = {}
    for lot, _amount in stock:
        shelf.setdefault(lot.produce_id, []).append(lot)
    found: dict[date, dict[int, Coverage]] = {}
    for day in sorted(wanted):
        cooked: dict[int, list[tuple[LotFacts, int]]] = {}
        for lot, amount in used.get(day, ()):
            cooked.setdefault(lot.produce_id, []).append((lot, amount))
        found[day] = {
            produce_id: Coverage(
                needed,
                tuple(
                    _parts(needed, cooked.get(produce_id, []), shelf.get(produce_id, []), left, day)
                ),
            )
            for produce_id, needed in wanted[day].items()
        }
    return found


def _parts(
    needed: int,
    cooked: list[tuple[LotFacts, int]],
    shelf: list[LotFacts],
    left: dict[int, int],
    day: date,
) -> list[tuple[LotFacts, int]]:
    parts = list(cooked)
    missing = needed - sum(amount for _, amount in parts)
    for lot in shelf:
        if missing <= 0:
            break
        amount = min(left[lot.id], missing)
        if amount > 0 and (lot.use_by is None or lot.use_by >= day):
            left[lot.id] -= amount
            missing -= amount
            parts.append((lot, amount))
    return parts


_FACTS = (
    Lot.id, Lot.produce_id, Supplier.name, Supplier.is_neighbour, Supplier.distance_m,
    Lot.harvested_on, Lot.use_by, Lot.cost_cents, Lot.received, Lot.born_in, Lot.reared_in,
    Lot.slaughtered_in,
)  # fmt: skip


def _facts(row: tuple[object, ...]) -> LotFacts:
    cost, received = row[7], row[8]
    each = None if cost is None else Fraction(int(str(cost)), int(str(received)))
    return LotFacts(*row[:7], each, *row[9:12])  # type: ignore[arg-type,call-arg]


def coverage_between(
    session: Session, book: Book, first: date, last: date
) -> dict[date, dict[int, Coverage]]:
    """Day → produce id → what the published menus need and which lots give it.

    `first` is today, or the day itself for a day that is over.
    """
    wanted = needs(book, portions_planned(session, first, last))
    return allocate(wanted, _used(session, first, last), _stock(session))


def _stock(session: Session) -> list[tuple[LotFacts, int]]:
    rows = session.execute(
        select(*_FACTS, Lot.stock)
        .join(Supplier)
        .where(Lot.stock > 0, Lot.blocked_at.is_(None))
        .order_by(Lot.use_by.is_(None), Lot.use_by, Lot.received_on, Lot.id)
    )
    return [(_facts(tuple(row[:-1])), int(row[-1])) for row in rows]


def _used(session: Session, first: date, last: date) -> dict[date, list[tuple[LotFacts, int]]]:
    total = func.sum(-LotMovement.delta)
    rows: Any = session.execute(
        select(*_FACTS, LotMovement.for_day, total)
        .join(Supplier)
        .join(LotMovement, LotMovement.lot_id == Lot.id)
        .where(LotMovement.kind == "used", LotMovement.for_day.between(first, last))
        .group_by(*_FACTS, LotMovement.for_day)
        .having(total > 0)
        .order_by(Lot.id)
    )
    found: dict[date, list[tuple[LotFacts, int]]] = {}
    for row in rows:
        found.setdefault(row[-2], []).append((_facts(tuple(row[:-2])), int(row[-1])))
    return found
