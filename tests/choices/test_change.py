"""An order with set menus and options is changed through its page."""

from __future__ import annotations

import pytest

from locomotive.choices.set_menu import SetMenu
from locomotive.core.db import db, write_tx
from locomotive.ordering.counter import wrong_counters
from tests.choices.formula import LARGE, MUSTARD, SALAD, SET_MENU, SOUP, STEW, Formula, only_order
from tests.shop_day import shown_on, words


@pytest.fixture
def page(formula: Formula) -> str:
    """The page on which an order of one set menu is changed."""
    formula.add("1", STEW, MUSTARD)
    return f"{formula.shop.order().headers['Location']}/change"


def change(formula: Formula, page: str, **fields: object) -> tuple[int, str]:
    """Count again, then change what the page shows then."""
    client = formula.shop.client
    form = {"kind": "take-away", "slot": str(formula.shop.slot().id), "place": "same", **fields}
    looked = client.post(page, data=form | {"look": "total"})
    shown = shown_on(looked)
    answer = client.post(page, data=form | {"shown": shown})
    return answer.status_code, words(looked)


def test_its_set_menu_can_be_counted_otherwise(formula: Formula, page: str) -> None:
    item = formula.item(STEW, MUSTARD)
    status, said = change(formula, page, **{f"quantity-{item}": "3"})
    assert status == 303
    assert f"{SET_MENU} – {STEW} ({MUSTARD}) + {SOUP}" in said
    assert "Total before: €14.90. Total after: €44.70." in said
    assert [line.quantity for line in only_order().lines] == [3, 3]
    assert only_order().total_cents == 3 * 1490
    assert wrong_counters(db.session()) == []


def test_another_set_menu_and_options_can_be_added(formula: Formula, page: str) -> None:
    item = formula.item(STEW, MUSTARD)
    more = {**formula.fields("1", SALAD), **formula.stew_fields("1", LARGE)}
    status, said = change(formula, page, **{f"quantity-{item}": "1", **more})
    assert status == 303
    assert "Total after: €44.80." in said
    order = only_order()
    assert order.total_cents == sum(line.total_cents for line in order.lines)
    assert len(order.lines) == 5
    assert wrong_counters(db.session()) == []


def test_what_is_added_alike_is_counted_together(formula: Formula, page: str) -> None:
    item = formula.item(STEW, MUSTARD)
    more = {f"quantity-{item}": "1", **formula.fields("2", STEW, MUSTARD)}
    assert change(formula, page, **more)[0] == 303
    assert [line.quantity for line in only_order().lines] == [3, 3]
    too_many = {f"quantity-{item}": "30", **formula.fields("30", STEW, MUSTARD)}
    status, said = change(formula, page, **too_many)
    assert (status, "Write a whole number between 0 and 50." in said) == (422, True)


def test_what_it_has_keeps_its_price_when_the_set_menu_costs_more(
    formula: Formula, page: str
) -> None:
    with write_tx() as session:
        session.get_one(SetMenu, formula.id).price_cents = 9900
    item = formula.item(STEW, MUSTARD)
    status, _said = change(formula, page, **{f"quantity-{item}": "2"})
    assert (status, only_order().total_cents) == (303, 2 * 1490)
