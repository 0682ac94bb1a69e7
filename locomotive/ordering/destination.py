"""Destination: where one order goes, from a named place or from what was typed."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from ..core.refusal import N_, Invalid
from ..places.address import Address, address_of_place, joined_notes
from ..places.zone import check_zone, zone_of


class AddressMissing(Invalid):
    message = N_("Choose where we bring your meal.")


class AddressTwice(Invalid):
    message = N_("You chose a place and wrote another address. Keep only one of the two.")


@dataclass(frozen=True)
class Destination:
    """What the checkout says of the place: a named place's id or a typed address, and a note."""

    place_id: int | None
    typed: str = ""
    note: str = ""


def address_of(
    session: Session, destination: Destination, *, depot: tuple[float, float], zone_km: float
) -> Address:
    """The address with its position; the customer's note stands after the place's own.

    Raises AddressMissing, AddressTwice, PlaceUnknown, AddressUnknown, AddressUnsure,
    NumberMissing, OutsideZone.
    """
    if destination.place_id is not None and destination.typed:
        raise AddressTwice(field="address")
    if destination.place_id is not None:
        address = address_of_place(session, destination.place_id)
    elif destination.typed:
        from ..addresses.search import find_address

        address = find_address(session, destination.typed, centre=depot)
    else:
        raise AddressMissing(field="place")
    zone = zone_of(session, depot=depot, zone_km=zone_km)
    check_zone(zone, address.point, town=address.town)
    return replace(address, access_note=joined_notes(address.access_note, destination.note))
