"""Shown: the facts on a page from which something is ordered; they travel with its form.

What is written must be what was read. Facts are codes, numbers and names as the house keeps them,
never words of one language, so that another language is no change. Of what the page offers to
choose from (slots, places) only what was chosen counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..choices.choice import with_options
from ..core.refusal import N_, Refusal
from ..menu.recipe import Contents
from ..origins.origin import Told
from ..places.address import Address
from ..service.slot import Slot
from .cart import BasketLine, by_item

Facts = dict[str, Any]
LINE = "line-"
UNTOLD = Told()


@dataclass(frozen=True)
class Difference:
    """One fact that changed after the page was shown; `before` or `after` is None where there
    was, or is, none. A line's `about` is one of its facts, else the fact's own key."""

    about: str
    dish: str
    before: Any
    after: Any


class ShownChanged(Refusal):
    """What was sent differs from what its page showed; `changes` are the differences, none when
    nobody can say what the page showed."""

    message = N_("Something changed after you opened this page. Read it again, then send it.")


@dataclass(frozen=True)
class ShownLine:
    """One dish of an order, as its page shows it and as it is written."""

    key: str
    dish: str  # with its options
    quantity: int
    price_cents: int
    vat_bp: int
    contains: tuple[str, ...]
    may_contain: tuple[str, ...] = ()
    origin: Told = UNTOLD
    item: str = ""
    set_menu: str = ""
    plain: str = ""  # the dish without its options
    options: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.dish

    @property
    def total_cents(self) -> int:
        return self.price_cents * self.quantity

    @property
    def facts(self) -> Facts:
        return {
            "dish": self.dish,
            "quantity": self.quantity,
            "price": self.price_cents,
            "vat": self.vat_bp,
            "contains": list(self.contains),
            "may_contain": list(self.may_contain),
            "origin": self.origin.mark,
        }


def lines_of_basket(
    lines: Iterable[BasketLine], contents: Mapping[int, Contents], origins: Mapping[str, Told]
) -> list[ShownLine]:
    """The lines of a basket; contents are by dish id, origins by line."""
    return [
        ShownLine(
            key=line.key,
            dish=line.name,
            quantity=line.quantity,
            price_cents=line.price_cents,
            vat_bp=line.portion.vat_bp,
            contains=inside.contains,
            may_contain=inside.may_contain,
            origin=origins.get(line.key, UNTOLD),
            item=line.item,
            set_menu=line.set_menu,
            plain=line.portion.dish.name,
            options=tuple(option.name for option in line.choice.options),
        )
        for line in lines
        for inside in [with_options(contents[line.portion.dish_id], line.choice.options)]
    ]


def facts_of_lines(lines: Sequence[ShownLine]) -> Facts:
    """What the lines say, what each set menu costs, and their total in cents."""
    set_menus = [group for group in by_item(lines) if group[0].set_menu]
    return {
        **{f"{LINE}{line.key}": line.facts for line in lines},
        **{
            f"set-{group[0].item}": [group[0].set_menu, sum(line.price_cents for line in group)]
            for group in set_menus
        },
        "total": sum(line.total_cents for line in lines),
    }


def choice_of(group: Sequence[ShownLine]) -> Facts:
    """The lines of one item by their names alone, so that it is found again on another day."""
    return {
        "number": group[0].quantity,
        "set_menu": group[0].set_menu,
        "parts": [[line.plain, list(line.options)] for line in group],
    }


def vat_of_lines(lines: Sequence[ShownLine]) -> list[tuple[int, int]]:
    """(rate in basis points, VAT in cents that the prices hold), by rate; rounded half up."""
    sums: dict[int, int] = {}
    for line in lines:
        sums[line.vat_bp] = sums.get(line.vat_bp, 0) + line.total_cents
    return [
        (bp, (2 * cents * bp + 10_000 + bp) // (2 * (10_000 + bp)))
        for bp, cents in sorted(sums.items())
    ]


def facts_of_slots(slots: Iterable[Slot]) -> Facts:
    """The window of each slot, in UTC."""
    return {
        f"slot-{slot.id}": [slot.starts_at.isoformat(), slot.ends_at.isoformat()] for slot in slots
    }


def facts_of_place(place_id: int, place: Address) -> Facts:
    """What the list of named places says of one."""
    return {f"place-{place_id}": f"{place.name}, {place.town}"}


def check_shown(shown: Facts, real: Facts) -> None:
    """Refuse what differs from what its page showed. Raises ShownChanged."""
    if shown == {}:
        raise ShownChanged(changes=[])
    changes = differences(shown, real)
    if changes:
        raise ShownChanged(changes=changes)


def differences(shown: Facts, real: Facts) -> list[Difference]:
    """What of `real` the page did not show so, and the lines that it showed and that are gone."""
    keys = [*real, *(key for key in shown if key.startswith(LINE) and key not in real)]
    found: list[Difference] = []
    for key in keys:
        before, after = shown.get(key), real.get(key)
        if before == after:
            continue
        if key.startswith(LINE):
            found += _line_differences(before, after)
        else:
            found.append(Difference(key.split("-")[0], "", before, after))
    return found


def _line_differences(before: Facts | None, after: Facts | None) -> list[Difference]:
    if before is None or after is None:
        dish = (after or before or {})["dish"]
        return [
            Difference(
                "line",
                dish,
                before["quantity"] if before else None,
                after["quantity"] if after else None,
            )
        ]
    return [
        Difference(about, after["dish"], before[about], after[about])
        for about in after
        if before[about] != after[about]
    ]
