"""A claim needs an answer, before a menu is published and as long as it is out."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.core.db import db, write_tx
from locomotive.menu.dish import Dish
from locomotive.menu.menu import OffSale, Portion
from locomotive.ordering.order import Order
from locomotive.origins.sale import follow_sale
from tests.farm_day import dish, lot, produce, recipe
from tests.office_day import NEXT_DAY, error_at
from tests.service_day import DATE, Day

TODAY, TOMORROW = f"/office/menu/{DATE}", f"/office/menu/{NEXT_DAY}"


def reason(name: str = "soup") -> str:
    """Why the dish is off sale at the lunch, "" when it is not."""
    db.session.rollback()
    query = select(Portion.stopped_because).join(Dish).where(Dish.id == dish(name).id)
    return db.session.scalars(query.order_by(Portion.id)).first() or ""


def followed() -> None:
    with write_tx() as session:
        follow_sale(session, today=DATE)


@pytest.fixture
def bacon(day: Day) -> None:
    """A soup with bacon, of which no lot is in the house."""
    produce("bacon", kind="meat", species="pork")
    recipe("soup", leeks=0.2, bacon=0.05)


def test_meat_without_a_lot_is_not_published(day: Day, office: FlaskClient, bacon: None) -> None:
    field = f"portions-{dish('soup').id}"
    answer = office.post(f"{TOMORROW}/publish", data={field: "10"})
    assert answer.status_code == 409
    assert error_at(answer, field).startswith(
        "Soupe de potimarron: the origin of the meat is not known."
    )
    lot(day, "bacon", 100, countries="FR FR FR")
    assert office.post(f"{TOMORROW}/publish", data={field: "10"}).status_code == 303


def test_the_card_may_tell_the_origin_instead(office: FlaskClient, bacon: None) -> None:
    with write_tx() as session:
        session.get_one(Dish, dish("soup").id).meat_origin = "Origine : France"
    field = f"portions-{dish('soup').id}"
    assert office.post(f"{TOMORROW}/publish", data={field: "10"}).status_code == 303


@pytest.mark.parametrize(
    ("has_meat", "origin", "status"),
    [(None, "", 409), (True, "", 409), (True, "Origine : France", 303), (False, "", 303)],
)
def test_a_dish_without_recipe_says_itself_whether_it_has_meat(
    office: FlaskClient, has_meat: bool | None, origin: str, status: int
) -> None:
    with write_tx() as session:
        stew = session.get_one(Dish, 1)
        stew.has_meat, stew.meat_origin = has_meat, origin
    assert office.post(f"{TOMORROW}/publish", data={"portions-1": "9"}).status_code == status


def test_a_dish_on_sale_whose_meat_loses_its_lot_leaves_the_sale_and_comes_back(
    day: Day, office: FlaskClient, bacon: None
) -> None:
    received = lot(day, "bacon", 100)
    followed()
    assert reason() == ""
    wasted = {"kind": "wasted", "quantity": "100", "reason": "cold room failed"}
    assert office.post(f"/farm/lots/{received.id}", data=wasted).status_code == 303
    assert reason() == "meat"
    page = office.get("/office/").text
    assert "no lot tells the origin of bacon" in page
    assert "no lot tells the origin of bacon" in office.get(TODAY).text
    back = {"kind": "corrected", "quantity": "100", "reason": "counted again"}
    office.post(f"/farm/lots/{received.id}", data=back)
    assert reason() == ""
    assert "no lot tells" not in office.get("/office/").text


def test_a_produce_that_becomes_unknown_stops_the_sale(day: Day, office: FlaskClient) -> None:
    recipe("soup", leeks=0.2)
    form = {"name": "leeks", "kind": "vegetable", "unit": "kg", "unit_grams": "1000"}
    form |= {"storage": "dry", "is_vegetarian": "y", "allergen-celery": "unknown"}
    leeks = produce("leeks").id
    assert office.post(f"/farm/produce/{leeks}", data=form).status_code == 303
    assert reason() == "allergens"
    assert "the allergens of leeks are not known" in office.get("/office/").text
    office.post(f"/farm/produce/{leeks}", data={**form, "allergen-celery": "no"})
    assert reason() == ""


def test_a_dish_off_sale_cannot_be_ordered_from_a_page_that_is_open(both: Day) -> None:
    produce("bacon", kind="meat", species="pork")
    recipe("soup", bacon=0.05)
    followed()
    assert (reason("soup"), reason("carbonade")) == ("meat", "")
    with pytest.raises(OffSale):
        both.order(soup=1)
    assert db.session.scalar(select(Order.id)) is None
    lot(both, "bacon", 100)
    followed()
    assert both.order(soup=1).id


def test_customers_find_no_button_at_a_dish_off_sale(day: Day, bacon: None) -> None:
    followed()
    page = day.app.test_client().get(f"/menu/{DATE}").text
    soup = page[page.index("Soupe de potimarron") :]
    assert "/basket" not in soup[: soup.index("</li>", soup.index("dish-side"))]


def test_a_new_dish_on_a_menu_that_is_out_must_be_answered_but_others_may_change(
    day: Day, office: FlaskClient, bacon: None
) -> None:
    followed()
    numbers = {f"portions-{dish('soup').id}": "150", "portions-1": "90"}
    assert office.post(TODAY, data=numbers).status_code == 303
    with write_tx() as session:
        welsh = Dish(name="Welsh", family="fries", price_cents=1100, allergens_are_known=True)
        session.add(welsh)
    answer = office.post(TODAY, data={f"portions-{welsh.id}": "9"})
    assert error_at(answer, f"portions-{welsh.id}") == (
        "Welsh: say on its card whether there is meat in it."
    )


def test_new_produce_starts_with_fourteen_unknown_allergens(office: FlaskClient) -> None:
    page = office.get("/farm/produce/new").text
    chosen = re.findall(r'<input[^>]*checked[^>]*name="allergen-[a-z]+"[^>]*>', page)
    assert len(chosen) == 14
    assert all('value="unknown"' in tag for tag in chosen)
