"""Slot: a promised time window of a service."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    String,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from ..core.base import Base, Key, guarded
from ..core.clock import ZONE, instant, local
from ..core.refusal import N_, Invalid, Refusal
from .service import KINDS, USUAL_END, USUAL_SLOT, USUAL_START, Service, set_cutoffs

USUAL_CAPACITY = {"take-away": 12, "delivery": 8}
MAXIMUM_CAPACITY = 500
# What the kitchen can do in a slot, as long as the manager sets nothing else.
MAXIMUM_SLOT_PORTIONS = 5000
FEW = 3
SHORTEST, LONGEST = timedelta(minutes=5), timedelta(hours=2)
Work = Mapping[str, int]  # station → seconds


class Slot(Base):
    """A window in which an order is handed over, and how many orders it takes."""

    __tablename__ = "slot"
    __table_args__ = (
        UniqueConstraint("service_id", "kind", "starts_at"),
        CheckConstraint("used BETWEEN 0 AND capacity", name="used"),
        CheckConstraint("used_portions BETWEEN 0 AND capacity_portions", name="used_portions"),
    )

    id: Mapped[Key]
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    local_date: Mapped[date]
    local_time: Mapped[time]
    zone: Mapped[str] = mapped_column(String(40), default=ZONE)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)
    capacity_portions: Mapped[int] = mapped_column(default=MAXIMUM_SLOT_PORTIONS)
    used_portions: Mapped[int] = mapped_column(default=0)
    is_closed: Mapped[bool] = mapped_column(default=False)
    stations: Mapped[list["SlotStation"]] = relationship(
        lazy="selectin", viewonly=True, order_by="SlotStation.station"
    )

    def takes(self, portions: int, *, orders: int = 1, work: Work | None = None) -> bool:
        """Whether the kitchen can do so many more portions, orders and seconds of work."""
        return (
            self.used + orders <= self.capacity
            and self.used_portions + portions <= self.capacity_portions
            and all(s.used + (work or {}).get(s.station, 0) <= s.capacity for s in self.stations)
        )

    @property
    def free(self) -> int:
        """How many orders still fit."""
        return 0 if self.is_closed else self.capacity - self.used

    @property
    def is_nearly_full(self) -> bool:
        return 0 < self.free <= FEW


class SlotStation(Base):
    """How much work a kitchen station does in a slot, when the manager limits it, in seconds."""

    __tablename__ = "slot_station"
    __table_args__ = (CheckConstraint("used BETWEEN 0 AND capacity", name="used"),)

    slot_id: Mapped[int] = mapped_column(
        ForeignKey("slot.id", ondelete="CASCADE"), primary_key=True
    )
    station: Mapped[str] = mapped_column(String(20), primary_key=True)
    capacity: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)


class SlotFull(Refusal):
    """The slot filled up meanwhile; `slot` is it."""

    message = N_("This time is full now. Choose another one.")


class SlotUnknown(Invalid):
    message = N_("Choose a time from the list.")


class CapacityInvalid(Invalid):
    message = N_("The number of orders must lie between 0 and %(maximum)s.")


class CapacityPromised(Refusal):
    message = N_("Orders promised at this time: %(used)s. You cannot go below that.")


class NoSlots(Refusal):
    message = N_("This lunch has no slots. Lay them first, then open it.")


class LengthInvalid(Invalid):
    message = N_(
        "A slot lasts between %(least)s and %(most)s minutes, and fits at least once "
        "between the two times."
    )


class GridInvalid(Invalid):
    message = N_("The lunch must end after it begins, and last at most eight hours.")


def grid(day: date, start: time, end: time, length: timedelta) -> list[tuple[datetime, datetime]]:
    """The windows of one length between two wall times of a day, as instants.

    Arithmetic is in UTC, so that days of 23 and 25 hours hold as many minutes as they have.
    Raises GridInvalid, LengthInvalid.
    """
    first, last = instant(day, start), instant(day, end)
    if not timedelta() < last - first <= timedelta(hours=8):
        raise GridInvalid(field="end")
    if not SHORTEST <= length <= LONGEST:
        raise LengthInvalid(field="length", **_limits())
    count = (last - first) // length
    if count == 0:
        raise LengthInvalid(field="length", **_limits())
    return [(first + i * length, first + (i + 1) * length) for i in range(count)]


def _limits() -> dict[str, int]:
    return {"least": SHORTEST // timedelta(minutes=1), "most": LONGEST // timedelta(minutes=1)}


def lay_slots(
    session: Session,
    service: Service,
    *,
    start: time = USUAL_START,
    end: time = USUAL_END,
    length: timedelta = USUAL_SLOT,
) -> list[Slot]:
    """Lay the service's slots of both kinds between two wall times; return the new ones.

    A slot that promised something stays as it is; an unused one that is not on the new grid
    goes away. Raises GridInvalid, LengthInvalid.
    """
    windows = grid(service.date, start, end, length)
    current = {}
    for slot in slots_of(session, service):
        if (slot.starts_at, slot.ends_at) in windows or not _take_away(session, slot):
            current[slot.kind, slot.starts_at] = slot
    laid = [
        _new_slot(service, kind, starts_at, length)
        for kind in KINDS
        for starts_at, _ in windows
        if (kind, starts_at) not in current
    ]
    session.add_all(laid)
    session.flush()
    return laid


def _take_away(session: Session, slot: Slot) -> bool:
    """Remove an unused slot; one that even a cancelled order remembers is closed instead."""
    unused = Slot.id == slot.id, Slot.used == 0
    try:
        with session.begin_nested():
            gone = guarded(session, delete(Slot).where(*unused))
    except IntegrityError:
        session.execute(
            update(Slot)
            .where(*unused)
            .values(is_closed=True)
            .execution_options(synchronize_session=False)
        )
        session.refresh(slot)
        return False
    if gone:
        session.expunge(slot)
        return True
    return False


def _new_slot(service: Service, kind: str, starts_at: datetime, length: timedelta) -> Slot:
    wall = local(starts_at)
    return Slot(
        service_id=service.id,
        kind=kind,
        local_date=wall.date(),
        local_time=wall.time(),
        starts_at=starts_at,
        ends_at=starts_at + length,
        capacity=USUAL_CAPACITY[kind],
    )


def slots_of(session: Session, service: Service, kind: str | None = None) -> list[Slot]:
    """The service's slots, of one kind or all, by time."""
    query = select(Slot).where(Slot.service_id == service.id)
    if kind:
        query = query.where(Slot.kind == kind)
    return list(session.scalars(query.order_by(Slot.kind, Slot.starts_at)))


def take_slot(
    session: Session, slot_id: int, *, portions: int, orders: int = 1, work: Work | None = None
) -> None:
    """Take a place, its portions and its work by guarded updates. Raises SlotFull.

    With `orders` 0 the portions of an order that has its place already change; they may be fewer.
    """
    asked = {"slot_id": slot_id, "orders": orders, "portions": portions}
    if not guarded(session, _TAKEN if orders else _CHANGED, asked):
        raise SlotFull(field="slot", slot_id=slot_id)
    for station, seconds in sorted((work or {}).items()):
        if seconds:
            _take_work(session, slot_id, station, seconds)


# Built once, because all customers pass here one at a time.
_CHANGED = (
    update(Slot)
    .where(
        Slot.id == bindparam("slot_id"),
        Slot.used + bindparam("orders") <= Slot.capacity,
        Slot.used_portions + bindparam("portions") <= Slot.capacity_portions,
    )
    .values(
        used=Slot.used + bindparam("orders"),
        used_portions=Slot.used_portions + bindparam("portions"),
    )
)
_TAKEN = _CHANGED.where(~Slot.is_closed)


def _take_work(session: Session, slot_id: int, station: str, seconds: int) -> None:
    here = SlotStation.slot_id == slot_id, SlotStation.station == station
    taken = guarded(
        session,
        update(SlotStation)
        .where(*here, SlotStation.used + seconds <= SlotStation.capacity)
        .values(used=SlotStation.used + seconds),
    )
    # A station that the manager does not limit has no row.
    is_limited = select(SlotStation.slot_id).where(*here)
    if not taken and session.scalar(is_limited) is not None:
        raise SlotFull(field="slot", slot_id=slot_id)


def limit_station(
    session: Session, slot_id: int, station: str, *, capacity: int | None, used: int
) -> None:
    """Limit a station's work in a slot to `capacity` seconds, or to the `used` ones that are
    promised already when these are more; None lifts the limit."""
    session.execute(
        delete(SlotStation).where(SlotStation.slot_id == slot_id, SlotStation.station == station)
    )
    if capacity is not None:
        session.add(
            SlotStation(slot_id=slot_id, station=station, capacity=max(capacity, used), used=used)
        )
    session.flush()


def give_back_slot(
    session: Session, slot_id: int, *, portions: int, orders: int = 1, work: Work | None = None
) -> None:
    """Give a place, or several, their portions and their work back."""
    for station, seconds in sorted((work or {}).items()):
        session.execute(
            update(SlotStation)
            .where(SlotStation.slot_id == slot_id, SlotStation.station == station)
            .values(used=SlotStation.used - seconds)
            .execution_options(synchronize_session=False)
        )
    session.execute(
        update(Slot)
        .where(Slot.id == slot_id)
        .values(used=Slot.used - orders, used_portions=Slot.used_portions - portions)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True)
class Capacity:
    """How many orders and portions a slot takes, and whether it is closed."""

    orders: int
    portions: int = MAXIMUM_SLOT_PORTIONS
    is_closed: bool = False


def set_capacities(session: Session, slots: dict[int, Capacity]) -> None:
    """Set slots (id → what it takes), all or nothing.

    Raises CapacityInvalid, CapacityPromised.
    """
    for slot_id, capacity in sorted(slots.items()):
        slot = session.get(Slot, slot_id)
        if slot is not None:
            set_capacity(session, slot, capacity)


def change_service(
    session: Session, service: Service, *, is_open: bool, delivery: time, takeaway: time
) -> None:
    """Open or close a service and set its cut-offs by wall times of its day.

    Raises NoSlots when it is opened without slots, CutoffInvalid.
    """
    first = session.scalar(select(func.min(Slot.starts_at)).where(Slot.service_id == service.id))
    if first is None and is_open:
        raise NoSlots
    day_ends = instant(service.date, time(23, 59))
    set_cutoffs(service, delivery=delivery, takeaway=takeaway, first=first or day_ends)
    service.is_open = is_open


def set_capacity(session: Session, slot: Slot, capacity: Capacity) -> None:
    """Change what a slot takes. Raises CapacityInvalid, CapacityPromised."""
    if not 0 <= capacity.orders <= MAXIMUM_CAPACITY:
        raise CapacityInvalid(field=f"capacity-{slot.id}", maximum=MAXIMUM_CAPACITY)
    changed = guarded(
        session,
        update(Slot)
        .where(
            Slot.id == slot.id,
            Slot.used <= capacity.orders,
            Slot.used_portions <= capacity.portions,
        )
        .values(
            capacity=capacity.orders,
            capacity_portions=capacity.portions,
            is_closed=capacity.is_closed,
        ),
    )
    if not changed:
        session.refresh(slot)
        raise CapacityPromised(used=slot.used, field=f"capacity-{slot.id}")
    session.refresh(slot)
