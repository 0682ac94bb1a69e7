"""Service: one lunch on one date, with its cut-offs."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import String, bindparam, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from ..core.base import Base, Day, Key, Words
from ..core.clock import ZONE, instant, local
from ..core.refusal import N_, Invalid, Refusal

# The settings that fit most days; the manager changes them per service.
USUAL_START = time(11, 30)
USUAL_END = time(13, 30)
USUAL_SLOT = timedelta(minutes=15)
USUAL_CUTOFF = {"delivery": time(10, 30), "take-away": time(11, 0)}
DAYS_AHEAD = 7
KINDS = ("take-away", "delivery")
EXACT = 0
# On how many days of a hundred each promise shall be kept, as the manager may choose it.
RELIABILITIES: dict[int, str] = {
    99: N_("99 days in 100: few deliveries, hardly any late"),
    95: N_("19 days in 20: as a rule"),
    90: N_("9 days in 10: more deliveries, some late"),
    EXACT: N_("no margin: as if every ride took what the map says"),
}
USUAL_RELIABILITY = 95
MOST_SLOWER = 60  # percent
# Why rides take longer on a day, as the manager says in the morning.
WEATHERS: dict[str, str] = {
    "": N_("as usual"),
    "wind": N_("wind"),
    "rain": N_("rain"),
    "both": N_("wind and rain"),
    "ice": N_("snow or ice"),
}


def pace_of(slower_percent: int) -> float:
    """By what a ride's usual time is multiplied that takes so many percent longer."""
    return 1 + slower_percent / 100


class Service(Base):
    """One lunch. It takes orders while it is open, its menu is published and it is early enough."""

    __tablename__ = "service"

    id: Mapped[Key]
    date: Mapped[Day] = mapped_column(unique=True)
    zone: Mapped[str] = mapped_column(String(40), default=ZONE)
    is_open: Mapped[bool] = mapped_column(default=False)
    delivery_cutoff: Mapped[datetime]
    takeaway_cutoff: Mapped[datetime]
    # Days of a hundred on which each promise shall be kept; EXACT asks for no margin.
    reliability: Mapped[int] = mapped_column(
        default=USUAL_RELIABILITY, server_default=str(USUAL_RELIABILITY)
    )
    # By how many percent every ride takes longer that day, and why (a name of WEATHERS).
    slower_percent: Mapped[int] = mapped_column(default=0, server_default="0")
    weather: Mapped[str] = mapped_column(String(20), default="", server_default="")
    last_number: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)  # grows with each change a screen must show
    # How often its rounds were written: each plan, move and answer is a version of its own.
    rounds_version: Mapped[int] = mapped_column(default=0, server_default="0")

    def cutoff(self, kind: str) -> datetime:
        """The instant after which orders of a kind ("take-away", "delivery") are refused."""
        return self.delivery_cutoff if kind == "delivery" else self.takeaway_cutoff

    @property
    def pace(self) -> float:
        """By what every ride's usual time is multiplied that day."""
        return pace_of(self.slower_percent)

    def last_cutoff(self) -> datetime:
        """The instant after which nothing can be ordered any more."""
        return max(self.delivery_cutoff, self.takeaway_cutoff)

    def takes_orders(self, now: datetime) -> bool:
        """Whether some kind of order is still possible."""
        return self.is_open and now < self.last_cutoff()


class ClosedDay(Base):
    """A day on which the house is closed, besides Saturdays and Sundays."""

    __tablename__ = "closed_day"

    date: Mapped[Day] = mapped_column(primary_key=True)
    reason: Mapped[Words] = mapped_column(default="")


class CutoffPassed(Refusal):
    message = N_("Orders closed at %(cutoff)s. Call us: we will see what is possible.")


class ServiceClosed(Refusal):
    message = N_("This lunch takes no orders now. Call us: we will see what is possible.")


class HouseClosed(Refusal):
    message = N_("The restaurant is closed on that day. Choose another day.")


class PastDay(Invalid):
    message = N_("This day is over. Choose today or a later day.")


class DayInUse(Refusal):
    message = N_("The lunch of %(day)s is open for orders. Close it before you close the day.")


class CutoffInvalid(Invalid):
    message = N_("The end of orders must come before the lunch.")


def is_working_day(session: Session, day: date) -> bool:
    """Whether the house cooks on that day."""
    return day.weekday() < 5 and session.get(ClosedDay, day) is None


def next_working_day(session: Session, now: datetime, kind: str = "take-away") -> date:
    """Today if orders of this kind may still come in, else the next day that the house cooks."""
    day = local(now).date()
    if now >= instant(day, USUAL_CUTOFF[kind]):
        day += timedelta(days=1)
    while not is_working_day(session, day):
        day += timedelta(days=1)
    return day


_OF_DAY = select(Service).where(Service.date == bindparam("day"))


def service_of(session: Session, day: date) -> Service | None:
    """The service of a day."""
    return session.scalar(_OF_DAY, {"day": day})


def next_day_without_service(session: Session, now: datetime) -> date:
    """The next day on which the house cooks and no lunch is prepared yet."""
    day = next_working_day(session, now)
    while service_of(session, day) is not None or not is_working_day(session, day):
        day += timedelta(days=1)
    return day


def new_service(session: Session, day: date) -> Service:
    """Prepare a lunch with the usual cut-offs; it is closed until the manager opens it.

    Raises HouseClosed.
    """
    if not is_working_day(session, day):
        raise HouseClosed(field="date")
    service = Service(
        date=day,
        delivery_cutoff=instant(day, USUAL_CUTOFF["delivery"]),
        takeaway_cutoff=instant(day, USUAL_CUTOFF["take-away"]),
    )
    session.add(service)
    session.flush()
    return service


def check_takes_orders(service: Service, kind: str, *, now: datetime) -> None:
    """Raise ServiceClosed or CutoffPassed when an order of this kind comes too late."""
    if not service.is_open:
        raise ServiceClosed
    if now >= service.cutoff(kind):
        raise CutoffPassed(cutoff=service.cutoff(kind))


def services_ahead(session: Session, *, now: datetime) -> list[Service]:
    """The services from today on for as many days as orders open ahead, by date."""
    today = local(now).date()
    return list(
        session.scalars(
            select(Service)
            .where(Service.date >= today, Service.date <= today + timedelta(days=DAYS_AHEAD))
            .order_by(Service.date)
        )
    )


def services_from(session: Session, day: date) -> list[Service]:
    """All services of a day and later, by date."""
    return list(session.scalars(select(Service).where(Service.date >= day).order_by(Service.date)))


def services_between(session: Session, first: date, last: date) -> dict[date, Service]:
    """The services of some days by their day."""
    found = session.scalars(select(Service).where(Service.date.between(first, last)))
    return {service.date: service for service in found}


def closed_days(session: Session, first: date) -> list[ClosedDay]:
    """The closed days from a day on, by date."""
    query = select(ClosedDay).where(ClosedDay.date >= first).order_by(ClosedDay.date)
    return list(session.scalars(query))


def working_days(session: Session, first: date, last: date) -> list[date]:
    """The days between two on which the house cooks, in their order."""
    closed = set(session.scalars(select(ClosedDay.date).where(ClosedDay.date.between(first, last))))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5 and day not in closed]


def close_day(session: Session, day: date, *, reason: str, today: date) -> None:
    """Close the house on a day, or give the closed day another reason.

    Raises PastDay, and DayInUse while that day's lunch takes orders.
    """
    if day < today:
        raise PastDay(field="date")
    service = service_of(session, day)
    if service is not None and service.is_open:
        raise DayInUse(field="date", day=day)
    session.merge(ClosedDay(date=day, reason=reason))


def open_day(session: Session, day: date) -> None:
    """Take a day off the list of closed days."""
    session.execute(delete(ClosedDay).where(ClosedDay.date == day))


def set_cutoffs(service: Service, *, delivery: time, takeaway: time, first: datetime) -> None:
    """Set the cut-offs as wall times of the service's day. Raises CutoffInvalid when one lies
    after `first`, the first slot's start."""
    for field, wall in (("delivery_cutoff", delivery), ("takeaway_cutoff", takeaway)):
        cutoff = instant(service.date, wall)
        if cutoff > first:
            raise CutoffInvalid(field=field)
        setattr(service, field, cutoff)
