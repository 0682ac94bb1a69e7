"""An option with meat says where it comes from: on the menu, at the checkout, on the order."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from locomotive.choices.option import DishOption
from locomotive.core.db import db, write_tx
from tests.choices.formula import MUSTARD, STEW, Formula, only_order
from tests.choices.test_office import dish_id, office, option
from tests.shop_day import error_at, words

__all__ = ["office"]
HAM = {"name": "jambon", "kind": "extra", "is_vegetarian": "", "has_meat": "True"}


def say(formula: Formula, **values: object) -> None:
    """Write what the office knows of the sauce."""
    with write_tx() as session:
        sauce = session.get_one(DishOption, formula.options[MUSTARD])
        for name, value in values.items():
            setattr(sauce, name, value)
    db.session.rollback()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"has_meat": ""}, "has_meat"),
        ({"meat_origin": ""}, "meat_origin"),
        ({"meat_origin": "France", "is_vegetarian": "y"}, "has_meat"),
        ({"meat_origin": "F" * 201}, "meat_origin"),
    ],
)
def test_meat_without_its_origin_is_refused_at_its_field(
    formula: Formula, office: FlaskClient, changes: dict[str, object], field: str
) -> None:
    answer = office.post(
        f"/office/dishes/{dish_id(STEW)}/options", data=option(**{**HAM, **changes})
    )
    assert answer.status_code == 422
    assert error_at(answer, field)
    assert "jambon" not in words(formula.shop.client.get("/"))


def test_the_origin_is_read_before_the_order_and_kept_on_it(
    formula: Formula, office: FlaskClient
) -> None:
    page = f"/office/dishes/{dish_id(STEW)}/options"
    assert office.post(page, data=option(**HAM, meat_origin="Italie")).status_code == 303
    assert "Origin of the meat: Italie" in words(office.get(page))
    db.session.rollback()
    made = db.session().query(DishOption).filter_by(name="jambon").one()
    assert (made.has_meat, made.meat_origin) == (True, "Italie")
    assert "Origin of the meat: Italie" in words(formula.shop.client.get("/"))
    formula.options["jambon"] = made.id
    formula.add_stew("1", "jambon")
    formula.shop.add("1")
    said = "jambon, origin of the meat: Italie"
    assert words(formula.shop.client.get("/order")).count(said) == 1
    link = formula.shop.order().headers["Location"]
    assert sorted(said in line.origin for line in only_order().lines) == [False, True]
    assert said in words(formula.shop.client.get(link))


def test_fish_is_no_meat(formula: Formula, office: FlaskClient) -> None:
    page = f"/office/dishes/{dish_id(STEW)}/options"
    fish = option(**{**HAM, "name": "anchois", "has_meat": "False"}, meat_origin="France")
    assert office.post(page, data=fish).status_code == 303
    assert "Origin of the meat: France" not in words(office.get(page))


def test_an_option_of_which_nobody_has_said_it_is_not_offered(
    formula: Formula, office: FlaskClient
) -> None:
    formula.add("1", STEW, MUSTARD)
    say(formula, is_vegetarian=False, has_meat=None)
    assert MUSTARD not in words(formula.shop.client.get("/"))
    assert "Your basket is empty" in words(formula.shop.client.get("/basket"))
    assert "not offered" in words(office.get(f"/office/dishes/{dish_id(STEW)}/options"))
    say(formula, has_meat=True, meat_origin="France")
    assert MUSTARD in words(formula.shop.client.get("/"))
