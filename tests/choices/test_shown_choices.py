"""What is sent is what was shown, of set menus and options too: whatever changes between page and
send is refused once and said."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest

from locomotive.choices.option import DishOption
from locomotive.choices.set_menu import SetMenu
from locomotive.core.base import Base
from locomotive.core.db import write_tx
from locomotive.core.tokens import unseal
from locomotive.menu.menu import Portion
from tests.choices.formula import MUSTARD, SALAD, SET_MENU, SOUP, STEW, Formula, only_order
from tests.service_day import DATE, SECRET
from tests.shop_day import Shop, shown_on, words


def write(table: type[Base], key: int, **values: object) -> None:
    with write_tx() as session:
        row = session.get_one(table, key)
        for name, value in values.items():
            setattr(row, name, value)


def of_menu(**values: object) -> Callable[[Formula], object]:
    return lambda formula: write(SetMenu, formula.id, **values)


def of_option(**values: object) -> Callable[[Formula], object]:
    return lambda formula: write(DishOption, formula.options[MUSTARD], **values)


def of_portion(dish: str, **values: object) -> Callable[[Formula], object]:
    return lambda formula: write(Portion, formula.shop.portion(dish).id, **values)


SPECIAL = f"{STEW} ({MUSTARD})"
# What may happen between page and send, and what the page then says of it.
CHANGES: dict[str, tuple[Callable[[Formula], object], str]] = {
    "set-menu price": (of_menu(price_cents=1590), f"{SET_MENU}: €14.90 → €15.90"),
    "set-menu name": (of_menu(name="Formule"), "Formule: €14.90 → €14.90"),
    "set menu ended": (of_menu(is_ended=True), f"{SPECIAL}: no longer in your order"),
    "option price": (of_option(price_cents=100), f"{SET_MENU}: €14.90 → €15.90"),
    "option allergen": (
        of_option(contains="mustard,nuts"),
        f"{SPECIAL} contains: gluten, celery, mustard → gluten, nuts, celery, mustard",
    ),
    "option meat": (
        of_option(is_vegetarian=False, has_meat=True, meat_origin="Belgique"),
        f"{SPECIAL}: the origin has changed",
    ),
    "option name": (of_option(name="moutarde"), f"{SPECIAL} is now called {STEW} (moutarde)"),
    "a part's own price": (of_portion(SOUP, price_cents=900), f"{SOUP}: €4.55 → €6.24"),
    "a part's VAT": (of_portion(SOUP, vat_bp=2000), f"{SOUP}: VAT 5.5% → 20%"),
    "a course sold out": (of_portion(SOUP, remaining=0), f"{SOUP}: only 0 left."),
    "a course off sale": (
        of_portion(SOUP, stopped_because="recall"),
        f"{SOUP} cannot be ordered at the moment.",
    ),
    "number in another tab": (
        lambda formula: formula.add("1", STEW, MUSTARD),
        f"{SPECIAL}: 1 × → 2 ×",
    ),
    "another set menu in another tab": (
        lambda formula: formula.add("1", SALAD),
        f"{SALAD}: now in your order, 1 ×",
    ),
}


def chosen(formula: Formula) -> Shop:
    """A basket of the set menu with an option, and of one plain dish, so that it is never empty."""
    formula.add("1", STEW, MUSTARD)
    formula.shop.add("1", SALAD)
    return formula.shop


def without_set_menu(formula: Formula) -> None:
    """Take the set menu out of the basket."""
    fields = {f"quantity-{formula.item(STEW, MUSTARD)}": "0"}
    assert formula.shop.client.post("/basket", data={"date": str(DATE), **fields}).status_code < 400


def read_on(page: list[str]) -> list[tuple[str, int, int, int, str]]:
    """The lines that a page showed."""
    parts = [unseal(SECRET, "shown", text) or {} for text in page]
    lines = [part[key] for part in parts for key in part if key.startswith("line-")]
    return sorted(
        (x["dish"], x["quantity"], x["price"], x["vat"], ",".join(x["contains"])) for x in lines
    )


def written() -> list[tuple[str, int, int, int, str]]:
    """The lines of the only order as they were written."""
    order = only_order()
    assert order.total_cents == sum(line.total_cents for line in order.lines)
    return sorted(
        (x.name, x.quantity, x.unit_price_cents, x.vat_bp, x.allergens) for x in order.lines
    )


# After these the set menu cannot be had so: another choice is made, or it goes.
FINAL = {"a course sold out", "a course off sale"}


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed_is_refused_once_and_said(formula: Formula, what: str) -> None:
    shop = chosen(formula)
    shown, (act, said) = shop.shown(), CHANGES[what]
    act(formula)
    answer = shop.send(shown)
    assert answer.status_code == 409
    assert said in words(answer)
    assert shop.orders() == 0
    anew = shown_on(answer)
    if what in FINAL:
        assert (shop.send(anew).status_code, shop.orders()) == (409, 0)
        without_set_menu(formula)
        anew = shop.shown()
    assert shop.send(anew).status_code == 303
    assert written() == read_on(anew)


@pytest.mark.parametrize("pair", list(combinations(CHANGES, 2))[::9])
def test_no_order_ever_differs_from_its_page(formula: Formula, pair: tuple[str, str]) -> None:
    shop = chosen(formula)
    shown = shop.shown()
    for what in pair:
        CHANGES[what][0](formula)
    for _ in range(3):
        answer = shop.send(shown)
        if answer.status_code == 303:
            assert written() == read_on(shown)
            return
        assert (answer.status_code, shop.orders()) == (409, 0)
        shown = shown_on(answer)
    assert FINAL.intersection(pair)


def test_what_did_not_change_is_taken_at_once(formula: Formula) -> None:
    shop = chosen(formula)
    shown = shop.shown()
    assert shop.send(shown).status_code == 303
    assert written() == read_on(shown)
