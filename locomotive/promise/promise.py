"""Promise: the slot given to an order, with the evidence that it can be kept.

A delivery slot is promised only if the tricycles can keep it together with every promise already
given. The question (see `question.py`) is answered outside any transaction; the answer counts only
while the tentative plan that it was asked of still stands.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import ForeignKey, ScalarSelect, String, Text, delete, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, aliased, mapped_column

from ..core.base import Base, Key, insert_once
from ..core.clock import minutes_after
from ..core.status import Status
from ..ordering.cart import Basket
from ..ordering.order import Order
from ..ordering.request import Request, place_once
from ..places.travel_time import keep_legs, streets_in_force
from ..service.slot import Slot
from .answer import Evidence, NotSureYet, SlotAnswer
from .problem import AT_THE_DOOR
from .tentative_plan import PlanMoved, replace_plan

# What must have happened, and the statuses in which it has.
DONE = {"take-away": (Status.READY, Status.HANDED_OVER), "delivery": (Status.HANDED_OVER,)}

# Acts that a phone kept may arrive so long after the lunch; promises are judged until then.
LATE_ACTS = timedelta(days=7)


class Promise(Base):
    """One slot promised to one order; the latest is in force, none is ever changed.

    `plan_version` and `margin_minutes` (from the start of serving to the end of the slot) are
    those of the tentative plan that was found; a take-away order has none. `refused` tells which
    slots the customer could not have, slot id → reason. `is_kept` and `late_minutes` are known
    once the meal was handed over.
    """

    __tablename__ = "promise"

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), index=True)
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"))
    cause: Mapped[str] = mapped_column(String(20))  # ordered, changed, proposed
    made_at: Mapped[datetime]
    local_date: Mapped[date]
    local_time: Mapped[time]
    zone: Mapped[str] = mapped_column(String(40))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    plan_version: Mapped[int | None]
    margin_minutes: Mapped[int | None]
    refused: Mapped[str] = mapped_column(Text, default="{}")
    broken_at: Mapped[datetime | None]  # when another slot had to be proposed
    is_kept: Mapped[bool | None]
    late_minutes: Mapped[int | None]


class RefusedSlot(Base):
    """A slot that a customer asked for and could not have: demand that was not met."""

    __tablename__ = "refused_slot"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # of the checkout page
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), primary_key=True, index=True)
    reason: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    is_proven: Mapped[bool] = mapped_column(default=False)


def promise_order(
    session: Session,
    request: Request,
    basket: Basket,
    evidence: Evidence | None,
    *,
    secret: str,
    now: datetime,
) -> Order:
    """Place an order together with its promise, all or nothing.

    Raises PlanMoved when another promise was given since the evidence was found, or when a
    delivery comes without any, and what `place_once` raises.
    """
    order, is_new = place_once(session, request, basket, secret=secret, now=now)
    if is_new or promise_of(session, order) is None:
        _promise_new(session, order, evidence, now=now)
    return order


def promise_placed(
    session: Session, order: Order, evidence: Evidence | None, *, now: datetime
) -> None:
    """Give the order that was placed just now its promise; a repeated send has one already.

    Raises PlanMoved.
    """
    if promise_of(session, order) is None:
        _promise_new(session, order, evidence, now=now)


def _promise_new(
    session: Session, order: Order, evidence: Evidence | None, *, now: datetime
) -> None:
    # What was refused for its slot or its dish may have become free since: no plan was sought.
    if order.is_delivery and evidence is None:
        raise PlanMoved
    give_promise(session, order, evidence, cause="ordered", now=now)


def give_promise(
    session: Session,
    order: Order,
    evidence: Evidence | None,
    *,
    cause: str,
    now: datetime,
) -> Promise:
    """Write the promise of an order's slot and put its plan in force. Raises PlanMoved."""
    slot = session.get_one(Slot, order.slot_id)
    version = None
    if evidence is not None:
        version = replace_plan(session, order.service_id, evidence.plan, seen=evidence.seen)
        keep_legs(session, evidence.point, evidence.others, streets_in_force(session))
    promise = Promise(
        order_id=order.id,
        slot_id=slot.id,
        cause=cause,
        made_at=now,
        local_date=slot.local_date,
        local_time=slot.local_time,
        zone=slot.zone,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        plan_version=version,
        margin_minutes=evidence.margin_minutes if evidence else None,
        refused=json.dumps(refused_by_key(session, order.idempotency_key)),
    )
    session.add(promise)
    session.flush()
    return promise


def judge_promises(session: Session, *, now: datetime) -> None:
    """Note which promises of the last week were kept, from what happened to their orders.

    A delivery is kept when it was handed over before the slot's end and the time at the door, a
    take-away when it was ready at the slot's start. What is taken back is unknown again; a promise
    that was broken by a proposal stays so.
    """
    rows = session.execute(
        select(Promise, Order)
        .join(Order, Order.id == Promise.order_id)
        .where(
            Promise.id == _last_promise(Order.id),
            Promise.broken_at.is_(None),
            Promise.ends_at.between(now - LATE_ACTS - timedelta(days=1), now + timedelta(days=1)),
            # What has not happened yet and was not judged needs no look.
            or_(Promise.is_kept.is_not(None), Order.status.in_(DONE["take-away"])),
        )
    )
    for promise, order in rows:
        steps = [e.at for e in order.events if e.status == DONE[order.kind][0]]
        if order.status not in DONE[order.kind] or not steps:
            promise.is_kept = promise.late_minutes = None
            continue
        due = promise.ends_at + AT_THE_DOOR if order.is_delivery else promise.starts_at
        promise.is_kept = steps[-1] <= due
        promise.late_minutes = max(0, minutes_after(steps[-1], due))


def _last_promise(order_id: InstrumentedAttribute[int]) -> ScalarSelect[int]:
    last = aliased(Promise)
    return select(func.max(last.id)).where(last.order_id == order_id).scalar_subquery()


def note_refused(
    session: Session, key: str, answers: Sequence[SlotAnswer], *, now: datetime
) -> None:
    """Remember which slots a checkout page could not offer, once for each slot.

    Of a slot that was not sure yet, the answer that came after it counts.
    """
    same = RefusedSlot.key == key, RefusedSlot.slot_id.in_([a.slot.id for a in answers])
    session.execute(delete(RefusedSlot).where(*same, RefusedSlot.reason == NotSureYet.code))
    for answer in answers:
        if answer.reason is not None:
            row = {"key": key, "slot_id": answer.slot.id, "reason": answer.reason.code, "at": now}
            row["is_proven"] = answer.is_proven
            insert_once(session, RefusedSlot, row, unique=["key", "slot_id"])


def refused_by_key(session: Session, key: str) -> dict[int, str]:
    """The slots (id → reason) that one checkout page could not offer."""
    rows = session.scalars(select(RefusedSlot).where(RefusedSlot.key == key))
    return {row.slot_id: row.reason for row in rows}


def promise_of(session: Session, order: Order) -> Promise | None:
    """The promise in force of an order."""
    return session.scalar(
        select(Promise).where(Promise.order_id == order.id).order_by(Promise.id.desc()).limit(1)
    )
