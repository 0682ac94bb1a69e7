"""Shipment: crates that are fetched at one place and brought to another, for a partner.

It is promised as a meal is: only if every promise of that day holds together with it.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from math import ceil
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Cents, Key, Words, guarded
from ..core.personal import ADDRESS, Kitchen, personal
from ..core.refusal import N_, Refusal
from ..places.address import LONGEST_NOTE, Address
from ..service.service import Service
from .news import queue_news
from .partner import Partner

# A harvest crate of 60 × 40 cm takes the room of so many lunch boxes.
BOXES_PER_CRATE = 4
# What weighs so much takes the room of one box, whatever it is packed in.
KILOS_PER_BOX = 5
MOST_CRATES, MOST_KILOS = 50, 500
STOPS = 2  # of one shipment: where it is fetched, and where it is brought

# How far a shipment is → what may follow. What a rider noted by mistake is noted anew.
NEXT: dict[str, tuple[str, ...]] = {
    "offered": ("promised", "cancelled", "withdrawn"),  # to another restaurant, for a while
    "promised": ("loaded", "delivered", "missed", "cancelled", "withdrawn"),
    "loaded": ("delivered", "missed"),
    "delivered": ("loaded", "missed"),
    "missed": ("loaded", "delivered"),
    "cancelled": (),  # by the partner, or by us for the partner
    "withdrawn": (),  # by us: it can no longer be kept
}
STATE_WORDS: dict[str, str] = {
    "offered": N_("offered"),
    "promised": N_("promised"),
    "loaded": N_("fetched"),
    "delivered": N_("delivered"),
    "missed": N_("nobody was there"),
    "cancelled": N_("cancelled"),
    "withdrawn": N_("cannot be kept"),
}
# Its place in the rounds is its own.
LIVE = ("offered", "promised", "loaded", "delivered", "missed")
TO_FETCH = ("offered", "promised")  # and it is still to be planned
GIVEN_UP = "cancelled"


class Shipment(Base):
    """One shipment with its two places, its window for both, its prices, and what became of it.

    `code` names it to partner and planner; it follows from the partner's own key of the request, so
    that what comes twice is one shipment.
    """

    __tablename__ = "shipment"
    __table_args__ = (
        CheckConstraint(f"crates BETWEEN 1 AND {MOST_CRATES}", name="crates"),
        CheckConstraint(f"kilos BETWEEN 0 AND {MOST_KILOS}", name="kilos"),
        CheckConstraint("ends_at > starts_at", name="order"),
    )

    id: Mapped[Key]
    code: Mapped[str] = mapped_column(String(24), unique=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    content_hash: Mapped[str] = mapped_column(String(64))  # of what was asked for with its key
    goods: Mapped[Words]
    crates: Mapped[int]
    kilos: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    # A meal of another restaurant: not brought before, so many lunch boxes, held so long.
    brings_at: Mapped[datetime | None]
    meals: Mapped[int | None]
    offer_ends_at: Mapped[datetime | None]
    from_name: Mapped[Words]
    from_street: Mapped[Words] = mapped_column(info=personal(ADDRESS))
    from_town: Mapped[Words]
    from_latitude: Mapped[float] = mapped_column(info=personal(ADDRESS, erased=Kitchen.LATITUDE))
    from_longitude: Mapped[float] = mapped_column(info=personal(ADDRESS, erased=Kitchen.LONGITUDE))
    from_note: Mapped[str] = mapped_column(String(LONGEST_NOTE), info=personal(ADDRESS))
    to_name: Mapped[Words]
    to_street: Mapped[Words] = mapped_column(info=personal(ADDRESS))
    to_town: Mapped[Words]
    to_latitude: Mapped[float] = mapped_column(info=personal(ADDRESS, erased=Kitchen.LATITUDE))
    to_longitude: Mapped[float] = mapped_column(info=personal(ADDRESS, erased=Kitchen.LONGITUDE))
    to_note: Mapped[str] = mapped_column(String(LONGEST_NOTE), info=personal(ADDRESS))
    # Prices as they were when it was promised, without VAT.
    stop_cents: Mapped[Cents]
    kilo_cents: Mapped[Cents]
    # The tentative plan on which it was promised, and what was left of the window then.
    plan_version: Mapped[int]
    margin_minutes: Mapped[int]
    state: Mapped[str] = mapped_column(String(20), index=True)  # a name of NEXT
    promised_at: Mapped[datetime]
    loaded_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]  # missed, cancelled or withdrawn
    reason: Mapped[Words] = mapped_column(default="")  # why it ended otherwise
    # Why the last plan left it out; "" where it is planned, or not yet.
    left_out: Mapped[str] = mapped_column(String(40), default="")
    partner: Mapped[Partner] = relationship(lazy="joined", innerjoin=True)
    service: Mapped[Service] = relationship(lazy="joined", innerjoin=True)

    @property
    def boxes(self) -> int:
        """The room that it takes on a tricycle, in lunch boxes."""
        if self.meals is not None:
            return self.meals
        return max(self.crates * BOXES_PER_CRATE, ceil(self.kilos / KILOS_PER_BOX))

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    @property
    def cents(self) -> int:
        """What it costs, without VAT: two stops and its kilos."""
        return STOPS * self.stop_cents + self.kilos * self.kilo_cents

    @property
    def ends(self) -> tuple["End", "End"]:
        """Where it is fetched, and where it is brought."""
        return End(self, is_pickup=True), End(self, is_pickup=False)


@dataclass(frozen=True)
class Window:
    """From when to when a shipment is fetched and brought, and from when it may be brought if that
    is later."""

    starts_at: datetime
    ends_at: datetime
    brings_at: datetime | None = None


@dataclass(frozen=True)
class End:
    """One of a shipment's two places."""

    shipment: Shipment
    is_pickup: bool

    @property
    def planner_id(self) -> str:
        """The planner's name of its stop."""
        return f"{'fetch' if self.is_pickup else 'bring'}-{self.shipment.code}"

    def opens_at(self, window: "Window | Shipment") -> datetime:
        """From when it may be served in a window."""
        return window.starts_at if self.is_pickup else window.brings_at or window.starts_at

    @property
    def name(self) -> str:
        return self.shipment.from_name if self.is_pickup else self.shipment.to_name

    @property
    def street(self) -> str:
        return self.shipment.from_street if self.is_pickup else self.shipment.to_street

    @property
    def town(self) -> str:
        return self.shipment.from_town if self.is_pickup else self.shipment.to_town

    @property
    def note(self) -> str:
        return self.shipment.from_note if self.is_pickup else self.shipment.to_note

    @property
    def point(self) -> tuple[float, float]:
        """Latitude and longitude in degrees."""
        one = self.shipment
        if self.is_pickup:
            return one.from_latitude, one.from_longitude
        return one.to_latitude, one.to_longitude


class ShipmentUnknown(Refusal):
    message = N_("This shipment does not exist.")
    status = 404


class ShipmentDecided(Refusal):
    message = N_("The rider has this shipment on his sheet already. Call us.")


class ShipmentOver(Refusal):
    message = N_("This shipment is under way or over: it cannot be cancelled any more.")


def new_shipment(
    partner: Partner, service: Service, start: Address, end: Address, *, now: datetime, **asked: Any
) -> Shipment:
    """A shipment between two places, at the partner's prices, not written yet; `asked` are its
    other columns."""
    places = {
        f"{side}_{name}": value
        for side, place in (("from", start), ("to", end))
        for name, value in (
            ("name", place.name or place.street),
            ("street", place.street),
            ("town", place.town),
            ("latitude", place.latitude),
            ("longitude", place.longitude),
            ("note", place.access_note),
        )
    }
    prices = {"stop_cents": partner.stop_cents, "kilo_cents": partner.kilo_cents}
    facts = {"state": "promised", "promised_at": now, "reason": "", "left_out": ""}
    who = {"partner_id": partner.id, "service_id": service.id, "service": service}
    return Shipment(**who, **places, **prices, **(facts | asked))


def code_of(partner: Partner, key: str) -> str:
    """The name of the shipment that a partner asked for with a key of its own."""
    return sha256(f"{partner.id}:{key}".encode()).hexdigest()[:20]


def shipments_of(session: Session, service: Service) -> list[Shipment]:
    """The shipments of a service that are not cancelled or withdrawn, by their windows."""
    query = select(Shipment).where(Shipment.service_id == service.id, Shipment.state.in_(LIVE))
    return list(session.scalars(query.order_by(Shipment.starts_at, Shipment.id)))


def withdrawn_of(session: Session, service: Service) -> list[Shipment]:
    """The shipments of a service whose promise we took back: their partners are called."""
    mine = Shipment.service_id == service.id, Shipment.state == "withdrawn"
    return list(session.scalars(select(Shipment).where(*mine).order_by(Shipment.id)))


def shipment_by_code(session: Session, partner: Partner, code: str) -> Shipment | None:
    """A partner's own shipment; that of another partner is none."""
    mine = Shipment.partner_id == partner.id, Shipment.code == code
    return session.scalar(select(Shipment).where(*mine))


def bring_to(
    session: Session, shipment: Shipment, state: str, *, now: datetime, reason: str = ""
) -> bool:
    """Bring a shipment to a state that may follow; tell whether it did. `now` is when it was."""
    before = [one for one, following in NEXT.items() if state in following]
    row = update(Shipment).where(Shipment.id == shipment.id, Shipment.state.in_(before))
    is_done = guarded(
        session,
        row.values(
            state=state,
            reason=reason[:200],
            loaded_at=now if state == "loaded" else Shipment.loaded_at,
            delivered_at=now if state == "delivered" else None,
            ended_at=None if state in ("loaded", "delivered") else now,
        ),
    )
    if is_done:
        queue_news(session, shipment.id, state, partner_id=shipment.partner_id, now=now)
        session.refresh(shipment)
    return is_done
