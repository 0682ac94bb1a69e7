"""The office makes, changes, copies and ends set menus and options; what cannot be is refused."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.choices.option import DishOption
from locomotive.choices.set_menu import SetMenu, set_menus_of
from locomotive.core.db import db
from locomotive.farm.allergen import ALLERGENS
from locomotive.menu.dish import Dish
from tests.choices.formula import LARGE, MUSTARD, SALAD, SET_MENU, SOUP, STEW, Formula, only_order
from tests.service_day import DATE
from tests.shop_day import error_at, words

MENUS = f"/office/menu/{DATE}/set-menus"


@pytest.fixture
def office(formula: Formula) -> FlaskClient:
    return formula.shop.day.signed_in("manager")


def dish_id(name: str) -> str:
    db.session.rollback()
    return str(db.session.scalars(select(Dish.id).where(Dish.name == name)).one())


def set_menu(**changes: object) -> dict[str, object]:
    right: dict[str, object] = {
        "name": "Formule douceur",
        "price_cents": "11,00",
        "course-0": "Plat",
        "dishes-0": [dish_id(STEW), dish_id(SALAD)],
        "course-1": "Soupe",
        "dishes-1": [dish_id(SOUP)],
    }
    return right | changes


def option(**changes: object) -> dict[str, object]:
    right: dict[str, object] = {
        "name": "au maroilles",
        "kind": "sauce",
        "price_cents": "1,50",
        "portions": "1",
        "allergen-milk": "contains",
        "the_rest_is_no": "y",
        "is_vegetarian": "y",
    }
    return right | changes


def test_a_set_menu_is_made_changed_and_ended(formula: Formula, office: FlaskClient) -> None:
    assert office.post(MENUS, data=set_menu()).status_code == 303
    db.session.rollback()
    made = set_menus_of(db.session(), DATE)[-1]
    assert (made.name, made.price_cents) == ("Formule douceur", 1100)
    assert "Formule douceur" in words(formula.shop.client.get("/"))
    page = f"/office/set-menus/{made.id}"
    assert office.post(page, data=set_menu(price_cents="12")).status_code == 303
    db.session.rollback()
    assert db.session.get_one(SetMenu, made.id).price_cents == 1200
    assert office.post(f"{page}/end").status_code == 303
    assert "Formule douceur" not in words(formula.shop.client.get("/"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": SET_MENU.upper()}, "name"),
        ({"name": ""}, "name"),
        ({"price_cents": "douze"}, "price_cents"),
        ({"dishes-1": []}, "dishes-1"),
        ({"course-1": ""}, "course-1"),
        ({"course-1": "", "dishes-1": []}, "course-1"),
    ],
)
def test_an_impossible_set_menu_is_refused_at_its_field(
    formula: Formula, office: FlaskClient, changes: dict[str, object], field: str
) -> None:
    answer = office.post(MENUS, data=set_menu(**changes))
    assert answer.status_code == 422
    assert error_at(answer, field)
    assert len(set_menus_of(db.session(), DATE)) == 1


def test_copying_a_menu_copies_its_set_menus(formula: Formula, office: FlaskClient) -> None:
    tomorrow = DATE.replace(day=25)
    assert office.post(f"/office/menu/{tomorrow}/copy").status_code == 303
    db.session.rollback()
    (copied,) = set_menus_of(db.session(), tomorrow)
    (known,) = set_menus_of(db.session(), DATE)
    assert copied.facts.courses == known.facts.courses
    assert (copied.name, copied.price_cents) == (SET_MENU, 1490)
    assert copied.id != known.id


def test_an_option_is_made_changed_and_ended(formula: Formula, office: FlaskClient) -> None:
    page = f"/office/dishes/{dish_id(STEW)}/options"
    assert office.post(page, data=option()).status_code == 303
    db.session.rollback()
    made = db.session.scalars(select(DishOption).where(DishOption.name == "au maroilles")).one()
    assert (made.price_cents, made.contains, made.extra_portions) == (150, "milk", 0)
    assert "au maroilles" in words(formula.shop.client.get("/"))
    changed = option(price_cents="-0,50")
    assert office.post(f"/office/options/{made.id}", data=changed).status_code == 303
    db.session.rollback()
    assert db.session.get_one(DishOption, made.id).price_cents == -50
    assert office.post(f"/office/options/{made.id}/end").status_code == 303
    assert "au maroilles" not in words(formula.shop.client.get("/"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": LARGE.upper()}, "name"),
        ({"kind": ""}, "kind"),
        ({"price_cents": "-99"}, "price_cents"),
        ({"portions": "11"}, "portions"),
        ({"the_rest_is_no": ""}, "the_rest_is_no"),
    ],
)
def test_an_impossible_option_is_refused_at_its_field(
    formula: Formula, office: FlaskClient, changes: dict[str, object], field: str
) -> None:
    answer = office.post(f"/office/dishes/{dish_id(STEW)}/options", data=option(**changes))
    assert answer.status_code == 422
    assert error_at(answer, field)


def test_the_size_of_an_option_stays_for_orders_count_it(
    formula: Formula, office: FlaskClient
) -> None:
    page = f"/office/options/{formula.options[LARGE]}"
    answer = office.post(page, data=option(name=LARGE, kind="size", portions="3"))
    assert answer.status_code == 422
    assert error_at(answer, "portions")
    assert office.post(page, data=option(name=LARGE, kind="size", portions="2")).status_code == 303


def test_a_corrected_option_reaches_orders_that_are_not_bagged(
    formula: Formula, office: FlaskClient
) -> None:
    formula.shop.add("1")
    formula.add("1", STEW, MUSTARD)
    formula.shop.order()
    answers = dict.fromkeys((f"allergen-{code}" for code in ALLERGENS), "no")
    answers |= {"allergen-milk": "contains", "allergen-mustard": "contains"}
    page = f"/office/options/{formula.options[MUSTARD]}"
    assert office.post(page, data=option(name=MUSTARD, **answers)).status_code == 303
    found = {line.name: line.allergens for line in only_order().lines}
    assert found == {
        STEW: "gluten,celery",
        f"{STEW} ({MUSTARD})": "gluten,milk,celery,mustard",
        SOUP: "",
    }
