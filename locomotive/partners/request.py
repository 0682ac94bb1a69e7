"""Request: what a partner asks to be carried, and what is wrong with it before it is a question."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy.orm import Session

from ..addresses.search import find_address
from ..core.clock import day_of, instant, local
from ..core.refusal import N_, Invalid, Refusal
from ..places.address import Address
from ..places.zone import Zone, zone_of
from ..promise.keeping import House
from ..service.service import Service, service_of
from ..shipments.partner import Partner
from ..shipments.shipment import MOST_CRATES, MOST_KILOS, Shipment, code_of, new_shipment
from ..web.fields import wall_of

LONGEST_KEY = 64
LONGEST_WORDS = 200
SHORTEST, LONGEST = timedelta(minutes=15), timedelta(hours=8)
DAYS_AHEAD = 14


class AddressOutside(Invalid):
    message = N_("%(address)s lies outside the area of the tricycles.")


class PlacesSame(Invalid):
    message = N_("Both addresses are the same place. Write where it is brought.")


class WindowInvalid(Invalid):
    message = N_(
        "Write a window of one day that is still to come, from 15 minutes to 8 hours long."
    )


class DayTooFar(Invalid):
    message = N_("Choose a day from today to %(days)s days ahead.")


class NoRounds(Invalid):
    message = N_("No tricycle rides on that day. Choose another day.")


class FieldInvalid(Invalid):
    message = N_("“%(name)s” is missing, or not as it must be: %(rule)s.")


class KeyReused(Refusal):
    message = N_("This key was used for another shipment already. Take a new one.")
    status = 422


@dataclass(frozen=True)
class Asked:
    """A shipment as it is asked for: from and to as typed, times by the restaurant's clock."""

    key: str
    goods: str
    crates: int
    kilos: int
    day: date
    starts: time
    ends: time
    start: str
    end: str

    @property
    def content_hash(self) -> str:
        """What tells two contents under one key apart."""
        facts = [str(value) for name, value in vars(self).items() if name != "key"]
        return sha256(repr(facts).encode()).hexdigest()

    @property
    def window(self) -> tuple[datetime, datetime]:
        """The instants between which it is fetched and brought."""
        return instant(self.day, self.starts), instant(self.day, self.ends)

    def shipment(self, session: Session, house: House, partner: Partner) -> Shipment:
        """The shipment, not written yet. Raises what `locate` raises."""
        depot, now = house.settings.depot, house.clock.now()
        zone = zone_of(session, depot=depot, zone_km=house.settings.zone_km)
        located = locate(session, self, zone=zone, now=now)
        starts_at, ends_at = self.window
        return new_shipment(
            partner,
            located.service,
            located.start,
            located.end,
            now=now,
            code=code_of(partner, self.key),
            content_hash=self.content_hash,
            goods=self.goods,
            crates=self.crates,
            kilos=self.kilos,
            starts_at=starts_at,
            ends_at=ends_at,
        )


@dataclass(frozen=True)
class Located:
    """The lunch and the two places of what was asked for."""

    service: Service
    start: Address
    end: Address


def read_asked(sent: Any) -> Asked:
    """What a program sends. Raises FieldInvalid, which names the field."""
    sent = sent if isinstance(sent, dict) else {}
    return Asked(
        key=_text(sent, "key", LONGEST_KEY),
        goods=_text(sent, "goods", LONGEST_WORDS),
        crates=_number(sent, "crates", 1, MOST_CRATES),
        kilos=_number(sent, "kilos", 0, MOST_KILOS),
        day=day_of(_text(sent, "day", 10)) or _wrong("day", "2026-11-24"),
        starts=wall_of(_text(sent, "starts", 8)) or _wrong("starts", "09:00"),
        ends=wall_of(_text(sent, "ends", 8)) or _wrong("ends", "11:00"),
        start=_text(sent, "from", LONGEST_WORDS),
        end=_text(sent, "to", LONGEST_WORDS),
    )


def _text(sent: dict[str, Any], name: str, most: int) -> str:
    text = sent.get(name)
    clean = " ".join(text.split()) if isinstance(text, str) else ""
    if not clean or len(clean) > most:
        _wrong(name, f"1–{most}")
    return clean


def _number(sent: dict[str, Any], name: str, least: int, most: int) -> int:
    number = sent.get(name, least if least == 0 else None)
    if type(number) is not int or not least <= number <= most:
        _wrong(name, f"{least}–{most}")
    return int(number or 0)


def _wrong(name: str, rule: str) -> Any:
    raise FieldInvalid(field=name, name=name, rule=rule)


def locate(session: Session, asked: Asked, *, zone: Zone, now: datetime) -> Located:
    """The lunch and the places of a request.

    Raises DayTooFar, WindowInvalid, NoRounds, AddressUnknown and its kin, AddressOutside,
    PlacesSame.
    """
    if not 0 <= (asked.day - local(now).date()).days <= DAYS_AHEAD:
        raise DayTooFar(field="day", days=DAYS_AHEAD)
    starts_at, ends_at = asked.window
    if not SHORTEST <= ends_at - starts_at <= LONGEST or ends_at <= now:
        raise WindowInvalid(field="ends")
    service = service_of(session, asked.day)
    if service is None:
        raise NoRounds(field="day")
    start = _place(session, asked.start, "start", zone)
    end = _place(session, asked.end, "end", zone)
    if start.point == end.point:
        raise PlacesSame(field="end")
    return Located(service, start, end)


def _place(session: Session, typed: str, field: str, zone: Zone) -> Address:
    try:
        address = find_address(session, typed, centre=zone.depot)
    except Invalid as unknown:
        unknown.values["field"] = field
        raise
    if not zone.holds(address.point):
        raise AddressOutside(field=field, address=typed)
    return address
