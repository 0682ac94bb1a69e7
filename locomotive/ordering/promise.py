"""Promise: the slot given to an order, with the evidence that it can be kept.

A delivery slot is promised only if the tricycles can keep it together with every promise already
given. The question (see `question.py`) is answered outside any transaction; the answer counts only
while the tentative plan that it was asked of still stands.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime, time

from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..base import Base, Key, insert_once
from ..places.travel_time import keep_legs, streets_in_force
from ..service.slot import Slot
from .cart import Basket
from .order import Order, Request, place_order
from .question import Evidence, SlotAnswer
from .tentative import replace_plan


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
    is_kept: Mapped[bool | None]
    late_minutes: Mapped[int | None]


class RefusedSlot(Base):
    """A slot that a customer asked for and could not have: demand that was not met."""

    __tablename__ = "refused_slot"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # of the checkout page
    slot_id: Mapped[int] = mapped_column(ForeignKey("slot.id"), primary_key=True, index=True)
    reason: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]


def promise_order(
    session: Session,
    request: Request,
    basket: Basket,
    evidence: Evidence | None,
    *,
    secret: str,
    now: datetime,
    is_late_call: bool = False,
    held_until: datetime | None = None,
) -> Order:
    """Place an order together with its promise, all or nothing.

    Raises PlanMoved when another promise was given since the evidence was found, and what
    `place_order` raises.
    """
    order = place_order(
        session,
        request,
        basket,
        secret=secret,
        now=now,
        held_until=held_until,
        is_late_call=is_late_call,
    )
    if promise_of(session, order) is None:
        give_promise(session, order, evidence, cause="ordered", now=now)
    return order


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


def note_refused(
    session: Session, key: str, answers: Sequence[SlotAnswer], *, now: datetime
) -> None:
    """Remember which slots a checkout page could not offer, once for each slot."""
    for answer in answers:
        if answer.reason is not None:
            row = {"key": key, "slot_id": answer.slot.id, "reason": answer.reason.code, "at": now}
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
