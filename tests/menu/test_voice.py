"""The name of a dish can be heard: recorded by the team, told by its first bytes."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.core.db import db
from locomotive.menu.dish import Dish
from locomotive.menu.voice import MAXIMUM_BYTES
from tests.service_day import Day

WEBM = b"\x1a\x45\xdf\xa3" + b"\0" * 200


def send(office: FlaskClient, content: bytes) -> int:
    data = {"voice": (BytesIO(content), "evil.html")}
    return office.post("/office/dishes/1/voice", data=data).status_code


def voice() -> str | None:
    db.session.rollback()
    return db.session.scalars(select(Dish.voice).where(Dish.id == 1)).one()


def test_a_recording_is_kept_and_played_in_the_kitchen(day: Day, office: FlaskClient) -> None:
    day.order()
    assert send(office, WEBM) == 303
    name = voice()
    assert name
    kitchen = day.signed_in("kitchen")
    answer = kitchen.get(f"/voices/{name}")
    assert (answer.mimetype, answer.data) == ("audio/webm", WEBM)
    answer.close()
    for page in ("cook", "pack"):
        shown = kitchen.get(f"/kitchen/{page}?date=2026-11-24").text
        assert f'data-voice="/voices/{name}"' in shown
    assert day.app.test_client().get(f"/voices/{name}").status_code == 303


@pytest.mark.parametrize("content", [b"", b"<script>", b"\x1a\x45\xdf\xa3" + b"\0" * MAXIMUM_BYTES])
def test_what_is_no_short_sound_is_refused_at_its_field(
    office: FlaskClient, content: bytes
) -> None:
    assert send(office, content) == 422
    assert voice() is None


def test_a_recording_is_removed(office: FlaskClient) -> None:
    send(office, WEBM)
    assert office.post("/office/dishes/1/voice/remove").status_code == 303
    assert voice() is None


def test_no_other_file_is_played(office: FlaskClient) -> None:
    for name in ("a.webm", "..%2Flunch.db", "0" * 32 + ".html", "0" * 32 + ".webm"):
        assert office.get(f"/voices/{name}").status_code == 404


def test_the_microphone_is_open_on_the_dish_s_page_only(office: FlaskClient) -> None:
    assert "microphone=(self)" in office.get("/office/dishes/1").headers["Permissions-Policy"]
    assert "microphone=()" in office.get("/office/menu/").headers["Permissions-Policy"]
