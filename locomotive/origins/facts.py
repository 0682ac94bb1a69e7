"""Facts of dishes: what may be said of every dish on a day's menu, computed once for all visitors.

What is in a dish and where it comes from is a long way through recipes, lots and batches. The
answer is kept as long as none of the tables that it is computed from is written.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from ..choices.option import OptionFacts, options_of_dishes
from ..choices.set_menu import SetMenuFacts, set_menus_of
from ..core.db import edition
from ..menu.dish import Dish
from ..menu.menu import Portion, menu_of
from ..menu.recipe import Contents, read_book
from .origin import DishContent, Plate, content_of, origins_of

EDITION = "dish facts"
# All that the answer is computed from.
TABLES = (
    "batch", "batch_lot", "dish", "dish_allergen", "dish_option", "holding_reading", "lot",
    "lot_movement", "menu", "pack", "portion", "portion_correction", "produce",
    "produce_allergen", "recipe", "recipe_line", "set_menu", "set_menu_course", "set_menu_dish",
    "supplier", "swap",
)  # fmt: skip
# Its counter moves with every order.
COUNTERS = ("portion",)
KEPT = 64  # days


@dataclass(frozen=True)
class DishFacts:
    """What may be said of one dish: what is in it, where that comes from, how it may be had."""

    content: DishContent
    plate: Plate | None
    options: tuple[OptionFacts, ...] = ()

    @property
    def contents(self) -> Contents:
        """All that is in it on the day, whichever batch a portion comes from."""
        return self.content.at()


@dataclass(frozen=True)
class DayFacts:
    """What may be said of a day's menu: of its dishes (by id), and its set menus."""

    dishes: Mapping[int, DishFacts]
    set_menus: tuple[SetMenuFacts, ...] = ()


@dataclass
class _Kept:
    """Answers by database, day and today, each with its edition; the latest used stand last."""

    lock: Lock = field(default_factory=Lock)
    answers: OrderedDict[tuple[str, date, date], tuple[int, DayFacts]] = field(
        default_factory=OrderedDict
    )


_kept = _Kept()


def day_facts(session: Session, day: date, *, today: date) -> DayFacts:
    """What may be said of the menu of a day; one query when it is known."""
    return _facts(session, day, today, today)


def dish_facts(session: Session, day: date, *, today: date) -> Mapping[int, DishFacts]:
    """Dish id → its facts, for every dish on the menu of a day."""
    return day_facts(session, day, today=today).dishes


def content_of_day(session: Session, dishes: Iterable[Dish], day: date) -> dict[int, DishContent]:
    """Dish id → what is in it on a day, as cooked and as still to cook."""
    # What is in a dish is the same whatever today is.
    facts = _facts(session, day, None, day).dishes
    return {dish.id: facts[dish.id].content for dish in dishes}


def contents_of_day(session: Session, dishes: Iterable[Dish], day: date) -> dict[int, Contents]:
    """Dish id → all that is in it on a day, whichever batch a portion comes from."""
    return {id_: found.at() for id_, found in content_of_day(session, dishes, day).items()}


def _facts(session: Session, day: date, today: date | None, else_today: date) -> DayFacts:
    """What is kept for `today`, or for any day if it is None; else computed for `else_today`."""
    if not session.info.get("written", frozenset()).isdisjoint(TABLES):
        return compute_facts(session, day, today=else_today)  # what is not committed is not kept
    number, url = edition(session, EDITION), str(session.get_bind().engine.url)
    with _kept.lock:
        for key, (kept_number, facts) in _kept.answers.items():
            if kept_number == number and key[:2] == (url, day) and today in (None, key[2]):
                return facts
    computed = compute_facts(session, day, today=else_today)
    with _kept.lock:
        _kept.answers[url, day, else_today] = (number, computed)
        _kept.answers.move_to_end((url, day, else_today))
        if len(_kept.answers) > KEPT:
            _kept.answers.popitem(last=False)
    return computed


def compute_facts(session: Session, day: date, *, today: date) -> DayFacts:
    """The same, computed anew."""
    menu = menu_of(session, day)
    if menu is None:
        return DayFacts({})
    dishes = session.scalars(
        select(Dish)
        .join(Portion)
        .where(Portion.menu_id == menu.id)
        .options(selectinload(Dish.allergens))
    ).all()
    book = read_book(session)
    contents = content_of(session, dishes, day, book)
    plates = origins_of(session, day, today=today, book=book)
    options = options_of_dishes(session, contents)
    return DayFacts(
        {
            dish_id: DishFacts(
                found,
                plates.get(dish_id),
                tuple(one.facts for one in options.get(dish_id, ()) if one.is_answered),
            )
            for dish_id, found in contents.items()
        },
        tuple(one.facts for one in set_menus_of(session, day)),
    )
