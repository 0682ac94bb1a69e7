"""Portions of a day, publishing and withdrawing."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from locomotive.core.db import db, write_tx
from locomotive.menu.dish import Dish
from locomotive.menu.menu import Menu, PortionCorrection, menu_of, offered
from tests.office_day import NEXT_DAY, error_at, fresh, value_of
from tests.service_day import Day

TODAY = "/office/menu/2026-11-24"
TOMORROW = f"/office/menu/{NEXT_DAY}"


def test_a_menu_is_written_and_published_in_one_go(day: Day, office: FlaskClient) -> None:
    numbers = {"portions-1": "40", "portions-2": "", "portions-3": "12"}
    answer = office.post(f"{TOMORROW}/publish", data=numbers)
    assert (answer.status_code, answer.headers["Location"]) == (303, TOMORROW)
    menu = db.session.scalars(select(Menu).order_by(Menu.date.desc())).first()
    assert menu
    assert menu.published_at == day.at(8)
    assert offered(db.session(), menu) == {1: 40, 3: 12}


def test_a_menu_saved_only_is_not_shown_to_customers(day: Day, office: FlaskClient) -> None:
    assert office.post(TOMORROW, data={"portions-1": "40"}).status_code == 303
    menu = db.session.scalars(select(Menu).order_by(Menu.date.desc())).first()
    assert menu
    assert menu.published_at is None
    assert "not published" in office.get(TOMORROW).text


def test_a_dish_whose_allergens_are_unknown_is_named_and_nothing_is_published(
    day: Day, office: FlaskClient
) -> None:
    with write_tx():
        db.session.get_one(Dish, 2).allergens_are_known = False
    answer = office.post(f"{TOMORROW}/publish", data={"portions-1": "9", "portions-2": "9"})
    assert answer.status_code == 409
    assert error_at(answer, "portions-2") == (
        "Salade de lentilles: say which allergens it contains before you publish it."
    )
    assert value_of(answer, "portions-1") == "9"
    db.session.rollback()
    assert db.session.scalar(select(func.count(Menu.id))) == 1


def test_an_unknown_dish_does_not_slip_onto_a_menu_that_is_out(
    day: Day, office: FlaskClient
) -> None:
    with write_tx() as session:
        new = Dish(name="Welsh", family="stew", price_cents=1100)
        session.add(new)
    answer = office.post(TODAY, data={f"portions-{new.id}": "9"})
    assert answer.status_code == 409
    assert error_at(answer, f"portions-{new.id}").startswith("Welsh: say which allergens")
    menu = menu_of(db.session(), day.date)
    assert new.id not in offered(db.session(), menu)


def test_a_dish_with_unknown_allergens_that_is_not_offered_hinders_nothing(
    day: Day, office: FlaskClient
) -> None:
    office.post(TOMORROW, data={"portions-1": "9", "portions-2": "9"})
    with write_tx():
        db.session.get_one(Dish, 2).allergens_are_known = False
    answer = office.post(f"{TOMORROW}/publish", data={"portions-1": "9", "portions-2": "0"})
    assert answer.status_code == 303


def test_an_empty_menu_is_not_published(day: Day, office: FlaskClient) -> None:
    answer = office.post(f"{TOMORROW}/publish", data={"portions-1": "0"})
    assert answer.status_code == 409
    assert "Give at least one dish a number of portions." in answer.text


def test_portions_never_fall_below_what_is_sold(day: Day, office: FlaskClient) -> None:
    day.order(carbonade=5)
    answer = office.post(TODAY, data={"portions-1": "4", "portions-2": "50"})
    assert answer.status_code == 409
    assert error_at(answer, "portions-1") == (
        "Portions of Carbonade flamande ordered already: 5. You cannot go below that."
    )
    assert value_of(answer, "portions-1") == "4"
    db.session.rollback()
    assert offered(db.session(), menu_of(db.session(), day.date)) == {1: 200, 2: 200, 3: 200}
    assert db.session.scalar(select(func.count(PortionCorrection.id))) == 0


def test_portions_may_fall_to_what_is_sold(day: Day, office: FlaskClient) -> None:
    day.order(carbonade=5)
    assert office.post(TODAY, data={"portions-1": "5"}).status_code == 303
    menu = fresh(menu_of(db.session(), day.date))
    assert (menu.portions[0].remaining, offered(db.session(), menu)[1]) == (0, 5)
    assert "sold out" in office.get(TODAY).text


@pytest.mark.parametrize("typed", ["-1", "1001", "1e3", "٣", "ten", "9" * 40, "1.5"])
def test_a_number_that_makes_no_sense_is_said_at_its_dish(
    day: Day, office: FlaskClient, typed: str
) -> None:
    answer = office.post(TODAY, data={"portions-1": typed, "portions-2": "7"})
    assert answer.status_code == 422
    assert error_at(answer, "portions-1") == "Write a whole number between 0 and 1000."
    assert value_of(answer, "portions-1") == typed
    assert value_of(answer, "portions-2") == "7"


def test_the_page_offers_to_prepare_the_lunch_of_that_day(day: Day, office: FlaskClient) -> None:
    assert "No lunch is prepared for that day" in office.get(TOMORROW).text
    answer = office.post("/office/service/", data={"date": NEXT_DAY, "then": "menu"})
    assert (answer.status_code, answer.headers["Location"]) == (303, TOMORROW)
    assert "The lunch of that day is closed" in office.get(TOMORROW).text


def test_a_withdrawn_menu_is_gone_and_its_orders_stand(day: Day, office: FlaskClient) -> None:
    order = day.order()
    assert office.post(f"{TODAY}/withdraw").status_code == 303
    assert fresh(menu_of(db.session(), day.date)).published_at is None
    assert day.status(order) == "placed"
    assert office.post("/office/menu/2026-12-01/withdraw").status_code == 404


def test_a_menu_takes_the_prices_of_the_moment_it_is_published(
    day: Day, office: FlaskClient
) -> None:
    office.post(TOMORROW, data={"portions-1": "9"})
    with write_tx():
        db.session.get_one(Dish, 1).price_cents = 1400
    office.post(f"{TOMORROW}/publish", data={"portions-1": "9"})
    menu = db.session.scalars(select(Menu).order_by(Menu.date.desc())).first()
    assert menu
    assert fresh(menu.portions[0]).price_cents == 1400
