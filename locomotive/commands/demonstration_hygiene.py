"""Some weeks of food safety for the demonstration: readings, gaps, an alarm, coolings."""

import json
import random
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..core.clock import instant, local
from ..hygiene.heating import begin, measure
from ..hygiene.point import KINDS, ControlPoint, add_point
from ..hygiene.reading import OTHER, Touch, correct, read_point
from ..hygiene.thermal_step import ThermalStep
from ..menu.dish import Dish
from ..service.service import working_days
from ..use_by.opened import THROWN, end_food, open_food

FACTS = Path(__file__).with_suffix(".json")
OFTEN_COOLED = ("stew", "soup")


def load_hygiene(session: Session, *, now: datetime) -> None:
    """Write the weeks before today; what is there already stays."""
    if session.scalar(select(ControlPoint.id).limit(1)) is not None:
        return
    facts: dict[str, Any] = json.loads(FACTS.read_text())
    dice, today = random.Random("hygiene"), local(now).date()
    begins = today - timedelta(weeks=facts["weeks"])
    days = working_days(session, begins, today - timedelta(days=1))
    for row in facts["points"]:
        point = ControlPoint(
            name=row["name"],
            kind=row["kind"],
            surface=row.get("surface", ""),
            every_days=row.get("every_days", KINDS[row["kind"]].every_days),
            begins_on=begins,
        )
        add_point(session, point)
        for day in days[:: max(1, point.every_days * 5 // 7)]:
            if dice.random() >= facts["forgotten"]:
                _read(session, point, row, day, dice)
        if row["name"] == facts["alarm"]["at"]:
            _alarm(session, point, facts["alarm"], days)
    for day in days[::3]:
        _cool(session, day, dice)
    _label(session, facts["labels"], days, now)


def _label(session: Session, labels: dict[str, Any], days: list[date], now: datetime) -> None:
    """Sample meals of each lunch, and what is open in the fridges; one is past its date."""
    for day in days[-12:]:
        taken = open_food(session, "sample", labels["sample"], now=instant(day, time(12)))
        after = instant(taken.use_by + timedelta(days=1), time(9))
        if after < now:
            end_food(session, taken, THROWN, None, now=after)
    for row in labels["open"]:
        open_food(session, row["kind"], row["what"], now=now - timedelta(days=row["days"]))


def _touch(at: datetime) -> Touch:
    device: str = json.loads(FACTS.read_text())["device"]
    return Touch(device, at, at, at)


def _read(
    session: Session, point: ControlPoint, row: dict[str, Any], day: date, dice: random.Random
) -> None:
    value = row["usual"] + dice.randint(-row["strays"], row["strays"]) if "usual" in row else None
    read_point(session, point, value, _touch(instant(day, time(8, dice.randrange(60)))))


def _alarm(session: Session, point: ControlPoint, alarm: dict[str, Any], days: list[date]) -> None:
    """Once the door stood open, and the meat went to the other fridge."""
    at = instant(days[len(days) // 2], time(14, 10))
    reading = read_point(session, point, alarm["tenths"], _touch(at))
    later = _touch(at + timedelta(minutes=6))
    correct(session, reading, "moved", later)
    correct(session, reading, OTHER, later, words=alarm["words"])


def _cool(session: Session, day: date, dice: random.Random) -> None:
    """A dish cooked in the afternoon cools, as a rule in time."""
    dishes = session.scalars(select(Dish.name).where(Dish.family.in_(OFTEN_COOLED)))
    at = instant(day, time(15, dice.randrange(40)))
    first = begin(session, "cooling", dice.choice(list(dishes)), dice.randint(640, 820), _touch(at))
    step = session.get_one(ThermalStep, first.step_id)
    lasts = 130 if dice.random() < 0.15 else dice.randint(90, 118)
    for minutes, tenths in ((55, 390), (lasts, 90)):
        then = _touch(at + timedelta(minutes=minutes))
        reading = measure(session, step, tenths + dice.randint(-15, 5), then)
        if reading.is_out:
            correct(session, reading, "thrown", then)
