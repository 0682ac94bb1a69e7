"""Proposal: another time for an order whose promise cannot be kept; the customer decides.

The order's place is kept in the new slot meanwhile. Old and new time stand side by side in the
mail and on the page: a promise is never changed silently.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..alerts.alert import Kind
from ..alerts.subscription import queue_alerts
from ..core.base import Base, Key, Words, guarded
from ..core.clock import minutes_after
from ..core.personal import REMARK, personal
from ..core.refusal import N_, Refusal
from ..core.status import IN_HOUSE, Status
from ..ordering.message import queue_message
from ..ordering.order import WEB, Order, touch
from ..ordering.shown import Facts, check_shown
from ..ordering.step import StepImpossible, give_up
from ..service.slot import Slot, give_back_slot, take_slot
from .answer import Evidence
from .change import RoundDecided
from .promise import give_promise, promise_of
from .tentative_plan import PlanMoved, is_decided

# An earlier meal counts double: who planned for noon is seldom free before.
EARLIER = 2
FETCHED, NOTHING = 45, 90  # minutes that coming for the meal, and going without, count as


class Proposal(Base):
    """A slot proposed instead of the promised one; without `new_slot` nothing else is possible."""

    __tablename__ = "proposal"

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), index=True)
    old_kind: Mapped[str] = mapped_column(String(20))
    old_slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    new_slot_id: Mapped[int | None] = mapped_column(ForeignKey("slot.id"))
    reason: Mapped[Words] = mapped_column(info=personal(REMARK))
    made_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(
        String(20), default=""
    )  # accepted, other, declined, replaced
    old_slot: Mapped[Slot] = relationship(foreign_keys=[old_slot_id], lazy="joined", innerjoin=True)
    new_slot: Mapped[Slot | None] = relationship(foreign_keys=[new_slot_id], lazy="joined")


class ProposalAnswered(Refusal):
    message = N_("This proposal was answered already.")


def cost_of(order: Order, promised: Slot, slot: Slot | None) -> int:
    """What it costs an order's people to be served in another slot than the promised one: minutes
    × people, one for each meal."""
    if slot is None:
        return NOTHING * order.boxes
    later = round((slot.starts_at - promised.starts_at).total_seconds() / 60)
    minutes = later if later >= 0 else -later * EARLIER
    return order.boxes * (minutes + (FETCHED if slot.kind != promised.kind else 0))


def repropose(
    session: Session, order: Order, slot: Slot | None, *, reason: str, now: datetime
) -> Proposal:
    """Propose another slot for an order, of either kind, and keep its place there.

    The promise that stood counts as not kept. The caller puts a plan in force that serves the
    order in its new slot. Raises SlotFull, StepImpossible.
    """
    row = Proposal(
        order_id=order.id,
        old_kind=order.kind,
        old_slot_id=order.slot_id,
        new_slot_id=slot.id if slot else None,
        reason=reason,
        made_at=now,
    )
    _replace_open(session, order, now)
    _break_promise(session, order, slot, now)
    if slot is not None:
        _move_order(session, order, slot)
    session.add(row)
    touch(session, order.service_id)
    queue_message(session, order_id=order.id, kind="proposed", email=order.email, now=now)
    queue_alerts(session, order.id, Kind.PROPOSED, now=now)
    session.flush()
    return row


def _break_promise(session: Session, order: Order, slot: Slot | None, now: datetime) -> None:
    promise = promise_of(session, order)
    if promise is not None and promise.broken_at is None:
        promise.broken_at, promise.is_kept = now, False
        late = minutes_after(slot.starts_at, promise.ends_at) if slot else 0
        promise.late_minutes = max(0, late)


def _move_order(session: Session, order: Order, slot: Slot) -> None:
    take_slot(session, slot.id, portions=order.boxes, work=order.work)
    changed = guarded(
        session,
        update(Order)
        .where(
            Order.id == order.id,
            Order.slot_id == order.slot_id,
            Order.status.in_(IN_HOUSE),
        )
        .values(slot_id=slot.id, kind=slot.kind, round_number=None, departs_at=None),
    )
    if not changed:
        raise StepImpossible(number=order.number)
    give_back_slot(session, order.slot_id, portions=order.boxes, work=order.work)
    session.refresh(order)


def _replace_open(session: Session, order: Order, now: datetime) -> None:
    session.execute(
        update(Proposal)
        .where(Proposal.order_id == order.id, Proposal.answered_at.is_(None))
        .values(answered_at=now, answer="replaced")
        .execution_options(synchronize_session=False)
    )


def open_proposal(session: Session, order: Order) -> Proposal | None:
    """The proposal that waits for the customer's answer."""
    return session.scalar(
        select(Proposal)
        .where(Proposal.order_id == order.id, Proposal.answered_at.is_(None))
        .order_by(Proposal.id.desc())
        .limit(1)
    )


def facts_of_proposal(order: Order, proposal: Proposal) -> Facts:
    """What the order's page says of a proposal."""
    new = proposal.new_slot
    times = [new.kind, new.starts_at.isoformat(), new.ends_at.isoformat()] if new else None
    return {"proposal": [proposal.id, times], "total": order.total_cents}


def check_proposal(session: Session, order: Order, shown: Facts | None) -> None:
    """Refuse an answer to a proposal that is no longer the one that was shown. Raises
    ShownChanged."""
    proposal = open_proposal(session, order)
    if shown is not None and proposal is not None:
        check_shown(shown, facts_of_proposal(order, proposal))


def take_answer(
    session: Session, order: Order, *, accepts: bool, now: datetime, shown: Facts | None = None
) -> None:
    """The customer takes the new time, which is promised, or cancels, whatever the hour.

    `shown` is what the page showed; None when it comes from no page. Raises ProposalAnswered,
    StepImpossible, and ShownChanged when another time stood there.
    """
    check_proposal(session, order, shown)
    _answer(session, order, "accepted" if accepts else "declined", now)
    if accepts:
        give_promise(session, order, None, cause="proposed", now=now)
        touch(session, order.service_id)
        return
    # We took the promise back: no cut-off binds the customer now.
    reason = "proposal declined"
    give_up(session, order, to=Status.CANCELLED, device=WEB, now=now, reason=reason)


def take_other(
    session: Session, order: Order, slot: Slot, evidence: Evidence | None, *, now: datetime
) -> None:
    """The customer takes a third time, which is promised. Raises ProposalAnswered, SlotFull,
    StepImpossible, RoundDecided, PlanMoved."""
    if is_decided(session, order):
        raise RoundDecided(number=order.number)
    if slot.kind == "delivery" and evidence is None:
        raise PlanMoved
    _answer(session, order, "other", now)
    if slot.id != order.slot_id:
        _move_order(session, order, slot)
    give_promise(session, order, evidence, cause="proposed", now=now)
    touch(session, order.service_id)
    queue_message(session, order_id=order.id, kind="changed", email=order.email, now=now)


def _answer(session: Session, order: Order, answer: str, now: datetime) -> None:
    answered = guarded(
        session,
        update(Proposal)
        .where(Proposal.order_id == order.id, Proposal.answered_at.is_(None))
        .values(answered_at=now, answer=answer),
    )
    if not answered:
        raise ProposalAnswered
