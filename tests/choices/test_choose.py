"""A set menu and options are chosen, ordered, and read by everybody as they should."""

from __future__ import annotations

from locomotive.choices.set_menu import SetMenu
from locomotive.core.db import db, write_tx
from locomotive.kitchen.production import dish_totals
from locomotive.kitchen.share import cooking_board
from locomotive.ordering.counter import wrong_counters
from tests.choices.formula import (
    LARGE,
    MUSTARD,
    SALAD,
    SET_MENU,
    SOUP,
    STEW,
    WITHOUT,
    Formula,
    only_order,
)
from tests.service_day import DATE
from tests.shop_day import Shop, words


def test_a_set_menu_becomes_a_line_for_each_dish_with_its_share_and_its_vat(
    formula: Formula,
) -> None:
    assert formula.add("2").status_code == 303
    assert formula.shop.order().status_code == 303
    order = only_order()
    lines = [(x.name, x.quantity, x.unit_price_cents, x.vat_bp, x.set_menu) for x in order.lines]
    # 1490 in proportion of 1250 : 550, the cent that is left to the largest remainder.
    assert lines == [(STEW, 2, 1035, 1000, SET_MENU), (SOUP, 2, 455, 550, SET_MENU)]
    assert order.total_cents == 2 * 1490
    assert order.boxes == 4
    assert (formula.shop.portion(STEW).remaining, formula.shop.portion(SOUP).remaining) == (
        198,
        198,
    )
    assert wrong_counters(db.session()) == []


def test_the_kitchen_counts_dishes_whatever_they_were_chosen_for(formula: Formula) -> None:
    formula.shop.add("1")
    formula.add("1", SALAD)
    formula.add("1", STEW, LARGE)
    formula.shop.order()
    totals = {total.name: total.portions for total in dish_totals([only_order()])}
    assert totals == {STEW: 3, SALAD: 1, SOUP: 2}


def test_options_change_price_portions_and_allergens_of_one_line_only(formula: Formula) -> None:
    formula.shop.add("1")
    formula.add_stew("2", LARGE, MUSTARD)
    assert formula.shop.order().status_code == 303
    plain, special = only_order().lines
    assert (plain.name, plain.total_cents, plain.portions) == (STEW, 1250, 1)
    assert special.name == f"{STEW} ({LARGE}, {MUSTARD})"
    assert (special.total_cents, special.portions) == (3000, 4)
    assert special.allergens == "gluten,celery,mustard"
    assert plain.allergens == "gluten,celery"
    assert formula.shop.portion(STEW).remaining == 195
    assert wrong_counters(db.session()) == []


def test_the_pages_say_the_set_menu_with_what_was_chosen(formula: Formula) -> None:
    formula.add("1", STEW, WITHOUT)
    said = f"{SET_MENU} – {STEW} ({WITHOUT}) + {SOUP}"
    assert said in words(formula.shop.client.get("/basket"))
    checkout = words(formula.shop.client.get("/order"))
    assert f"1 × {SET_MENU}" in checkout
    assert f"1 × {STEW} ({WITHOUT})" in checkout
    page = formula.shop.client.get(formula.shop.order().headers["Location"])
    assert f"1 × {said} €14.40" in words(page)


def test_without_a_dish_for_each_course_nothing_is_added(formula: Formula) -> None:
    fields = formula.fields()
    del fields[f"pick-{formula.lead}-0"]
    answer = formula.shop.client.post("/basket", data={"date": "2026-11-24", "add": "1", **fields})
    assert answer.status_code == 422
    assert "Choose one dish for each course" in words(answer)
    assert "Your basket is empty" in words(formula.shop.client.get("/basket"))


def test_a_sold_out_dish_is_said_and_another_can_be_chosen(formula: Formula) -> None:
    formula.shop.set_left(0)
    page = words(formula.shop.client.get("/"))
    assert f"{STEW} sold out" in page
    assert formula.add("1").status_code == 409
    assert formula.add("1", SALAD).status_code == 303


def test_the_same_dish_chosen_in_several_ways_takes_from_one_stock(formula: Formula) -> None:
    formula.shop.set_left(3)
    formula.shop.add("1")
    assert formula.add("2").status_code == 303
    assert formula.add_stew("1", MUSTARD).status_code == 409
    assert formula.shop.set("2").status_code == 409


def test_what_the_menu_does_not_offer_so_is_refused(formula: Formula) -> None:
    shop = formula.shop
    stew, soup = shop.portion(STEW).id, shop.portion(SOUP).id
    large, mustard = formula.options[LARGE], formula.options[MUSTARD]
    for item in (
        f"s{formula.id}_{soup}_{soup}",  # a dish of another course
        f"s{formula.id}_{stew}",  # a course too few
        f"s999_{stew}_{soup}",
        f"{soup}-{large}",  # another dish's option
        f"{stew}-{mustard}-{large}" if mustard > large else f"{stew}-{large}-{mustard}",
        f"{stew}-{large}-{large}",
        f"{stew}_{soup}",
    ):
        data = {"date": "2026-11-24", f"quantity-{item}": "1"}
        assert shop.client.post("/basket", data=data).status_code in (303, 422), item
        assert "Your basket is empty" in words(shop.client.get("/basket")), item


def test_a_wish_is_compared_with_what_an_option_adds(formula: Formula) -> None:
    formula.add("1", STEW, MUSTARD)
    field = f"avoid-{formula.item(STEW, MUSTARD)}__0"
    shown = formula.shop.shown()
    answer = formula.shop.send(shown, **{field: "mustard"})
    assert answer.status_code == 422
    assert f"{STEW} ({MUSTARD}) contains mustard" in words(answer)
    # The control: another wish is taken, on that line alone.
    assert formula.shop.send(shown, **{field: "nuts"}).status_code == 303
    assert [line.avoids for line in only_order().lines] == ["nuts", ""]


def test_an_ended_set_menu_falls_out_of_the_basket(formula: Formula, shop: Shop) -> None:
    formula.add("1")
    with write_tx() as session:
        session.get_one(SetMenu, formula.id).is_ended = True
    assert "Your basket is empty" in words(shop.client.get("/basket"))
    assert SET_MENU not in words(shop.client.get("/"))


def test_the_cook_reads_how_many_and_the_label_says_which(formula: Formula) -> None:
    formula.shop.add("1")
    formula.add_stew("2", LARGE, MUSTARD)
    formula.shop.order()
    (dish,) = cooking_board([only_order()]).dishes
    assert (dish.name, dish.portions) == (STEW, 5)
    assert dish.shares[0].options == ((f"{LARGE}, {MUSTARD}", 4),)
    kitchen = formula.shop.day.signed_in("kitchen")
    assert f"4 × {LARGE}, {MUSTARD}" in words(kitchen.get("/kitchen/cook"))
    label = words(kitchen.get(f"/kitchen/{DATE}/labels/roll"))
    assert f"2 × {STEW} ({LARGE}, {MUSTARD}) contains: gluten, celery, mustard" in label
    assert f"1 × {STEW} contains: gluten, celery" in label
