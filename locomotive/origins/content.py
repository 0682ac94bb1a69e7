"""Content: what is in a portion, by the batches cooked for it and by what is still to cook."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..farm.allergen import ALLERGENS
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
)
from .batch import Batch


@dataclass(frozen=True)
class Cooked:
    """One batch as content sees it: the slots that it serves, and what its lots brought in."""

    serves_from: datetime | None
    serves_until: datetime | None
    contents: Contents

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

    def at(self, starts_at: datetime | None = None) -> Contents:
        """The union over the batches for a slot (None: for any) and what is still to cook."""
        parts = [batch.contents for batch in self.cooked if batch.serves(starts_at)]
        return united([self.ahead, *parts] if self.is_more_to_cook or not parts else parts)

    def served(self, starts_at: datetime) -> Contents | None:
        """What the batches for a slot contain; None when none was recorded."""
        parts = [batch.contents for batch in self.cooked if batch.serves(starts_at)]
        return united(parts) if parts else None


def united(parts: Iterable[Contents]) -> Contents:
    """Everything that is in any of these."""
    parts = list(parts)
    contains = {code for part in parts for code in part.contains}
    may_contain = {code for part in parts for code in part.may_contain} - contains
    return Contents(
        contains=tuple(code for code in ALLERGENS if code in contains),
        may_contain=tuple(code for code in ALLERGENS if code in may_contain),
        is_vegetarian=all(part.is_vegetarian for part in parts),
        unknown=tuple(sorted({name for part in parts for name in part.unknown})),
        has_recipe=any(part.has_recipe for part in parts),
    )


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
    query = select(Batch).where(Batch.day == day, Batch.dish_id.in_(ids), Batch.undone_at.is_(None))
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
    return DishContent(ahead, portions < offered.get(dish.id, 0), cooked)
