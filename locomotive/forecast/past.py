"""Past lunches: what was sold on each day, and how much of it was ordered by which hour."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import mean, pvariance

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..core.clock import instant
from ..core.status import LIVE
from ..menu.menu import Menu, Portion, PortionCorrection
from ..ordering.order import Order, OrderLine
from ..service.service import Service

HALF_A_YEAR = timedelta(days=190)
A_MONTH = timedelta(days=30)
LEAST_LUNCHES = 3
SUREST = 10_000.0


@dataclass(frozen=True)
class PastLunch:
    """What was sold on one day: dish id → portions."""

    day: date
    sold: Mapping[int, int]

    @property
    def total(self) -> int:
        return sum(self.sold.values())


@dataclass(frozen=True)
class Pace:
    """The share of a day's portions that is usually ordered by an hour, and how many orders tell
    as much of a day as that share is sure: some days are early."""

    share: float
    sure: float


def past_lunches(
    session: Session, before: date, *, back: timedelta = HALF_A_YEAR
) -> list[PastLunch]:
    """The lunches of the last half year before a day, or of as long as `back`, in their order."""
    corrected = (
        select(PortionCorrection.portion_id, func.sum(PortionCorrection.delta).label("delta"))
        .group_by(PortionCorrection.portion_id)
        .subquery()
    )
    rows = session.execute(
        select(
            Menu.date,
            Portion.dish_id,
            Portion.initial + func.coalesce(corrected.c.delta, 0) - Portion.remaining,
        )
        .join(Portion, Portion.menu_id == Menu.id)
        .outerjoin(corrected, corrected.c.portion_id == Portion.id)
        .where(Menu.date < before, Menu.date >= before - back)
        .where(Menu.published_at.is_not(None))
        .order_by(Menu.date)
    )
    days: dict[date, dict[int, int]] = {}
    for day, dish_id, sold in rows:
        days.setdefault(day, {})[dish_id] = int(sold)
    return [PastLunch(day, sold) for day, sold in days.items()]


def pace_at(session: Session, day: date, *, today: date, now: datetime) -> Pace | None:
    """The pace of the last month's lunches at the hour that it is before a day's lunch; None
    while there are too few."""
    rows = session.execute(
        select(Service.date, Order.placed_at, OrderLine.portions)
        .join(Order, Order.service_id == Service.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Service.date < today, Service.date >= today - A_MONTH, Order.status.in_(LIVE))
    )
    ahead = now - instant(day, time())
    in_time: dict[date, int] = {}
    total: dict[date, int] = {}
    for on, placed_at, portions in rows:
        total[on] = total.get(on, 0) + portions
        if placed_at - instant(on, time()) <= ahead:
            in_time[on] = in_time.get(on, 0) + portions
    return pace_of((in_time.get(on, 0), number) for on, number in total.items())


def pace_of(lunches: Iterable[tuple[int, int]]) -> Pace | None:
    """The pace of lunches (portions ordered by the hour, portions in all); None of too few, or
    while nothing is ordered by then."""
    known = [(early, number) for early, number in lunches if number]
    shares = [early / number for early, number in known]
    if len(known) < LEAST_LUNCHES or not any(shares):
        return None
    share = mean(shares)
    # What the shares vary beyond chance: a share of few portions varies by itself.
    beyond = pvariance(shares) - share * (1 - share) / mean(number for _, number in known)
    return Pace(share, sure=min(SUREST, share**2 / beyond) if beyond > 0 else SUREST)
