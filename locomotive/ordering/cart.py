"""Basket: what a visitor means to order. It holds nothing back from others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ..menu.menu import MAXIMUM_QUANTITY, Menu, Portion
from ..refusal import Invalid, N_, Refusal


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
    def quantities(self) -> dict[int, int]:
        """Portion id → number."""
        return {line.portion.id: line.quantity for line in self.lines}


class BasketEmpty(Refusal):
    message = N_("Your basket is empty. Choose a dish first.")


class QuantityInvalid(Invalid):
    message = N_("Write a whole number between 0 and %(maximum)s.")


class DishNotOffered(Invalid):
    message = N_("This dish is not on the menu of that day.")


def parse_quantity(text: str, *, field: str) -> int:
    """A whole number from 0 to the largest quantity, in the digits 0-9 only.

    Raises QuantityInvalid for anything else: "-1", "51", "1e3", "٣", "".
    """
    clean = text.strip()
    if not (clean.isascii() and clean.isdigit() and len(clean) <= 4):
        raise QuantityInvalid(field=field, maximum=MAXIMUM_QUANTITY)
    number = int(clean)
    if number > MAXIMUM_QUANTITY:
        raise QuantityInvalid(field=field, maximum=MAXIMUM_QUANTITY)
    return number


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


def with_quantities(
    kept: Mapping[str, Mapping[str, int]], menu: Menu, quantities: Mapping[int, int]
) -> dict[str, dict[str, int]]:
    """What the session keeps after setting quantities (portion id → number, 0 takes it out).

    Raises DishNotOffered for a portion of another menu.
    """
    offered = {p.id for p in menu.portions}
    day = menu.date.isoformat()
    lines = dict(kept.get(day, {}))
    for portion_id, quantity in quantities.items():
        if portion_id not in offered:
            raise DishNotOffered(field=f"quantity-{portion_id}")
        if quantity:
            lines[str(portion_id)] = quantity
        else:
            lines.pop(str(portion_id), None)
    return {day: lines, **{d: dict(q) for d, q in kept.items() if d != day}}


def without_day(kept: Mapping[str, Mapping[str, int]], day: date) -> dict[str, dict[str, int]]:
    """What the session keeps once a day's basket became an order."""
    return {d: dict(q) for d, q in kept.items() if d != day.isoformat()}
