"""Filling and changing the basket."""

import pytest
from sqlalchemy import update

from locomotive.core.db import write_tx
from locomotive.menu.menu import Menu
from tests.service_day import DATE
from tests.shop_day import Shop, error_at, words


def test_what_is_added_stands_in_the_basket_and_adds_up(shop: Shop) -> None:
    answer = shop.add("2")
    assert answer.status_code == 303
    assert answer.location == f"/menu/{DATE}#dish-{shop.portion().id}"
    shop.add("1")
    shop.add("1", "Soupe de potimarron")
    text = words(shop.client.get("/basket"))
    assert "Total, VAT included €43.00" in text
    assert "4 portions · €43.00" in words(shop.client.get("/"))


@pytest.mark.parametrize(
    "typed", ["0", "-1", "51", "text", "9" * 4000, "1e3", "٣", "", " ", "1.5", "2\x00"]
)
def test_a_wrong_number_is_refused_at_its_field_on_the_menu(shop: Shop, typed: str) -> None:
    answer = shop.add(typed)
    assert answer.status_code == 422
    field = f"quantity-{shop.portion().id}"
    assert error_at(answer, field) == "Write a whole number between 1 and 50."
    assert "Menu of Tuesday 24 November" in words(answer)
    assert "Your basket is empty." in words(shop.client.get("/"))


@pytest.mark.parametrize("typed", ["-1", "51", "text", "9" * 4000, "1e3", "٣", ""])
def test_a_wrong_number_is_refused_in_the_basket_which_stays(shop: Shop, typed: str) -> None:
    shop.add("2")
    answer = shop.set(typed)
    assert answer.status_code == 422
    field = f"quantity-{shop.portion().id}"
    assert error_at(answer, field) == "Write a whole number between 0 and 50."
    assert "Total, VAT included €25.00" in words(answer)
    assert "Total, VAT included €25.00" in words(shop.client.get("/basket"))


def test_nobody_gets_more_than_fifty_by_adding_twice(shop: Shop) -> None:
    shop.add("50")
    assert shop.add("1").status_code == 422


def test_zero_takes_a_dish_out_of_the_basket(shop: Shop) -> None:
    shop.add("2")
    assert shop.set("0").status_code == 303
    assert "Your basket is empty. Choose a dish first." in words(shop.client.get("/basket"))


def test_going_on_keeps_the_changed_numbers(shop: Shop) -> None:
    shop.add("2")
    assert shop.set("3", order="1").location == f"/order?day={DATE}"
    assert "3 × Carbonade flamande" in words(shop.client.get("/order"))


def test_more_than_is_left_is_refused_at_once(shop: Shop) -> None:
    shop.set_left(3)
    answer = shop.add("4")
    assert answer.status_code == 409
    assert "Carbonade flamande: only 3 left." in words(answer)


def test_a_basket_that_became_too_large_says_so_and_may_shrink(shop: Shop) -> None:
    shop.add("5")
    shop.set_left(3)
    assert "3 left" in words(shop.client.get("/basket"))
    assert shop.set("4").status_code == 303
    assert shop.set("6").status_code == 409


def test_a_dish_of_no_menu_is_refused(shop: Shop) -> None:
    answer = shop.client.post("/basket", data={"date": str(DATE), "quantity-999": "1"})
    assert answer.status_code == 422
    assert "This dish is not on the menu of that day." in words(answer)


def test_a_day_without_a_menu_has_no_basket(shop: Shop) -> None:
    for day in ("2026-11-28", "never", ""):
        assert shop.client.post("/basket", data={"date": day}).status_code == 404


def test_yesterdays_basket_is_forgotten(shop: Shop) -> None:
    shop.add("2")
    shop.at(9, days=1)
    assert "Your basket is empty." in words(shop.client.get("/basket"))


def test_a_withdrawn_menu_leaves_the_basket(shop: Shop) -> None:
    shop.add("2")
    with write_tx() as session:
        session.execute(update(Menu).values(published_at=None))
    assert "Your basket is empty." in words(shop.client.get("/basket"))
    assert shop.client.get("/order").location == "/basket"
