"""Zone: how far the tricycles go, as a circle, as minutes of riding, or as drawn by hand."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, Session, mapped_column

from routing.streets import great_circle

from ..core.base import Base, Key
from ..core.refusal import N_, Invalid

Point = tuple[float, float]  # latitude, longitude in degrees
Kind = Literal["circle", "reach", "drawn"]
MINUTES = (5, 45)
MOST_CORNERS = 200
# A zone wider than this was drawn by mistake.
WIDEST_KM = 50.0


class ZoneLine(Base):
    """The zone that the manager chose; without a row it is the circle of the settings."""

    __tablename__ = "zone"

    id: Mapped[Key]
    kind: Mapped[str] = mapped_column(String(10))
    minutes: Mapped[int | None]
    corners: Mapped[str] = mapped_column(Text, default="[]")  # JSON, [[latitude, longitude], …]
    changed_at: Mapped[datetime]

    @property
    def ring(self) -> tuple[Point, ...]:
        return tuple((float(lat), float(lon)) for lat, lon in json.loads(self.corners))


@dataclass(frozen=True)
class ZoneChoice:
    """A zone as the manager asks for it: its kind, with minutes or corners where it needs them."""

    kind: Kind
    minutes: int | None = None
    corners: tuple[Point, ...] = ()


@dataclass(frozen=True)
class Zone:
    """Where meals are brought; without corners, all that lies `zone_km` around the depot."""

    depot: Point
    zone_km: float
    ring: tuple[Point, ...] = ()

    def holds(self, point: Point) -> bool:
        """Whether a point lies inside."""
        if not self.ring:
            return great_circle(self.depot, point) <= self.zone_km * 1000
        return is_inside(point, self.ring)


def is_inside(point: Point, ring: Sequence[Point]) -> bool:
    """Whether a point lies in a ring, by the parity of the edges east of it (Shimrat 1962)."""
    lat, lon = point
    inside = False
    for (lat1, lon1), (lat2, lon2) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if (lat1 > lat) != (lat2 > lat) and lon < lon1 + (lat - lat1) / (lat2 - lat1) * (
            lon2 - lon1
        ):
            inside = not inside
    return inside


class OutsideZone(Invalid):
    message = N_("%(town)s is too far for the tricycle. Choose take-away, or another address.")


class PlaceOutsideZone(Invalid):
    message = N_(
        "This point lies %(metres)s m from the kitchen; the tricycles go no further than "
        "%(zone)s m. Check latitude and longitude."
    )


class PlaceOutsideLine(Invalid):
    message = N_(
        "This point lies %(metres)s m from the kitchen, outside the zone on the map. Check "
        "latitude and longitude."
    )


class PositionSwapped(Invalid):
    message = N_(
        "Latitude and longitude look exchanged. Write %(latitude)s as latitude and "
        "%(longitude)s as longitude."
    )


class ZoneTooSmall(Invalid):
    message = N_("Draw at least three corners around the kitchen.")


class ZoneWithoutKitchen(Invalid):
    message = N_("The kitchen must lie inside the zone. Draw the corners around it.")


class ZoneTooWide(Invalid):
    message = N_("Corner %(corner)s lies %(km)s km from the kitchen. Draw the zone closer to it.")


def zone_line(session: Session) -> ZoneLine | None:
    """The zone that the manager chose, if he did."""
    return session.get(ZoneLine, 1)


def zone_of(session: Session, *, depot: Point, zone_km: float) -> Zone:
    """The zone in force; a reach that no map has measured yet is the circle."""
    line = zone_line(session)
    return Zone(depot, zone_km, line.ring if line and line.kind != "circle" else ())


def choose_zone(session: Session, choice: ZoneChoice, *, depot: Point, now: datetime) -> ZoneLine:
    """Set the zone; that of minutes gets its corners when the road network has measured them.

    Raises ZoneTooSmall, ZoneTooWide, ZoneWithoutKitchen; then nothing changes.
    """
    if choice.kind == "drawn":
        check_corners(choice.corners, depot)
    line = zone_line(session)
    if line is None:
        line = ZoneLine(id=1)
        session.add(line)
    line.kind, line.minutes, line.changed_at = choice.kind, choice.minutes, now
    line.corners = json.dumps([list(corner) for corner in choice.corners])
    session.flush()
    return line


def set_reach(session: Session, ring: Sequence[Point]) -> None:
    """Write what the road network measured for a zone of minutes."""
    line = zone_line(session)
    if line is not None and line.kind == "reach":
        line.corners = json.dumps([[round(lat, 6), round(lon, 6)] for lat, lon in ring])


def check_corners(corners: Sequence[Point], depot: Point) -> None:
    """Refuse a drawn zone that cannot be one."""
    if not 3 <= len(corners) <= MOST_CORNERS:
        raise ZoneTooSmall(field="corners")
    for number, corner in enumerate(corners, 1):
        far = great_circle(depot, corner) / 1000
        if far > WIDEST_KM:
            raise ZoneTooWide(field="corners", corner=number, km=round(far))
    if not is_inside(depot, corners):
        raise ZoneWithoutKitchen(field="corners")


def check_zone(zone: Zone, point: Point, *, town: str) -> None:
    """Refuse an address outside the zone. Raises OutsideZone."""
    if not zone.holds(point):
        raise OutsideZone(field="address", town=town)


def check_position(zone: Zone, point: Point) -> None:
    """Refuse a place outside the zone.

    Raises PositionSwapped when the exchanged point would lie inside, else PlaceOutsideZone or
    PlaceOutsideLine.
    """
    if zone.holds(point):
        return
    latitude, longitude = point[1], point[0]
    if abs(latitude) <= 90 and zone.holds((latitude, longitude)):
        raise PositionSwapped(
            field="latitude", latitude=f"{latitude:g}", longitude=f"{longitude:g}"
        )
    metres = round(great_circle(zone.depot, point))
    if zone.ring:
        raise PlaceOutsideLine(field="latitude", metres=metres)
    raise PlaceOutsideZone(field="latitude", metres=metres, zone=round(zone.zone_km * 1000))
