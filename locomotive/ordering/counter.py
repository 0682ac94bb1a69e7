"""Counter: what portions and slots must show by their orders, checked each night."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ..core.status import LIVE
from ..menu.menu import Portion, PortionCorrection
from ..service.slot import Slot, SlotStation
from .order import Order, OrderLine


def wrong_counters(session: Session) -> list[str]:
    """The portions and slots whose counters do not add up; empty when all is well.

    For each portion: remaining = initial + Σ corrections − Σ lines of live orders; for each
    slot: used = its live orders, used_portions = their portions, and the work of its stations;
    boxes reserved for a group count as orders and as portions.
    """

    def sums(query: Select[int, Any]) -> dict[int, int]:
        return {key: int(total) for key, total in session.execute(query)}

    corrected = sums(
        select(PortionCorrection.portion_id, func.sum(PortionCorrection.delta)).group_by(
            PortionCorrection.portion_id
        )
    )
    sold = sums(
        select(OrderLine.portion_id, func.sum(OrderLine.portions))
        .join(Order)
        .where(Order.status.in_(LIVE))
        .group_by(OrderLine.portion_id)
    )
    used = sums(
        select(Order.slot_id, func.sum(func.coalesce(Order.reserved, 1)))
        .where(Order.status.in_(LIVE))
        .group_by(Order.slot_id)
    )
    used_portions = sums(
        select(Order.slot_id, func.sum(OrderLine.portions))
        .join(OrderLine)
        .where(Order.status.in_(LIVE))
        .group_by(Order.slot_id)
    )
    reserved = sums(
        select(Order.slot_id, func.sum(Order.reserved))
        .where(Order.status.in_(LIVE), Order.reserved.is_not(None))
        .group_by(Order.slot_id)
    )
    wrong = _wrong_stations(session)
    for portion in session.scalars(select(Portion).execution_options(populate_existing=True)):
        due = portion.initial + corrected.get(portion.id, 0) - sold.get(portion.id, 0)
        if portion.remaining != due:
            wrong.append(f"portion {portion.id}: {portion.remaining} left, {due} by its orders")
    for slot in session.scalars(select(Slot).execution_options(populate_existing=True)):
        if slot.used != used.get(slot.id, 0):
            wrong.append(f"slot {slot.id}: {slot.used} used, {used.get(slot.id, 0)} by its orders")
        due = used_portions.get(slot.id, 0) + reserved.get(slot.id, 0)
        if slot.used_portions != due:
            wrong.append(f"slot {slot.id}: {slot.used_portions} portions, {due} by its orders")
    return wrong


def work_by_slot(
    session: Session, slot_ids: Iterable[int] | None = None
) -> dict[int, dict[str, int]]:
    """Slot id → station → seconds of work of the live orders."""
    query = select(Order).where(Order.status.in_(LIVE))
    if slot_ids is not None:
        query = query.where(Order.slot_id.in_(list(slot_ids)))
    found: dict[int, dict[str, int]] = {}
    for order in session.scalars(query):
        here = found.setdefault(order.slot_id, {})
        for station, seconds in order.work.items():
            here[station] = here.get(station, 0) + seconds
    return found


def _wrong_stations(session: Session) -> list[str]:
    rows = list(session.scalars(select(SlotStation).execution_options(populate_existing=True)))
    due = work_by_slot(session, {row.slot_id for row in rows}) if rows else {}
    return [
        f"slot {row.slot_id}, {row.station}: {row.used} s of work, "
        f"{due.get(row.slot_id, {}).get(row.station, 0)} by its orders"
        for row in rows
        if row.used != due.get(row.slot_id, {}).get(row.station, 0)
    ]
