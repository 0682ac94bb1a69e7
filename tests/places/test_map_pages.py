"""The passages and the zone: what is refused is said, and nothing is written."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import func, select

from locomotive.core.db import db
from locomotive.places.roads import Passage
from locomotive.places.zone import ZoneLine


def rows(table: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_a_passage_is_marked_and_one_too_far_is_refused_in_words(office: FlaskClient) -> None:
    page = "/office/passages/"
    mark = {"latitude": "50.47", "longitude": "2.99", "what": "closed", "note": "level crossing"}
    assert office.post(page, data=mark).status_code == 303
    assert "level crossing" in office.get(page).text
    answer = office.post(page, data=mark | {"latitude": "48.85", "longitude": "2.35"})
    assert answer.status_code == 422
    assert "too far from the kitchen" in answer.text
    assert rows(Passage) == 1


def test_a_zone_without_the_kitchen_is_refused_in_words(office: FlaskClient) -> None:
    corners = "50.50 3.05\n50.51 3.06\n50.50 3.07"
    answer = office.post("/office/zone", data={"kind": "drawn", "minutes": "", "corners": corners})
    assert answer.status_code == 422
    assert "The kitchen must lie inside the zone" in answer.text
    assert corners.splitlines()[0] in answer.text
    assert rows(ZoneLine) == 0
