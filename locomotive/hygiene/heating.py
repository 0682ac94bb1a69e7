"""The readings of a thermal step: its beginning, what is measured on the way, its end."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.clock import local
from ..core.refusal import N_, Invalid, Refusal
from ..menu.dish import Dish
from ..menu.menu import menus_between
from .limit import limits
from .reading import COUNTS, Reading, Touch, add_reading, believe
from .thermal_step import STEPS, ThermalStep, running_steps

BELIEVED = (-50, 1100)
# A dish is cooled for one of these days, or was cooked for them.
DAYS = timedelta(days=3)
NEVER_HEATED = ("bread", "drink")


class StepUnknown(Invalid):
    message = N_("Choose what is cooled or heated.")


class StepEnded(Refusal):
    message = N_("%(what)s: this has ended. Begin a new one.")


def begin(session: Session, kind: str, what: str, tenths: int, touch: Touch) -> Reading:
    """Begin a cooling or a reheating with a first reading.

    A cooling that begins below its limit is out of range: nobody knows since when it cools.
    Raises StepUnknown, ReadingAbsurd.
    """
    if kind not in STEPS or not what:
        raise StepUnknown(field="what")
    believe(tenths, BELIEVED, name=what, unit="°C")
    values = limits(session)
    step = ThermalStep(
        kind=kind,
        what=what,
        started_at=touch.at,
        due_at=touch.at + timedelta(minutes=values[f"{kind}_minutes"]),
        target_tenths=values[f"{kind}_to"],
    )
    session.add(step)
    session.flush()
    limit = values["cooling_from"] if kind == "cooling" else None
    is_cold = limit is not None and tenths < limit
    return add_reading(session, touch, tenths, limit, is_out=is_cold, step_id=step.id)


def measure(session: Session, step: ThermalStep, tenths: int, touch: Touch) -> Reading:
    """Note a temperature on the way; at the target the step ends. After its time whatever is
    read is out of range, and the corrective act ends it.

    Raises StepEnded, ReadingAbsurd.
    """
    if step.ended_at is not None:
        raise StepEnded(what=step.what)
    believe(tenths, BELIEVED, name=step.what, unit="°C")
    is_late = touch.at > step.due_at
    if step.is_reached(tenths):
        step.ended_at = touch.at
    return add_reading(session, touch, tenths, step.target_tenths, is_out=is_late, step_id=step.id)


def on_the_way(session: Session, kind: str) -> list[tuple[ThermalStep, Reading | None]]:
    """The steps of a kind that have not ended, each with its last reading that counts."""
    steps = [step for step in running_steps(session) if step.kind == kind]
    ids = [step.id for step in steps]
    query = select(Reading).where(Reading.step_id.in_(ids), COUNTS).order_by(Reading.id)
    last = {reading.step_id: reading for reading in session.scalars(query)} if ids else {}
    return [(step, last.get(step.id)) for step in steps]


def to_cool(session: Session, *, now: datetime) -> list[Dish]:
    """The dishes of these days' menus, each once."""
    today = local(now).date()
    menus = menus_between(session, today, today + DAYS)
    dishes = {p.dish.id: p.dish for _day, menu in sorted(menus.items()) for p in menu.portions}
    return [dish for dish in dishes.values() if dish.family not in NEVER_HEATED]
