"""Collections: crates that a tricycle fetches at a supplier's on its way, and what it gives back
there: empty crates, and peelings for the animals or the compost.

It never costs a promise: all collections together weigh less than one order, so one that does not
fit beside the orders is left out with its reason.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import routing

from ..addresses.search import find_address
from ..core.refusal import N_, Invalid, Refusal
from ..farm.supplier import Supplier
from ..ordering.order import touch
from ..places.travel_time import Point
from ..places.zone import Zone, check_position
from ..promise.problem import AT_THE_DOOR, AT_THE_DOOR_PER_CRATE, Delivery
from ..service.service import Service
from ..shipments.shipment import BOXES_PER_CRATE, KILOS_PER_BOX
from .round import Collection

MOST_CRATES = 50
NESTED = 5  # empty crates that stand in each other take the room of one
MOST_KILOS = 100


class CollectionWindow(Invalid):
    message = N_("The end must come after the beginning, on the same day.")


class CollectionWhere(Invalid):
    message = N_("We do not know where %(supplier)s is: write the position, or click on the map.")


class CollectionUnknown(Refusal):
    message = N_("This collection is gone already.")
    status = 404


class CollectionOut(Refusal):
    message = N_("Round %(number)s is released with this collection on its sheet: it stays.")


def collections_of(session: Session, service: Service) -> list[Collection]:
    """The collections of a service, by their windows."""
    query = select(Collection).where(Collection.service_id == service.id)
    return list(session.scalars(query.order_by(Collection.starts_at, Collection.id)))


def point_of_supplier(session: Session, supplier: Supplier, *, depot: Point) -> Point:
    """Where a supplier is: as last time, else by his address. Raises CollectionWhere."""
    query = select(Collection).where(Collection.supplier_id == supplier.id)
    last = session.scalar(query.order_by(Collection.id.desc()).limit(1))
    if last is not None:
        return last.point
    try:
        return find_address(session, f"{supplier.street} {supplier.town}", centre=depot).point
    except Invalid as unknown:
        raise CollectionWhere(field="latitude", supplier=supplier.name) from unknown


def add_collection(session: Session, collection: Collection, *, zone: Zone) -> Collection:
    """Write down that crates are to be fetched; the next plan holds it.

    Raises CollectionWindow, PositionSwapped, PlaceOutsideZone, PlaceOutsideLine.
    """
    if collection.starts_at >= collection.ends_at:
        raise CollectionWindow(field="ends_at")
    check_position(zone, collection.point)
    session.add(collection)
    session.flush()
    touch(session, collection.service_id)
    return collection


def drop_collection(session: Session, service: Service, collection_id: int) -> None:
    """Fetch it no more. Raises CollectionUnknown, CollectionOut."""
    collection = session.get(Collection, collection_id)
    if collection is None or collection.service_id != service.id:
        raise CollectionUnknown
    if collection.stop is not None:
        if collection.is_out:
            raise CollectionOut(number=collection.stop.round.number)
        session.delete(collection.stop)
        session.flush()
    session.delete(collection)
    touch(session, service.id)


def with_collections(delivery: Delivery, wanted: Sequence[Collection]) -> Delivery:
    """The delivery with these collections as stops of their own.

    Every order weighs more than all of them together; each has a row in the matrices already
    (`delivery_of` with `more`). One that is on a released sheet is no stop of its own any more.
    """
    coming = [one for one in wanted if not one.is_out]
    weight = len(coming) + 1
    orders = [replace(s, priority=s.priority * weight) for s in delivery.problem.stops]
    stops = [*orders, *(_stop(delivery, one) for one in coming)]
    return replace(
        delivery,
        problem=replace(delivery.problem, stops=tuple(stops)),
        collections={one.planner_id: one.supplier.name for one in coming},
    )


def order_weight(delivery: Delivery) -> int:
    """The priority that one order has in this delivery's problem."""
    return (len(delivery.collections) + 1) * (len(delivery.ends) + 1)


def _stop(delivery: Delivery, one: Collection) -> routing.Stop:
    def seconds(moment: datetime) -> int:
        return int((moment - delivery.midnight).total_seconds())

    return routing.Stop(
        id=one.planner_id,
        location=delivery.points.index(one.point),
        delivery=(boxes_given_back(one),),
        pickup=(one.crates * BOXES_PER_CRATE,),
        time_window=(seconds(one.starts_at), seconds(one.ends_at)),
        service_time=int((AT_THE_DOOR + AT_THE_DOOR_PER_CRATE * one.crates).total_seconds()),
        priority=1,
    )


def boxes_given_back(one: Collection) -> int:
    """The room, in lunch boxes, of what rides to the supplier's."""
    crates = -(-one.empty_crates * BOXES_PER_CRATE // NESTED)
    return crates - (-one.peelings_kg // KILOS_PER_BOX)


def note_reasons(session: Session, service: Service, left_out: dict[str, str]) -> None:
    """Write why the plan left collections out (planner's name → reason), and forget older
    reasons."""
    for one in collections_of(session, service):
        one.reason = left_out.get(one.planner_id, "")
