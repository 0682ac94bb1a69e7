"""Passkeys: made, used, refused, removed; several for one person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from locomotive.accounts.signin import PROOF_LASTS
from locomotive.accounts.staff import Staff, hash_password
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.passkeys.passkey import MOST, Passkey
from tests.passkeys.soft_key import PRESENT, SoftKey
from tests.service_day import Day, leave, new_day

PASSWORD, OTHER = "carbonade-et-frites", "soupe-de-potimarron"
MINE, DOOR = "/account/passkeys", "/sign-in/passkey"


@pytest.fixture(scope="module")
def hashed() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hashed: str) -> Iterator[Day]:
    day = new_day(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: day.at(9))
    with day.app.app_context():
        with write_tx() as session:
            session.add(Staff(name="Nadia", role="manager", password_hash=hashed))
        yield day
        leave(day.app)


def client_of(day: Day, password: str = "") -> FlaskClient:
    client = day.app.test_client()
    client.set_cookie("language", "en")
    if password:
        sent = {"name": "Nadia", "password": password}
        assert client.post("/sign-in", data=sent).status_code == 303
    return client


def asked(page: TestResponse) -> tuple[dict[str, Any], str]:
    """The options for the browser on a page, and its sealed challenge."""
    options = re.search(r'data-options="([^"]+)"', page.text)
    challenge = re.search(r'name="challenge" value="([^"]+)"', page.text)
    assert options
    assert challenge
    return json.loads(unescape(options[1])), challenge[1]


def make(client: FlaskClient, key: SoftKey, name: str = "phone") -> TestResponse:
    options, challenge = asked(client.get(MINE))
    sent = {"passkey_name": name, "challenge": challenge, "credential": key.create(options)}
    return client.post(MINE, data=sent)


def enter(client: FlaskClient, key: SoftKey) -> TestResponse:
    options, challenge = asked(client.get(DOOR))
    return client.post(DOOR, data={"challenge": challenge, "credential": key.get(options)})


def keys() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Passkey.name).order_by(Passkey.id)))


def test_a_passkey_is_made_lets_in_and_is_removed(day: Day) -> None:
    here, key = client_of(day, PASSWORD), SoftKey()
    other = SoftKey(credential=b"another key")
    assert make(here, key).status_code == 303
    assert make(here, other, "computer").status_code == 303
    assert keys() == ["phone", "computer"]
    assert "computer" in here.get(MINE).text
    for one in (key, other):
        guest = client_of(day)
        assert enter(guest, one).location == "/office/"
        assert guest.get("/office/accounts").status_code == 200  # and counts as a proof
    number = db.session.scalars(select(Passkey.id).where(Passkey.name == "phone")).one()
    assert here.post(f"{MINE}/{number}/remove").status_code == 303
    assert keys() == ["computer"]
    assert enter(client_of(day), key).status_code == 422
    assert enter(client_of(day), other).status_code == 303


def test_what_was_not_signed_here_now_and_by_its_owner_is_refused(day: Day) -> None:
    here, key = client_of(day, PASSWORD), SoftKey()
    assert make(here, SoftKey(origin="https://elsewhere.example")).status_code == 422
    assert make(here, SoftKey(flags=PRESENT)).status_code == 422
    assert make(here, key).status_code == 303
    guest = client_of(day)
    options, challenge = asked(guest.get(DOOR))
    _options, later = asked(guest.get(DOOR))
    signed = key.get(options)
    wrong: list[dict[str, str]] = [
        {"challenge": later, "credential": signed},  # another page's challenge
        {"challenge": "forged.x", "credential": signed},
        {"challenge": challenge, "credential": ""},
        {"challenge": asked(guest.get(DOOR))[1], "credential": "no JSON"},
        {"challenge": asked(guest.get(DOOR))[1], "credential": "[1]"},
    ]
    assert [guest.post(DOOR, data=one).status_code for one in wrong] == [422] * 5
    stranger = SoftKey()  # the same name, another key
    assert enter(guest, stranger).status_code == 422
    key.flags = PRESENT
    assert enter(guest, key).status_code == 422
    assert guest.get("/office/").status_code == 303
    # The control: what was refused was good but for what is wrong with it.
    assert guest.post(DOOR, data={"challenge": challenge, "credential": signed}).status_code == 303


def test_what_was_signed_is_good_once_and_not_for_long(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = SoftKey()
    assert make(client_of(day, PASSWORD), key).status_code == 303
    guest = client_of(day)
    options, challenge = asked(guest.get(DOOR))
    sent = {"challenge": challenge, "credential": key.get(options)}
    assert guest.post(DOOR, data=sent).status_code == 303
    assert client_of(day).post(DOOR, data=sent).status_code == 422
    options, challenge = asked(guest.get(DOOR))
    sent = {"challenge": challenge, "credential": key.get(options)}
    monkeypatch.setattr(clock, "now", lambda: day.at(9, 11))
    assert client_of(day).post(DOOR, data=sent).status_code == 422
    # A copy of a key counts on its own: who comes second with a number is out.
    key.uses = 0
    assert enter(client_of(day), key).status_code == 422


def test_an_account_that_ended_or_lost_its_phone_is_not_opened(day: Day) -> None:
    key = SoftKey()
    assert make(client_of(day, PASSWORD), key).status_code == 303
    with write_tx() as session:
        session.scalars(select(Staff).where(Staff.name == "Nadia")).one().is_active = False
    assert enter(client_of(day), key).status_code == 422
    with write_tx() as session:
        session.scalars(select(Staff).where(Staff.name == "Nadia")).one().is_active = True
    assert enter(client_of(day), key).status_code == 303
    with pytest.MonkeyPatch.context() as later:
        later.setattr(clock, "now", lambda: day.at(9) + timedelta(minutes=1))
        said = day.app.test_cli_runner().invoke(args=["staff", "Nadia", "--reset"]).output
        path = said[said.index("/in/") :].strip()
        assert client_of(day).post(path, data={"password": OTHER}).status_code == 303
        assert enter(client_of(day), key).status_code == 422
        # A key that is made from then on is good.
        anew = SoftKey(credential=b"the new phone's")
        assert make(client_of(day, OTHER), anew).status_code == 303
        assert enter(client_of(day), anew).status_code == 303


def test_ones_own_passkeys_alone_and_after_a_proof(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = client_of(day, PASSWORD)
    make(here, SoftKey())
    number = db.session.scalars(select(Passkey.id)).one()
    with write_tx() as session:
        session.add(Staff(name="Marius", role="kitchen", password_hash=hash_password(OTHER)))
    marius = client_of(day)
    marius.post("/sign-in", data={"name": "Marius", "password": OTHER})
    assert marius.post(f"{MINE}/{number}/remove").status_code == 404
    assert make(marius, SoftKey()).status_code == 422  # somebody's already
    assert day.signed_in("manager").get(MINE).status_code == 403  # came in by a link
    monkeypatch.setattr(clock, "now", lambda: day.at(9) + PROOF_LASTS)
    assert "/account/prove" in here.get(MINE).location
    assert keys() == ["phone"]


def test_ten_are_the_most(day: Day) -> None:
    here = client_of(day, PASSWORD)
    made = [make(here, SoftKey(credential=f"key {n}".encode())) for n in range(MOST + 1)]
    assert [answer.status_code for answer in made] == [303] * MOST + [409]
    assert "ten passkeys" in made[-1].text
