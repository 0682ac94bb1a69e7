"""Origin: what is on the plate and where it comes from, by the lots that are really in use.

What is in a portion is the union over the batches cooked for it and what is still to cook. A claim
about a farm is made only where every one of the lots in use carries it and they cover all that is
needed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..farm.produce import HARVESTED
from ..menu.dish import Dish
from ..menu.menu import menu_of, offered
from ..menu.recipe import (
    Book,
    Contents,
    Ingredient,
    Recipe,
    contents_from,
    declared,
    read_book,
    read_ingredients,
    united,
)
from .batch import IS_SERVED, Batch
from .coverage import Coverage, LotFacts, coverage_between


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
    """One claim for each farm, and one for what it makes of its harvest; produce with lots of
    several suppliers makes none."""
    by_farm: dict[tuple[str, bool], list[tuple[str, LotFacts]]] = {}
    for produce_id in portion:
        here = coverage.get(produce_id)
        if here is None or here.missing or not here.parts:
            continue
        lots = [lot for lot, _ in here.parts]
        if len({lot.farm for lot in lots}) == 1 and all(lot.harvested_on for lot in lots):
            ingredient = book.ingredients[produce_id]
            key = lots[0].farm, ingredient.kind in HARVESTED
            by_farm.setdefault(key, []).extend((ingredient.name, lot) for lot in lots)
    claims = [_claim(farm, named, picked) for (farm, picked), named in by_farm.items()]
    return tuple(sorted(claims, key=_rank))


def _rank(claim: Origin) -> tuple[bool, str, bool]:
    return not claim.is_neighbour, claim.farm, claim.first_harvest is None


def _claim(farm: str, named: list[tuple[str, LotFacts]], is_picked: bool) -> Origin:
    days = [lot.harvested_on for _, lot in named if lot.harvested_on and is_picked]
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


@dataclass(frozen=True)
class Cooked:
    """One batch as content sees it: the slots that it serves, and what its lots brought in."""

    serves_from: datetime | None
    serves_until: datetime | None
    contents: Contents

    @property
    def is_of_all_day(self) -> bool:
        return self.serves_from is None and self.serves_until is None

    def serves(self, starts_at: datetime | None) -> bool:
        """Whether it serves a slot; None asks for all slots."""
        if starts_at is None:
            return True
        is_begun = self.serves_from is None or self.serves_from <= starts_at
        return is_begun and (self.serves_until is None or starts_at <= self.serves_until)


@dataclass(frozen=True)
class DishContent:
    """What is in one dish on one day: as it would be cooked now, and as it was cooked."""

    ahead: Contents
    is_more_to_cook: bool
    cooked: tuple[Cooked, ...] = ()
    blocked: tuple[str, ...] = ()  # the recalled lots in its batches

    def at(self, starts_at: datetime | None = None) -> Contents:
        """The union over the batches for a slot (None: for any) and what is still to cook."""
        parts = [batch.contents for batch in self.cooked if batch.serves(starts_at)]
        # A slot without a batch is still to be cooked for, however much was cooked in all.
        serving = [batch for batch in self.cooked if starts_at or batch.is_of_all_day]
        is_served = bool(parts and serving)
        return united([self.ahead, *parts] if self.is_more_to_cook or not is_served else parts)

    def served(self, starts_at: datetime) -> Contents | None:
        """What the batches for a slot contain; None when none was recorded."""
        parts = [batch.contents for batch in self.cooked if batch.serves(starts_at)]
        return united(parts) if parts else None


def content_of(
    session: Session, dishes: Iterable[Dish], day: date, book: Book | None = None
) -> dict[int, DishContent]:
    """Dish id → what is in it on a day. A `book` that was read already spares its queries."""
    dishes = list(dishes)
    if book is None:
        ids = [dish.id for dish in dishes]
        has_recipe = session.scalar(select(Recipe.id).where(Recipe.dish_id.in_(ids)).limit(1))
        book = read_book(session) if has_recipe is not None else Book({}, {}, {}, {})
    batches = _batches(session, dishes, day)
    numbers = offered(session, menu_of(session, day)) if batches else {}
    known = book.ingredients or (read_ingredients(session) if batches else {})
    return {
        dish.id: _content(dish, book.contents(dish, day), batches.get(dish.id, []), known, numbers)
        for dish in dishes
    }


def _batches(session: Session, dishes: list[Dish], day: date) -> dict[int, list[Batch]]:
    ids = [dish.id for dish in dishes]
    query = select(Batch).where(Batch.day == day, Batch.dish_id.in_(ids), IS_SERVED)
    found: dict[int, list[Batch]] = {}
    for batch in session.scalars(query.order_by(Batch.id)):
        found.setdefault(batch.dish_id, []).append(batch)
    return found


def _content(
    dish: Dish,
    ahead: Contents,
    batches: list[Batch],
    known: Mapping[int, Ingredient],
    offered: Mapping[int, int],
) -> DishContent:
    cooked = tuple(
        Cooked(
            batch.serves_from,
            batch.serves_until,
            contents_from(known[part.lot.produce_id] for part in batch.lots)
            if batch.lots
            else declared(dish),
        )
        for batch in batches
    )
    portions = sum(batch.portions for batch in batches)
    lots = {part.lot for batch in batches if batch.blocked_at for part in batch.lots}
    blocked = tuple(sorted(lot.name for lot in lots if lot.blocked_at))
    return DishContent(ahead, portions < offered.get(dish.id, 0), cooked, blocked)
