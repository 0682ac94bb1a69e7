"""Statement: what was carried for a partner in a month, in kilos, stops and euros.

Only what was delivered is owed; each sum is that of its lines, at the prices of their promises.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..service.service import Service
from ..shipments.partner import Partner
from ..shipments.shipment import STOPS, Shipment

MONTHS_SHOWN = 12


@dataclass(frozen=True)
class Statement:
    """A partner's month: what was delivered, by day."""

    partner: Partner
    month: date  # its first day
    lines: tuple[Shipment, ...]

    @property
    def kilos(self) -> int:
        return sum(line.kilos for line in self.lines)

    @property
    def stops(self) -> int:
        return STOPS * len(self.lines)

    @property
    def cents(self) -> int:
        """What is owed, without VAT."""
        return sum(line.cents for line in self.lines)


def statement_of(session: Session, partner: Partner, month: date) -> Statement:
    """A partner's month; `month` is its first day."""
    following = (month + timedelta(days=32)).replace(day=1)
    query = (
        select(Shipment)
        .join(Service)
        .where(Shipment.partner_id == partner.id, Shipment.state == "delivered")
        .where(Service.date >= month, Service.date < following)
        .order_by(Service.date, Shipment.delivered_at, Shipment.id)
    )
    return Statement(partner, month, tuple(session.scalars(query)))


def months_of(session: Session, partner: Partner) -> list[date]:
    """The first days of the months in which something was delivered, the newest first."""
    query = (
        select(Service.date)
        .join(Shipment, Shipment.service_id == Service.id)
        .where(Shipment.partner_id == partner.id, Shipment.state == "delivered")
        .distinct()
    )
    found = {day.replace(day=1) for day in session.scalars(query)}
    return sorted(found, reverse=True)[:MONTHS_SHOWN]
