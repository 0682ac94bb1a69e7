"""Offer: what another restaurant asks our tricycles to bring: held for a while, then promised.

The room is held in the plan as long as the offer stands, so that its confirmation asks nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil, nan
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..core.base import guarded
from ..core.clock import local, moment_of
from ..core.refusal import N_, Refusal
from ..ordering.order import touch
from ..places.address import LONGEST_NOTE, Address
from ..places.zone import zone_of
from ..promise.keeping import House
from ..service.service import service_of
from ..shipments.news import queue_news
from ..shipments.partner import Partner
from ..shipments.shipment import (
    BOXES_PER_CRATE,
    GIVEN_UP,
    Shipment,
    ShipmentUnknown,
    code_of,
    new_shipment,
    shipment_by_code,
)
from .request import (
    LONGEST,
    LONGEST_KEY,
    LONGEST_WORDS,
    SHORTEST,
    AddressOutside,
    FieldInvalid,
    NoRounds,
    WindowInvalid,
)

LASTS = timedelta(minutes=10)
MOST_BOXES = 100


class OfferOver(Refusal):
    message = N_("This offer was not confirmed in time, or can no longer be kept. Ask again.")
    status = 410


@dataclass(frozen=True)
class Ride:
    """What another restaurant asks us to bring: from its kitchen to its customer's door."""

    key: str
    goods: str
    boxes: int
    starts_at: datetime
    brings_at: datetime
    ends_at: datetime
    start: Address
    end: Address

    @property
    def content_hash(self) -> str:
        """What tells two contents under one key apart."""
        return sha256(repr(self).encode()).hexdigest()

    def shipment(self, session: Session, house: House, partner: Partner) -> Shipment:
        """The offer, not written yet. Raises WindowInvalid, NoRounds, AddressOutside."""
        now, depot = house.clock.now(), house.settings.depot
        is_right = self.starts_at <= self.brings_at < self.ends_at and self.ends_at > now
        if not is_right or not SHORTEST <= self.ends_at - self.starts_at <= LONGEST:
            raise WindowInvalid(field="ends_at")
        service = service_of(session, local(self.starts_at).date())
        if service is None or local(self.ends_at).date() != service.date:
            raise NoRounds(field="starts_at")
        zone = zone_of(session, depot=depot, zone_km=house.settings.zone_km)
        for field, place in (("start", self.start), ("end", self.end)):
            if not zone.holds(place.point):
                raise AddressOutside(field=field, address=place.street)
        return new_shipment(
            partner, service, self.start, self.end, now=now, **self._columns(partner, now)
        )

    def _columns(self, partner: Partner, now: datetime) -> dict[str, Any]:
        return {
            "code": code_of(partner, self.key),
            "content_hash": self.content_hash,
            "goods": self.goods,
            "meals": self.boxes,
            "crates": ceil(self.boxes / BOXES_PER_CRATE),
            "kilos": 0,
            "starts_at": self.starts_at,
            "brings_at": self.brings_at,
            "ends_at": self.ends_at,
            "state": "offered",
            "offer_ends_at": now + LASTS,
        }


def read_ride(sent: Any) -> Ride:
    """What the other's program sends. Raises FieldInvalid, which names the field."""
    sent = sent if isinstance(sent, dict) else {}
    boxes = sent.get("boxes")
    if type(boxes) is not int or not 1 <= boxes <= MOST_BOXES:
        _wrong("boxes", f"1–{MOST_BOXES}")
    return Ride(
        key=_text(sent, "key", LONGEST_KEY),
        goods=_text(sent, "goods", LONGEST_WORDS),
        boxes=boxes,
        starts_at=_moment(sent, "starts_at"),
        brings_at=_moment(sent, "brings_at"),
        ends_at=_moment(sent, "ends_at"),
        start=_place(sent, "from"),
        end=_place(sent, "to"),
    )


def _place(sent: dict[str, Any], field: str) -> Address:
    place = sent.get(field)
    place = place if isinstance(place, dict) else {}
    point = [_degrees(place.get(name), field) for name in ("latitude", "longitude")]
    return Address(
        _text(place, "name", LONGEST_WORDS, may_lack=True),
        _text(place, "street", LONGEST_WORDS),
        _text(place, "town", LONGEST_WORDS, may_lack=True),
        point[0],
        point[1],
        _text(place, "note", LONGEST_NOTE, may_lack=True),
    )


def _degrees(number: object, field: str) -> float:
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    degrees = float(str(number)) if is_number else nan
    return degrees if abs(degrees) <= 180 else float(_wrong(field, "latitude, longitude"))


def _moment(sent: dict[str, Any], name: str) -> datetime:
    moment = moment_of(sent.get(name))
    return moment or _wrong(name, "2026-11-24T12:00:00+01:00")


def _text(sent: dict[str, Any], name: str, most: int, *, may_lack: bool = False) -> str:
    text = sent.get(name, "" if may_lack else None)
    clean = " ".join(text.split()) if isinstance(text, str) else ""
    is_whole = bool(clean) or (may_lack and text == "")
    return clean if is_whole and len(clean) <= most else str(_wrong(name, f"1–{most}"))


def _wrong(name: str, rule: str) -> Any:
    raise FieldInvalid(field=name, name=name, rule=rule)


def confirm_offer(session: Session, partner: Partner, code: str, *, now: datetime) -> Shipment:
    """Promise what was offered; confirmed twice it is promised once. Raises ShipmentUnknown,
    OfferOver."""
    found = shipment_by_code(session, partner, code)
    if found is None:
        raise ShipmentUnknown
    stands = Shipment.id == found.id, Shipment.state == "offered", Shipment.offer_ends_at > now
    if guarded(session, update(Shipment).where(*stands).values(state="promised", promised_at=now)):
        queue_news(session, found.id, "promised", partner_id=partner.id, now=now)
        touch(session, found.service_id)
    session.refresh(found)
    if found.state == "offered" or not found.is_live:
        raise OfferOver
    return found


def end_offers(session: Session, *, now: datetime) -> None:
    """Give the room of the offers back that nobody confirmed in time."""
    over = Shipment.state == "offered", Shipment.offer_ends_at <= now
    for found in session.scalars(select(Shipment).where(*over)).all():
        row = update(Shipment).where(Shipment.id == found.id, *over)
        if guarded(session, row.values(state=GIVEN_UP, ended_at=now)):
            touch(session, found.service_id)
