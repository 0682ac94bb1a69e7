"""S-11: guessing is slowed for one account from one network, and locks nobody else out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from locomotive.accounts import visitor_page
from locomotive.accounts.rate import Rate, TooOften, check_tries, count_try, network_of
from locomotive.accounts.staff import BreachedPassword, Staff, hash_password, is_breached
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from tests.service_day import Day, leave, new_day

PASSWORD = "carbonade-et-frites"
HOUR = timedelta(hours=1)


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    day = new_day(tmp_path)
    with day.app.app_context():
        hashed = hash_password(PASSWORD)
        with write_tx() as session:
            for name in ("Nadia", "Samira"):
                session.add(Staff(name=name, role="manager", password_hash=hashed))
        yield day
        leave(day.app)


def send(day: Day, name: str, password: str = "wrong", address: str = "192.0.2.1") -> int:
    client = day.app.test_client()
    sent = {"name": name, "password": password}
    return client.post("/sign-in", data=sent, environ_base={"REMOTE_ADDR": address}).status_code


def test_s11_ten_wrong_tries_close_one_account_from_one_network_only(day: Day) -> None:
    assert [send(day, "Nadia") for _ in range(11)] == [422] * 10 + [429]
    assert send(day, "Nadia", PASSWORD) == 429
    assert send(day, "Samira", PASSWORD) == 303
    assert send(day, "Nadia", PASSWORD, address="192.0.2.2") == 303


def test_s11_a_network_that_tries_many_names_is_stopped(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor_page, "MOST_OF_NETWORK", 4)
    assert [send(day, f"somebody {i}") for i in range(5)] == [422] * 4 + [429]


def test_the_right_password_begins_the_count_anew(day: Day) -> None:
    for _ in range(2):
        assert [send(day, "Nadia") for _ in range(9)] == [422] * 9
        assert send(day, "Nadia", PASSWORD) == 303


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        (None, ""),
    ],
)
def test_s11_the_addresses_of_one_visitor_are_one(address: str | None, network: str) -> None:
    assert network_of(address) == network


def test_s11_another_address_of_the_same_64_gives_no_new_tries(day: Day) -> None:
    codes = [send(day, "Nadia", address=f"2001:db8::{i}") for i in range(1, 12)]
    assert codes == [422] * 10 + [429]


def test_a_look_refuses_what_was_counted_and_writes_nothing(day: Day) -> None:
    now = clock.now()
    with write_tx() as session:
        for _ in range(2):
            count_try(session, "x", limit=2, period=HOUR, now=now)
    check_tries(db.session(), "x", limit=3, period=HOUR, now=now)
    with pytest.raises(TooOften):
        check_tries(db.session(), "x", limit=2, period=HOUR, now=now)
    check_tries(db.session(), "x", limit=2, period=HOUR, now=now + 2 * HOUR)
    assert db.session.scalar(select(Rate.tries).where(Rate.name == "x")) == 2


@pytest.mark.parametrize(
    "password", ["123456789012", "QWERTYUIOP123", "motherfucker2026!", "abababababab", "a" * 40]
)
def test_a_password_of_a_breach_is_refused(password: str) -> None:
    with pytest.raises(BreachedPassword):
        hash_password(password)


def test_a_password_of_ones_own_is_taken() -> None:
    assert not is_breached(PASSWORD)
    assert not is_breached("un triporteur bleu sous la pluie")


def test_a_proxy_of_which_the_settings_know_nothing_is_said(
    day: Day, caplog: pytest.LogCaptureFixture
) -> None:
    office = day.signed_in("manager")
    assert "LOCOMOTIVE_PROXIES" not in office.get("/office/").text
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            page = office.get("/office/", headers={"X-Forwarded-For": "192.0.2.9"}).text
    assert "set LOCOMOTIVE_PROXIES=1" in page
    assert caplog.text.count("LOCOMOTIVE_PROXIES is 0") == 1


def test_a_refused_sign_in_is_logged_without_a_name(
    day: Day, caplog: pytest.LogCaptureFixture
) -> None:
    assert send(day, "Nadia", PASSWORD) == 303
    assert "refused" not in caplog.text
    assert send(day, "Nadia", address="192.0.2.77") == 422
    assert "a sign-in was refused: name or password, from 192.0.2.0/24" in caplog.text
    assert "Nadia" not in caplog.text


def test_a_page_that_is_not_for_a_role_is_logged(
    day: Day, caplog: pytest.LogCaptureFixture
) -> None:
    assert day.signed_in("kitchen").get("/office/orders/7").status_code == 403
    assert "refused: GET /office/orders/<key:order_id> for kitchen" in caplog.text
