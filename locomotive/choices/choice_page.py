"""What a page offers to choose from, and what was chosen on it.

A form for something to choose has a lead: a portion's id, or `s` and a set menu's. Its fields:
`number-<lead>`, `places-<lead>` (how many courses), and for each place `pick-<lead>-<place>` (a
portion) and `option-<lead>-<place>-<portion>-<kind>` (options; of what was not picked they count
for nothing).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from flask import request

from ..core.refusal import N_, Invalid, Refusal
from ..menu.menu import Menu
from ..menu.recipe import Contents
from ..web.fields import parse_id
from .choice import Item
from .option import OptionFacts
from .set_menu import MOST_COURSES, SetMenuFacts

LEAD = re.compile(r"s?[1-9]\d{0,8}", re.A)


class DishTold(Protocol):
    """What is said of a dish."""

    @property
    def contents(self) -> Contents: ...
    @property
    def options(self) -> tuple[OptionFacts, ...]: ...


class CourseOpen(Invalid):
    message = N_("Choose one dish for each course of the set menu.")


@dataclass(frozen=True)
class Pick:
    """One dish of a course."""

    portion_id: int
    name: str
    is_possible: bool
    contains: tuple[str, ...]
    may_contain: tuple[str, ...]
    options: tuple[OptionFacts, ...]


@dataclass(frozen=True)
class SetMenuShown:
    """A set menu as a page offers it; courses are (name, dishes on that day's menu)."""

    id: int
    name: str
    price_cents: int
    courses: tuple[tuple[str, tuple[Pick, ...]], ...]
    wrong: str = ""

    @property
    def is_possible(self) -> bool:
        """Whether a dish is left for each course."""
        return all(any(pick.is_possible for pick in picks) for _name, picks in self.courses)


def set_menu_shown(
    one: SetMenuFacts, menu: Menu, dishes: Mapping[int, DishTold], wrong: str = ""
) -> SetMenuShown:
    """A set menu with what is left of its dishes; what is sold out is said, and cannot be taken."""
    picks = {
        portion.dish_id: Pick(
            portion.id,
            portion.dish.name,
            portion.remaining > 0 and not portion.stopped_because and not told.contents.unknown,
            told.contents.contains,
            told.contents.may_contain,
            told.options,
        )
        for portion in menu.portions
        if (told := dishes.get(portion.dish_id))
    }
    courses = tuple(
        (name, tuple(picks[dish_id] for dish_id in dish_ids if dish_id in picks))
        for name, dish_ids in one.courses
    )
    return SetMenuShown(one.id, one.name, one.price_cents, courses, wrong)


def typed_items() -> tuple[dict[str, str], dict[str, Refusal]]:
    """Item → the number typed for what was chosen just now, and lead → what is not chosen yet."""
    typed: dict[str, str] = {}
    wrong: dict[str, Refusal] = {}
    for name, text in request.form.items():
        lead = name.removeprefix("number-")
        if lead == name or not LEAD.fullmatch(lead) or text.strip() in ("", "0"):
            continue
        item = _picked(lead)
        if item is None:
            wrong[lead] = CourseOpen(field=name)
        else:
            typed[item.key] = text
    return typed, wrong


def _picked(lead: str) -> Item | None:
    parts = []
    for place in range(min(parse_id(request.form.get(f"places-{lead}")) or 1, MOST_COURSES)):
        portion_id = parse_id(request.form.get(f"pick-{lead}-{place}"))
        if portion_id is None:
            return None
        options = ticked_options(lead, place, portion_id)
        parts.append((portion_id, tuple(sorted(options))))
    return Item(parse_id(lead.removeprefix("s")) if lead.startswith("s") else None, tuple(parts))


def ticked_options(lead: str, place: int = 0, portion_id: int = 0) -> frozenset[int]:
    """The options that were ticked for one portion of a form; without a portion for all of them."""
    start = f"option-{lead}-{place}-{portion_id}-" if portion_id else f"option-{lead}-"
    names = [name for name in request.form if name.startswith(start)]
    ids = (parse_id(text) for name in names for text in request.form.getlist(name))
    return frozenset(option_id for option_id in ids if option_id)
