"""The fleet: tricycles, and the shifts in which their riders work."""

from collections.abc import Sequence
from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship
from sqlalchemy.orm.attributes import set_committed_value

from ..core.base import Base, Key, Words
from ..core.clock import instant
from ..core.refusal import N_, Invalid
from .service import PastDay, Service, new_service, service_of, services_from
from .slot import lay_slots

USUAL_SHIFT = (time(11, 0), time(14, 0))


class Tricycle(Base):
    """A cargo tricycle: how much it takes and when it usually rides."""

    __tablename__ = "tricycle"
    __table_args__ = (CheckConstraint("capacity_boxes BETWEEN 1 AND 500", name="capacity"),)

    id: Mapped[Key]
    name: Mapped[Words] = mapped_column(unique=True)
    capacity_boxes: Mapped[int]
    usual_start: Mapped[time] = mapped_column(default=USUAL_SHIFT[0])
    usual_end: Mapped[time] = mapped_column(default=USUAL_SHIFT[1])
    is_active: Mapped[bool] = mapped_column(default=True)
    # How much longer its rides take than the map says, as its finished rounds taught.
    speed_factor: Mapped[float] = mapped_column(default=1.0, server_default="1")
    # How far its rides stray from that, as a share of them, as its rounds taught; None: as usual.
    leg_noise: Mapped[float | None]


class Shift(Base):
    """When a tricycle rides in one service."""

    __tablename__ = "shift"
    __table_args__ = (
        UniqueConstraint("service_id", "tricycle_id"),
        CheckConstraint("ends_at > starts_at", name="order"),
    )

    id: Mapped[Key]
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    tricycle_id: Mapped[int] = mapped_column(ForeignKey("tricycle.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_off: Mapped[bool] = mapped_column(default=False)
    tricycle: Mapped[Tricycle] = relationship(lazy="joined", innerjoin=True)


class TricycleNameTaken(Invalid):
    message = N_("Another tricycle has this name already. Choose another name.")


class ShiftInvalid(Invalid):
    message = N_("A shift must end after it begins.")


def tricycles(session: Session) -> list[Tricycle]:
    """All tricycles, by name."""
    return list(session.scalars(select(Tricycle).order_by(Tricycle.name)))


def shifts_of(session: Session, service: Service) -> list[Shift]:
    """The service's shifts, by tricycle name."""
    return list(
        session.scalars(
            select(Shift)
            .join(Tricycle)
            .where(Shift.service_id == service.id)
            .order_by(Tricycle.name)
        )
    )


def lay_shifts(session: Session, service: Service) -> None:
    """Give each active tricycle that has none yet its usual shift in the service."""
    current = {s.tricycle_id for s in shifts_of(session, service)}
    for tricycle in tricycles(session):
        if tricycle.is_active and tricycle.id not in current:
            shift = Shift(service_id=service.id, tricycle=tricycle)
            set_shift(shift, service, tricycle.usual_start, tricycle.usual_end)
            session.add(shift)
    session.flush()


def set_shift(shift: Shift, service: Service, start: time, end: time) -> None:
    """Set a shift by wall times of the service's day. Raises ShiftInvalid."""
    if end <= start:
        raise ShiftInvalid(field=f"end-{shift.id}")
    shift.starts_at = instant(service.date, start)
    shift.ends_at = instant(service.date, end)


def shifts_as(
    service: Service, shifts: Sequence[Shift], wanted: dict[int, tuple[time, time, bool]]
) -> list[Shift]:
    """Copies of the shifts as they would be (id → start, end, off); nothing is written.

    Raises ShiftInvalid.
    """
    copies = []
    for shift in shifts:
        copy = Shift(
            id=shift.id,
            service_id=shift.service_id,
            tricycle_id=shift.tricycle_id,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
            is_off=shift.is_off,
        )
        set_committed_value(copy, "tricycle", shift.tricycle)
        if shift.id in wanted:
            start, end, copy.is_off = wanted[shift.id]
            set_shift(copy, service, start, end)
        copies.append(copy)
    return copies


def set_shifts(
    session: Session, service: Service, shifts: dict[int, tuple[time, time, bool]]
) -> None:
    """Set the service's shifts (id → start, end, whether the tricycle stays off).

    Raises ShiftInvalid.
    """
    for shift in shifts_of(session, service):
        if shift.id in shifts:
            start, end, shift.is_off = shifts[shift.id]
            set_shift(shift, service, start, end)


def lay_first_shifts(session: Session, *, today: date) -> None:
    """Give the lunches that were prepared before the first tricycle their usual shifts."""
    for service in services_from(session, today):
        if not shifts_of(session, service):
            lay_shifts(session, service)


def save_tricycle(session: Session, tricycle: Tricycle) -> Tricycle:
    """Write a tricycle. Raises TricycleNameTaken, ShiftInvalid."""
    with session.no_autoflush:
        other = select(Tricycle.id).where(
            Tricycle.name == tricycle.name, Tricycle.id.is_distinct_from(tricycle.id)
        )
        if session.scalar(other) is not None:
            raise TricycleNameTaken(field="name")
    if tricycle.usual_end <= tricycle.usual_start:
        raise ShiftInvalid(field="usual_end")
    session.add(tricycle)
    session.flush()
    return tricycle


def prepare_lunch(session: Session, day: date, *, today: date, is_open: bool = False) -> Service:
    """Prepare a day's lunch as it usually is: service, slots, shifts; one that stands is kept.

    With `is_open` it takes orders as soon as its menu is out.

    Raises PastDay, HouseClosed.
    """
    if day < today:
        raise PastDay(field="date")
    service = service_of(session, day)
    if service is None:
        service = new_service(session, day)
        lay_slots(session, service)
        lay_shifts(session, service)
        service.is_open = is_open
    return service
