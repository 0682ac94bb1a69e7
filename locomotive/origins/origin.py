"""Origin: where what is on the plate comes from, by the lots that are really in use.

In use on a day are the lots that were cooked for it, and for what is still to cook the lots in
stock with the earliest use-by, after the days before have taken theirs. A claim is made only
where every one of these lots carries it and they cover all that is needed.
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
from ..menu.recipe import Book, read_book
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


@dataclass(frozen=True)
class Origin:
    """A claim that all lots in use carry: produce of one farm and its days of harvest."""

    farm: str
    is_neighbour: bool
    distance_m: int | None
    produce: tuple[str, ...]
    first_harvest: date | None
    last_harvest: date | None

    @property
    def kilometres(self) -> int | None:
        """The distance in whole kilometres, at least 1."""
        return None if self.distance_m is None else max(1, round(self.distance_m / 1000))


@dataclass(frozen=True, order=True)
class MeatOrigin:
    """The countries of one kind of meat, by codes."""

    species: str
    born_in: str
    reared_in: str
    slaughtered_in: str


@dataclass(frozen=True)
class Plate:
    """What may be said of one dish on one day."""

    origins: tuple[Origin, ...] = ()
    meats: tuple[MeatOrigin, ...] = ()
    lacks_meat_origin: bool = False
    neighbour_bp: int = 0  # share of the weight from the neighbouring farm, rounded down
    cost_cents: int | None = None  # of one portion; None when some price is not known
    grams: int = 0


@dataclass(frozen=True)
class Told:
    """What a page says of a dish's origin: its words, and a mark that no language changes."""

    words: str = ""
    mark: str = ""


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


def origins_of(
    session: Session, day: date, *, today: date | None = None, book: Book | None = None
) -> dict[int, Plate]:
    """Dish id → what may be said of it on a day's published menu; empty without recipes.

    A `book` that was read already spares its queries.
    """
    book = book or read_book(session)
    if not book.of_dish:
        return {}
    first = min(today or day, day)
    return plates(book, coverage_between(session, book, first, day).get(day, {}), day)


def plates(book: Book, coverage: Mapping[int, Coverage], day: date) -> dict[int, Plate]:
    """Dish id → its plate, for every dish with a recipe."""
    return {dish_id: plate(book, dish_id, coverage, day) for dish_id in book.of_dish}


def plate(book: Book, dish_id: int, coverage: Mapping[int, Coverage], day: date) -> Plate:
    """What the lots in use carry to one dish. A dish whose produce is not covered says nothing
    of it."""
    portion = book.per_portion(dish_id, day)
    grams = {p: book.ingredients[p].grams(amount) for p, amount in portion.items()}
    weight = sum(grams.values(), Fraction())
    near = sum(
        (grams[p] * coverage[p].neighbour_share for p in portion if p in coverage), Fraction()
    )
    meats, lacks = _meats(book, portion, coverage)
    return Plate(
        origins=_origins(book, portion, coverage),
        meats=meats,
        lacks_meat_origin=lacks,
        neighbour_bp=int(near * 10_000 / weight) if weight else 0,
        cost_cents=_cost(portion, coverage),
        grams=round(weight),
    )


def _origins(
    book: Book, portion: Mapping[int, Fraction], coverage: Mapping[int, Coverage]
) -> tuple[Origin, ...]:
    """One claim for each farm; produce with lots of several suppliers makes none."""
    by_farm: dict[str, list[tuple[str, LotFacts]]] = {}
    for produce_id in portion:
        here = coverage.get(produce_id)
        if here is None or here.missing or not here.parts:
            continue
        lots = [lot for lot, _ in here.parts]
        if len({lot.farm for lot in lots}) == 1 and all(lot.harvested_on for lot in lots):
            name = book.ingredients[produce_id].name
            by_farm.setdefault(lots[0].farm, []).extend((name, lot) for lot in lots)
    claims = [_claim(farm, named) for farm, named in by_farm.items()]
    return tuple(sorted(claims, key=lambda claim: (not claim.is_neighbour, claim.farm)))


def _claim(farm: str, named: list[tuple[str, LotFacts]]) -> Origin:
    days = [lot.harvested_on for _, lot in named if lot.harvested_on]
    return Origin(
        farm=farm,
        is_neighbour=named[0][1].is_neighbour,
        distance_m=named[0][1].distance_m,
        produce=tuple(dict.fromkeys(name for name, _ in named)),
        first_harvest=min(days, default=None),
        last_harvest=max(days, default=None),
    )


def _meats(
    book: Book, portion: Mapping[int, Fraction], coverage: Mapping[int, Coverage]
) -> tuple[tuple[MeatOrigin, ...], bool]:
    """The meats' countries, and whether some meat has no lot that tells them all."""
    meats: set[MeatOrigin] = set()
    lacks = False
    for produce_id in portion:
        ingredient = book.ingredients[produce_id]
        if ingredient.kind != "meat":
            continue
        here = coverage.get(produce_id)
        lacks |= here is None or bool(here.missing) or not here.parts
        for lot, _amount in here.parts if here else ():
            meats.add(
                MeatOrigin(ingredient.species, lot.born_in, lot.reared_in, lot.slaughtered_in)
            )
    return tuple(sorted(meats)), lacks


def _cost(portion: Mapping[int, Fraction], coverage: Mapping[int, Coverage]) -> int | None:
    """The cost of a portion in cents at the lots' mean price, rounded to the cent."""
    total = Fraction()
    for produce_id, amount in portion.items():
        parts = coverage[produce_id].parts if produce_id in coverage else ()
        priced = [(lot.cents_each, much) for lot, much in parts if lot.cents_each is not None]
        if not priced or len(priced) < len(parts):
            return None
        whole = sum(much for _, much in priced)
        total += amount * sum((each * much for each, much in priced), Fraction()) / whole
    return round(total)
