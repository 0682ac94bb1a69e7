"""How the promises of a service stand: given, at risk, kept, and asked for in vain."""

from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..core.status import LIVE
from ..ordering.order import Order
from ..places.travel_time import Point
from ..service.service import Service
from ..service.slot import Slot
from .answer import SENTENCES
from .problem import weak_stops
from .promise import Promise, RefusedSlot
from .proposal import Proposal
from .question import completed
from .tentative_plan import current_plan, delivery_of

LOOK = 1.0  # seconds of repairs for stops that the plan has lost, for it keeps a page waiting


@dataclass(frozen=True)
class Promises:
    """The counts; `tightest` is the smallest margin in minutes, `weak` holds orders that are kept
    less surely than promised (with the probability), `unmet` (start of the slot, sentence of the
    reason, customers)."""

    given: int
    kept: int
    judged: int
    proposed: int
    tightest: int | None
    at_risk: tuple[Order, ...]
    weak: tuple[tuple[Order, float], ...]
    unmet: tuple[tuple[datetime, str, int], ...]


def promises_of(session: Session, service: Service, *, depot: Point, now: datetime) -> Promises:
    """Count the service's promises and seek a plan in which they all still hold.

    At risk are those for which none was found within LOOK.
    """
    live = Order.service_id == service.id, Order.status.in_(LIVE)
    latest = (
        select(func.max(Promise.id))
        .join(Order, Order.id == Promise.order_id)
        .where(*live)
        .group_by(Promise.order_id)
    )
    given, kept, judged = session.execute(
        select(
            func.count(),
            func.count().filter(Promise.is_kept.is_(True)),
            func.count(Promise.is_kept),
        ).where(Promise.id.in_(latest))
    ).one()
    open_ones = select(func.count(Proposal.id)).join(Order, Order.id == Proposal.order_id)
    at_risk, weak, tightest = _risks(session, service, depot, now)
    return Promises(
        given=given,
        kept=kept,
        judged=judged,
        proposed=session.scalar(open_ones.where(*live, Proposal.answered_at.is_(None))) or 0,
        tightest=tightest,
        at_risk=at_risk,
        weak=weak,
        unmet=_unmet(session, service),
    )


def _risks(
    session: Session, service: Service, depot: Point, now: datetime
) -> tuple[tuple[Order, ...], tuple[tuple[Order, float], ...], int | None]:
    delivery = delivery_of(session, service, depot, now=now)
    until = monotonic() + LOOK
    plan = completed(delivery.problem, current_plan(session, service).plan, until=until)
    windows = {stop.id: stop.time_window[1] for stop in delivery.problem.stops}
    visits = [visit for _, trip in plan.trips() for visit in trip.visits if visit.stop in windows]
    margins = [windows[visit.stop] - visit.start for visit in visits]
    lost = [
        o for stop, group in delivery.orders.items() if stop not in plan.served() for o in group
    ]
    weak = weak_stops(delivery.problem, plan)
    orders = tuple((o, sure) for stop, sure in weak.items() for o in delivery.orders.get(stop, ()))
    return tuple(lost), orders, min(margins) // 60 if margins else None


def _unmet(session: Session, service: Service) -> tuple[tuple[datetime, str, int], ...]:
    rows = session.execute(
        select(Slot.starts_at, RefusedSlot.reason, func.count())
        .join(Slot, Slot.id == RefusedSlot.slot_id)
        .where(Slot.service_id == service.id)
        .group_by(Slot.starts_at, RefusedSlot.reason)
        .order_by(Slot.starts_at, RefusedSlot.reason)
    )
    return tuple((at, SENTENCES.get(reason, reason), number) for at, reason, number in rows)
