"""S-04: sign-ins end with their account, by idleness, and by a press; single links let in once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.accounts.signin import (
    IDLE_LASTS,
    SEEN_EVERY,
    SINGLE_LASTS,
    SignIn,
    new_entry_link,
)
from locomotive.accounts.staff import Staff, hash_password
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from tests.service_day import Day, leave, new_day

PASSWORD = "carbonade-et-frites"


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    day = new_day(tmp_path)
    with day.app.app_context():
        hashed = hash_password(PASSWORD)
        with write_tx() as session:
            session.add(Staff(name="Nadia", role="manager", password_hash=hashed))
        yield day
        leave(day.app)


def come_in(day: Day) -> FlaskClient:
    client = day.app.test_client()
    assert client.post("/sign-in", data={"name": "Nadia", "password": PASSWORD}).status_code == 303
    return client


def is_in(client: FlaskClient) -> bool:
    return client.get("/office/").status_code == 200


def staff(day: Day, *arguments: str) -> str:
    db.session.rollback()
    return day.app.test_cli_runner().invoke(args=["staff", *arguments]).output


def test_s04_disabling_an_account_ends_its_sign_ins_at_once(day: Day) -> None:
    client, other = come_in(day), day.signed_in("manager")
    assert is_in(client)
    assert "no more" in staff(day, "Nadia", "--disable")
    assert not is_in(client)
    assert is_in(other)
    refused = day.app.test_client().post("/sign-in", data={"name": "Nadia", "password": PASSWORD})
    assert refused.status_code == 422
    staff(day, "Nadia", "--enable")
    assert is_in(come_in(day))
    assert "no account" in staff(day, "Bernard", "--disable")


def test_s04_a_sign_in_that_nobody_uses_ends(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, client = clock.now(), come_in(day)
    at = begin
    monkeypatch.setattr(clock, "now", lambda: at)
    for _ in range(3):  # used now and then it lasts
        at += IDLE_LASTS - SEEN_EVERY
        assert is_in(client)
    at += IDLE_LASTS + SEEN_EVERY
    assert not is_in(client)


def test_s04_the_manager_sees_who_is_signed_in_and_ends_it(day: Day) -> None:
    client, office = come_in(day), day.signed_in("manager")
    assert "Nadia" in office.get("/office/devices").text
    row = db.session.scalars(select(SignIn).where(SignIn.label == "Nadia")).one()
    assert office.post(f"/office/sign-ins/{row.id}/revoke").status_code == 303
    assert not is_in(client)
    page = office.get("/office/devices").text
    assert "Sign out: Nadia" not in page


def test_a_single_link_lets_in_once_within_an_hour(day: Day) -> None:
    def link(ago: timedelta = timedelta()) -> str:
        with write_tx() as session:
            at = clock.now() - ago
            made = new_entry_link(session, role="manager", label="x", now=at, is_single=True)
        return f"/in/{made}"

    once, old = link(), link(SINGLE_LASTS)
    first, second = day.app.test_client(), day.app.test_client()
    assert first.get(once).status_code == second.get(once).status_code == 200
    assert first.post(once).status_code == 303
    assert is_in(first)
    assert second.post(once).status_code == second.get(once).status_code == 404
    assert second.get(old).status_code == 404


def test_the_command_makes_single_links_for_managers(day: Day) -> None:
    db.session.rollback()
    runner = day.app.test_cli_runner()
    for role, codes in (("manager", [303, 404]), ("kitchen", [303, 303])):
        address = runner.invoke(args=["link", "--role", role]).output.strip()
        path = address[address.index("/in/") :]
        assert [day.app.test_client().post(path).status_code for _ in range(2)] == codes
