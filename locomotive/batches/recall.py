"""Recall: lots are blocked with their batches and bags, everyone who ate of them is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ForeignKey, String, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Key, Words
from ..core.refusal import N_, Refusal
from ..core.status import Status
from ..farm.lot import Lot, ReasonMissing, block
from ..farm.produce import Produce
from ..farm.supplier import Supplier
from ..menu.menu import Portion
from ..ordering.content_change import follow_content
from ..ordering.message import queue_once
from ..ordering.order import Order, OrderLine, touch
from ..ordering.step import move_on
from ..origins.batch import Batch
from ..service.service import Service
from ..service.slot import Slot
from .trace import SERVED, Reached, Trace, orders_of_batches, trace


class Recall(Base):
    """A recall of lots, or an exercise of one: when it began, when everyone was told, and why
    the block was lifted if it was."""

    __tablename__ = "recall"

    id: Mapped[Key]
    reason: Mapped[str] = mapped_column(String(500))
    message: Mapped[str] = mapped_column(String(2000))
    is_exercise: Mapped[bool]
    orders: Mapped[int]  # found when it began
    began_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    lifted_at: Mapped[datetime | None]
    lifted_because: Mapped[Words] = mapped_column(default="")
    lots: Mapped[list[Lot]] = relationship(
        secondary="recall_lot", order_by="Lot.id", lazy="selectin"
    )

    @property
    def lot_ids(self) -> list[int]:
        return [lot.id for lot in self.lots]

    @property
    def names(self) -> str:
        """The lots' numbers."""
        return ", ".join(lot.name for lot in self.lots)


class RecallLot(Base):
    """One lot of one recall."""

    __tablename__ = "recall_lot"

    recall_id: Mapped[int] = mapped_column(ForeignKey("recall.id"), primary_key=True)
    lot_id: Mapped[int] = mapped_column(ForeignKey("lot.id"), primary_key=True, index=True)


class RecallOver(Refusal):
    message = N_("This recall is already closed.")


class RecallLifted(Refusal):
    message = N_("This recall blocks nothing: it is an exercise, or it was lifted.")


class BatchFree(Refusal):
    message = N_("This batch is not blocked. Take it back if it was recorded by mistake.")


@dataclass(frozen=True)
class Told:
    """What is said when a recall begins: why, to customers, and whether it is an exercise."""

    reason: str
    message: str
    is_exercise: bool


def begin_recall(
    session: Session, lots: Sequence[Lot], told: Told, *, today: date, now: datetime
) -> Recall:
    """Begin a recall, which blocks lots, their batches and the bags in the house, or an exercise,
    which does not.

    Raises ReasonMissing.
    """
    if not told.reason:
        raise ReasonMissing(field="reason")
    ids = [lot.id for lot in lots]
    traced = trace(session, ids)
    recall = Recall(
        lots=list(lots),
        reason=told.reason,
        message=told.message,
        is_exercise=told.is_exercise,
        orders=len(traced.reached),
        began_at=now,
    )
    session.add(recall)
    session.flush()
    if not told.is_exercise:
        block(session, ids, now=now)
        for lot in recall.lots:
            session.refresh(lot)
        _block_batches(session, traced, now)
        follow_content(session, "recall", recall.names, today=today, now=now)
    return recall


def _block_batches(session: Session, traced: Trace, now: datetime) -> None:
    for batch in traced.batches:
        batch.blocked_at = batch.blocked_at or now
    _block_orders(session, [r for r in traced.reached if r.is_in_house], now)


def _block_orders(session: Session, in_house: Sequence[Reached], now: datetime) -> None:
    session.execute(
        update(Order)
        .where(Order.id.in_([r.order_id for r in in_house]), Order.blocked_at.is_(None))
        .values(blocked_at=now)
    )
    for service_id in sorted({r.service_id for r in in_house}):
        touch(session, service_id)


def lift_recall(
    session: Session, recall: Recall, *, reason: str, today: date, now: datetime
) -> None:
    """Lift the block of a recall: what no other recall holds back may be used again.

    Raises ReasonMissing, RecallLifted.
    """
    if not reason:
        raise ReasonMissing(field="reason")
    if recall.is_exercise or recall.lifted_at is not None:
        raise RecallLifted
    recall.lifted_at, recall.lifted_because = now, reason
    session.flush()
    held = set(
        session.scalars(
            select(RecallLot.lot_id)
            .join(Recall, Recall.id == RecallLot.recall_id)
            .where(Recall.lifted_at.is_(None), Recall.is_exercise.is_(False))
        )
    )
    for lot in recall.lots:
        lot.blocked_at = lot.blocked_at if lot.id in held else None
    session.flush()
    traced = trace(session, recall.lot_ids)
    for batch in traced.batches:
        if not any(part.lot.blocked_at for part in batch.lots):
            batch.blocked_at = None
    session.flush()
    free_orders(session, [r.order_id for r in traced.reached])
    follow_content(session, "recall lifted", recall.names, today=today, now=now)


def free_orders(session: Session, order_ids: Sequence[int]) -> None:
    """Free the bags among these orders that no blocked batch serves any more."""
    held = (
        select(Order.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .join(Portion, Portion.id == OrderLine.portion_id)
        .join(Service, Service.id == Order.service_id)
        .join(Slot, Slot.id == Order.slot_id)
        .join(Batch, SERVED)
        .where(Order.id.in_(order_ids), Batch.blocked_at.is_not(None))
    )
    is_kept = set(session.scalars(held))
    freed = session.scalars(
        update(Order)
        .where(
            Order.id.in_([id_ for id_ in order_ids if id_ not in is_kept]),
            Order.blocked_at.is_not(None),
        )
        .values(blocked_at=None)
        .returning(Order.service_id)
    )
    for service_id in sorted(set(freed)):
        touch(session, service_id)


def discard_batch(session: Session, batch: Batch, *, device: str, now: datetime) -> None:
    """Throw a blocked batch away: the bags in the house that it serves are opened, and its
    portions in them are to be cooked again. Raises BatchFree."""
    if batch.blocked_at is None or batch.discarded_at is not None:
        raise BatchFree
    reached = orders_of_batches(session, [batch.id])
    in_house = [r.order_id for r in reached if r.is_in_house]
    batch.discarded_at = now
    session.flush()
    for order_id in in_house:
        order = session.get_one(Order, order_id, populate_existing=True)
        for line in order.lines:
            if line.portion_id in _portions_of(order, batch):
                line.cooked = 0
        order.bagged_at = None
        session.flush()
        if order.status is Status.READY:
            move_on(
                session, order, to=Status.STARTED, seen=Status.READY, device=device, now=now,
                reason="recall",
            )  # fmt: skip
        touch(session, order.service_id)
    free_orders(session, in_house)


def _portions_of(order: Order, batch: Batch) -> set[int]:
    """The portions of an order that are of the batch's dish."""
    return {line.portion_id for line in order.lines if line.dish_name == batch.dish.name}


def tell_everyone(session: Session, recall: Recall, *, now: datetime) -> int:
    """Put the recall's mail to everyone who has an address into the outbox, once.

    An exercise sends nothing. Returns how many mails were written.
    """
    if recall.closed_at is not None:
        raise RecallOver
    if recall.is_exercise:
        return 0
    written = 0
    for reached in trace(session, recall.lot_ids).reached:
        written += queue_once(
            session,
            order_id=reached.order_id,
            kind=f"recall-{recall.id}",
            email=reached.email,
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


def recalls(session: Session, lot_ids: Sequence[int] = ()) -> list[Recall]:
    """The recalls and exercises, the newest first; of some lots only when they are named."""
    query = select(Recall).order_by(Recall.id.desc())
    if lot_ids:
        touched = select(RecallLot.recall_id).where(RecallLot.lot_id.in_(lot_ids))
        query = query.where(Recall.id.in_(touched))
    return list(session.scalars(query))


def find_lots(session: Session, text: str) -> list[Lot]:
    """The lots whose number, or the supplier's own, or produce or supplier is what was typed; the
    latest ones for an empty text."""
    query = select(Lot).join(Lot.produce).join(Lot.supplier).order_by(Lot.id.desc()).limit(50)
    wanted = " ".join(text.split())
    if not wanted:
        return list(session.scalars(query))
    ours = wanted.upper().removeprefix("L")
    number = int(ours) if ours.isascii() and ours.isdigit() and len(ours) <= 9 else None
    like = [
        column.icontains(wanted, autoescape=True)
        for column in (Lot.mark, Produce.name, Supplier.name)
    ]
    return list(session.scalars(query.where(or_(*like, Lot.id == number))))
