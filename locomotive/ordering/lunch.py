"""The lunch that a page is about."""

from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from ..core.clock import day_of, local
from ..core.refusal import N_, Refusal
from ..service.service import Service, service_of
from .order import Order


class LunchUnknown(Refusal):
    message = N_("There is no lunch on that day.")
    status = 404


def next_lunch(session: Session, *, now: datetime) -> Service | None:
    """Today's lunch, or the next one, that is open or has orders."""
    has_orders = exists().where(Order.service_id == Service.id)
    return session.scalar(
        select(Service)
        .where(Service.date >= local(now).date(), or_(Service.is_open, has_orders))
        .order_by(Service.date)
        .limit(1)
        .execution_options(populate_existing=True)
    )


def lunch_on(session: Session, day: str) -> Service:
    """The lunch of a day written as 2026-11-24. Raises LunchUnknown."""
    wanted = day_of(day)
    found = service_of(session, wanted) if wanted else None
    if found is None:
        raise LunchUnknown
    return found
