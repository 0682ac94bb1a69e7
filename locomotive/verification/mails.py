"""Mails: what must have been written to a customer."""

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from ..core.status import UNPAID, Status
from ..ordering.message import Message
from ..ordering.order import Order
from ..promise.proposal import Proposal
from ..service.service import Service

# Kind of mail → the orders that must have one, where an address is known.
DUE: dict[str, ColumnElement[bool]] = {
    Status.PLACED.value: Order.status.not_in(UNPAID),
    Status.CANCELLED.value: Order.status == Status.CANCELLED,
    "proposed": exists().where(Proposal.order_id == Order.id),
}


def wrong_mails(session: Session) -> list[str]:
    """Mails that were never written, and those that count as sent at no time."""
    return [*_missing(session), *_unsent(session)]


def _missing(session: Session) -> list[str]:
    found = []
    for kind, is_due in DUE.items():
        is_written = exists().where(Message.order_id == Order.id, Message.kind == kind)
        rows = session.execute(
            select(Order.number, Service.date)
            .join(Service, Service.id == Order.service_id)
            .where(Order.email != "", is_due, ~is_written)
        )
        found += [f"order {n} of {day}: its mail “{kind}” was never written" for n, day in rows]
    return found


def _unsent(session: Session) -> list[str]:
    is_wrong = and_(Message.state == "sent", Message.sent_at.is_(None))
    return [
        f"mail {id_}: it counts as sent, at no time"
        for id_ in session.scalars(select(Message.id).where(is_wrong))
    ]
