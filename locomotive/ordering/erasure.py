"""Erasing who ordered, and what bags must not contain."""

from datetime import date, datetime

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from ..core.base import count_changed
from ..service.service import Service
from .message import Message
from .order import Order, OrderLine


def erase_exceptions(session: Session, *, before: date) -> None:
    """Erase what bags must not contain, and for whom, from the orders of lunches before a day:
    it is health data (GDPR, article 9), needed for that one meal only. Its fingerprint goes with
    it."""
    old = select(Service.id).where(Service.date < before)
    orders = select(Order.id).where(Order.service_id.in_(old))
    is_wish = and_(OrderLine.order_id.in_(orders), OrderLine.avoids != "")
    wished = list(session.scalars(select(OrderLine.order_id).where(is_wish)))
    session.execute(
        update(OrderLine)
        .where(is_wish)
        .values(avoids="", eater="", accepted="")
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Order)
        .where(
            Order.service_id.in_(old),
            or_(Order.must_not_contain != "", Order.id.in_(wished)),
        )
        .values(must_not_contain="", content_hash="")
        .execution_options(synchronize_session=False)
    )


def erase_contacts(session: Session, *, before: datetime) -> int:
    """Erase who ordered from orders of services before an instant; the money facts stay."""
    old = select(Service.id).where(Service.date < before.date())
    orders = select(Order.id).where(Order.service_id.in_(old))
    session.execute(
        update(Message)
        .where(Message.order_id.in_(orders))
        .values(email="")
        .execution_options(synchronize_session=False)
    )
    return count_changed(
        session,
        update(Order)
        .where(Order.service_id.in_(old), Order.first_name != "")
        .values(
            first_name="",
            phone="",
            email="",
            access_note="",
            must_not_contain="",
            street="",
            latitude=None,
            longitude=None,
        ),
    )
