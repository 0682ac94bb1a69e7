"""The kitchen's day with two fridges, a freezer, a probe, the oil and a worktop to clean."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.hygiene.point import KINDS, ControlPoint, add_point
from locomotive.hygiene.reading import Reading, Touch, correct, read_point
from tests.kitchen_day import day as day
from tests.kitchen_day import screen as screen
from tests.service_day import Day

BEGUN = date(2026, 11, 2)
CAST = {
    "Frigo 1": "fridge",
    "Frigo 2": "fridge",
    "Congélateur": "freezer",
    "Bain-marie": "holding",
    "Sonde A": "probe",
    "Friteuse": "oil",
    "Plan de travail": "cleaning",
}


@dataclass
class Kitchen:
    """The kitchen with its control points, at an hour that the test sets."""

    day: Day
    client: FlaskClient
    points: dict[str, int]
    now: datetime = field(init=False)

    def send(self, path: str, *, key: str = "", **fields: Any) -> TestResponse:
        """One press as the queue of the tablet sends it."""
        data = {"key": key or f"{path}-{fields}".ljust(16, "-")[-64:], **fields}
        headers = {"X-Requested-With": "fetch"}
        answer = self.client.post(f"/kitchen/hygiene/{path}", data=data, headers=headers)
        forget()
        return answer

    def read(self, name: str, value: str = "", **more: Any) -> TestResponse:
        return self.send(f"points/{self.points[name]}/reading", value=value, **more)

    def readings(self) -> list[Reading]:
        """All readings as the database has them now."""
        query = select(Reading).order_by(Reading.id).execution_options(populate_existing=True)
        return list(db.session.scalars(query))


def forget() -> None:
    """Read anew: a request writes in a transaction of its own."""
    db.session.rollback()
    db.session.expire_all()


def touch(at: datetime) -> Touch:
    """A press on a screen whose clock is right."""
    return Touch("Tablette", at, at, at)


def noted(point_id: int, tenths: int | None, at: datetime, act: str = "", words: str = "") -> None:
    """A reading and its corrective act, as if they had come on that day."""
    with write_tx() as session:
        point = session.get_one(ControlPoint, point_id)
        reading = read_point(session, point, tenths, touch(at))
        if act:
            correct(session, reading, act, touch(at), words=words)


@pytest.fixture
def kitchen(day: Day, screen: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Kitchen:
    with write_tx() as session:
        points = {}
        for name, kind in CAST.items():
            made = ControlPoint(
                name=name,
                kind=kind,
                surface="worktop" if kind == "cleaning" else "",
                every_days=KINDS[kind].every_days,
                begins_on=BEGUN,
            )
            points[name] = add_point(session, made).id
    kitchen = Kitchen(day, screen, points)
    kitchen.now = day.at(10)
    monkeypatch.setattr(clock, "now", lambda: kitchen.now)
    return kitchen
