"""Basket: what a visitor means to order. It holds nothing back from others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Protocol, TypeVar

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, contains_eager, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from ..choices.choice import ALONE, Choice, Chosen, choices_of, line_key, price_with
from ..core.refusal import N_, Invalid, Refusal
from ..menu.dish import Dish
from ..menu.menu import MAXIMUM_QUANTITY, Menu, OffSale, Portion, SoldOut, menu_of

Kept = Mapping[str, Mapping[str, int]]  # date → item → number, as a visitor's session keeps it


@dataclass(frozen=True)
class BasketLine:
    """A portion of the menu as it was chosen, and how many of it."""

    portion: Portion
    quantity: int
    choice: Choice = ALONE

    @property
    def item(self) -> str:
        """What it belongs to; see `choices.choice`."""
        return self.choice.item or str(self.portion.id)

    @property
    def key(self) -> str:
        """What names it among the lines."""
        return line_key(self.choice.item, self.portion.id, self.choice.part)

    @property
    def options(self) -> str:
        """Its options in words."""
        return ", ".join(option.name for option in self.choice.options)

    @property
    def name(self) -> str:
        return name_with(self.portion.dish.name, self.options)

    @property
    def set_menu(self) -> str:
        """The name of the set menu that it belongs to, or ""."""
        return self.choice.set_menu

    @property
    def size(self) -> int:
        """How many portions of the dish one of it takes."""
        return 1 + sum(option.extra_portions for option in self.choice.options)

    @property
    def portions(self) -> int:
        return self.quantity * self.size

    @property
    def price_cents(self) -> int:
        """What one of it costs; in a set menu its share."""
        if self.choice.price_cents is not None:
            return self.choice.price_cents
        return price_with(self.portion.price_cents, self.choice.options)

    @property
    def total_cents(self) -> int:
        return self.price_cents * self.quantity


class Line(Protocol):
    """A line of a basket, of an order, or of a page."""

    @property
    def item(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def set_menu(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def total_cents(self) -> int: ...


SomeLine = TypeVar("SomeLine", bound=Line)


def name_with(dish: str, options: str) -> str:
    """A dish with its options, as people read it."""
    return f"{dish} ({options})" if options else dish


def by_item(lines: Iterable[SomeLine]) -> list[tuple[SomeLine, ...]]:
    """The lines that a customer counts as one thing together, in their order."""
    found: dict[str, list[SomeLine]] = {}
    for line in lines:
        found.setdefault(line.item, []).append(line)
    return [tuple(group) for group in found.values()]


def item_name(lines: tuple[Line, ...]) -> str:
    """What a customer reads of the lines of one item: a set menu with what was chosen."""
    names = " + ".join(line.name for line in lines)
    return f"{lines[0].set_menu} – {names}" if lines[0].set_menu else names


def item_rows(lines: Iterable[Line]) -> list[tuple[int, str, int]]:
    """(number, name, cents) of each item."""
    return [
        (group[0].quantity, item_name(group), sum(line.total_cents for line in group))
        for group in by_item(lines)
    ]


@dataclass(frozen=True)
class Basket:
    """The lines of one day's basket, in the menu's order."""

    lines: tuple[BasketLine, ...] = ()

    @property
    def total_cents(self) -> int:
        return sum(line.total_cents for line in self.lines)

    @property
    def count(self) -> int:
        """How many portions in all."""
        return sum(line.portions for line in self.lines)

    @property
    def day(self) -> date | None:
        """The day of its menu; None when it is empty."""
        return self.lines[0].portion.menu.date if self.lines else None

    @property
    def work(self) -> dict[str, int]:
        """Station → seconds of work."""
        return sum_work(
            (x.portion.dish.station, x.portion.dish.work_seconds, x.portions) for x in self.lines
        )

    @property
    def is_published(self) -> bool:
        """Whether it holds something, and customers may still see that menu."""
        return any(line.portion.menu.published_at is not None for line in self.lines)

    @property
    def quantities(self) -> dict[int, int]:
        """Portion id → portions of it, whatever they were chosen for."""
        return portions_of_lines((line.portion.id, line.portions) for line in self.lines)

    @property
    def numbers(self) -> dict[str, int]:
        """Line → number."""
        return {line.key: line.quantity for line in self.lines}

    @property
    def items(self) -> dict[str, int]:
        """Item → number."""
        return {line.item: line.quantity for line in self.lines}


def portions_of_lines(lines: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Portion id → portions, from (portion id, portions) of each line."""
    found: dict[int, int] = {}
    for portion_id, portions in lines:
        found[portion_id] = found.get(portion_id, 0) + portions
    return found


def sum_work(lines: Iterable[tuple[str, int, int]]) -> dict[str, int]:
    """Station → seconds, from (station, seconds for one portion, number) of each line."""
    work: dict[str, int] = {}
    for station, seconds, number in lines:
        work[station] = work.get(station, 0) + seconds * number
    return work


class BasketEmpty(Refusal):
    message = N_("Your basket is empty. Choose a dish first.")


class QuantityInvalid(Invalid):
    message = N_("Write a whole number between %(least)s and %(most)s.")


class QuantityTooLarge(QuantityInvalid):
    message = N_("You have %(before)s already, and %(most)s are the most that one order takes.")


class DishNotOffered(Invalid):
    message = N_("This dish is not on the menu of that day.")


def parse_quantity(text: str, *, field: str, least: int = 0) -> int:
    """A whole number from `least` to the largest quantity, in the digits 0-9 only.

    Raises QuantityInvalid for anything else: "-1", "51", "1e3", "٣", "".
    """
    clean = text.strip()
    is_number = clean.isascii() and clean.isdigit() and len(clean) <= 4
    if not is_number or not least <= int(clean) <= MAXIMUM_QUANTITY:
        raise QuantityInvalid(field=field, least=least, most=MAXIMUM_QUANTITY)
    return int(clean)


def read_quantities(
    typed: Mapping[str, str], *, least: int
) -> tuple[dict[str, int], dict[str, Refusal]]:
    """The numbers (item → number) and the refusals of what was typed for each item."""
    numbers: dict[str, int] = {}
    wrong: dict[str, Refusal] = {}
    for item, text in typed.items():
        try:
            numbers[item] = parse_quantity(text, field=f"quantity-{item}", least=least)
        except QuantityInvalid as refusal:
            wrong[item] = refusal
    return numbers, wrong


def basket_of(session: Session, menu: Menu | None, kept: Kept) -> Basket:
    """The basket of a menu's day from what the visitor's session keeps.

    What is no longer on the menu falls out.
    """
    if menu is None:
        return Basket()
    wanted = kept.get(menu.date.isoformat(), {})
    chosen = choices_of(session, menu, wanted) if _has_choices(wanted) else {}
    alone = [(p, wanted[str(p.id)]) for p in menu.portions if wanted.get(str(p.id), 0) > 0]
    lines = [BasketLine(portion, int(number)) for portion, number in alone]
    for item, parts in chosen.items():
        lines += [BasketLine(portion, wanted[item], choice) for portion, choice in parts]
    for line in lines:
        set_committed_value(line.portion, "menu", menu)  # it outlives its session
    return Basket(tuple(line for line in lines if line.quantity > 0))


def _has_choices(items: Iterable[str]) -> bool:
    return not all(item.isdigit() for item in items)


def load_basket(session: Session, day: date, kept: Kept) -> Basket:
    """The basket of a day as `basket_of` gives it, read without the rest of the menu."""
    here = kept.get(day.isoformat(), {})
    if not here:
        return Basket()
    if _has_choices(here):
        return basket_of(session, menu_of(session, day), kept)
    wanted = {int(key): number for key, number in here.items()}
    portions = session.scalars(_chosen_portions(), {"day": day, "chosen": list(wanted)})
    return Basket(tuple(BasketLine(p, wanted[p.id]) for p in portions if wanted[p.id] > 0))


@cache
def _chosen_portions() -> Select[Portion]:
    # Built once: every order passes here.
    return (
        select(Portion)
        .join(Portion.menu)
        .options(
            contains_eager(Portion.menu).lazyload(Menu.portions),
            # What is in the dishes is asked for where it counts: see `content_of_day`.
            joinedload(Portion.dish, innerjoin=True).lazyload(Dish.allergens),
        )
        .where(Menu.date == bindparam("day"), Portion.id.in_(bindparam("chosen", expanding=True)))
        .order_by(Portion.position, Portion.id)
    )


def with_quantities(
    session: Session,
    kept: Kept,
    menu: Menu,
    quantities: Mapping[str, int],
    *,
    are_more: bool = False,
) -> dict[str, dict[str, int]]:
    """What the session keeps after setting quantities (item → number, 0 takes it out), or after
    adding them to what is there when they `are_more`.

    Raises DishNotOffered for what is not on this menu, QuantityInvalid beyond the largest
    quantity, SoldOut when more is wanted than before and than is left, OffSale.
    """
    day = menu.date.isoformat()
    lines = dict(kept.get(day, {}))
    offered: dict[str, Chosen] = {str(p.id): [(p, ALONE)] for p in menu.portions}
    offered |= choices_of(session, menu, [*lines, *quantities])
    for item, number in quantities.items():
        field = f"quantity-{item}"
        if item not in offered:
            raise DishNotOffered(field=field)
        before = lines.pop(item, 0)
        quantity = number + before if are_more else number
        if quantity > MAXIMUM_QUANTITY:
            if not are_more:
                raise QuantityInvalid(field=field, least=0, most=MAXIMUM_QUANTITY)
            raise QuantityTooLarge(field=field, before=before, most=MAXIMUM_QUANTITY)
        if quantity:
            lines[item] = quantity
        if before < quantity:
            after = basket_of(session, menu, {day: lines}).quantities
            _check_left([portion for portion, _choice in offered[item]], after, field)
    others = {d: dict(q) for d, q in kept.items() if d != day}
    return others | ({day: lines} if lines else {})


def _check_left(portions: Iterable[Portion], wanted: Mapping[int, int], field: str) -> None:
    """Raise OffSale or SoldOut when a basket wants more of these portions than can be had."""
    for portion in portions:
        if portion.stopped_because:
            raise OffSale(field=field, dish=portion.dish.name)
        if wanted[portion.id] > portion.remaining:
            raise SoldOut(field=field, dish=portion.dish.name, left=portion.remaining)


def check_basket_left(basket: Basket) -> None:
    """Raise SoldOut when a basket wants more than was left as it was read: a quick no, while the
    sure one is that of `take_portions`."""
    wanted = basket.quantities
    for portion in (line.portion for line in basket.lines):
        if wanted[portion.id] > portion.remaining and not portion.stopped_because:
            raise SoldOut(dish=portion.dish.name, left=portion.remaining, portion_id=portion.id)


def without_day(kept: Kept, day: date) -> dict[str, dict[str, int]]:
    """What the session keeps once a day's basket became an order."""
    return {d: dict(q) for d, q in kept.items() if d != day.isoformat()}


def not_before(kept: Kept, today: date) -> dict[str, dict[str, int]]:
    """What is left of the kept baskets when those of past days are thrown away."""
    return {d: dict(q) for d, q in sorted(kept.items()) if q and d >= today.isoformat()}


def count_kept(kept: Kept) -> int:
    """How much all the kept baskets hold; a set menu counts as one."""
    return sum(sum(quantities.values()) for quantities in kept.values())
