"""Coming in by password and by link, and going out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from locomotive.accounts.rate import TooOften, count_try
from locomotive.accounts.signin import EntryLink, SignIn, new_entry_link, signed_in
from locomotive.accounts.staff import Staff, WeakPassword, hash_password
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.tokens import token_hash
from tests.service_day import Day, leave, new_day

PASSWORD = "carbonade-et-frites"


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    day = new_day(tmp_path)
    with day.app.app_context():
        hashed = hash_password(PASSWORD)
        with write_tx() as session:
            session.add(Staff(name="manager", role="manager", password_hash=hashed))
        yield day
        leave(day.app)


def send(day: Day, name: str, password: str) -> int:
    client = day.app.test_client()
    return client.post("/sign-in", data={"name": name, "password": password}).status_code


def test_the_right_password_opens_the_office(day: Day) -> None:
    client = day.app.test_client()
    answer = client.post("/sign-in", data={"name": "manager", "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/office/")
    assert client.get("/office/").status_code == 200


@pytest.mark.parametrize(("name", "password"), [("manager", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_pair_is_refused_with_one_sentence(day: Day, name: str, password: str) -> None:
    client = day.app.test_client()
    client.set_cookie("language", "en")
    answer = client.post("/sign-in", data={"name": name, "password": password})
    assert answer.status_code == 422
    assert "do not go together" in answer.text


def test_empty_fields_are_named(day: Day) -> None:
    assert send(day, "", "") == 422


def test_s11_guessing_stops_after_ten_tries(day: Day) -> None:
    assert [send(day, "manager", "wrong") for _ in range(11)] == [422] * 10 + [429]
    assert send(day, "manager", PASSWORD) == 429


def test_tries_are_forgotten_after_the_period(day: Day) -> None:
    now = clock.now()
    with write_tx() as session:
        for _ in range(2):
            count_try(session, "x", limit=2, period=timedelta(minutes=10), now=now)
    with pytest.raises(TooOften), write_tx() as session:
        count_try(session, "x", limit=2, period=timedelta(minutes=10), now=now)
    with write_tx() as session:
        later = now + timedelta(minutes=11)
        count_try(session, "x", limit=2, period=timedelta(minutes=10), now=later)


def test_s04_a_revoked_sign_in_is_out_at_once(day: Day) -> None:
    client = day.signed_in("kitchen")
    assert client.get("/kitchen/").status_code == 200
    with write_tx() as session:
        for row in session.scalars(select(SignIn)):
            row.revoked_at = clock.now()
    assert client.get("/kitchen/").status_code == 303


def test_signing_out_revokes_the_row(day: Day) -> None:
    client = day.signed_in("kitchen")
    assert client.post("/sign-out").status_code == 303
    assert client.get("/kitchen/").status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(SignIn)).one().revoked_at is not None


def test_an_old_sign_in_ends_by_itself(day: Day) -> None:
    day.signed_in("kitchen")
    db.session.rollback()
    row = db.session.scalars(select(SignIn)).one()
    with write_tx() as session:
        session.merge(row).token_hash = token_hash("known")
    assert signed_in(db.session(), "known", now=clock.now()) is not None
    assert signed_in(db.session(), "known", now=clock.now() + timedelta(days=31)) is None


def test_a_link_lets_in_by_its_button_only(day: Day) -> None:
    with write_tx() as session:
        token = new_entry_link(session, role="kitchen", label="tablet", now=clock.now())
    client = day.app.test_client()
    assert client.get(f"/in/{token}").status_code == 200
    assert client.get("/kitchen/").status_code == 303
    assert client.post(f"/in/{token}").location == "/kitchen/"
    assert client.get("/kitchen/").status_code == 200
    assert client.get("/office/").status_code == 403


def test_s02_an_old_or_unknown_link_is_the_same_404(day: Day) -> None:
    with write_tx() as session:
        token = new_entry_link(
            session, role="kitchen", label="tablet", now=clock.now() - timedelta(days=8)
        )
    client = day.app.test_client()
    assert client.get(f"/in/{token}").status_code == client.get("/in/unknown").status_code == 404


def test_links_and_sign_ins_are_kept_as_hashes_only(day: Day) -> None:
    with write_tx() as session:
        token = new_entry_link(session, role="kitchen", label="tablet", now=clock.now())
    db.session.rollback()
    kept = db.session.scalars(select(EntryLink)).one()
    assert token not in str(vars(kept))


def test_a_short_password_is_refused() -> None:
    with pytest.raises(WeakPassword):
        hash_password("short")


def test_b01_an_address_to_go_back_to_that_holds_a_lines_end_is_none(tmp_path: Path) -> None:
    day = new_day(tmp_path)
    with day.app.app_context():
        client = day.app.test_client()
        for end in ("%0A", "%0D%0A", "%09"):
            answer = client.get(f"/language/fr?next=%2Fbasket{end}env")
            assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        assert client.get("/language/fr?next=%2Fbasket").headers["Location"] == "/basket"
        leave(day.app)
