"""The manager's list of what is looked at, and the limits."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.core.db import db
from locomotive.hygiene.limit import LIMITS, limits
from locomotive.hygiene.point import ControlPoint, is_out
from tests.hygiene.conftest import Kitchen, forget


@pytest.fixture
def office(kitchen: Kitchen) -> FlaskClient:
    return kitchen.day.signed_in("manager")


def test_the_manager_adds_a_fridge_and_the_kitchen_sees_it(
    kitchen: Kitchen, office: FlaskClient
) -> None:
    form = {"name": "Frigo 3", "kind": "fridge", "surface": "", "every_days": "0", "own_limit": "2"}
    assert office.post("/office/hygiene/", data=form).status_code == 303
    point = db.session.scalars(select(ControlPoint).filter_by(name="Frigo 3")).one()
    assert (point.every_days, point.own_limit) == (1, 20)
    assert "Frigo 3" in kitchen.client.get("/kitchen/hygiene/").text
    kitchen.points["Frigo 3"] = point.id
    kitchen.read("Frigo 3", "2,5")
    assert kitchen.readings()[0].is_out


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": "", "kind": "fridge"}, "Write the name"),
        ({"name": "Frigo 1", "kind": "fridge"}, "on the list already"),
        ({"name": "Sol", "kind": "cleaning"}, "Choose the picture"),
        ({"name": "Frigo 4", "kind": "fridge", "own_limit": "froid"}, "Write a temperature"),
        ({"name": "Frigo 4", "kind": "oven"}, ""),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    office: FlaskClient, form: dict[str, str], words: str
) -> None:
    before = db.session.scalars(select(ControlPoint.id)).all()
    answer = office.post("/office/hygiene/", data={"surface": "", **form})
    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.scalars(select(ControlPoint.id)).all() == before


def test_what_ends_keeps_its_readings(kitchen: Kitchen, office: FlaskClient) -> None:
    kitchen.read("Frigo 1", "3")
    office.post(f"/office/hygiene/points/{kitchen.points['Frigo 1']}/end")
    assert "Frigo 1" not in office.get("/office/hygiene/").text.split("<table")[1]
    assert len(kitchen.readings()) == 1


def values(page: str) -> dict[str, str]:
    """The fields of the limits' page as it shows them."""
    return {code: re.findall(rf'name="{code}"[^>]*value="([^"]*)"', page)[0] for code in LIMITS}


def test_limits_may_be_stricter_than_the_law_but_not_laxer(
    kitchen: Kitchen, office: FlaskClient
) -> None:
    page = office.get("/office/hygiene/limits").text
    assert page.count("21 December 2009") == 8
    form = values(page)
    assert (form["fridge"], form["cooling_minutes"], form["freezer"]) == ("4", "120", "-18")
    laxer = office.post("/office/hygiene/limits", data={**form, "cooling_minutes": "180"})
    assert laxer.status_code == 422
    assert "between 30 and 120 min" in laxer.text.replace("\u00a0", " ")
    kitchen.read("Frigo 1", "3,5")
    assert office.post("/office/hygiene/limits", data={**form, "fridge": "3"}).status_code == 303
    forget()
    assert limits(db.session())["fridge"] == 30
    kitchen.read("Frigo 1", "3,5", key="d" * 20)
    # Each reading keeps the limit that held when it was taken.
    assert [(r.limit_tenths, r.is_out) for r in kitchen.readings()] == [(40, False), (30, True)]


def test_the_default_limits_are_those_of_the_law() -> None:
    assert {code: limit.default for code, limit in LIMITS.items()} == {
        "fridge": 40, "freezer": -180, "holding": 630, "cooling_from": 630, "cooling_to": 100,
        "cooling_minutes": 120, "reheating_to": 630, "reheating_minutes": 60, "probe": 10,
        "oil": 250, "late_days": 3,
    }  # fmt: skip
    assert all(limit.least <= limit.default <= limit.most for limit in LIMITS.values())
    assert is_out("fridge", 41, 40)
    assert is_out("holding", 629, 630)
