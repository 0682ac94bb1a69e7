"""Is all well today?"""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.menu.menu import menu_of, set_portions
from locomotive.ordering.message import Message, messages
from locomotive.service.fleet import prepare_lunch
from locomotive.service.service import Service
from tests.service_day import Day


def test_all_is_well_while_orders_come_in(day: Day, office: FlaskClient) -> None:
    day.order(to="school")
    day.order(carbonade=2)
    page = office.get("/office/").text
    assert "All is well." in page
    assert "10:30 (delivery)" in page
    assert "1 of 100" in page
    assert "3 of 200" in page
    assert "/kitchen/2026-11-24/production" in page
    assert "/delivery/2026-11-24/" in page


def test_a_menu_that_is_not_published_is_said_first(day: Day, office: FlaskClient) -> None:
    office.post("/office/menu/2026-11-24/withdraw")
    page = office.get("/office/").text
    assert "The menu is not published: nobody can order." in page
    assert "All is well." not in page


def test_a_closed_lunch_is_said(day: Day, office: FlaskClient) -> None:
    office.post(
        "/office/service/2026-11-24", data={"delivery_cutoff": "10:30", "takeaway_cutoff": "11:00"}
    )
    assert "The lunch is closed: it takes no orders." in office.get("/office/").text


def test_a_dish_sold_out_is_said_in_words(day: Day, office: FlaskClient) -> None:
    menu = menu_of(db.session(), day.date)
    assert menu
    with write_tx() as session:
        set_portions(session, day.date, {menu.portions[0].dish_id: 0}, now=day.at(8))
        set_portions(session, day.date, {menu.portions[1].dish_id: 1}, now=day.at(8))
    day.order(salad=1)
    page = office.get("/office/").text
    assert "sold out" in page
    assert "Carbonade" not in page


def test_deliveries_in_no_round_are_said_after_their_cutoff(
    day: Day, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.order(to="school")
    day.order(to="library")
    assert "in no round yet" not in office.get("/office/").text
    monkeypatch.setattr(clock, "now", lambda: day.at(10, 45))
    assert "2 deliveries are in no round yet." in office.get("/office/").text


def test_deliveries_that_found_no_place_are_listed_with_the_reason(
    day: Day, office: FlaskClient
) -> None:
    day.leave_one_tricycle(boxes=3)
    day.order("Samir", to="school", carbonade=5)
    day.plan()
    page = office.get("/office/").text
    assert "1 delivery found no place in the rounds." in page
    assert "Samir" in page
    assert "No tricycle can carry so many boxes at once." in page


def test_rounds_that_are_not_released_are_said_after_the_cutoff(
    day: Day, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.order(to="school")
    day.plan()
    monkeypatch.setattr(clock, "now", lambda: day.at(10, 45))
    assert "1 round is not released yet." in office.get("/office/").text


def test_stuck_mails_are_said(day: Day, office: FlaskClient) -> None:
    order = day.order()
    with write_tx() as session:
        for kind, state, tries in (("placed", "queued", 2), ("cancelled", "sent", 3)):
            session.add(
                Message(
                    order_id=order.id,
                    kind=kind,
                    email="nadia@example.org",
                    state=state,
                    tries=tries,
                    made_at=day.at(9),
                    due_at=day.at(9),
                )
            )
    assert len(messages(db.session(), now=day.at(9))) == 2
    assert "1 mail is stuck: call the customer." in office.get("/office/").text


def test_after_the_last_slot_the_next_lunch_is_shown(
    day: Day, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with write_tx() as session:
        prepare_lunch(session, date(2026, 11, 25), today=day.date)
    assert "Today, Tuesday 24 November" in office.get("/office/").text
    monkeypatch.setattr(clock, "now", lambda: day.at(13, 31))
    assert "Wednesday 25 November</h1>" in office.get("/office/").text
    assert "Tuesday 24 November</h1>" in office.get("/office/?day=2026-11-24").text


def test_without_a_lunch_the_page_offers_to_prepare_one(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(8).replace(month=12, day=24))
    page = day.signed_in("manager").get("/office/").text
    assert "No lunch is prepared." in page
    assert 'value="2026-12-24"' in page


def test_the_page_asks_as_few_questions_for_thirty_orders_as_for_three(
    day: Day, office: FlaskClient
) -> None:
    def questions() -> int:
        asked = 0

        def count(*_args: object) -> None:
            nonlocal asked
            asked += 1

        event.listen(db.engine, "before_cursor_execute", count)
        office.get("/office/")
        event.remove(db.engine, "before_cursor_execute", count)
        return asked

    for _ in range(3):
        day.order(to="school")
    questions()  # the first one finds nothing kept
    few = questions()
    for _ in range(27):
        day.order(to="library")
    assert questions() == few <= 51


def test_a_service_without_menu_and_slots_is_shown(day: Day, office: FlaskClient) -> None:
    with write_tx() as session:
        session.add(
            Service(date=date(2026, 11, 26), delivery_cutoff=day.at(8), takeaway_cutoff=day.at(8))
        )
    page = office.get("/office/?day=2026-11-26").text
    assert "This lunch has no slots yet." in page
    assert "The menu of this day is empty." in page
