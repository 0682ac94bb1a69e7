"""The rider's phone and the paper that comes back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.ordering.order import OrderEvent
from locomotive.rounds.act import Done, RoundAct, note_act, round_token
from locomotive.rounds.release import release
from tests.service_day import SECRET, Day


@pytest.fixture
def phone(day: Day, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A phone without any account, at a quarter past twelve."""
    monkeypatch.setattr(clock, "now", lambda: day.at(12, 15))
    client = day.app.test_client()
    client.set_cookie("language", "en")
    return client


def released(day: Day) -> str:
    """Two stops on the way; the address of the phone's page."""
    day.order("Nadia", to="school")
    day.order("Bruno", to="library")
    day.lay(["school", "library"])
    with write_tx() as session:
        [round_] = day.rounds()
        round_ = session.merge(round_)
        release(session, round_, seen=round_.stamp, now=day.at(10))
    [round_] = day.rounds()
    return f"/r/{round_token(SECRET, round_)}"


def stop_ids(day: Day) -> list[int]:
    return [stop.id for stop in day.rounds()[0].stops]


def sent(phone: FlaskClient, page: str, *acts: dict[str, Any]) -> TestResponse:
    return phone.post(f"{page}/acts", data=json.dumps(acts), content_type="application/json")


def act(stop: int, what: str = "delivered", key: str = "a", **more: Any) -> dict[str, Any]:
    return {"key": key, "stop": stop, "act": what, "at": "2026-11-24T11:05:00Z", **more}


def statuses(day: Day) -> list[str]:
    return [order.status for stop in day.rounds()[0].stops for order in stop.orders]


def events(status: str) -> int:
    db.session.rollback()
    query = select(func.count()).select_from(OrderEvent).where(OrderEvent.status == status)
    return db.session.scalar(query) or 0


def test_the_page_shows_the_next_stop_first_and_needs_no_account(
    day: Day, phone: FlaskClient
) -> None:
    page = released(day)
    answer = phone.get(page)
    assert answer.status_code == 200
    assert "École Pantigny" in answer.text
    assert answer.text.index("following") < answer.text.index("Médiathèque")
    assert "Collect" in answer.text or "12.50" in answer.text
    first, _ = stop_ids(day)
    sent(phone, page, act(first))
    shown = phone.get(page).text
    assert shown.index("delivered") < shown.index("following")


def test_a_wrong_or_old_link_leads_nowhere(
    day: Day, phone: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = released(day)
    assert phone.get("/r/nothing").status_code == 404
    just_before = datetime(2026, 11, 24, 22, 59, tzinfo=UTC)  # 23:59 in Oignies
    monkeypatch.setattr(clock, "now", lambda: just_before)
    assert phone.get(page).status_code == 200
    monkeypatch.setattr(clock, "now", lambda: just_before + timedelta(minutes=1))
    assert phone.get(page).status_code == 404
    pressed = act(stop_ids(day)[0], at="2026-11-24T23:00:00Z")
    assert list(sent(phone, page, pressed).json["refused"]) == ["a"]
    assert events("handed over") == 0


@pytest.mark.parametrize(("days", "is_noted"), [(1, True), (7, True), (8, False)])
def test_acts_that_were_kept_are_taken_for_a_week(
    day: Day, phone: FlaskClient, monkeypatch: pytest.MonkeyPatch, days: int, is_noted: bool
) -> None:
    page = released(day)
    kept = act(stop_ids(day)[0])
    monkeypatch.setattr(clock, "now", lambda: day.at(8) + timedelta(days=days))
    answer = sent(phone, page, kept).json
    assert answer["noted"] == (["a"] if is_noted else [])
    assert events("handed over") == is_noted
    if is_noted:
        noted = select(OrderEvent).where(OrderEvent.status == "handed over")
        assert db.session.scalars(noted).one().at == day.at(12, 5)


def test_a_round_that_is_not_released_has_no_phone_page(day: Day, phone: FlaskClient) -> None:
    day.order(to="school")
    [round_] = day.lay(["school"])
    assert phone.get(f"/r/{round_token(SECRET, round_)}").status_code == 404


def test_what_was_kept_without_network_is_sent_later_with_its_own_time(
    day: Day, phone: FlaskClient
) -> None:
    page = released(day)
    first, second = stop_ids(day)
    answer = sent(phone, page, act(first, key="a"), act(second, "absent", key="b", note="closed"))
    assert answer.json == {"noted": ["a", "b"], "refused": {}}
    assert statuses(day) == ["handed over", "not delivered"]
    event = db.session.scalars(select(OrderEvent).where(OrderEvent.status == "handed over")).one()
    assert event.at == day.at(12, 5)
    assert event.device == "phone"
    lost = db.session.scalars(select(OrderEvent).where(OrderEvent.status == "not delivered")).one()
    assert lost.reason == "closed"


def test_a_double_tap_and_a_repeated_send_count_once(day: Day, phone: FlaskClient) -> None:
    page = released(day)
    first, _ = stop_ids(day)
    for key in ("a", "a", "b"):
        assert sent(phone, page, act(first, key=key)).status_code == 200
    assert events("handed over") == 1
    # The control: another act at the stop is one more event.
    sent(phone, page, act(first, "absent", key="c", at="2026-11-24T11:06:00Z"))
    assert events("not delivered") == 1
    assert statuses(day)[0] == "not delivered"


def test_absent_and_then_delivered_after_all(day: Day, phone: FlaskClient) -> None:
    page = released(day)
    first, _ = stop_ids(day)
    sent(phone, page, act(first, "absent", key="a"))
    sent(phone, page, act(first, "delivered", key="b", at="2026-11-24T11:10:00Z"))
    assert statuses(day)[0] == "handed over"


def test_a_problem_is_told_and_changes_no_order(day: Day, phone: FlaskClient) -> None:
    page = released(day)
    manager = day.signed_in("manager")
    sent(phone, page, act(stop_ids(day)[0], "problem", note="gate locked"))
    assert statuses(day)[0] == "placed"
    assert "gate locked" in manager.get("/delivery/2026-11-24/").text


def test_one_button_works_without_javascript(day: Day, phone: FlaskClient) -> None:
    page = released(day)
    first, _ = stop_ids(day)
    data = {"key": "form-1", "stop": str(first), "act": "delivered", "boxes_back": "3"}
    assert phone.post(f"{page}/acts", data=data).status_code == 303
    assert statuses(day)[0] == "handed over"
    assert db.session.scalars(select(RoundAct.boxes_back)).one() == 3


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"act": "eaten"}, "Choose what happened at the stop"),
        ({"boxes_back": "many"}, "Write how many boxes came back"),
        ({"boxes_back": "501"}, "Write how many boxes came back"),
        ({"stop": 987654}, "This link is no longer good."),
        ({"stop": "x"}, "Choose what happened at the stop"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    day: Day, phone: FlaskClient, change: dict[str, Any], sentence: str
) -> None:
    page = released(day)
    answer = sent(phone, page, act(stop_ids(day)[0]) | change)
    assert answer.json is not None
    assert sentence in answer.json["refused"]["a"]
    assert events("handed over") == 0


@pytest.mark.parametrize("body", ["{", "{}", '["x"]', "null"])
def test_a_broken_send_is_refused(day: Day, phone: FlaskClient, body: str) -> None:
    page = released(day)
    answer = phone.post(f"{page}/acts", data=body, content_type="application/json")
    assert answer.status_code == 400


def test_a_phone_whose_clock_is_wrong_cannot_deliver_tomorrow(day: Day, phone: FlaskClient) -> None:
    page = released(day)
    first, second = stop_ids(day)
    sent(phone, page, act(first, key="a", at="2031-01-01T00:00:00Z"))
    sent(phone, page, act(second, key="b", at="1999-01-01T00:00:00"))
    db.session.rollback()
    times = sorted(db.session.scalars(select(RoundAct.at)))
    assert times[0] >= day.rounds()[0].departs_at - timedelta(minutes=30)
    assert times[1] == day.at(12, 15)


def test_the_gpx_file_holds_the_stops_and_the_way(day: Day, phone: FlaskClient) -> None:
    page = released(day)
    answer = phone.get(f"{page}/round.gpx")
    root = ElementTree.fromstring(answer.text)
    space = "{http://www.topografix.com/GPX/1/1}"
    assert [p.findtext(f"{space}name") for p in root.iter(f"{space}wpt")] == [
        "1 École Pantigny",
        "2 Médiathèque",
    ]
    assert len(list(root.iter(f"{space}trkpt"))) >= 4


def test_the_sheets_code_leads_to_the_phones_page_once_released(day: Day) -> None:
    from locomotive.papers.sheet_page import phone_link, sheet_html

    page = released(day)
    with day.app.test_request_context(base_url="http://127.0.0.1:8000"):
        assert phone_link(day.rounds()[0]) == page
        assert "sheet-code" in sheet_html(day.rounds()[0], is_pdf=True)


def test_a_sheet_of_paper_is_entered_with_keys_in_one_form(
    day: Day, phone: FlaskClient, rider: FlaskClient
) -> None:
    released(day)
    first, second = stop_ids(day)
    path = "/delivery/2026-11-24/rounds/1/ticks"
    page = rider.get(path).text
    assert page.count('value="delivered" checked') == 2
    data = {
        "key": "paper",
        f"act-{first}": "delivered",
        f"at-{first}": "12 h 04",
        f"back-{first}": "2",
        f"act-{second}": "absent",
    }
    assert rider.post(path, data=data).status_code == 303
    assert statuses(day) == ["handed over", "not delivered"]
    assert db.session.scalars(select(RoundAct.at).order_by(RoundAct.id)).first() == day.at(12, 4)
    # Sent again by mistake: nothing is counted twice.
    assert rider.post(path, data=data).status_code == 303
    assert events("handed over") == 1


def test_a_wrong_number_on_paper_writes_nothing(
    day: Day, phone: FlaskClient, rider: FlaskClient
) -> None:
    released(day)
    first, second = stop_ids(day)
    data = {
        "key": "paper",
        f"act-{first}": "delivered",
        f"act-{second}": "delivered",
        f"back-{second}": "a few",
    }
    answer = rider.post("/delivery/2026-11-24/rounds/1/ticks", data=data)
    assert answer.status_code == 422
    assert "Write how many boxes came back" in answer.text
    assert events("handed over") == 0


def test_acts_count_once_on_both_engines(both: Day) -> None:
    released(both)
    first, _ = stop_ids(both)
    for key in ("a", "a", "b"):
        with write_tx() as session:
            [round_] = both.rounds()
            done = Done(key, first, "delivered", both.at(12, 5))
            note_act(session, session.merge(round_), done, device="phone", now=both.at(12, 6))
    assert events("handed over") == 1
    assert db.session.scalar(select(func.count()).select_from(RoundAct)) == 2


def test_two_phones_on_one_round_agree(day: Day, phone: FlaskClient) -> None:
    page = released(day)
    first, second = stop_ids(day)
    other = day.app.test_client()
    other.post(f"{page}/acts", json=[act(first, "absent", key="a")])
    assert sent(phone, page).json == {"acts": {str(first): "absent"}}
    sent(phone, page, act(second, key="b"), act(first, key="c", at="2026-11-24T11:09:00Z"))
    known = other.post(f"{page}/acts", json=[]).json
    assert known == {"acts": {str(first): "delivered", str(second): "delivered"}}
    assert known == sent(phone, page).json
