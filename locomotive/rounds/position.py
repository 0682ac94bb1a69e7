"""Position: where a customer's address really is, put right for the rounds and for next time."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..addresses.words import tokens
from ..core.refusal import N_, Invalid
from ..core.status import OVER
from ..ordering.order import Order, touch
from ..places.address import Address, joined_notes, keep_address, known_address
from ..places.zone import Zone
from ..service.service import Service
from .round import Round, RoundStop

# Orders that a rider has still to find.


class NoteNamesCustomer(Invalid):
    message = N_(
        "The note is kept for whoever orders there next, so it names nobody: leave out %(name)s."
    )


def correct_address(
    session: Session, order: Order, address: Address, *, zone: Zone, today: date
) -> list[Service]:
    """Put an address where it is, with how to come in: kept for next time, and at once for the
    orders and rounds of today and later.

    Returns the services whose rounds were planned to the old position. Raises NoteNamesCustomer,
    PositionSwapped, PlaceOutsideZone, PlaceOutsideLine; then nothing changes.
    """
    named = set(tokens(order.first_name)) & set(tokens(address.access_note))
    if named:
        raise NoteNamesCustomer(field="access_note", name=" ".join(sorted(named)))
    before = known_address(session, order.street, order.town)
    old_note = before.access_note if before else ""
    keep_address(session, address, zone=zone)
    services: dict[int, Service] = {}
    for other in _same_address(session, order, today):
        own = other.access_note.removeprefix(old_note).removeprefix(" · ")
        other.access_note = joined_notes(address.access_note, "" if other is order else own)
        if other.address is None or other.address.point != address.point:
            services[other.service_id] = other.service
        other.latitude, other.longitude, other.nearest = *address.point, ""
    for stop in _stops(session, order, today):
        stop.latitude, stop.longitude = address.point
        stop.access_note = next((o.access_note for o in stop.orders), address.access_note)
        touch(session, stop.round.service_id)
    for service_id in services:
        touch(session, service_id)
    session.flush()
    return list(services.values())


def _same_address(session: Session, order: Order, today: date) -> Sequence[Order]:
    return session.scalars(
        select(Order)
        .join(Service, Service.id == Order.service_id)
        .where(
            Order.kind == "delivery",
            Order.place_name == "",
            Order.street == order.street,
            Order.town == order.town,
            Order.status.not_in(OVER),
            Service.date >= today,
        )
    ).all()


def _stops(session: Session, order: Order, today: date) -> Sequence[RoundStop]:
    return session.scalars(
        select(RoundStop)
        .join(Round, Round.id == RoundStop.round_id)
        .join(Service, Service.id == Round.service_id)
        .where(
            RoundStop.place_name == "",
            RoundStop.street == order.street,
            RoundStop.town == order.town,
            Service.date >= today,
        )
    ).all()
