"""The board and the production sheet: dishes × portions by departure, derived, never stored."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, defer, selectinload

from ..core.status import TO_COOK, UNPAID, Status
from ..menu.menu import Menu, Portion, correct_portions, offered
from ..ordering.order import Order, OrderLine
from ..service.service import Service
from ..service.slot import Slot

# Departures whose work a screen shows whole; each later one is a line with its counts.
NEXT = 2

# The kitchen's one button: what it makes of an order, and what undo makes of it again.
FORWARD: dict[str, Status] = {Status.PLACED: Status.READY, Status.STARTED: Status.READY}
FORWARD_TAKE_AWAY = {**FORWARD, Status.READY: Status.HANDED_OVER}
BACK: dict[str, tuple[Status, ...]] = {
    Status.READY: TO_COOK,
    Status.HANDED_OVER: (Status.READY,),
}


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
    key: str  # names it in a form: "slot-7", "round-2"
    at: datetime
    round_number: int | None
    orders: tuple[Order, ...]
    cancelled: tuple[Order, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether no bag of it waits for a press in the kitchen."""
        return all(forward(order) is None for order in self.orders)

    @property
    def is_cooked(self) -> bool:
        """Whether nothing of it is left to cook; bags may still wait to be fetched."""
        return not any(order.status in TO_COOK for order in self.orders)

    @property
    def ready(self) -> int:
        """How many of its bags are closed."""
        return sum(order.status not in TO_COOK for order in self.orders)

    @property
    def exceptions(self) -> list[Order]:
        """Its orders that must not contain something."""
        return [order for order in self.orders if order.is_exception]

    @property
    def totals(self) -> list[DishTotal]:
        return dish_totals(self.orders)

    def facts(self) -> Hashable:
        """All that the wall's screen shows of its bags."""
        bags = tuple((o.id, o.number, o.first_name, o.status) for o in self.orders)
        return self.key, bags


@dataclass(frozen=True)
class Turn:
    """The departures with work, the most urgent first: the next ones, and those after them."""

    next: tuple[Departure, ...]
    later: tuple[Departure, ...]


def turn(groups: Iterable[Departure], waits: Callable[[Departure], bool]) -> Turn:
    """Whose turn it is among departures that stand in the order of their hours."""
    waiting = [departure for departure in groups if waits(departure)]
    return Turn(tuple(waiting[:NEXT]), tuple(waiting[NEXT:]))


@dataclass(frozen=True)
class Board:
    """What the wall screen shows: how many of what, then bags by departure."""

    totals: list[DishTotal]
    departures: list[Departure]

    @property
    def turn(self) -> Turn:
        """The departures with something left to do."""
        return turn(self.departures, lambda departure: not departure.is_done)

    @property
    def done(self) -> tuple[Departure, ...]:
        return tuple(departure for departure in self.departures if departure.is_done)

    @property
    def portions(self) -> int:
        return sum(total.portions for total in self.totals)


# What no screen shows of an order: addresses, keys, prices of lines. Thirty screens read a lunch
# again with each press, and a column that is not read is not paid for.
UNSHOWN = (
    *(Order.idempotency_key, Order.content_hash, Order.token_hash, Order.language),
    *(Order.phone, Order.email, Order.street, Order.town, Order.access_note),
    *(Order.latitude, Order.longitude, Order.nearest, Order.place_name),
    *(Order.name_key, Order.phone_key, Order.place_key, Order.email_key),
    *(Order.ready_at, Order.placed_at, Order.held_until, Order.group_id, Order.reserved),
)
UNSHOWN_OF_LINES = (
    *(OrderLine.chosen, OrderLine.part, OrderLine.set_menu, OrderLine.is_vegetarian),
    *(OrderLine.meats, OrderLine.origin, OrderLine.work_seconds),
    *(OrderLine.unit_price_cents, OrderLine.vat_bp),
)


def shown_orders(session: Session, service: Service) -> list[Order]:
    """All orders of a service in the order of their slots, with what screens show of them."""
    lines = selectinload(Order.lines).options(*map(defer, UNSHOWN_OF_LINES))
    query = (
        select(Order)
        .join(Order.slot)
        .where(Order.service_id == service.id)
        .order_by(Slot.starts_at, Order.number)
        .options(contains_eager(Order.slot), lines, *map(defer, UNSHOWN))
    )
    return list(session.scalars(query))


def forward(order: Order) -> Status | None:
    """The status that the kitchen's button gives to the order, None when there is no button."""
    if order.must_stay:
        return None
    return (FORWARD if order.is_delivery else FORWARD_TAKE_AWAY).get(order.status)


def back(order: Order) -> Status | None:
    """The status that undo gives back to the order."""
    if order.status is Status.READY:
        return Status.STARTED if any(line.cooked for line in order.lines) else Status.PLACED
    return Status.READY if order.status in BACK and not order.is_delivery else None


def to_do(line: OrderLine, order: Order) -> int:
    """Portions of the line that are still to be cooked."""
    return line.portions - line.cooked if order.status in TO_COOK else 0


def dish_totals(orders: Iterable[Order]) -> list[DishTotal]:
    """Portions of each dish, by dish name."""
    portions: dict[tuple[str, str], int] = {}
    waiting: dict[tuple[str, str], int] = {}
    for order in orders:
        for line in order.lines:
            dish = (line.dish_name, line.dish_family)
            portions[dish] = portions.get(dish, 0) + line.portions
            waiting[dish] = waiting.get(dish, 0) + to_do(line, order)
    return [DishTotal(*dish, portions[dish], waiting[dish]) for dish in sorted(portions)]


def departures(orders: Iterable[Order]) -> list[Departure]:
    """Group orders by what they leave with, the next to leave first; the bags of a round in the
    order in which they go aboard."""
    groups: dict[tuple[datetime, str, int], list[Order]] = {}
    for order in orders:
        groups.setdefault(_departure_of(order), []).append(order)
    return [
        Departure(
            kind=kind,  # type: ignore[arg-type]
            key=f"round-{number}" if kind == "round" else f"slot-{number}",
            at=at,
            round_number=number if kind == "round" else None,
            orders=tuple(sorted((o for o in group if not o.is_cancelled), key=_aboard)),
            cancelled=tuple(o for o in group if o.is_cancelled),
        )
        for (at, kind, number), group in sorted(groups.items(), key=lambda item: item[0])
    ]


def _aboard(order: Order) -> tuple[int, int]:
    return order.loading_position or 0, order.number


def _departure_of(order: Order) -> tuple[datetime, str, int]:
    if not order.is_delivery:
        return order.slot.starts_at, "take-away", order.slot_id
    if order.round_number is not None and order.departs_at is not None:
        return order.departs_at, "round", order.round_number
    return order.slot.starts_at, "unplanned", order.slot_id


def board(orders: Sequence[Order]) -> Board:
    """The board of a service's orders; departures with nothing left to do come last."""
    ours = [o for o in orders if o.status not in UNPAID]
    groups = departures(ours)
    totals = dish_totals(o for o in ours if not o.is_cancelled)
    return Board(
        totals=_urgent_first(totals, groups),
        departures=sorted(groups, key=lambda departure: departure.is_done),
    )


def _urgent_first(totals: Iterable[DishTotal], groups: Sequence[Departure]) -> list[DishTotal]:
    """What the next departure still needs comes first, what is done last."""
    rank: dict[str, int] = {}
    for place, departure in enumerate(groups):
        for total in departure.totals:
            if total.to_do:
                rank.setdefault(total.name, place)
    return sorted(totals, key=lambda total: (rank.get(total.name, len(groups)), -total.to_do))


def packing(orders: Iterable[Order]) -> Turn:
    """The departures with bags to close."""
    groups = departures(o for o in orders if o.status not in UNPAID)
    return turn(groups, lambda departure: not departure.is_cooked)


def production_sheet(orders: Sequence[Order]) -> Board:
    """What is printed for the kitchen: all live orders, the next departure first."""
    live = [o for o in orders if o.status not in (*UNPAID, Status.CANCELLED)]
    return Board(totals=dish_totals(live), departures=departures(live))


def portions_of(session: Session, service: Service) -> list[Portion]:
    """What is on the menu of a lunch."""
    query = select(Portion).join(Menu).where(Menu.date == service.date)
    return list(session.scalars(query.order_by(Portion.position, Portion.id)))


def change_portions(session: Session, portion_id: int, delta: int, *, now: datetime) -> None:
    """Offer so many portions more, or fewer (burnt, dropped). Raises PortionsPromised."""
    portion = session.get_one(Portion, portion_id, with_for_update=True, populate_existing=True)
    current = offered(session, portion.menu)[portion.dish_id]
    correct_portions(session, portion, to=current + delta, reason="kitchen", now=now)
