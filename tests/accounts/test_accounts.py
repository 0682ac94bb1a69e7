"""Accounts: invited by a link, given a second factor, asked for proof, ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.accounts import factor
from locomotive.accounts.factor import CodeWrong, RecoveryCode, proof_of, step_of
from locomotive.accounts.rate import near_network
from locomotive.accounts.signin import (
    PROOF_LASTS,
    SINGLE_LASTS,
    SignIn,
    forget_sign_ins,
    new_entry_link,
)
from locomotive.accounts.staff import Staff, hash_password
from locomotive.accounts.visitor_page import browser_words
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.tokens import decrypt
from tests.service_day import SECRET, Day, leave, new_day

PASSWORD, OTHER = "carbonade-et-frites", "soupe-de-potimarron"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    day = new_day(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: day.at(9))
    with day.app.app_context():
        hashed = hash_password(PASSWORD)
        with write_tx() as session:
            session.add(Staff(name="Nadia", role="manager", password_hash=hashed))
        yield day
        leave(day.app)


def client_of(day: Day) -> FlaskClient:
    client = day.app.test_client()
    client.set_cookie("language", "en")
    return client


def come_in(day: Day, name: str = "Nadia", password: str = PASSWORD) -> FlaskClient:
    client = client_of(day)
    sent = {"name": name, "password": password}
    answer = client.post("/sign-in", data=sent, headers={"User-Agent": FIREFOX})
    assert answer.status_code == 303
    return client


def invite(office: FlaskClient, name: str, role: str) -> str:
    """The path of the link that the office is shown."""
    page = office.post("/office/accounts", data={"name": name, "role": role}).text
    return path_in(page)


def path_in(page: str) -> str:
    found = re.search(r"/in/[\w-]+", page)
    assert found, page
    return found[0]


def account(name: str) -> Staff:
    db.session.rollback()
    query = select(Staff).where(Staff.name == name)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def lay_factor(client: FlaskClient, at: Any) -> tuple[str, list[str]]:
    """Lay a second factor as its owner does; its secret and the ten codes."""
    page = client.get("/account/factor").text
    secret = re.search(r'class="key">(\w+)<', page)
    sealed = re.search(r'name="secret" value="([^"]+)"', page)
    assert secret
    assert sealed
    assert "<svg" in page
    code = pyotp.TOTP(secret[1]).at(at)
    shown = client.post("/account/factor", data={"secret": sealed[1], "digits": code})
    codes = re.findall(r"<code>([0-9]-\w{5}-\w{5})</code>", shown.text)
    assert len(codes) == 10
    return secret[1], codes


def step_in(day: Day, code: str, name: str = "Nadia") -> tuple[int, FlaskClient]:
    """Sign in by password and code; the status of the second step."""
    client = client_of(day)
    page = client.post("/sign-in", data={"name": name, "password": PASSWORD})
    assert page.status_code == 200
    assert client.get("/office/").status_code == 303  # the password alone opens nothing
    passed = re.search(r'name="passed" value="([^"]+)"', page.text)
    assert passed
    sent = {"passed": passed[1], "digits": code}
    return client.post("/sign-in/code", data=sent).status_code, client


def test_an_invited_person_chooses_a_password_once_and_comes_in(day: Day) -> None:
    office, guest = come_in(day), client_of(day)
    path = invite(office, "Marius", "accountant")
    assert "invited" in office.get("/office/accounts").text
    assert guest.get(path).status_code == 200
    assert guest.post(path, data={"password": "short"}).status_code == 422
    answer = guest.post(path, data={"password": OTHER})
    assert (answer.status_code, answer.location) == (303, "/office/figures")
    assert client_of(day).post(path, data={"password": OTHER}).status_code == 404
    assert come_in(day, "Marius", OTHER).get("/office/figures").status_code == 200


def test_an_account_without_a_password_lets_nobody_in(day: Day) -> None:
    invite(come_in(day), "Marius", "kitchen")
    for password in ("", "a password that nobody has"):
        sent = {"name": "Marius", "password": password}
        assert client_of(day).post("/sign-in", data=sent).status_code == 422


def test_a_link_is_good_for_an_hour_and_the_last_one_alone(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = come_in(day)
    first = invite(office, "Marius", "kitchen")
    again = office.post(f"/office/accounts/{account('Marius').id}/link").text
    assert client_of(day).get(first).status_code == 404
    assert client_of(day).get(path_in(again)).status_code == 200
    monkeypatch.setattr(clock, "now", lambda: day.at(9) + SINGLE_LASTS)
    assert client_of(day).get(path_in(again)).status_code == 404


def test_a_name_is_given_once(day: Day) -> None:
    answer = come_in(day).post("/office/accounts", data={"name": "Nadia", "role": "kitchen"})
    assert answer.status_code == 422
    assert "choose another" in answer.text


def test_an_account_that_is_ended_is_out_and_its_owner_cannot_end_it(day: Day) -> None:
    office = come_in(day)
    path = invite(office, "Marius", "manager")
    other = client_of(day)
    other.post(path, data={"password": OTHER})
    marius, nadia = account("Marius").id, account("Nadia").id
    assert office.post(f"/office/accounts/{nadia}/end").status_code == 409
    assert office.post(f"/office/accounts/{marius}/end").status_code == 303
    assert other.get("/office/").status_code == 303
    assert office.post(f"/office/accounts/{marius}/back").status_code == 303
    assert other.get("/office/").status_code == 303
    assert come_in(day, "Marius", OTHER).get("/office/").status_code == 200


def test_a_code_is_asked_for_and_each_is_good_once(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _codes = lay_factor(come_in(day), day.at(9))
    totp = pyotp.TOTP(secret)
    # The code that confirmed it is used up.
    assert step_in(day, totp.at(day.at(9)))[0] == 422
    later = day.at(9, 1)
    monkeypatch.setattr(clock, "now", lambda: later)
    status, client = step_in(day, totp.at(later))
    assert status == 303
    assert client.get("/office/").status_code == 200
    assert step_in(day, totp.at(later))[0] == 422
    assert step_in(day, totp.at(later - timedelta(seconds=30)))[0] == 422
    # A phone that is half a minute ahead.
    assert step_in(day, totp.at(later + timedelta(seconds=30)))[0] == 303


def test_the_control_a_code_that_is_not_taken_is_good_twice(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _codes = lay_factor(come_in(day), day.at(9))
    later = day.at(9, 1)
    monkeypatch.setattr(clock, "now", lambda: later)
    monkeypatch.setattr("locomotive.accounts.views.take_proof", lambda *_, **__: None)
    code = pyotp.TOTP(secret).at(later)
    assert [step_in(day, code)[0] for _ in range(2)] == [303, 303]


def test_only_neighbouring_codes_are_right(day: Day) -> None:
    secret, at = pyotp.random_base32(), day.at(9)
    totp = pyotp.TOTP(secret)
    shifts = {shift: totp.at(at + timedelta(seconds=30 * shift)) for shift in range(-3, 4)}
    right = [s for s, code in shifts.items() if step_of(secret, code, now=at) is not None]
    assert right == [-1, 0, 1]
    assert step_of(secret, "", now=at) is step_of(secret, "12345", now=at) is None


def test_a_written_code_lets_in_once(day: Day) -> None:
    _secret, codes = lay_factor(come_in(day), day.at(9))
    assert step_in(day, "0-aaaaa-aaaaa")[0] == 422
    assert step_in(day, codes[3].upper())[0] == 303
    assert step_in(day, codes[3])[0] == 422
    kept = db.session.scalars(select(RecoveryCode.code_hash)).all()
    assert len(kept) == 10
    assert all(hashed.startswith("$argon2id$") for hashed in kept)
    assert not any(part in "".join(kept) for code in codes for part in code.split("-")[1:])


def test_wrong_codes_are_counted_like_wrong_passwords(day: Day) -> None:
    lay_factor(come_in(day), day.at(9))
    client = client_of(day)
    page = client.post("/sign-in", data={"name": "Nadia", "password": PASSWORD})
    passed = re.search(r'name="passed" value="([^"]+)"', page.text)
    assert passed
    sent = {"passed": passed[1], "digits": "000000"}
    codes = [client.post("/sign-in/code", data=sent).status_code for _ in range(10)]
    assert codes == [422] * 9 + [429]


def test_the_second_step_is_worth_nothing_without_the_first(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    _secret, codes = lay_factor(come_in(day), day.at(9))
    for passed in ("", "forged.x"):
        sent = {"passed": passed, "digits": codes[0]}
        assert client_of(day).post("/sign-in/code", data=sent).location == "/sign-in"
    client = client_of(day)
    page = client.post("/sign-in", data={"name": "Nadia", "password": PASSWORD}).text
    late = re.search(r'name="passed" value="([^"]+)"', page)
    assert late
    monkeypatch.setattr(clock, "now", lambda: day.at(9, 6))
    sent = {"passed": late[1], "digits": codes[0]}
    assert client.post("/sign-in/code", data=sent).location == "/sign-in"


def test_a_lost_phone_is_set_right_by_another_manager(day: Day) -> None:
    lay_factor(come_in(day), day.at(9))
    other = day.signed_in("manager")
    nadia = account("Nadia").id
    kept = path_in(other.post(f"/office/accounts/{nadia}/link").text)
    answer = client_of(day).post(kept, data={"password": PASSWORD})
    assert answer.location == "/sign-in"  # a new password alone keeps the second factor
    lost = path_in(other.post(f"/office/accounts/{nadia}/link", data={"factor": "lost"}).text)
    guest = client_of(day)
    assert guest.post(lost, data={"password": OTHER}).status_code == 303
    assert guest.get("/office/").status_code == 200
    assert account("Nadia").factor_secret is None


def test_the_command_line_sets_a_lost_phone_right(day: Day) -> None:
    lay_factor(come_in(day), day.at(9))
    db.session.rollback()
    runner = day.app.test_cli_runner()
    path = path_in(runner.invoke(args=["staff", "Nadia", "--reset"]).output)
    assert client_of(day).post(path, data={"password": OTHER}).location == "/office/"
    assert "no account" in runner.invoke(args=["staff", "Bernard", "--reset"]).output


def test_a_house_may_ask_all_managers_for_a_second_factor(day: Day) -> None:
    client, before = come_in(day), day.app.extensions["settings"]
    assert client.get("/office/").status_code == 200
    object.__setattr__(before, "second_factor", 1)
    assert client.get("/office/").location == "/account/factor"
    lay_factor(client, day.at(9))
    assert client.get("/office/").status_code == 200


def test_accounts_and_names_ask_for_the_password_again(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = come_in(day)
    assert client.get("/office/accounts").status_code == 200
    monkeypatch.setattr(clock, "now", lambda: day.at(9) + PROOF_LASTS)
    answer = client.get("/office/accounts")
    assert answer.location == "/account/prove?next=/office/accounts?"
    sent = {"name": "Marius", "role": "manager"}
    assert "/account/prove" in client.post("/office/accounts", data=sent).location
    assert client.post(answer.location, data={"proof": "wrong"}).status_code == 422
    back = client.post(answer.location, data={"proof": PASSWORD})
    assert back.location == "/office/accounts"
    assert client.get(back.location).status_code == 200


def test_who_came_in_by_a_link_shows_another_link(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_link = day.signed_in("manager")
    monkeypatch.setattr(clock, "now", lambda: day.at(9) + PROOF_LASTS)
    at = by_link.get("/office/accounts").location
    assert at == "/account/prove?next=/office/accounts?"
    assert "/sign-in?next=" in by_link.get(at).text
    with write_tx() as session:
        facts: dict[str, Any] = {"label": "one", "now": clock.now()}
        good = new_entry_link(session, role="manager", is_single=True, **facts)
        kitchens = new_entry_link(session, role="kitchen", **facts)
    for wrong in ("x" * 32, kitchens, "http://localhost/in/"):
        assert by_link.post(at, data={"proof": wrong}).status_code == 422, wrong
    pasted = {"proof": f" http://127.0.0.1:8000/in/{good}/ "}
    assert by_link.post(at, data=pasted).location == "/office/accounts"
    assert by_link.get("/office/accounts").status_code == 200
    # It let somebody in once, and is good no more.
    assert by_link.post(at, data=pasted).status_code == 422
    assert client_of(day).get(f"/in/{good}").status_code == 404


def test_the_secret_of_codes_is_kept_encrypted_and_a_new_key_leaves_the_written_codes(
    day: Day,
) -> None:
    secret, codes = lay_factor(come_in(day), day.at(9))
    kept = account("Nadia").factor_secret
    assert kept
    assert secret not in kept
    assert decrypt(SECRET, factor.PURPOSE, kept) == secret
    staff, at = account("Nadia"), day.at(10)
    code = pyotp.TOTP(secret).at(at)
    assert proof_of(db.session(), staff, code, key=SECRET, now=at).step
    with pytest.raises(CodeWrong):
        proof_of(db.session(), staff, code, key="another secret", now=at)
    assert proof_of(db.session(), staff, codes[0], key="another secret", now=at).recovery_id


def test_one_sees_and_ends_ones_own_sign_ins_alone(day: Day) -> None:
    here, there, stranger = come_in(day), come_in(day), day.signed_in("manager")
    page = here.get("/account").text
    assert page.count("Firefox, Linux") >= 2
    assert "127.0.0.0/24" in page
    rows = db.session.scalars(select(SignIn.id).order_by(SignIn.id)).all()
    assert here.post(f"/account/sign-ins/{rows[2]}/revoke").status_code == 404
    assert here.post(f"/account/sign-ins/{rows[1]}/revoke").status_code == 303
    assert there.get("/office/").status_code == 303
    assert here.get("/office/").status_code == stranger.get("/office/").status_code == 200


def test_a_new_password_ends_the_other_sign_ins(day: Day) -> None:
    here, there = come_in(day), come_in(day)
    assert here.post("/account/password", data={"password": "short"}).status_code == 422
    assert here.post("/account/password", data={"password": OTHER}).status_code == 303
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert come_in(day, password=OTHER).get("/office/").status_code == 200


def test_an_accountant_reads_and_exports_and_does_nothing_else(day: Day) -> None:
    client = day.signed_in("accountant")
    for path in ("/office/figures", "/office/figures/purchases.csv", "/farm/movements.csv"):
        assert client.get(path).status_code == 200
    for path in ("/office/", "/kitchen/", "/office/accounts", "/farm/needs"):
        assert client.get(path).status_code == 403
    assert "Figures" in client.get("/office/figures").text


def test_a_sign_in_that_is_over_is_forgotten_after_thirty_days(day: Day) -> None:
    client = come_in(day)
    client.post("/sign-out")
    with write_tx() as session:
        assert forget_sign_ins(session, now=day.at(9) + timedelta(days=30)) == 0
        assert forget_sign_ins(session, now=day.at(10) + timedelta(days=30)) == 1


def test_browsers_are_named_and_networks_shortened() -> None:
    assert browser_words(FIREFOX) == "Firefox, Linux"
    assert browser_words("Mozilla/5.0 (iPhone; CPU) Version/18.0 Safari/604.1") == "Safari, iPhone"
    assert browser_words("curl/8") == ""
    assert near_network("192.0.2.77") == "192.0.2.0/24"
    assert near_network("2001:db8:1:2::3") == "2001:db8:1::/48"
    assert near_network("unix:") == ""


def test_ten_codes_differ_and_leave_out_what_looks_alike() -> None:
    assert not set("ilo01") & set(factor.LETTERS)
