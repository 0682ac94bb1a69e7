"""A code that the customer tells the rider proves that her meal was handed over, where it is asked
for."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.tokens import derived_token
from locomotive.ordering.order import Order
from locomotive.privacy.erasure import erase_due
from locomotive.rounds.act import RoundAct, proof_code, round_token
from locomotive.rounds.release import release
from locomotive.rounds.round import Round
from tests.service_day import SECRET, Day

HER_PAGE = f"/o/{derived_token(SECRET, 'order', 'key Nadia')}"


@pytest.fixture
def asks(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    """The house asks for codes; it is a quarter past twelve."""
    house = day.app.extensions["settings"]
    monkeypatch.setitem(day.app.extensions, "settings", replace(house, proof_codes=1))
    monkeypatch.setattr(clock, "now", lambda: day.at(12, 15))


def left(day: Day) -> tuple[list[Order], str]:
    """Two orders at one stop, and the address of the phone's page."""
    orders = [day.order(name, to="school", key=f"key {name}") for name in ("Nadia", "Karim")]
    [round_] = day.lay(["school"])
    with write_tx() as session:
        release(session, session.get_one(Round, round_.id), seen=round_.stamp, now=day.at(10))
    [round_] = day.rounds()
    return orders, f"/r/{round_token(SECRET, round_)}"


def delivered(day: Day, page: str, code: str) -> str:
    """What is known of a delivery with this code."""
    phone = day.app.test_client()
    phone.set_cookie("language", "en")
    stop = day.rounds()[0].stops[0].id
    sent = {"key": f"delivered {code}", "stop": stop, "act": "delivered", "code": code}
    assert phone.post(f"{page}/acts", json=[sent]).json == {"noted": [sent["key"]], "refused": {}}
    db.session.rollback()
    return db.session.scalars(select(RoundAct.proof).order_by(RoundAct.id.desc())).first() or ""


def other_than(*codes: str) -> str:
    return next(code for code in ("0000", "0001", "0002") if code not in codes)


@pytest.mark.usefixtures("asks")
def test_either_customers_code_is_right_and_another_one_is_told(
    day: Day, manager: FlaskClient
) -> None:
    orders, page = left(day)
    codes = [proof_code(order, secret=SECRET) for order in orders]
    assert all(re.fullmatch(r"\d{4}", code) for code in codes)
    assert codes[0] != codes[1]
    assert delivered(day, page, other_than(*codes)) == "wrong"
    assert "wrong code" in manager.get(f"/delivery/{day.date}/").text
    # The meal is handed over all the same.
    assert [day.status(order) for order in orders] == ["handed over"] * 2
    assert delivered(day, page, f" {codes[1][:2]} {codes[1][2:]} ") == "right"
    assert "code given" in manager.get(f"/delivery/{day.date}/").text


@pytest.mark.usefixtures("asks")
def test_her_page_alone_says_the_code_and_the_phone_asks_for_it(day: Day) -> None:
    orders, page = left(day)
    code = proof_code(orders[0], secret=SECRET)
    browser = day.app.test_client()
    browser.set_cookie("language", "en")
    assert f'tell the rider: <b class="big">{code}</b>' in browser.get(HER_PAGE).text
    phone = browser.get(page).text
    assert 'name="code"' in phone
    assert code not in re.sub(r'="[^"]*"', "", phone)


def test_unless_the_house_wishes_it_nobody_is_asked_and_nothing_is_kept(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(12, 15))
    orders, page = left(day)
    browser = day.app.test_client()
    browser.set_cookie("language", "en")
    assert "tell the rider" not in browser.get(HER_PAGE).text
    assert 'name="code"' not in browser.get(page).text
    assert delivered(day, page, proof_code(orders[0], secret=SECRET)) == ""


@pytest.mark.usefixtures("asks")
def test_it_is_kept_for_thirty_days(day: Day) -> None:
    orders, page = left(day)
    delivered(day, page, proof_code(orders[0], secret=SECRET))
    depot = day.app.extensions["settings"].depot
    for days, is_there in ((29, True), (32, False)):
        with write_tx() as session:
            erase_due(session, depot=depot, now=day.at(3) + timedelta(days=days))
        assert bool(db.session.scalars(select(RoundAct.proof)).one()) is is_there
