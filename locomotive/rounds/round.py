"""Round: a trip that the house has decided, with its stops and its sheet."""

from datetime import date, datetime, time

from sqlalchemy import ForeignKey, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

import routing

from ..core.base import Base, Key, Words, guarded
from ..core.clock import instant
from ..core.refusal import N_, Refusal
from ..core.status import DEPARTED, IN_HOUSE, TO_COOK, Status
from ..ordering.order import Order, touch
from ..ordering.step import move_on
from ..promise.problem import FRESHNESS, Decided
from ..promise.tentative_plan import decide_plan
from ..service.fleet import Tricycle
from ..service.service import Service
from .collection import Collection


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
    planned_at: Mapped[datetime]
    replaces_at: Mapped[datetime | None]  # when the sheet that this one replaces was made
    released_at: Mapped[datetime | None]
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
        """Whether some of its bags are on their way, or were already."""
        return any(o.status in DEPARTED for o in self.orders)

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
    place_name: Mapped[Words]
    street: Mapped[Words]
    town: Mapped[Words]
    access_note: Mapped[str] = mapped_column(String(300))
    latitude: Mapped[float]
    longitude: Mapped[float]
    window_starts_at: Mapped[datetime]
    window_ends_at: Mapped[datetime]
    # Crates to fetch; such a stop hands nothing over.
    collection_id: Mapped[int | None] = mapped_column(ForeignKey("collection.id"), index=True)
    collection: Mapped[Collection | None] = relationship(back_populates="stop", lazy="joined")
    round: Mapped[Round] = relationship(back_populates="stops")
    carried: Mapped[list["Carried"]] = relationship(
        cascade="all, delete-orphan", order_by="Carried.order_id", lazy="selectin"
    )

    @property
    def orders(self) -> list[Order]:
        """What is handed over here; cancelled orders are left out."""
        return [c.order for c in self.carried if not c.order.is_cancelled]

    @property
    def is_live(self) -> bool:
        """Whether there is something to do here; not where every order was cancelled."""
        return self.collection_id is not None or bool(self.orders)

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
        return sum(order.total_cents for order in self.orders)

    @property
    def point(self) -> tuple[float, float]:
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
        return int((self.window_ends_at - self.serves_at).total_seconds() // 60)

    @property
    def fresh_minutes(self) -> int | None:
        """How many minutes of its freshness a meal has left when it is handed over here; None
        where none is."""
        if self.collection_id is not None:
            return None
        age = self.serves_at - self.round.departs_at
        return int((FRESHNESS - age).total_seconds() // 60)


class Carried(Base):
    """One order aboard one round; an order is never aboard two."""

    __tablename__ = "carried"

    order_id: Mapped[int] = mapped_column(ForeignKey("customer_order.id"), primary_key=True)
    stop_id: Mapped[int] = mapped_column(ForeignKey("round_stop.id"), index=True)
    order: Mapped[Order] = relationship(lazy="joined", innerjoin=True)


class RoundUnknown(Refusal):
    message = N_("This round does not exist. It may have been planned anew.")
    status = 404


class RoundsChanged(Refusal):
    message = N_("The rounds have changed meanwhile. Look at them again.")


class RoundReleased(Refusal):
    message = N_("Round %(number)s is released: its sheet is out, so it stays as it is.")


class RoundNotReleased(Refusal):
    message = N_("Round %(number)s is not released yet. Release it before it leaves.")


class NothingReady(Refusal):
    message = N_("Round %(number)s: no bag is ready to leave. Ask the kitchen.")


class RoundEmpty(Refusal):
    message = N_("Round %(number)s has nothing to carry. Plan the rounds again.")


def rounds_of(session: Session, service: Service) -> list[Round]:
    """The rounds of a service, by number."""
    return list(
        session.scalars(select(Round).where(Round.service_id == service.id).order_by(Round.number))
    )


def decided_rounds(session: Session, service: Service) -> list[Decided]:
    """The released rounds as the planner knows them: trips that stay as they are."""
    midnight = instant(service.date, time())

    def seconds(moment: datetime) -> int:
        return int((moment - midnight).total_seconds())

    return [
        Decided(
            vehicle=str(round_.tricycle_id),
            trip=routing.Trip(
                loading=seconds(round_.loading_at),
                departure=seconds(round_.departs_at),
                return_time=seconds(round_.returns_at),
                visits=tuple(
                    routing.Visit(
                        stop=stop.planner_id,
                        arrival=seconds(stop.arrives_at),
                        start=seconds(stop.serves_at),
                        departure=seconds(stop.leaves_at),
                    )
                    for stop in round_.stops
                ),
            ),
            aboard={
                stop.planner_id: tuple(carried.order_id for carried in stop.carried)
                for stop in round_.stops
            },
        )
        for round_ in rounds_of(session, service)
        if round_.is_released
    ]


def round_of(session: Session, day: date, number: int) -> Round:
    """One round of a day. Raises RoundUnknown."""
    found = session.scalar(
        select(Round).join(Service).where(Service.date == day, Round.number == number)
    )
    if found is None:
        raise RoundUnknown
    return found


def release(session: Session, round_: Round, *, seen: str, now: datetime) -> None:
    """Decide that the round rides as it is: no later plan changes it.

    `seen` is the round's stamp on the page. Raises RoundsChanged when it was planned anew,
    RoundReleased when it is out already, RoundEmpty when nothing is left to do on it.
    """
    touch(session, round_.service_id)
    if round_.stamp != seen:
        raise RoundsChanged
    if round_.is_empty:
        raise RoundEmpty(number=round_.number)
    changed = guarded(
        session,
        update(Round)
        .where(Round.id == round_.id, Round.released_at.is_(None))
        .values(released_at=now),
    )
    if not changed:
        raise RoundReleased(number=round_.number)
    session.refresh(round_)
    decided = decided_rounds(session, session.get_one(Service, round_.service_id))
    decide_plan(session, round_.service_id, plan=None, decided=decided)


def take_back(session: Session, round_: Round) -> None:
    """Let a released round be planned anew. Raises RoundNotReleased when it is not released."""
    changed = guarded(
        session,
        update(Round)
        .where(Round.id == round_.id, Round.released_at.is_not(None))
        .values(released_at=None),
    )
    if not changed:
        raise RoundNotReleased(number=round_.number)
    session.refresh(round_)


def set_out(session: Session, round_: Round, *, device: str, now: datetime) -> int:
    """The tricycle has left: every ready order of the round is on its way.

    Returns how many bags were left behind because they are not ready. Raises RoundNotReleased,
    NothingReady.
    """
    if not round_.is_released:
        raise RoundNotReleased(number=round_.number)
    ready = [order for order in round_.orders if order.status is Status.READY]
    if not ready and round_.orders:
        raise NothingReady(number=round_.number)
    for order in ready:
        move_on(session, order, to=Status.LEFT, seen=Status.READY, device=device, now=now)
    return sum(order.status in TO_COOK for order in round_.orders)
