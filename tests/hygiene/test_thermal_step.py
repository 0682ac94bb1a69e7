"""Cooling from 63 to 10 °C within two hours, and reheating to 63 °C within one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from locomotive.core.db import db
from locomotive.hygiene.due import due_line
from locomotive.hygiene.reading import open_alarms
from locomotive.hygiene.thermal_step import ThermalStep, running_steps
from locomotive.menu.dish import Dish
from tests.hygiene.conftest import Kitchen


def step_of(kitchen: Kitchen, value: str, kind: str = "cooling") -> int:
    dish_id = db.session.scalars(select(Dish.id)).first()
    assert kitchen.send(f"{kind}/begin/{dish_id}", value=value).status_code == 204
    return db.session.scalars(select(ThermalStep.id).order_by(ThermalStep.id.desc())).first() or 0


def test_a_cooling_that_reaches_10_degrees_in_time_ends_well(kitchen: Kitchen) -> None:
    step_id = step_of(kitchen, "75")
    kitchen.now += timedelta(minutes=70)
    assert "data-departs" in kitchen.client.get("/kitchen/hygiene/cooling").text
    kitchen.send(f"steps/{step_id}/reading", value="31")
    kitchen.now += timedelta(minutes=50)
    kitchen.send(f"steps/{step_id}/reading", value="9,8")
    assert [r.is_out for r in kitchen.readings()] == [False, False, False]
    assert running_steps(db.session()) == []
    refused = kitchen.send(f"steps/{step_id}/reading", value="9")
    assert refused.status_code == 409
    assert "this has ended" in refused.text


@pytest.mark.parametrize("value", ["9,8", "14"])
def test_one_that_is_late_is_out_of_range_whatever_is_read(kitchen: Kitchen, value: str) -> None:
    step_id = step_of(kitchen, "75")
    kitchen.now += timedelta(minutes=121)
    line = due_line(db.session(), now=kitchen.now)
    assert line is not None
    assert line.alarms == 1  # nobody has measured yet, and the time is over
    kitchen.send(f"steps/{step_id}/reading", value=value)
    (alarm,) = open_alarms(db.session())
    assert alarm.step_id == step_id
    kitchen.send(f"readings/{alarm.id}/act?code=thrown")
    assert open_alarms(db.session()) == []
    assert running_steps(db.session()) == []


def test_a_cooling_that_begins_below_63_degrees_asks_what_was_done(kitchen: Kitchen) -> None:
    step_of(kitchen, "52")
    (alarm,) = open_alarms(db.session())
    kitchen.send(f"readings/{alarm.id}/act?code=reheated")
    assert running_steps(db.session()) == []


def test_a_mistyped_end_lets_the_cooling_go_on(kitchen: Kitchen) -> None:
    step_id = step_of(kitchen, "75")
    kitchen.now += timedelta(minutes=30)
    kitchen.send(f"steps/{step_id}/reading", value="4")
    last = kitchen.readings()[-1]
    kitchen.send(f"readings/{last.id}/act?code=mistyped")
    assert [step.id for step in running_steps(db.session())] == [step_id]
    kitchen.send(f"steps/{step_id}/reading", value="40", key="c" * 20)
    assert [r.tenths for r in kitchen.readings()] == [750, 40, 400]


def test_a_reheating_must_be_hot_within_one_hour(kitchen: Kitchen) -> None:
    in_time = step_of(kitchen, "4", "reheating")
    kitchen.now += timedelta(minutes=60)
    kitchen.send(f"steps/{in_time}/reading", value="63")
    assert open_alarms(db.session()) == []
    too_slow = step_of(kitchen, "5", "reheating")
    kitchen.now += timedelta(minutes=61)
    kitchen.send(f"steps/{too_slow}/reading", value="70")
    assert len(open_alarms(db.session())) == 1


def test_what_is_no_dish_is_named(kitchen: Kitchen) -> None:
    assert kitchen.send("cooling/begin", value="70", what=" ").status_code == 409
    assert kitchen.send("cooling/begin", value="70", what="Fond de veau").status_code == 204
    assert running_steps(db.session())[0].what == "Fond de veau"


def test_a_press_kept_through_a_cut_counts_at_its_own_time(kitchen: Kitchen) -> None:
    step_id = step_of(kitchen, "75")
    began = kitchen.now
    kitchen.now += timedelta(hours=5)
    pressed = began + timedelta(minutes=100)
    kitchen.send(
        f"steps/{step_id}/reading",
        value="8",
        pressed_at=pressed.isoformat(),
        sent_at=kitchen.now.isoformat(),
    )
    assert [reading.is_out for reading in kitchen.readings()] == [False, False]
