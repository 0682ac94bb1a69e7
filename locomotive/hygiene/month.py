"""Month: all that was looked at in one month, with gaps said as gaps, for the inspector."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..core.clock import local
from ..farm.lot import Lot
from ..origins.batch import IS_SERVED, Batch, HoldingReading
from ..service.service import working_days
from ..use_by.opened import OpenedFood, foods_opened_between
from ..use_by.rule import SAMPLE
from .due import gaps, last_days
from .limit import limits
from .point import ControlPoint, points_of
from .reading import CorrectiveAct, Reading, readings_between
from .thermal_step import ThermalStep

STORAGES = {"cold": "fridge", "frozen": "freezer"}


@dataclass(frozen=True)
class Month:
    """The facts of one month; `gaps` are (point id, day), `days` the days of work until today."""

    first: date
    last: date
    days: list[date]
    points: list[ControlPoint]
    readings: list[Reading]
    gaps: set[tuple[int, date]]
    steps: list[tuple[ThermalStep, list[Reading]]]
    lots: list[tuple[Lot, int | None]]  # with the limit in tenths
    batches: list[Batch]
    samples: list[OpenedFood]
    limits: dict[str, int]

    @property
    def alarms(self) -> list[Reading]:
        """The readings out of range."""
        return [reading for reading in self.readings if reading.is_out]

    @property
    def holdings(self) -> list[HoldingReading]:
        """What was measured of batches held hot."""
        return [reading for batch in self.batches for reading in batch.readings]

    def of_kind(self, *kinds: str) -> list[ControlPoint]:
        return [point for point in self.points if point.kind in kinds]

    def seen(self, point: ControlPoint, day: date) -> list[Reading]:
        """What was read at a point on a day, also what was taken back."""
        return [r for r in self.readings if r.point_id == point.id and r.day == day]


def bounds(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month."""
    length = calendar.monthrange(day.year, day.month)[1]
    return day.replace(day=1), day.replace(day=length)


def month_of(session: Session, day: date, *, today: date) -> Month:
    """The month in which a day lies, up to today."""
    first, last = bounds(day)
    days = working_days(session, first, min(last, today))
    readings = readings_between(session, first, last)
    points = [
        point
        for point in points_of(session)
        if point.begins_on <= last and (point.ended_on is None or point.ended_on > first)
    ]
    values = limits(session)
    return Month(
        first=first,
        last=last,
        days=days,
        points=points,
        readings=readings,
        gaps=_gaps(session, points, readings, [d for d in days if d < today]),
        steps=_steps(session, readings),
        lots=_lots(session, first, last, values),
        batches=_batches(session, first, last),
        samples=[f for f in foods_opened_between(session, first, last) if f.kind == SAMPLE],
        limits=values,
    )


def state_of(session: Session, *, now: datetime) -> str:
    """What names a month's PDF: another reading, act or hour makes another one."""
    last_reading = session.scalar(select(func.max(Reading.id))) or 0
    last_act = session.scalar(select(func.max(CorrectiveAct.id))) or 0
    return f"{last_reading}-{last_act}-{local(now):%Y%m%d%H}"


def _gaps(
    session: Session,
    points: Iterable[ControlPoint],
    readings: Iterable[Reading],
    days: list[date],
) -> set[tuple[int, date]]:
    if not days:
        return set()
    before = last_days(session, before=days[0].replace(day=1))
    done: dict[int | None, set[date]] = {}
    for reading in readings:
        if reading.counts:
            done.setdefault(reading.point_id, set()).add(reading.day)
    return {
        (point.id, day)
        for point in points
        for day in gaps(point, done.get(point.id, set()), days, before.get(point.id))
    }


def _steps(
    session: Session, readings: Iterable[Reading]
) -> list[tuple[ThermalStep, list[Reading]]]:
    """The steps of which something was read, each with all of its readings."""
    ids = {reading.step_id for reading in readings if reading.step_id}
    query = select(Reading).where(Reading.step_id.in_(ids)).order_by(Reading.at, Reading.id)
    found: dict[int, tuple[ThermalStep, list[Reading]]] = {}
    for reading in session.scalars(query) if ids else ():
        if reading.step is not None:
            found.setdefault(reading.step.id, (reading.step, []))[1].append(reading)
    return sorted(found.values(), key=lambda pair: (pair[0].started_at, pair[0].id))


def _lots(
    session: Session, first: date, last: date, values: dict[str, int]
) -> list[tuple[Lot, int | None]]:
    """What came in the cold, in its order, with the limit of its storage."""
    query = select(Lot).where(Lot.received_on.between(first, last), Lot.tenths.is_not(None))
    lots = session.scalars(query.order_by(Lot.received_on, Lot.id))
    return [(lot, values.get(STORAGES.get(lot.produce.storage, ""))) for lot in lots]


def _batches(session: Session, first: date, last: date) -> list[Batch]:
    query = select(Batch).where(Batch.day.between(first, last), IS_SERVED)
    return list(session.scalars(query.order_by(Batch.cooked_at, Batch.id)))


def month_before(day: date) -> date:
    """The first day of the month before."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
