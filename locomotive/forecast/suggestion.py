"""Suggestion: menus of dishes whose produce will be plentiful."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from ..farm.produce import produce_list
from ..menu.dish import Dish, dishes
from ..menu.menu import last_menu
from ..menu.recipe import Book
from ..origins.need import portions_planned
from ..service.service import working_days
from .outlook import WEEK
from .past import past_lunches
from .portions import Demand, propose
from .season import levels_in

USUAL_SIZE = 3
FIRST_PORTIONS = 10  # of a dish that no lunch has sold yet; the manager corrects it
REST = timedelta(days=4)  # between two lunches with the same dish


@dataclass(frozen=True)
class SuggestedDish:
    """A dish with the share of its weight that is plentiful, and the names of that produce."""

    dish: Dish
    share: float
    plenty: tuple[str, ...]


@dataclass(frozen=True)
class SuggestedMenu:
    """The dishes suggested for one day, the most plentiful first."""

    day: date
    dishes: tuple[SuggestedDish, ...]


def suggest(
    book: Book, known: Iterable[Dish], levels: Mapping[int, str], day: date
) -> list[SuggestedDish]:
    """The dishes with plentiful produce on a day and none that nobody has, the best first;
    `levels`: produce id → level in that month."""
    found = []
    for dish in known:
        portion = book.per_portion(dish.id, day) if dish.id in book.of_dish else {}
        if any(levels.get(id_) == "none" for id_ in portion):
            continue
        weights = {id_: float(book.ingredients[id_].grams(a)) for id_, a in portion.items()}
        plenty = [id_ for id_ in weights if levels.get(id_) == "plenty"]
        if plenty:
            plenty.sort(key=lambda id_: -weights[id_])
            share = sum(weights[id_] for id_ in plenty) / sum(weights.values())
            names = tuple(book.ingredients[id_].name for id_ in plenty)
            found.append(SuggestedDish(dish, share, names))
    return sorted(found, key=lambda s: (-s.share, s.dish.name))


def menus_for(session: Session, book: Book, monday: date) -> list[SuggestedMenu]:
    """A menu for each working day of a week that has none, no dish twice within four days."""
    last = monday + WEEK - timedelta(days=1)
    planned = portions_planned(session, monday - REST, last + REST, drafts=True)
    taken = {day: {id_ for id_, n in offers.items() if n} for day, offers in planned.items()}
    size, known = _usual_size(session, monday), dishes(session)
    found = []
    for day in working_days(session, monday, last):
        if taken.get(day):
            continue
        near = {id_ for other, ids in taken.items() if abs(other - day) <= REST for id_ in ids}
        free = [dish for dish in known if dish.id not in near]
        best = suggest(book, free, _levels(session, day), day)[:size]
        taken[day] = {suggested.dish.id for suggested in best}
        found.append(SuggestedMenu(day, tuple(best)))
    return found


def _levels(session: Session, day: date) -> dict[int, str]:
    """What suppliers say of the day's month; where none speaks, what the house knows."""
    known = {p.id: "none" for p in produce_list(session) if not p.is_in_season(day.month)}
    return known | levels_in(session, day.month)


def _usual_size(session: Session, day: date) -> int:
    """How many dishes the last menu before a day offers."""
    before = last_menu(session, day)
    if before is None:
        return USUAL_SIZE
    offers = portions_planned(session, before, before, drafts=True).get(before, {})
    return sum(1 for number in offers.values() if number) or USUAL_SIZE


def first_portions(session: Session, suggested: SuggestedMenu, *, today: date) -> dict[int, int]:
    """Dish id → portions that past lunches tell of a suggested menu."""
    menu = [s.dish.id for s in suggested.dishes]
    numbers = propose(Demand(past_lunches(session, today), suggested.day), menu)
    return {dish_id: numbers.get(dish_id) or FIRST_PORTIONS for dish_id in menu}
