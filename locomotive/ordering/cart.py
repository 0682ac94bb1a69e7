"""Basket: what a visitor means to order. It holds nothing back from others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from ..core.refusal import N_, Invalid, Refusal
from ..menu.dish import Dish
from ..menu.menu import MAXIMUM_QUANTITY, Menu, OffSale, Portion, SoldOut


@dataclass(frozen=True)
class BasketLine:
    """A portion of the menu and how many of it."""

    portion: Portion
    quantity: int

    @property
    def total_cents(self) -> int:
        return self.portion.price_cents * self.quantity


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
        return sum(line.quantity for line in self.lines)

    @property
    def day(self) -> date | None:
        """The day of its menu; None when it is empty."""
        return self.lines[0].portion.menu.date if self.lines else None

    @property
    def work(self) -> dict[str, int]:
        """Station → seconds of work."""
        return sum_work(
            (x.portion.dish.station, x.portion.dish.work_seconds, x.quantity) for x in self.lines
        )

    @property
    def is_published(self) -> bool:
        """Whether it holds something, and customers may still see that menu."""
        return any(line.portion.menu.published_at is not None for line in self.lines)

    @property
    def quantities(self) -> dict[int, int]:
        """Portion id → number."""
        return {line.portion.id: line.quantity for line in self.lines}


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
    typed: Mapping[int, str], *, least: int
) -> tuple[dict[int, int], dict[int, Refusal]]:
    """The numbers (portion id → number) and the refusals of what was typed for each portion."""
    numbers: dict[int, int] = {}
    wrong: dict[int, Refusal] = {}
    for portion_id, text in typed.items():
        try:
            numbers[portion_id] = parse_quantity(text, field=f"quantity-{portion_id}", least=least)
        except QuantityInvalid as refusal:
            wrong[portion_id] = refusal
    return numbers, wrong


def basket_of(menu: Menu | None, kept: Mapping[str, Mapping[str, int]]) -> Basket:
    """The basket of a menu's day from what the visitor's session keeps (date → id → number).

    What is no longer on the menu falls out.
    """
    if menu is None:
        return Basket()
    wanted = kept.get(menu.date.isoformat(), {})
    return Basket(
        tuple(
            BasketLine(portion, int(wanted[str(portion.id)]))
            for portion in menu.portions
            if wanted.get(str(portion.id), 0) > 0
        )
    )


def basket_of_portions(session: Session, quantities: Mapping[int, int]) -> Basket:
    """The basket of so many of these portions (id → number)."""
    wanted = select(Portion).where(Portion.id.in_(quantities)).order_by(Portion.position)
    return Basket(tuple(BasketLine(p, quantities[p.id]) for p in session.scalars(wanted)))


def load_basket(session: Session, day: date, kept: Mapping[str, Mapping[str, int]]) -> Basket:
    """The basket of a day as `basket_of` gives it, read without the rest of the menu."""
    wanted = {int(key): number for key, number in kept.get(day.isoformat(), {}).items()}
    if not wanted:
        return Basket()
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
    kept: Mapping[str, Mapping[str, int]],
    menu: Menu,
    quantities: Mapping[int, int],
    *,
    are_more: bool = False,
) -> dict[str, dict[str, int]]:
    """What the session keeps after setting quantities (portion id → number, 0 takes it out), or
    after adding them to what is there when they `are_more`.

    Raises DishNotOffered for a portion of another menu, QuantityInvalid beyond the largest
    quantity, SoldOut when more is wanted than before and than is left, OffSale.
    """
    offered = {p.id: p for p in menu.portions}
    day = menu.date.isoformat()
    lines = dict(kept.get(day, {}))
    for portion_id, number in quantities.items():
        field = f"quantity-{portion_id}"
        if portion_id not in offered:
            raise DishNotOffered(field=field)
        portion, before = offered[portion_id], lines.pop(str(portion_id), 0)
        quantity = number + before if are_more else number
        if quantity > MAXIMUM_QUANTITY:
            if not are_more:
                raise QuantityInvalid(field=field, least=0, most=MAXIMUM_QUANTITY)
            raise QuantityTooLarge(field=field, before=before, most=MAXIMUM_QUANTITY)
        if before < quantity and portion.stopped_because:
            raise OffSale(field=field, dish=portion.dish.name)
        if before < quantity > portion.remaining:
            raise SoldOut(field=field, dish=portion.dish.name, left=portion.remaining)
        if quantity:
            lines[str(portion_id)] = quantity
    others = {d: dict(q) for d, q in kept.items() if d != day}
    return others | ({day: lines} if lines else {})


def without_day(kept: Mapping[str, Mapping[str, int]], day: date) -> dict[str, dict[str, int]]:
    """What the session keeps once a day's basket became an order."""
    return {d: dict(q) for d, q in kept.items() if d != day.isoformat()}


def not_before(kept: Mapping[str, Mapping[str, int]], today: date) -> dict[str, dict[str, int]]:
    """What is left of the kept baskets when those of past days are thrown away."""
    return {d: dict(q) for d, q in sorted(kept.items()) if q and d >= today.isoformat()}


def count_kept(kept: Mapping[str, Mapping[str, int]]) -> int:
    """How many portions all the kept baskets hold."""
    return sum(sum(quantities.values()) for quantities in kept.values())
