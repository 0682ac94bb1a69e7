"""A colleague takes a set menu to the stop of her group."""

from __future__ import annotations

import re

from sqlalchemy import select

from locomotive.core.db import db
from locomotive.ordering.group import Group, left_in
from locomotive.ordering.order import Order
from locomotive.places.address import Place
from tests.choices.formula import SET_MENU, SOUP, STEW, Formula
from tests.service_day import DATE
from tests.shop_day import shown_on, words


def reserved(formula: Formula) -> str:
    """Reserve four boxes for a group, and return the link for its colleagues."""
    shop = formula.shop
    school = db.session.scalars(select(Place).where(Place.name == "École Pantigny")).one()
    form = {
        "key": "o" * 32, "day": str(DATE), "kind": "delivery", "name": "Lunch at the workshop",
        "boxes": "4", "deadline": "10:00", "place": str(school.id),
        "slot": str(shop.slot(kind="delivery").id), "first_name": "Nadia",
        "phone": "06 12 34 56 78",
    }  # fmt: skip
    page = shop.client.get(shop.client.post("/group", data=form).location).text
    found = re.search(r'href="https?://[^/]+(/g/[^"/]+)"', page)
    assert found
    return found[1]


def test_a_set_menu_takes_a_box_for_each_of_its_dishes_from_the_group(formula: Formula) -> None:
    link, client = reserved(formula), formula.shop.client
    client.post(f"{link}/join")
    formula.add("1")
    page = client.get("/order", follow_redirects=True)
    assert f"1 × {SET_MENU}" in words(page)
    sent = {"key": "k" * 32, "day": str(DATE), "first_name": "Samira", "shown": shown_on(page)}
    assert client.post(f"{link}/order", data=sent).status_code == 303
    db.session.rollback()
    order = db.session.scalars(select(Order).where(Order.reserved.is_(None))).one()
    assert [(line.name, line.set_menu) for line in order.lines] == [
        (STEW, SET_MENU),
        (SOUP, SET_MENU),
    ]
    assert order.total_cents == 1490
    assert left_in(db.session.scalars(select(Group)).one()) == 2
