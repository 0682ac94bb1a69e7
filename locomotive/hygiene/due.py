"""What is due at the control points: by day for the kitchen, and what was left undone.

A point is due on the first day of work that lies `every_days` after it was last looked at, and
stays due until it is. Days on which the house is closed ask nothing.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..core.clock import local
from ..service.service import working_days
from ..use_by.opened import open_foods
from .limit import limits
from .point import ControlPoint, points_of
from .reading import COUNTS, Reading, open_alarms
from .thermal_step import running_steps

# How far back it is counted what was left undone.
LOOK_BACK = timedelta(days=60)


@dataclass(frozen=True)
class Due:
    """One point today: whether it waits, and for how many days of work it was left undone."""

    point: ControlPoint
    is_due: bool
    missed: int
    last_day: date | None
    is_late: bool


@dataclass(frozen=True)
class Line:
    """All that is due in one line; `late` are the points left undone for days, `alarms` the
    readings out of range that wait for their corrective act, the steps whose time is over
    and the food that is past its date."""

    due: int
    late: int
    alarms: int

    @property
    def is_red(self) -> bool:
        return bool(self.late or self.alarms)


def due_line(session: Session, *, now: datetime) -> Line | None:
    """What the kitchen's board says; None when nothing is due."""
    today = local(now).date()
    found = due_points(session, today=today)
    past = sum(food.is_past(today) for food in open_foods(session))
    late_steps = sum(step.is_late(now) for step in running_steps(session))
    line = Line(
        sum(one.is_due for one in found),
        sum(one.is_late for one in found),
        len(open_alarms(session)) + late_steps + past,
    )
    return line if line.due or line.alarms else None


def due_points(session: Session, *, today: date) -> list[Due]:
    """The points that are asked for today, each with what waits; on a closed day none does."""
    points = [point for point in points_of(session) if point.is_asked_on(today)]
    if not points:
        return []
    last = last_days(session, before=today + timedelta(days=1))
    days = working_days(session, today - LOOK_BACK, today)
    most = limits(session)["late_days"]
    found = []
    for point in points:
        since = first_due(point, last.get(point.id))
        waiting = [day for day in days if since <= day]
        missed = sum(day < today for day in waiting)
        is_due = today in waiting
        found.append(Due(point, is_due, missed, last.get(point.id), is_due and missed >= most))
    return found


def first_due(point: ControlPoint, last_day: date | None) -> date:
    """The day from which a point waits, be the house open or closed then."""
    every = timedelta(days=point.every_days)
    return point.begins_on if last_day is None else max(point.begins_on, last_day + every)


def last_days(session: Session, *, before: date) -> dict[int, date]:
    """Point id → the last day before another on which it was looked at."""
    query = (
        select(Reading.point_id, func.max(Reading.day))
        .where(Reading.point_id.is_not(None), Reading.day < before, COUNTS)
        .group_by(Reading.point_id)
    )
    return {int(point_id): day for point_id, day in session.execute(query) if point_id}


def gaps(
    point: ControlPoint, done: Collection[date], days: Iterable[date], last_day: date | None
) -> Iterator[date]:
    """The days of work, of those in `days`, on which a point waited and nobody came.

    `done` are the days on which somebody did, `last_day` the last one before all of them.
    """
    open_days = set(days)
    for day in sorted(open_days | set(done)):
        if day in done:
            last_day = day
        elif point.is_asked_on(day) and day >= first_due(point, last_day):
            yield day
