"""A wish that meets what comes through an option, from the checkout to the label."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from locomotive.batches.swap import swap_ingredient
from locomotive.choices.option import DishOption
from locomotive.core.db import db, write_tx
from locomotive.menu.recipe import Swap
from tests.choices.formula import MUSTARD, STEW, Formula, only_order
from tests.choices.test_office import office, option
from tests.farm_day import dish, produce, recipe
from tests.service_day import DATE
from tests.shop_day import words

__all__ = ["office"]
SPECIAL = f"{STEW} ({MUSTARD})"


@pytest.fixture
def beer(formula: Formula) -> None:
    """The stew's recipe, with the ale that a swap may take out."""
    produce("ale", allergens={"gluten": "contains"})
    produce("soya ale", allergens={"soybeans": "contains"})
    recipe("carbonade", leeks=0.2, ale=0.1)


def swap(formula: Formula, office: FlaskClient) -> None:
    """The kitchen swaps an ingredient of the dish that has the option."""
    ids = {"out_id": produce("ale").id, "in_id": produce("soya ale").id}
    with write_tx() as session:
        made = Swap(day=DATE, dish_id=dish("carbonade").id, **ids)
        swap_ingredient(session, made, today=DATE, now=formula.shop.hour)


def change_sauce(formula: Formula, office: FlaskClient) -> None:
    """The office says that the sauce contains soya too."""
    codes = {"allergen-mustard": "contains", "allergen-soybeans": "contains"}
    changed = option(name=MUSTARD, price_cents="0", **{"allergen-milk": "no"}, **codes)
    answer = office.post(f"/office/options/{formula.options[MUSTARD]}", data=changed)
    assert answer.status_code == 303


def in_set_menu(formula: Formula) -> str:
    formula.add("1", STEW, MUSTARD)
    return f"{formula.item(STEW, MUSTARD)}__0"


def alone(formula: Formula) -> str:
    formula.shop.client.post(
        "/basket",
        data={
            "date": str(DATE),
            "add": "1",
            f"quantity-{formula.shop.portion(STEW).id}-{formula.options[MUSTARD]}": "1",
        },
    )
    return f"{formula.shop.portion(STEW).id}-{formula.options[MUSTARD]}"


@pytest.mark.parametrize("choose", [in_set_menu, alone])
@pytest.mark.parametrize("happens", [swap, change_sauce])
def test_an_order_whose_wish_meets_what_an_option_brings_reaches_no_bag_unseen(
    formula: Formula,
    office: FlaskClient,
    beer: None,
    choose: Callable[[Formula], str],
    happens: Callable[[Formula, FlaskClient], None],
) -> None:
    """What came through the option is refused before the order, what comes later held back."""
    shop = formula.shop
    key = choose(formula)
    shown = shop.shown()
    refused = shop.send(shown, **{f"avoid-{key}": "mustard"})
    assert (refused.status_code, shop.orders()) == (422, 0)
    assert f"{SPECIAL} contains mustard" in words(refused)
    taken = shop.send(shown, **{f"avoid-{key}": "soybeans", f"eater-{key}": "Léo"})
    assert taken.status_code == 303, words(taken)
    order = only_order()
    kitchen, step = shop.day.signed_in("kitchen"), f"/kitchen/orders/{order.id}/step"
    assert not order.has_conflict
    happens(formula, office)
    for board in ("board", "cook/board", "pack/board", "hand_over/board"):
        assert f'id="blocked-{order.id}"' in kitchen.get(f"/kitchen/{board}").text
    kitchen.post(f"{step}?to=bagged&seen=placed")
    held = kitchen.post(f"{step}?to=ready&seen=bagged")
    assert held.status_code == 409
    assert "The manager decides first." in words(held)
    label = words(office.get(f"/kitchen/{DATE}/labels/roll"))
    assert MUSTARD in label
    assert "mustard" in label.partition("contains:")[2].partition("must not")[0]
    assert "soya" in label.partition("contains:")[2].partition("must not")[0]
    assert "must not contain: soya (Léo)" in label
    assert office.post(f"/kitchen/orders/{order.id}/wish").status_code == 303
    assert kitchen.post(f"{step}?to=ready&seen=bagged").status_code == 303


def test_the_control_the_same_dish_without_the_option_goes_its_way(
    formula: Formula, office: FlaskClient, beer: None
) -> None:
    shop = formula.shop
    shop.add("1", STEW)
    portion = shop.portion(STEW).id
    taken = shop.send(shop.shown(), **{f"avoid-{portion}": "mustard"})
    assert taken.status_code == 303
    change_sauce(formula, office)
    order = only_order()
    assert not order.has_conflict
    assert "mustard" not in order.lines[0].allergens
    db.session.rollback()
    sauce = db.session.scalars(select(DishOption).where(DishOption.name == MUSTARD)).one()
    assert sauce.contains == "soybeans,mustard"
