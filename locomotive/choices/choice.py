"""Choice: a dish as somebody chose it, with its options and as part of a set menu or not.

A set menu that is ordered becomes one ordinary line for each dish chosen, with its share of the
price. So the kitchen's counts, stock, boxes, labels, recalls and VAT read lines as ever, and know
nothing of set menus; pages for customers gather what belongs together by its item.

An item is what a customer counts ("2 × set menu"). Its key names it in baskets and fields:
`12` (a portion), `12-3-5` (with options), `s4_12-3_15` (set menu 4 with two dishes).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..menu.menu import Menu, Portion
from ..menu.recipe import Contents, united
from .option import ONE_OF, DishOption, options_by_id
from .set_menu import SetMenu, split_price

ITEM = re.compile(r"(?:s([1-9]\d{0,8})_)?([1-9]\d{0,8}(?:-[1-9]\d{0,8}){0,9}(?:_[\d-]+)*)", re.A)
PART = re.compile(r"[1-9]\d{0,8}(?:-[1-9]\d{0,8}){0,9}", re.A)
LONGEST = 200


@dataclass(frozen=True)
class Choice:
    """How one portion was chosen; the plain one is the portion alone.

    `part` is its place in the set menu, `price_cents` what one of it costs there.
    """

    options: tuple[DishOption, ...] = ()
    item: str = ""
    part: int = 0
    set_menu: str = ""
    price_cents: int | None = None


ALONE = Choice()
Chosen = list[tuple[Portion, Choice]]


@dataclass(frozen=True)
class Item:
    """What a key names: portions with options, in a set menu or one alone."""

    set_menu_id: int | None
    parts: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def key(self) -> str:
        parts = "_".join("-".join(map(str, (p, *sorted(o)))) for p, o in self.parts)
        return f"s{self.set_menu_id}_{parts}" if self.set_menu_id else parts


def item_of(key: str) -> Item | None:
    """The item that a key names; None when it names none."""
    found = ITEM.fullmatch(key) if len(key) <= LONGEST else None
    if found is None:
        return None
    texts = found[2].split("_")
    if not all(PART.fullmatch(text) for text in texts) or (len(texts) > 1 and not found[1]):
        return None
    numbers = [tuple(map(int, text.split("-"))) for text in texts]
    return Item(int(found[1]) if found[1] else None, tuple((n[0], n[1:]) for n in numbers))


def lead_of(item: str) -> str:
    """What the menu shows an item under: its set menu ("s4"), else its portion ("12")."""
    return re.split("[-_]", item)[0]


def line_key(item: str, portion_id: int, part: int) -> str:
    """What names one line of an order or basket among the others."""
    return f"{item}__{part}" if part or item.startswith("s") else item or str(portion_id)


def with_options(inside: Contents, options: Iterable[DishOption]) -> Contents:
    """What is in a dish with its options."""
    added = [option.inside for option in options]
    return united([inside, *added]) if added else inside


def choices_of(session: Session, menu: Menu, keys: Iterable[str]) -> dict[str, Chosen]:
    """Key → the portions of an item with their choices, of the items that the menu offers now;
    portions alone are left to the reader of the menu."""
    items = {key: item for key in keys if not key.isdigit() and (item := item_of(key))}
    if not items:
        return {}
    wanted = {o for item in items.values() for _p, chosen in item.parts for o in chosen}
    options = options_by_id(session, wanted)
    offered = SetMenu.menu_id == menu.id, SetMenu.is_ended.is_(False)
    menus = {one.id: one for one in session.scalars(select(SetMenu).where(*offered))}
    portions = {portion.id: portion for portion in menu.portions}
    found = {key: _chosen(item, menus, portions, options) for key, item in items.items()}
    return {key: chosen for key, chosen in found.items() if chosen and items[key].key == key}


def _chosen(
    item: Item,
    menus: Mapping[int, SetMenu],
    portions: Mapping[int, Portion],
    options: Mapping[int, DishOption],
) -> Chosen | None:
    parts: list[tuple[Portion, tuple[DishOption, ...]]] = []
    for portion_id, option_ids in item.parts:
        portion = portions.get(portion_id)
        chosen = [option for o in option_ids if (option := options.get(o))]
        if portion is None or len(chosen) != len(option_ids) or not _fit(portion, chosen):
            return None
        parts.append((portion, tuple(chosen)))
    if item.set_menu_id is None:
        return [(parts[0][0], Choice(parts[0][1], item.key))]
    set_menu = menus.get(item.set_menu_id)
    return _priced(item, set_menu, parts) if set_menu and _takes(set_menu, parts) else None


def _fit(portion: Portion, options: list[DishOption]) -> bool:
    """Whether a portion may have these options together."""
    kinds = [option.kind for option in options if option.kind in ONE_OF]
    is_ours = all(
        o.dish_id == portion.dish_id and not o.is_ended and o.is_answered for o in options
    )
    return is_ours and len(kinds) == len(set(kinds)) and len(options) == len(set(options))


def _takes(set_menu: SetMenu, parts: list[tuple[Portion, tuple[DishOption, ...]]]) -> bool:
    return len(parts) == len(set_menu.courses) and all(
        portion.dish_id in course.dish_ids
        for (portion, _options), course in zip(parts, set_menu.courses, strict=True)
    )


def _priced(
    item: Item, set_menu: SetMenu, parts: list[tuple[Portion, tuple[DishOption, ...]]]
) -> Chosen:
    """The parts with their shares of the price, the options' differences included."""
    alone = [price_with(portion.price_cents, options) for portion, options in parts]
    more = sum(option.price_cents for _portion, options in parts for option in options)
    shares = split_price(max(0, set_menu.price_cents + more), alone)
    return [
        (portion, Choice(options, item.key, place, set_menu.name, share))
        for place, ((portion, options), share) in enumerate(zip(parts, shares, strict=True))
    ]


def price_with(price_cents: int, options: Iterable[DishOption]) -> int:
    """What a dish costs with its options; never below 0, for a day's price may be a low one."""
    return max(0, price_cents + sum(option.price_cents for option in options))
