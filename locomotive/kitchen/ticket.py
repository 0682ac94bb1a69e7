"""Ticket: one bag as the screens show it, a plain value so that equal ones are drawn once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from ..core.status import TO_COOK, Status
from ..farm.allergen import ALLERGENS
from ..menu.menu import Picture
from ..ordering.order import Order, OrderLine
from .notice import Difference
from .production import back, forward


@dataclass(frozen=True)
class TicketLine:
    """One dish of a bag: how many, and whether they are cooked."""

    quantity: int
    name: str
    family: str
    is_cooked: bool
    voice: str | None


@dataclass(frozen=True)
class TicketChange:
    """What changed: (dish, family, number before, number now), and the hour before."""

    change_id: int
    dishes: tuple[tuple[str, str, int, int], ...]
    was_at: datetime | None


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
    is_delivery: bool
    lines: tuple[TicketLine, ...]
    contains: tuple[str, ...]  # codes
    must_not_contain: str
    wishes: tuple[tuple[str, str, str], ...]  # codes, eater, dish
    has_conflict: bool
    is_bagged: bool  # by the first hand
    is_acknowledged: bool
    is_blocked: bool  # a recalled lot may be in it
    change: TicketChange | None
    to_pay_cents: int
    forward: Status | None
    back: Status | None
    screen: Screen

    @property
    def is_to_cook(self) -> bool:
        return self.status in TO_COOK

    @property
    def is_exception(self) -> bool:
        return bool(self.must_not_contain or self.wishes)


def ticket_of(
    order: Order,
    screen: Screen,
    *,
    pictures: Mapping[int, Picture],
    difference: Difference | None = None,
) -> Ticket:
    """The ticket of an order on one screen."""
    return Ticket(
        order_id=order.id,
        number=order.number,
        bag=order.bag,
        first_name=order.first_name,
        at=order.slot.starts_at,
        status=order.status,
        is_delivery=order.is_delivery,
        lines=tuple(_line(line, pictures.get(line.portion_id)) for line in order.lines),
        contains=tuple(dict.fromkeys(c for line in order.lines for c in codes(line.allergens))),
        must_not_contain=order.must_not_contain,
        wishes=order.wishes,
        has_conflict=order.has_conflict,
        is_bagged=order.bagged_at is not None,
        is_acknowledged=order.acknowledged_at is not None,
        is_blocked=order.blocked_at is not None,
        change=change_of(difference, pictures) if difference else None,
        to_pay_cents=order.total_cents,
        forward=forward(order),
        back=back(order),
        screen=screen,
    )


@cache
def codes(allergens: str) -> tuple[str, ...]:
    """The codes of a line's allergens in the order of the regulation."""
    contained = set(allergens.split(","))
    return tuple(code for code in ALLERGENS if code in contained)


def _line(line: OrderLine, picture: Picture | None) -> TicketLine:
    return TicketLine(
        line.quantity,
        line.dish_name,
        line.dish_family,
        line.cooked == line.quantity,
        picture.voice if picture else None,
    )


def change_of(difference: Difference, pictures: Mapping[int, Picture]) -> TicketChange:
    """A difference with the drawing of each dish."""
    families = {picture.name: picture.family for picture in pictures.values()}
    return TicketChange(
        difference.change_id,
        tuple((d, families.get(d, "stew"), old, new) for d, old, new in difference.dishes),
        difference.was_at,
    )
