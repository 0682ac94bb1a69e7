"""Naming and changing a place."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from locomotive.core.db import db
from locomotive.places.address import Place
from locomotive.places.zone import PlaceOutsideZone, PositionSwapped, Zone, check_position
from tests.office_day import error_at, fresh, value_of
from tests.service_day import Day

ZONE = Zone((50.4697, 2.9936), 5)
HALL = {
    "name": "Mairie",
    "street": "place de la IVe République",
    "town": "Oignies",
    "latitude": "50,4687",
    "longitude": "2.9936",
    "access_note": "Accueil",
    "phone": "03 53 01 00 01",
    "is_active": "y",
}


def test_a_place_is_named_with_comma_or_point(day: Day, office: FlaskClient) -> None:
    answer = office.post("/office/places/new", data=HALL)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/office/places/")
    place = db.session.scalars(select(Place).where(Place.name == "Mairie")).one()
    assert (place.latitude, place.longitude) == (50.4687, 2.9936)
    assert place.is_active
    assert "390\xa0m" in office.get("/office/places/").text


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", " ", "Write the name of the place, such as: Town hall."),
        ("name", "École Pantigny", "Another place has this name already."),
        ("street", "", "Write the street, with its number if there is one."),
        ("town", "", "Write the town, such as Oignies."),
        ("latitude", "", "Write degrees such as 50.4697."),
        ("latitude", "north", "Write degrees such as 50.4697."),
        ("latitude", "nan", "Write degrees such as 50.4697."),
        ("latitude", "1e2", "Write degrees such as 50.4697."),
        ("latitude", "91", "Degrees must lie between -90 and 90, such as 50.4697."),
        ("longitude", "181", "Degrees must lie between -180 and 180, such as 2.9936."),
        ("access_note", "x" * 301, "Write at most 300 letters."),
        ("phone", "call me", "Write a phone number such as 03 53 01 00 62."),
    ],
)
def test_a_wrong_value_is_said_at_its_field_and_nothing_is_written(
    day: Day, office: FlaskClient, field: str, typed: str, sentence: str
) -> None:
    answer = office.post("/office/places/new", data={**HALL, field: typed})
    assert answer.status_code == 422
    assert error_at(answer, field).startswith(sentence)
    kept = "town" if field != "town" else "street"
    assert value_of(answer, kept) == HALL[kept]
    db.session.rollback()
    assert db.session.scalar(select(func.count(Place.id))) == 1


def test_an_exchanged_position_gets_a_helpful_sentence(day: Day, office: FlaskClient) -> None:
    swapped = {"latitude": "2,9936", "longitude": "50,4687"}
    answer = office.post("/office/places/new", data={**HALL, **swapped})
    assert answer.status_code == 422
    assert error_at(answer, "latitude") == (
        "Latitude and longitude look exchanged. Write 50.4687 as latitude and 2.9936 as longitude."
    )
    assert value_of(answer, "latitude") == "2,9936"


def test_a_place_outside_the_zone_is_refused_with_its_distance(
    day: Day, office: FlaskClient
) -> None:
    answer = office.post("/office/places/new", data={**HALL, "latitude": "50,6"})
    assert answer.status_code == 422
    assert "m from the kitchen; the tricycles go no further than 5000 m" in error_at(
        answer, "latitude"
    )


def test_a_place_is_changed_and_put_out_of_use(day: Day, office: FlaskClient) -> None:
    change = {name: value for name, value in HALL.items() if name != "is_active"}
    assert office.post("/office/places/1", data=change).status_code == 303
    place = fresh(db.session.get_one(Place, 1))
    assert (place.name, place.is_active) == ("Mairie", False)
    assert "not in use" in office.get("/office/places/").text


def test_a_refused_change_shows_what_was_typed_and_keeps_what_stood(
    day: Day, office: FlaskClient
) -> None:
    answer = office.post("/office/places/1", data={**HALL, "latitude": "50,6"})
    assert answer.status_code == 422
    assert value_of(answer, "name") == "Mairie"
    assert fresh(db.session.get_one(Place, 1)).name == "École Pantigny"


@pytest.mark.parametrize("point", [(0.0, 0.0), (90.0, 0.0), (-50.0, 3.0), (50.47, -177.0)])
def test_b13_a_point_anywhere_on_earth_is_judged(point: tuple[float, float]) -> None:
    with pytest.raises(PlaceOutsideZone):
        check_position(ZONE, point)


def test_a_point_in_the_zone_passes_and_its_exchange_does_not() -> None:
    check_position(ZONE, (50.47, 2.99))
    with pytest.raises(PositionSwapped):
        check_position(ZONE, (2.99, 50.47))
