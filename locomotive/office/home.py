"""What the manager sees first: which lunch it is about, and the counts of its day."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from ..core.clock import local
from ..core.status import LIVE, OPEN
from ..dispatch.planning import last_planning, unassigned_of
from ..ordering.message import stuck_messages
from ..ordering.order import Order
from ..rounds.round import Round
from ..service.service import Service, services_from
from ..service.slot import Slot


@dataclass(frozen=True)
class Figures:
    """The counts of one service's day."""

    orders: int
    total_cents: int
    deliveries: int
    in_no_round: int
    unassigned: list[tuple[Order, str]]
    rounds: int
    released: int
    mails_stuck: int


def service_at(session: Session, at: datetime) -> Service | None:
    """Today's service until its last slot ends, else the next one."""
    coming = services_from(session, local(at).date())
    if len(coming) > 1 and coming[0].date == local(at).date():
        ends = session.scalar(select(func.max(Slot.ends_at)).where(Slot.service_id == coming[0].id))
        return coming[1] if ends is not None and ends < at else coming[0]
    return coming[0] if coming else None


def figures_of(session: Session, service: Service, *, now: datetime) -> Figures:
    """Count the day in a handful of queries, however many orders there are."""
    is_live = and_(Order.service_id == service.id, Order.status.in_(LIVE), Order.reserved.is_(None))
    orders, cents = session.execute(
        select(func.count(), func.coalesce(func.sum(Order.total_cents), 0)).where(is_live)
    ).one()
    to_deliver = and_(is_live, Order.kind == "delivery")
    rounds, released = session.execute(
        select(func.count(), func.count(Round.released_at)).where(Round.service_id == service.id)
    ).one()
    planning = last_planning(session, service)
    return Figures(
        orders=orders,
        total_cents=int(cents),
        deliveries=_count(session, to_deliver),
        in_no_round=_count(
            session,
            and_(
                to_deliver,
                Order.status.in_(OPEN),
                Order.round_number.is_(None),
                Order.carried_by_id.is_(None),
            ),
        ),
        unassigned=unassigned_of(session, planning) if planning else [],
        rounds=rounds,
        released=released,
        mails_stuck=stuck_messages(session, now=now),
    )


def first_order_at(session: Session) -> datetime | None:
    """Since when there is something to lose."""
    return session.scalar(select(Order.placed_at).order_by(Order.id).limit(1))


def _count(session: Session, condition: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(Order.id)).where(condition)) or 0
