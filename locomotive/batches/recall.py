"""Trace: from a lot to everyone who ate of it, and from an order back to its lots."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, and_, or_, select
from sqlalchemy.orm import Mapped, Session, lazyload, mapped_column, relationship

from ..core.base import Base, Key
from ..core.refusal import N_, Refusal
from ..core.status import LIVE
from ..farm.lot import Lot, ReasonMissing, block
from ..menu.menu import Portion
from ..ordering.message import queue_once
from ..ordering.order import Order, OrderLine
from ..origins.batch import Batch, BatchLot
from ..service.service import Service
from ..service.slot import Slot


class Recall(Base):
    """A recall of one lot, or an exercise of one: when it began, when everyone was told."""

    __tablename__ = "recall"

    id: Mapped[Key]
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), index=True)
    reason: Mapped[str] = mapped_column(String(500))
    message: Mapped[str] = mapped_column(String(2000))
    is_exercise: Mapped[bool]
    orders: Mapped[int]  # found when it began
    began_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    lot: Mapped[Lot] = relationship(lazy="joined", innerjoin=True)


class RecallOver(Refusal):
    message = N_("This recall is already closed.")


@dataclass(frozen=True)
class Reached:
    """One order that a lot reached: its day, the dishes, and whom to tell."""

    order: Order
    dishes: tuple[tuple[int, str], ...]  # (portions, dish)

    @property
    def contact(self) -> str:
        """Where the customer can be told; empty once the contact is erased."""
        return self.order.phone or self.order.email


@dataclass(frozen=True)
class Trace:
    """Everything that lots went into."""

    lots: tuple[Lot, ...]
    batches: tuple[Batch, ...]
    reached: tuple[Reached, ...]

    @property
    def without_contact(self) -> int:
        return sum(not reached.contact for reached in self.reached)


# The orders that a batch serves: its dish on its day, in its slots.
SERVED = and_(
    Batch.undone_at.is_(None),
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
    return Trace(tuple(lots), tuple(batches), _reached(session, [b.id for b in batches]))


def _reached(session: Session, batch_ids: list[int]) -> tuple[Reached, ...]:
    rows = session.execute(
        select(Order, OrderLine.id, OrderLine.quantity, OrderLine.dish_name)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Portion, Portion.id == OrderLine.portion_id)
        .join(Service, Service.id == Order.service_id)
        .join(Slot, Slot.id == Order.slot_id)
        .join(Batch, SERVED)
        .where(Batch.id.in_(batch_ids), Order.status.in_(LIVE))
        .order_by(Service.date, Slot.starts_at, Order.number, OrderLine.id)
        .options(lazyload(Order.lines))
    )
    orders: dict[int, Order] = {}
    dishes: dict[int, dict[int, tuple[int, str]]] = {}
    for order, line_id, quantity, name in rows:
        orders[order.id] = order
        dishes.setdefault(order.id, {})[line_id] = (quantity, name)
    # The services of all orders at once, not one by one.
    services = {order.service_id for order in orders.values()}
    session.scalars(select(Service).where(Service.id.in_(services))).all()
    return tuple(Reached(order, tuple(dishes[id_].values())) for id_, order in orders.items())


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


def begin_recall(
    session: Session, lot: Lot, *, reason: str, message: str, is_exercise: bool, now: datetime
) -> Recall:
    """Begin a recall, which blocks the lot, or an exercise, which does not.

    Raises ReasonMissing.
    """
    if not reason:
        raise ReasonMissing(field="reason")
    if not is_exercise:
        block(session, [lot.id], now=now)
    recall = Recall(
        lot_id=lot.id,
        reason=reason,
        message=message,
        is_exercise=is_exercise,
        orders=len(trace(session, [lot.id]).reached),
        began_at=now,
    )
    session.add(recall)
    session.flush()
    return recall


def tell_everyone(session: Session, recall: Recall, *, now: datetime) -> int:
    """Put the recall's mail to everyone who has an address into the outbox, once.

    An exercise sends nothing. Returns how many mails were written.
    """
    if recall.closed_at is not None:
        raise RecallOver
    if recall.is_exercise:
        return 0
    written = 0
    for reached in trace(session, [recall.lot_id]).reached:
        written += queue_once(
            session,
            order_id=reached.order.id,
            kind=f"recall-{recall.id}",
            email=reached.order.email,
            text=recall.message,
            now=now,
        )
    return written


def close_recall(session: Session, recall: Recall, *, now: datetime) -> None:
    """Note that everyone was told. Raises RecallOver."""
    if recall.closed_at is not None:
        raise RecallOver
    recall.closed_at = now
    session.flush()


def recalls(session: Session, lot_id: int | None = None) -> list[Recall]:
    """The recalls and exercises, the newest first."""
    query = select(Recall).order_by(Recall.id.desc())
    return list(session.scalars(query if lot_id is None else query.filter_by(lot_id=lot_id)))
