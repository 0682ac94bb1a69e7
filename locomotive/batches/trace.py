"""Trace: from lots to everyone who ate of them, and from an order back to its lots."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from ..core.status import DEPARTED, IN_HOUSE, LIVE, Status
from ..farm.lot import Lot
from ..menu.menu import Portion
from ..ordering.order import Order, OrderEvent, OrderLine
from ..origins.batch import Batch, BatchLot
from ..service.service import Service
from ..service.slot import Slot


@dataclass(frozen=True)
class Reached:
    """One order that a lot reached, as its row has it (see FACTS): its day, whom to tell, the
    dishes. A recall reads thousands, so it is no Order with all that belongs to one."""

    dishes: tuple[tuple[int, str], ...]  # (portions, dish)
    order_id: int
    number: int
    service_id: int
    day: date
    starts_at: datetime
    status: Status
    first_name: str
    phone: str
    email: str
    place_name: str
    street: str
    round_number: int | None

    @property
    def is_gone(self) -> bool:
        """Whether its bag has left the house."""
        return self.status in DEPARTED

    @property
    def is_in_house(self) -> bool:
        """Whether its bag is or will be in the house."""
        return self.status in IN_HOUSE

    @property
    def contact(self) -> str:
        """Where the customer can be told; empty once the contact is erased."""
        return self.phone or self.email


# The columns of `Reached` after its dishes, in its order.
FACTS = (
    Order.id,
    Order.number,
    Order.service_id,
    Service.date,
    Slot.starts_at,
    Order.status,
    Order.first_name,
    Order.phone,
    Order.email,
    Order.place_name,
    Order.street,
    Order.round_number,
)


@dataclass(frozen=True)
class Trace:
    """Everything that lots went into."""

    lots: tuple[Lot, ...]
    batches: tuple[Batch, ...]
    reached: tuple[Reached, ...]

    @property
    def gone(self) -> tuple[Reached, ...]:
        """The orders whose bags have left the house."""
        return tuple(reached for reached in self.reached if reached.is_gone)

    @property
    def without_contact(self) -> int:
        return sum(not reached.contact for reached in self.reached)


# The orders that a batch serves: its dish on its day, in its slots; one that was thrown away
# served those that had left the house before.
SERVED = and_(
    Batch.undone_at.is_(None),
    or_(
        Batch.discarded_at.is_(None),
        exists().where(
            OrderEvent.order_id == Order.id,
            OrderEvent.status.in_(DEPARTED),
            OrderEvent.at <= Batch.discarded_at,
        ),
    ),
    Portion.dish_id == Batch.dish_id,
    Service.date == Batch.day,
    or_(Batch.serves_from.is_(None), Slot.starts_at >= Batch.serves_from),
    or_(Batch.serves_until.is_(None), Slot.starts_at <= Batch.serves_until),
)


def trace(session: Session, lot_ids: Sequence[int]) -> Trace:
    """Where lots went, in a number of queries that does not grow with what is found."""
    lots = session.scalars(select(Lot).where(Lot.id.in_(lot_ids)).order_by(Lot.id)).all()
    batches = session.scalars(
        select(Batch)
        .where(
            Batch.undone_at.is_(None),
            Batch.id.in_(select(BatchLot.batch_id).where(BatchLot.lot_id.in_(lot_ids))),
        )
        .order_by(Batch.day, Batch.cooked_at)
    ).all()
    return Trace(tuple(lots), tuple(batches), orders_of_batches(session, [b.id for b in batches]))


def orders_of_batches(session: Session, batch_ids: list[int]) -> tuple[Reached, ...]:
    """The orders that batches serve, the next to be served first."""
    rows = session.execute(
        select(*FACTS, OrderLine.id, OrderLine.quantity, OrderLine.dish_name)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Portion, Portion.id == OrderLine.portion_id)
        .join(Service, Service.id == Order.service_id)
        .join(Slot, Slot.id == Order.slot_id)
        .join(Batch, SERVED)
        .where(Batch.id.in_(batch_ids), Order.status.in_(LIVE))
        .order_by(Service.date, Slot.starts_at, Order.number, OrderLine.id)
    )
    # By line: several batches may serve one.
    dishes: dict[tuple[Any, ...], dict[int, tuple[int, str]]] = {}
    for *facts, line_id, quantity, name in rows:
        dishes.setdefault(tuple(facts), {})[line_id] = (quantity, name)
    return tuple(Reached(tuple(lines.values()), *facts) for facts, lines in dishes.items())


def lots_of_order(session: Session, order: Order) -> list[tuple[OrderLine, list[Batch]]]:
    """For each line of an order the batches that may have served it, with their lots."""
    rows = session.execute(
        select(OrderLine.id, Batch)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Portion, Portion.id == OrderLine.portion_id)
        .join(Service, Service.id == Order.service_id)
        .join(Slot, Slot.id == Order.slot_id)
        .join(Batch, SERVED)
        .where(Order.id == order.id)
        .order_by(Batch.cooked_at)
    )
    batches: dict[int, list[Batch]] = {}
    for line_id, batch in rows:
        batches.setdefault(line_id, []).append(batch)
    return [(line, batches.get(line.id, [])) for line in order.lines]
