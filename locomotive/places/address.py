"""Place and KnownAddress: where a meal can be brought."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..addresses.words import place_key
from ..core.base import Base, Key, Words, insert_once
from ..core.personal import DOOR, personal
from ..core.refusal import N_, Invalid
from .zone import Zone, check_position, zone_of

LONGEST_NOTE = 300


class Place(Base):
    """A place that the manager named: a company, its gate, whom to ask for."""

    __tablename__ = "place"
    __table_args__ = (
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
    )

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(unique=True)
    street: Mapped[Words]
    town: Mapped[Words]
    latitude: Mapped[float]
    longitude: Mapped[float]
    access_note: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")
    contact: Mapped[Words] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    # Seconds at the door before the first box, as finished rounds taught; None: as everywhere.
    door_seconds: Mapped[int | None]
    # How far the time at the door strays, in seconds, as rounds taught; None: as everywhere.
    door_noise: Mapped[int | None]


class KnownAddress(Base):
    """An address whose position somebody set by hand, with how to come in: kept for next time.

    It says nothing of who lives there, and goes when nobody ordered there for a year.
    """

    __tablename__ = "known_address"
    __table_args__ = (UniqueConstraint("street", "town"),)

    id: Mapped[Key]
    street: Mapped[Words] = mapped_column(info=personal(DOOR))
    town: Mapped[Words]
    latitude: Mapped[float] = mapped_column(info=personal(DOOR))
    longitude: Mapped[float] = mapped_column(info=personal(DOOR))
    access_note: Mapped[str] = mapped_column(
        String(LONGEST_NOTE), default="", server_default="", info=personal(DOOR)
    )
    used_at: Mapped[datetime | None]  # when somebody last ordered there, as the nights see it

    @property
    def address(self) -> "Address":
        """The address as an order copies it."""
        return Address(
            "", self.street, self.town, self.latitude, self.longitude, self.access_note or ""
        )


@dataclass(frozen=True)
class Address:
    """Where one order goes, as it is copied onto the order."""

    name: str
    street: str
    town: str
    latitude: float
    longitude: float
    access_note: str = ""
    nearest: str = ""  # the house number whose position stands in for one that is not on file

    @property
    def point(self) -> tuple[float, float]:
        """Latitude and longitude in degrees."""
        return self.latitude, self.longitude


def joined_notes(*notes: str) -> str:
    """Notes on how to come in as one, each said once."""
    return " · ".join(dict.fromkeys(note for note in notes if note))[:LONGEST_NOTE]


class PlaceUnknown(Invalid):
    message = N_("This place is not on our list. Choose another one.")


class PlaceNameTaken(Invalid):
    message = N_("Another place has this name already. Choose another name.")


def places(session: Session) -> list[Place]:
    """All places, those in use first, by name."""
    return list(session.scalars(select(Place).order_by(Place.is_active.desc(), Place.name)))


def save_place(
    session: Session, place: Place, *, depot: tuple[float, float], zone_km: float
) -> Place:
    """Write a place. Raises PlaceNameTaken, PositionSwapped, PlaceOutsideZone,
    PlaceOutsideLine."""
    with session.no_autoflush:
        zone = zone_of(session, depot=depot, zone_km=zone_km)
    check_position(zone, (place.latitude, place.longitude))
    with session.no_autoflush:
        other = select(Place.id).where(
            Place.name == place.name, Place.id.is_distinct_from(place.id)
        )
        if session.scalar(other) is not None:
            raise PlaceNameTaken(field="name")
    session.add(place)
    session.flush()
    return place


def known_address(session: Session, street: str, town: str) -> KnownAddress | None:
    """What was kept of an address: its position and how to come in."""
    return session.scalar(
        select(KnownAddress).where(KnownAddress.street == street, KnownAddress.town == town)
    )


def keep_address(session: Session, address: Address, *, zone: Zone) -> KnownAddress:
    """Keep the position and the note of an address for whoever orders there next.

    Raises PositionSwapped, PlaceOutsideZone, PlaceOutsideLine.
    """
    check_position(zone, address.point)
    kept = {
        "latitude": address.latitude,
        "longitude": address.longitude,
        "access_note": address.access_note,
    }
    named = {"street": address.street, "town": address.town}
    insert_once(session, KnownAddress, named | kept, unique=["street", "town"])
    found = session.scalars(select(KnownAddress).filter_by(**named)).one()
    for name, value in kept.items():
        setattr(found, name, value)
    session.flush()
    return found


def active_places(session: Session) -> list[Place]:
    """The places that customers may choose, by name."""
    return list(session.scalars(select(Place).where(Place.is_active).order_by(Place.name)))


@dataclass(frozen=True)
class Doors:
    """The doors that rounds taught: the seconds before the first box by the place's name, and how
    many seconds they stray by its point."""

    times: dict[str, int]
    noises: dict[tuple[float, float], int]


def known_doors(session: Session) -> Doors:
    """What is known of the places' doors."""
    columns = Place.name, Place.latitude, Place.longitude, Place.door_seconds, Place.door_noise
    known = or_(Place.door_seconds.is_not(None), Place.door_noise.is_not(None))
    rows = session.execute(select(*columns).where(known)).all()
    return Doors(
        {row.name: row.door_seconds for row in rows if row.door_seconds is not None},
        {
            (row.latitude, row.longitude): row.door_noise
            for row in rows
            if row.door_noise is not None
        },
    )


def address_of_place(session: Session, place_id: int) -> Address:
    """The address of a named place. Raises PlaceUnknown."""
    place = session.get(Place, place_id)
    if place is None or not place.is_active:
        raise PlaceUnknown(field="place")
    return Address(
        name=place.name,
        street=place.street,
        town=place.town,
        latitude=place.latitude,
        longitude=place.longitude,
        access_note=place.access_note,
    )


def address_columns(address: Address | None) -> dict[str, object]:
    """Where it goes, as an order's row keeps it; nowhere for what is fetched."""
    return {
        "place_name": address.name if address else "",
        "street": address.street if address else "",
        "town": address.town if address else "",
        "access_note": address.access_note if address else "",
        "latitude": address.latitude if address else None,
        "longitude": address.longitude if address else None,
        "nearest": address.nearest if address else "",
        "place_key": place_key(address.name or address.street) if address else "",
    }
