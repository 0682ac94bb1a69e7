"""Round: a trip that the house has decided, its stops, and what it carries and fetches there."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, false, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Key, Words
from ..core.clock import minutes_after
from ..core.personal import ADDRESS, Kitchen, personal
from ..core.refusal import N_, Refusal
from ..core.status import DEPARTED, IN_HOUSE, LIVE
from ..farm.supplier import Supplier
from ..ordering.order import Order
from ..places.address import LONGEST_NOTE
from ..places.travel_time import Point
from ..promise.problem import FRESHNESS
from ..service.fleet import Tricycle
from ..service.service import Service
from ..shipments.shipment import End, Shipment

# A round in an address; its number small enough for every database.
ROUND_PATH = "/delivery/<day>/rounds/<int(max=99999):number>"


class Round(Base):
    """One trip of one tricycle: loading, departure, stops, return."""

    __tablename__ = "round"
    __table_args__ = (UniqueConstraint("service_id", "number"),)

    id: Mapped[Key]
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    tricycle_id: Mapped[int] = mapped_column(ForeignKey("tricycle.id"))
    number: Mapped[int]
    loading_at: Mapped[datetime]
    departs_at: Mapped[datetime]
    returns_at: Mapped[datetime]
    distance_m: Mapped[int]
    # Of the day's rounds, when it was written.
    rounds_version: Mapped[int] = mapped_column(default=1, server_default="1")
    planned_at: Mapped[datetime]
    replaces_at: Mapped[datetime | None]  # when the sheet that this one replaces was made
    released_at: Mapped[datetime | None]
    # Whether somebody set when it leaves: changes by hand keep that.
    is_held: Mapped[bool] = mapped_column(default=False, server_default=false())
    tricycle: Mapped[Tricycle] = relationship(lazy="joined", innerjoin=True)
    stops: Mapped[list["RoundStop"]] = relationship(
        back_populates="round",
        order_by="RoundStop.position",
        cascade="all, delete-orphan",
        lazy="selectin",
    )

    @property
    def boxes(self) -> int:
        """Boxes aboard at departure."""
        return sum(stop.boxes for stop in self.stops)

    @property
    def orders(self) -> list[Order]:
        """The round's orders, stop by stop."""
        return [order for stop in self.stops for order in stop.orders]

    @property
    def to_collect_cents(self) -> int:
        """What the round's customers still owe, in cents."""
        return sum(stop.to_collect_cents for stop in self.stops)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing left to do on it."""
        return not any(stop.is_live for stop in self.stops)

    @property
    def crates(self) -> int:
        """Crates that come back with it."""
        return sum(stop.crates for stop in self.stops)

    @property
    def is_waiting(self) -> bool:
        """Whether some of its bags are still in the kitchen."""
        return any(o.status in IN_HOUSE for o in self.orders)

    @property
    def has_left(self) -> bool:
        """Whether some of its bags are on their way, or were already, or a shipment is."""
        carried = [stop.shipment for stop in self.stops if stop.shipment]
        is_loaded = any(one.loaded_at or one.delivered_at for one in carried)
        return is_loaded or any(o.status in DEPARTED for o in self.orders)

    @property
    def is_released(self) -> bool:
        return self.released_at is not None

    @property
    def stamp(self) -> str:
        """What a page shows along with the round, so that an act on an older plan is refused."""
        return self.planned_at.isoformat()


class RoundStop(Base):
    """A place that a round serves once, with the times that the plan gave it."""

    __tablename__ = "round_stop"

    id: Mapped[Key]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    position: Mapped[int]
    arrives_at: Mapped[datetime]
    serves_at: Mapped[datetime]
    leaves_at: Mapped[datetime]
    place_name: Mapped[Words] = mapped_column(index=True)
    street: Mapped[Words] = mapped_column(info=personal(ADDRESS))
    town: Mapped[Words]
    access_note: Mapped[str] = mapped_column(String(300), info=personal(ADDRESS))
    latitude: Mapped[float] = mapped_column(info=personal(ADDRESS, erased=Kitchen.LATITUDE))
    longitude: Mapped[float] = mapped_column(info=personal(ADDRESS, erased=Kitchen.LONGITUDE))
    window_starts_at: Mapped[datetime]
    window_ends_at: Mapped[datetime]
    # Crates to fetch; such a stop hands nothing over.
    collection_id: Mapped[int | None] = mapped_column(ForeignKey("collection.id"), index=True)
    collection: Mapped["Collection | None"] = relationship(back_populates="stop", lazy="joined")
    # One end of a partner's shipment: where it is fetched, else where it is brought.
    shipment_id: Mapped[int | None] = mapped_column(ForeignKey("shipment.id"), index=True)
    is_pickup: Mapped[bool] = mapped_column(default=False, server_default=false())
    shipment: Mapped[Shipment | None] = relationship(lazy="joined")
    round: Mapped[Round] = relationship(back_populates="stops")
    carried: Mapped[list["Carried"]] = relationship(
        cascade="all, delete-orphan", order_by="Carried.order_id", lazy="selectin"
    )

    @property
    def orders(self) -> list[Order]:
        """What is handed over here; what is cancelled or expired is left out, and what another
        restaurant brings."""
        orders = [c.order for c in self.carried]
        return [o for o in orders if o.status in LIVE and o.carried_by_id is None]

    @property
    def is_live(self) -> bool:
        """Whether there is something to do here; not where every order was cancelled."""
        is_carried = self.shipment is not None and self.shipment.is_live
        return self.collection_id is not None or bool(self.orders) or is_carried

    @property
    def end(self) -> End | None:
        """Which end of which shipment is here."""
        return End(self.shipment, is_pickup=self.is_pickup) if self.shipment else None

    @property
    def is_fetched(self) -> bool:
        """Whether something comes aboard here, and nothing is handed over."""
        return self.collection_id is not None or (self.end is not None and self.is_pickup)

    @property
    def crates(self) -> int:
        """Crates to fetch here."""
        return self.collection.crates if self.collection else 0

    @property
    def boxes(self) -> int:
        return sum(order.boxes for order in self.orders)

    @property
    def to_collect_cents(self) -> int:
        """What the customers here still owe, in cents."""
        return sum(order.to_collect_cents for order in self.orders)

    @property
    def point(self) -> Point:
        """Latitude and longitude in degrees."""
        return self.latitude, self.longitude

    @property
    def nearest(self) -> str:
        """The house number near which to look, when the typed one is not on file."""
        return next((order.nearest for order in self.orders if order.nearest), "")

    @property
    def planner_id(self) -> str:
        """The planner's name of a stop that has left: a later order for the place is another."""
        return f"out-{self.id}"

    @property
    def margin_minutes(self) -> int:
        """How long before the promised window's end serving starts."""
        return -minutes_after(self.serves_at, self.window_ends_at)

    @property
    def fresh_minutes(self) -> int | None:
        """How many minutes of its freshness a meal has left when it is handed over here; None
        where none is."""
        if self.collection_id is not None or self.shipment_id is not None:
            return None
        age = self.serves_at - self.round.departs_at
        return int((FRESHNESS - age).total_seconds() // 60)


class Carried(Base):
    """One order aboard one round; an order is never aboard two."""

    __tablename__ = "carried"

    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), primary_key=True)
    stop_id: Mapped[int] = mapped_column(ForeignKey("round_stop.id"), index=True)
    order: Mapped[Order] = relationship(lazy="joined", innerjoin=True)


def collection_key(collection_id: int) -> str:
    """The planner's name of the stop at which crates are fetched."""
    return f"crates-{collection_id}"


class Collection(Base):
    """Crates to fetch at one supplier's on the day of one service, in a window."""

    __tablename__ = "collection"
    __table_args__ = (
        CheckConstraint("crates > 0", name="crates"),
        CheckConstraint("empty_crates >= 0", name="empty_crates"),
        CheckConstraint("peelings_kg >= 0", name="peelings_kg"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
    )

    id: Mapped[Key]
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"), index=True)
    latitude: Mapped[float]
    longitude: Mapped[float]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    crates: Mapped[int]
    # What goes back to the supplier with the same stop.
    empty_crates: Mapped[int] = mapped_column(default=0, server_default="0")
    peelings_kg: Mapped[int] = mapped_column(default=0, server_default="0")
    note: Mapped[str] = mapped_column(String(LONGEST_NOTE), default="")
    # Why the last plan left it out; "" where it is planned, or not yet.
    reason: Mapped[str] = mapped_column(String(40), default="")
    supplier: Mapped[Supplier] = relationship(lazy="joined", innerjoin=True)
    stop: Mapped["RoundStop | None"] = relationship(back_populates="collection", uselist=False)

    @property
    def point(self) -> Point:
        """Latitude and longitude in degrees."""
        return self.latitude, self.longitude

    @property
    def has_returns(self) -> bool:
        """Whether something is given back here."""
        return bool(self.empty_crates or self.peelings_kg)

    @property
    def planner_id(self) -> str:
        """The planner's name of its stop."""
        return collection_key(self.id)

    @property
    def is_out(self) -> bool:
        """Whether a released round has it on its sheet."""
        return self.stop is not None and self.stop.round.is_released


class RoundUnknown(Refusal):
    message = N_("This round does not exist. It may have been planned anew.")
    status = 404


def rounds_of(session: Session, service: Service) -> list[Round]:
    """The rounds of a service, by number."""
    return list(
        session.scalars(select(Round).where(Round.service_id == service.id).order_by(Round.number))
    )


def round_of(session: Session, day: date, number: int) -> Round:
    """One round of a day. Raises RoundUnknown."""
    found = session.scalar(
        select(Round).join(Service).where(Service.date == day, Round.number == number)
    )
    if found is None:
        raise RoundUnknown
    return found
