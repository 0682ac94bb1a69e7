"""Ticket: one bag as the screens show it, a plain value so that equal ones are drawn once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..core.status import TO_COOK, Status
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
class Ticket:
    """All that a screen shows of an order; `page` is the screen, `day` the chosen date or ""."""

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
    is_bagged: bool  # by the first hand
    is_acknowledged: bool
    change: TicketChange | None
    to_pay_cents: int
    forward: Status | None
    back: Status | None
    page: str
    day: str
    copy: str

    @property
    def is_to_cook(self) -> bool:
        return self.status in TO_COOK

    @property
    def is_exception(self) -> bool:
        return bool(self.must_not_contain)


def ticket_of(
    order: Order,
    *,
    contains: Callable[[OrderLine], tuple[str, ...]],
    pictures: Mapping[int, Picture],
    difference: Difference | None = None,
    page: str,
    day: str = "",
    copy: str = "",
) -> Ticket:
    """The ticket of an order on one screen."""
    codes = {code: None for line in order.lines for code in contains(line)}
    return Ticket(
        order_id=order.id,
        number=order.number,
        bag=order.bag,
        first_name=order.first_name,
        at=order.slot.starts_at,
        status=order.status,
        is_delivery=order.is_delivery,
        lines=tuple(
            TicketLine(
                line.quantity,
                line.dish_name,
                line.dish_family,
                line.cooked == line.quantity,
                pictures[line.portion_id].voice if line.portion_id in pictures else None,
            )
            for line in order.lines
        ),
        contains=tuple(codes),
        must_not_contain=order.must_not_contain,
        is_bagged=order.bagged_at is not None,
        is_acknowledged=order.acknowledged_at is not None,
        change=change_of(difference, pictures) if difference else None,
        to_pay_cents=order.total_cents,
        forward=forward(order),
        back=back(order),
        page=page,
        day=day,
        copy=copy,
    )


def change_of(difference: Difference, pictures: Mapping[int, Picture]) -> TicketChange:
    """A difference with the drawing of each dish."""
    families = {picture.name: picture.family for picture in pictures.values()}
    return TicketChange(
        difference.change_id,
        tuple((d, families.get(d, "stew"), old, new) for d, old, new in difference.dishes),
        difference.was_at,
    )
