"""Ticket: one bag as the screens show it, a plain value so that equal ones are drawn once."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from ..core.status import TO_COOK, Status
from ..farm.allergen import ALLERGENS
from ..menu.menu import Picture
from ..ordering.order import Order, OrderLine
from .notice import Difference
from .production import back

# Bags in one tile: more would not stand on the smallest screen.
MOST_BAGS = 6


@dataclass(frozen=True)
class TicketLine:
    """One dish of a bag: how many, and whether they are cooked."""

    quantity: int
    name: str
    family: str
    label: str  # what stands beside its drawing; empty where that tells all
    is_cooked: bool
    voice: str | None


@dataclass(frozen=True)
class TicketChange:
    """What changed: (dish, family, number before, number now), and the hour before."""

    change_id: int
    dishes: tuple[tuple[str, str, int, int], ...]
    was_at: datetime | None
    in_words: frozenset[str]  # dishes of which the drawing does not tell all

    @property
    def by_how_many(self) -> list[tuple[str, str, str]]:
        """(dish, family, difference with its sign)."""
        return [(name, family, signed(new - old)) for name, family, old, new in self.dishes]


@dataclass(frozen=True)
class Screen:
    """Where a ticket is shown: the page, the chosen date or "", the name of the copy or ""."""

    page: str
    day: str = ""
    copy: str = ""


@dataclass(frozen=True)
class Ticket:
    """All that a screen shows of an order."""

    order_id: int
    number: int
    bag: str
    first_name: str
    at: datetime
    status: Status
    lines: tuple[TicketLine, ...]
    contains: tuple[str, ...]  # codes
    must_not_contain: str
    wishes: tuple[tuple[str, str, str], ...]  # codes, eater, dish
    has_conflict: bool
    is_bagged: bool  # by the first hand
    is_blocked: bool  # a recalled lot may be in it
    must_stay: bool
    change: TicketChange | None
    back: Status | None
    screen: Screen

    @property
    def is_cancelled(self) -> bool:
        return self.status is Status.CANCELLED

    @property
    def is_exception(self) -> bool:
        return bool(self.must_not_contain or self.wishes)

    @property
    def is_closed(self) -> bool:
        """Whether a second hand must verify what the first one bagged."""
        return self.is_exception and self.is_bagged and self.status in TO_COOK


def tiles(tickets: Iterable[Ticket]) -> list[tuple[Ticket, ...]]:
    """Tickets as they are packed: an exception comes first and alone, bags with the same content
    stand together at the place of the first of them."""
    same: dict[tuple[TicketLine, ...], list[Ticket]] = {}
    alone = []
    for ticket in tickets:
        if ticket.is_exception or ticket.must_stay:
            alone.append((ticket,))
        else:
            same.setdefault(ticket.lines, []).append(ticket)
    return [*alone, *(tile for bags in same.values() for tile in _cut(bags))]


def _cut(bags: list[Ticket]) -> list[tuple[Ticket, ...]]:
    return [tuple(bags[i : i + MOST_BAGS]) for i in range(0, len(bags), MOST_BAGS)]


def ticket_of(
    order: Order,
    screen: Screen,
    *,
    pictures: Mapping[int, Picture],
    difference: Difference | None = None,
) -> Ticket:
    """The ticket of an order on one screen."""
    shared = shared_families(pictures)
    return Ticket(
        order_id=order.id,
        number=order.number,
        bag=order.bag,
        first_name=order.first_name,
        at=order.slot.starts_at,
        status=order.status,
        lines=tuple(_line(line, pictures, shared) for line in order.lines),
        contains=tuple(dict.fromkeys(c for line in order.lines for c in codes(line.allergens))),
        must_not_contain=order.must_not_contain,
        wishes=order.wishes,
        has_conflict=order.has_conflict,
        is_bagged=order.bagged_at is not None,
        is_blocked=order.blocked_at is not None,
        must_stay=order.must_stay,
        change=change_of(difference, pictures) if difference else None,
        back=back(order),
        screen=screen,
    )


@cache
def codes(allergens: str) -> tuple[str, ...]:
    """The codes of a line's allergens in the order of the regulation."""
    contained = set(allergens.split(","))
    return tuple(code for code in ALLERGENS if code in contained)


def shared_families(pictures: Mapping[int, Picture]) -> frozenset[str]:
    """The families of which the lunch has several dishes: one drawing stands for all of them."""
    dishes = {(picture.name, picture.family) for picture in pictures.values()}
    met = Counter(family for _name, family in dishes)
    return frozenset(family for family, number in met.items() if number > 1)


def signed(number: int) -> str:
    """A number of portions that come or go."""
    return f"{number:+d}".replace("-", "−")


def taken_away(order: Order) -> list[tuple[str, str, str]]:
    """What a cancelled order takes from the stove: (dish, family, number with its sign)."""
    return [(line.name, line.dish_family, signed(-line.quantity)) for line in order.lines]


def _line(line: OrderLine, pictures: Mapping[int, Picture], shared: Collection[str]) -> TicketLine:
    picture = pictures.get(line.portion_id)
    is_named = picture is None or picture.family in shared
    return TicketLine(
        line.quantity,
        line.name,
        line.dish_family,
        " – ".join(filter(None, (line.options, line.dish_name if is_named else ""))),
        line.cooked == line.portions,
        picture.voice if picture else None,
    )


def _family(name: str, families: Mapping[str, str]) -> str:
    """The family of a dish by its name, its options behind it or not."""
    return families.get(name) or families.get(name.rpartition(" (")[0], "stew")


def change_of(difference: Difference, pictures: Mapping[int, Picture]) -> TicketChange:
    """A difference with the drawing of each dish."""
    shared = shared_families(pictures)
    families = {picture.name: picture.family for picture in pictures.values()}
    told = {name for name, family in families.items() if family not in shared}
    return TicketChange(
        difference.change_id,
        tuple((d, _family(d, families), old, new) for d, old, new in difference.dishes),
        difference.was_at,
        frozenset(name for name, *_numbers in difference.dishes if name not in told),
    )
