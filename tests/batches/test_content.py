"""What is in an ordered dish changes: everything that shows it follows, whatever the cause."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.ordering.content_change import ContentChange, ContentNotice
from locomotive.ordering.order import Order, OrderLine
from tests.farm_day import dish, lot, produce, recipe
from tests.service_day import DATE, Day


@pytest.fixture
def office(both: Day, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    monkeypatch.setattr(clock, "now", lambda: both.at(9))
    recipe("soup", leeks=0.2)
    produce("mustard", kind="herb", allergens={"mustard": "contains"})
    return both.signed_in("manager")


def add_mustard(office: FlaskClient) -> None:
    data = {"name": "soup", "makes": "1", "ingredient-0": f"p{produce('leeks').id}"}
    data |= {"amount-0": "0.2", "ingredient-1": f"p{produce('mustard').id}", "amount-1": "0.01"}
    answer = office.post(f"/office/dishes/{dish('soup').id}/recipe", data=data)
    assert answer.status_code == 303
    db.session.rollback()


def correct_leeks(office: FlaskClient, level: str = "contains") -> None:
    form = {"name": "leeks", "kind": "vegetable", "unit": "kg", "unit_grams": "1000"}
    form |= {"storage": "dry", "is_vegetarian": "y", "allergen-celery": level}
    assert office.post(f"/farm/produce/{produce('leeks').id}", data=form).status_code == 303
    db.session.rollback()


def inside(order: Order) -> str:
    db.session.rollback()
    query = select(OrderLine.allergens).where(OrderLine.order_id == order.id)
    return db.session.scalars(query).one()


def test_mustard_in_the_recipe_after_orders_stands_on_the_boxs_label(
    both: Day, office: FlaskClient
) -> None:
    order, other = both.order("Nadia", soup=1), both.order("Bruno", salad=1)
    add_mustard(office)
    assert inside(order) == "mustard"
    change = db.session.scalars(select(ContentChange)).one()
    assert (change.cause, change.what) == ("recipe", "soup")
    labels = f"/kitchen/{DATE}/labels/a4"
    assert "mustard" in office.get(labels).text
    again = office.get(f"{labels}?change={change.id}").text
    assert "Nadia" in again
    assert "Bruno" not in again
    assert other.id not in {n.line.order_id for n in change.notices}


def test_whom_to_tell_what_to_print_and_what_to_see_is_said_until_it_is_done(
    both: Day, office: FlaskClient
) -> None:
    order = both.order("Nadia", soup=1)
    add_mustard(office)
    change = db.session.scalars(select(ContentChange)).one()
    page = f"/kitchen/content/{change.id}"
    home = office.get("/office/").text
    assert "1 order line is not told yet" in home
    assert f"Labels to print again: {order.number}." in home
    assert (
        f"Print their labels again: {order.number}." in office.get(f"/kitchen/{DATE}/papers").text
    )
    kitchen = both.signed_in("kitchen")
    for board in ("board", "cook/board", "pack/board", "hand_over/board"):
        assert f'id="content-{change.id}"' in kitchen.get(f"/kitchen/{board}").text
    assert "Nadia" in kitchen.get(page).text
    kitchen.post(f"{page}/seen", data={"page": "pack"})
    assert f'id="content-{change.id}"' not in kitchen.get("/kitchen/pack/board").text
    line_id = change.notices[0].order_line_id
    kitchen.post(f"{page}/{line_id}/told")
    kitchen.post(f"{page}/reprinted")
    home = office.get("/office/").text
    assert "not told yet" not in home
    assert "Labels to print again" not in home


def test_a_produce_found_to_hold_an_allergen_reaches_closed_bags_too(
    both: Day, office: FlaskClient
) -> None:
    order = both.order(soup=1)
    kitchen = both.signed_in("kitchen")
    kitchen.post(f"/kitchen/orders/{order.id}/step?to=ready&seen=placed")
    correct_leeks(office)
    notice = db.session.scalars(select(ContentNotice)).one()
    assert (notice.new_allergens, notice.is_bagged) == ("celery", True)
    assert inside(order) == "celery"
    # What a bag is said to hold is not unsaid.
    correct_leeks(office, "no")
    assert inside(order) == "celery"


def test_what_changes_nothing_touches_nobody(both: Day, office: FlaskClient) -> None:
    both.order(soup=1)
    lot(both, "leeks", 100)
    correct_leeks(office, "no")
    assert db.session.scalar(select(ContentChange.id)) is None


def test_a_change_of_a_day_that_is_over_touches_nobody(
    both: Day, office: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = both.order(soup=1)
    day_after = both.at(9).replace(day=both.date.day + 1)
    monkeypatch.setattr(clock, "now", lambda: day_after)
    add_mustard(both.signed_in("manager"))
    assert inside(order) == ""
