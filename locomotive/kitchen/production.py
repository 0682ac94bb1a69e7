"""The board and the production sheet: dishes × portions by departure, derived, never stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..ordering.order import Order

# The kitchen's one button: what it makes of an order, and what undo makes of it again.
FORWARD = {"placed": "ready", "started": "ready"}
FORWARD_TAKE_AWAY = {**FORWARD, "ready": "handed over"}
BACK = {"ready": "placed", "handed over": "ready"}
TO_COOK = ("placed", "started")


@dataclass(frozen=True)
class DishTotal:
    """One dish: how many portions are ordered in all and how many are still to do."""

    name: str
    family: str
    portions: int
    to_do: int


@dataclass(frozen=True)
class Departure:
    """Orders that leave the kitchen together: a take-away slot, a round, or a delivery slot
    whose rounds are not planned yet."""

    kind: Literal["take-away", "round", "unplanned"]
    at: datetime
    round_number: int | None
    orders: tuple[Order, ...]

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do for it in the kitchen."""
        return all(forward(order) is None for order in self.orders)

    @property
    def totals(self) -> list[DishTotal]:
        return dish_totals(self.orders)


@dataclass(frozen=True)
class Board:
    """What the wall screen shows: totals, departures by time, what was cancelled."""

    totals: list[DishTotal]
    departures: list[Departure]
    cancelled: list[Order]


def forward(order: Order) -> str | None:
    """The status that the kitchen's button gives to the order, None when there is no button."""
    return (FORWARD if order.is_delivery else FORWARD_TAKE_AWAY).get(order.status)


def back(order: Order) -> str | None:
    """The status that undo gives back to the order."""
    return BACK.get(order.status)


def dish_totals(orders: Iterable[Order]) -> list[DishTotal]:
    """Portions of each dish, by dish name."""
    portions: dict[tuple[str, str], int] = {}
    to_do: dict[tuple[str, str], int] = {}
    for order in orders:
        for line in order.lines:
            dish = (line.dish_name, line.dish_family)
            portions[dish] = portions.get(dish, 0) + line.quantity
            waits = line.quantity if order.status in TO_COOK else 0
            to_do[dish] = to_do.get(dish, 0) + waits
    return [DishTotal(*dish, portions[dish], to_do[dish]) for dish in sorted(portions)]


def departures(orders: Sequence[Order]) -> list[Departure]:
    """Group orders by what they leave with, the next to leave first."""
    groups: dict[tuple[datetime, str, int], list[Order]] = {}
    for order in orders:
        if not order.is_delivery:
            key = (order.slot.starts_at, "take-away", 0)
        elif order.round_number is not None and order.departs_at is not None:
            key = (order.departs_at, "round", order.round_number)
        else:
            key = (order.slot.starts_at, "unplanned", 0)
        groups.setdefault(key, []).append(order)
    return [
        Departure(kind, at, number or None, tuple(group))  # type: ignore[arg-type]
        for (at, kind, number), group in sorted(groups.items(), key=lambda item: item[0])
    ]


def board(orders: Sequence[Order]) -> Board:
    """The board of a service's orders."""
    live = [o for o in orders if o.status not in ("held", "expired", "cancelled")]
    return Board(
        totals=dish_totals(live),
        departures=departures(live),
        cancelled=[o for o in orders if o.status == "cancelled"],
    )
