"""What is wrong at a stop is written beside the button that says so."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.rounds.act import RoundAct, round_token
from locomotive.rounds.release import release
from locomotive.rounds.round import Round
from tests.service_day import SECRET, Day


def test_a_note_of_the_phone_reaches_the_rounds_page(
    day: Day, manager: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(12))
    day.order("Nadia", to="school")
    [round_] = day.lay(["school"])
    with write_tx() as session:
        release(session, session.get_one(Round, round_.id), seen=round_.stamp, now=day.at(10))
    [round_] = day.rounds()
    page = f"/r/{round_token(SECRET, round_)}"
    phone = day.app.test_client()
    phone.set_cookie("language", "en")
    text = phone.get(page).text
    assert 'name="note"' in text
    assert 'href="tel:0600000001"> ' in text or 'href="tel:0600000001">' in text
    assert "Call Nadia" in text
    stop = round_.stops[0].id
    sent = {
        "stop": stop,
        "key": "k" * 16,
        "act": "problem",
        "note": "portail fermé",
        "boxes_back": "",
    }
    assert phone.post(f"{page}/acts", data=sent).status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(RoundAct.note)).one() == "portail fermé"
    assert "portail fermé" in manager.get(f"/delivery/{day.date}/").text
    assert 'value="portail fermé"' in phone.get(page).text
