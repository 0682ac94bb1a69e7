"""Describing and changing a dish."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from locomotive.core.db import db, write_tx
from locomotive.farm.allergen import ALLERGENS
from locomotive.menu.dish import Dish
from tests.office_day import error_at, fresh, value_of
from tests.service_day import Day

GRATIN: dict[str, Any] = {
    "name": "Gratin de poireaux",
    "family": "gratin",
    "description": "Poireaux de la ferme.",
    "price_cents": "11,20",
    "vat_bp": "1000",
    "is_hot": "True",
    "is_vegetarian": "y",
    "meat_origin": "",
    "keeping": " Au frais, à manger aujourd’hui. ",
    "allergen-milk": "contains",
    "allergen-celery": "may contain",
    "the_rest_is_no": "y",
}


def test_a_new_dish_stands_on_the_list_with_all_that_was_said(
    day: Day, office: FlaskClient
) -> None:
    answer = office.post("/office/dishes/new", data=GRATIN)
    assert answer.status_code == 303
    dish = db.session.scalars(select(Dish).where(Dish.name == "Gratin de poireaux")).one()
    assert (dish.price_cents, dish.vat_bp, dish.family) == (1120, 1000, "gratin")
    assert (dish.is_hot, dish.is_vegetarian, dish.allergens_are_known) == (True, True, True)
    assert dish.keeping == "Au frais, à manger aujourd’hui."
    assert dish.allergens_at("contains") == ["milk"]
    assert dish.allergens_at("may contain") == ["celery"]
    assert "Gratin de poireaux" in office.get("/office/menu/").text
    assert answer.headers["Location"] == f"/office/dishes/{dish.id}"


def test_the_form_asks_for_all_fourteen_allergens(office: FlaskClient) -> None:
    page = office.get("/office/dishes/new").text
    assert all(page.count(f'name="allergen-{code}"') == 3 for code in ALLERGENS)
    assert len(ALLERGENS) == 14


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "Write the name of the dish, such as: Flemish stew."),
        ("name", "x" * 201, "Shorten the name: 200 letters at most."),
        ("name", "\x00\x07 ", "Write the name of the dish, such as: Flemish stew."),
        ("keeping", "x" * 161, "Shorten it: 160 letters at most."),
        ("description", "x" * 501, "Shorten the description: 500 letters at most."),
        ("price_cents", "", "Write an amount such as 12.50."),
        ("price_cents", "12:5", "Write an amount such as 12.50."),
        ("price_cents", "-3", "Write an amount such as 3.00."),
        ("price_cents", "1e3", "Write an amount such as 1.30."),
        ("price_cents", "100,01", "The amount must lie between 0 and 100.00."),
        ("price_cents", "9" * 300, "Write an amount such as 9999.00."),
    ],
)
def test_a_wrong_value_is_said_at_its_field_and_all_that_was_typed_stays(
    day: Day, office: FlaskClient, field: str, typed: str, sentence: str
) -> None:
    before = db.session.scalar(select(func.count(Dish.id)))
    answer = office.post("/office/dishes/new", data={**GRATIN, field: typed})
    assert answer.status_code == 422
    assert error_at(answer, field) == sentence
    assert value_of(answer, "meat_origin") == ""
    kept = "price_cents" if field != "price_cents" else "name"
    assert value_of(answer, kept) == GRATIN[kept]
    db.session.rollback()
    assert db.session.scalar(select(func.count(Dish.id))) == before


@pytest.mark.parametrize(
    ("field", "typed"),
    [("family", "pizza"), ("vat_bp", "0"), ("vat_bp", "many"), ("allergen-milk", "perhaps")],
)
def test_a_choice_that_was_not_offered_is_refused(
    office: FlaskClient, field: str, typed: str
) -> None:
    assert office.post("/office/dishes/new", data={**GRATIN, field: typed}).status_code == 422


def test_a_dish_without_family_is_refused(office: FlaskClient) -> None:
    dish = {name: value for name, value in GRATIN.items() if name != "family"}
    answer = office.post("/office/dishes/new", data=dish)
    assert answer.status_code == 422
    assert error_at(answer, "family") == "Choose the family: it gives the drawing."


def test_two_dishes_cannot_have_one_name(office: FlaskClient) -> None:
    answer = office.post("/office/dishes/new", data={**GRATIN, "name": "Carbonade flamande"})
    assert answer.status_code == 422
    assert "Another dish has this name already." in error_at(answer, "name")
    assert value_of(answer, "price_cents") == "11,20"


def test_a_new_dish_claims_nothing_before_it_was_answered(office: FlaskClient) -> None:
    """Fourteen answers are open, and one tick alone must not say "none of the fourteen"."""
    page = office.get("/office/dishes/new").text
    assert not re.search(r'name="(allergen-[a-z]+|has_meat|the_rest_is_no)"[^>]*checked', page)
    answers = {**GRATIN, "the_rest_is_no": "", "allergen-eggs": "no"}
    del answers["the_rest_is_no"]
    office.post("/office/dishes/new", data=answers)
    dish = db.session.scalars(select(Dish).where(Dish.name == GRATIN["name"])).one()
    assert not dish.allergens_are_known
    page = office.get(f"/office/dishes/{dish.id}").text
    # What was answered stays, what was not is asked again.
    assert checked(page, "allergen-eggs") == "no"
    assert checked(page, "allergen-milk") == "contains"
    assert checked(page, "allergen-nuts") == ""


def test_fourteen_answers_need_no_tick(office: FlaskClient) -> None:
    answers = {f"allergen-{code}": "no" for code in ALLERGENS} | {
        name: value for name, value in GRATIN.items() if name != "the_rest_is_no"
    }
    office.post("/office/dishes/new", data=answers)
    dish = db.session.scalars(select(Dish).where(Dish.name == GRATIN["name"])).one()
    assert dish.allergens_are_known
    assert checked(office.get(f"/office/dishes/{dish.id}").text, "allergen-nuts") == "no"


def test_a_vegetarian_dish_with_meat_is_refused(office: FlaskClient) -> None:
    answer = office.post("/office/dishes/new", data={**GRATIN, "has_meat": "True"})
    assert answer.status_code == 422
    assert error_at(answer, "has_meat") == "A vegetarian dish has no meat. Change one of the two."


def checked(page: str, name: str) -> str:
    """The answer that is chosen in a group of answers, "" for none."""
    tags = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tags, name
    return next((re.search(r'value="([^"]*)"', t)[1] for t in tags if "checked" in t), "")


def test_a_changed_dish_loses_no_allergen_and_gains_the_new_one(
    day: Day, office: FlaskClient
) -> None:
    change = {"allergen-gluten": "contains", "allergen-milk": "contains", "allergen-celery": "no"}
    answer = office.post("/office/dishes/1", data={**GRATIN, **change})
    assert answer.status_code == 303
    dish = fresh(db.session.get_one(Dish, 1))
    assert dish.allergens_at("contains") == ["gluten", "milk"]
    assert dish.allergens_at("may contain") == []


def test_a_dish_that_is_on_sale_keeps_known_allergens(day: Day, office: FlaskClient) -> None:
    with write_tx() as session:
        session.get_one(Dish, 1).allergens_are_known = False
    unknown = {name: value for name, value in GRATIN.items() if name != "the_rest_is_no"}
    answer = office.post("/office/dishes/1", data=unknown)
    assert answer.status_code == 422
    assert "published menu of Tuesday 24 November" in error_at(answer, "the_rest_is_no")
    dish = fresh(db.session.get_one(Dish, 1))
    assert dish.name == "Carbonade flamande"
    assert dish.allergens_at("contains") == ["gluten", "celery"]


def test_a_dish_is_put_away_and_taken_back(day: Day, office: FlaskClient) -> None:
    office.post("/office/dishes/1/archive")
    assert fresh(db.session.get_one(Dish, 1)).is_archived
    assert "1 dish put away" in office.get("/office/menu/").text
    assert "Carbonade flamande" in office.get("/office/menu/2026-11-24").text
    assert "Carbonade flamande" not in office.get("/office/menu/2026-11-25").text
    office.post("/office/dishes/1/archive", data={"archived": "no"})
    assert not fresh(db.session.get_one(Dish, 1)).is_archived


def test_what_is_not_on_the_form_is_not_written(day: Day, office: FlaskClient) -> None:
    office.post(
        "/office/dishes/1", data={**GRATIN, "id": "77", "photo": "x.webp", "is_archived": "y"}
    )
    dish = fresh(db.session.get_one(Dish, 1))
    assert (dish.photo, dish.is_archived) == (None, False)
