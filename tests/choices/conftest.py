"""A lunch with a set menu of two courses, and a stew that may be had in several ways."""

from __future__ import annotations

import pytest

from locomotive.choices.option import DishOption, save_option
from locomotive.choices.set_menu import SetMenuDraft, save_set_menu
from locomotive.core.db import db, write_tx
from locomotive.menu.dish import Dish
from locomotive.menu.menu import menu_of
from tests.choices.formula import LARGE, MUSTARD, SET_MENU, SOUP, WITHOUT, Formula
from tests.service_day import DATE
from tests.shop_day import Shop, day, shop

__all__ = ["day", "formula", "shop"]


@pytest.fixture
def formula(shop: Shop) -> Formula:
    with write_tx() as session:
        menu = menu_of(session, DATE)
        assert menu is not None
        dishes = {portion.dish.name: portion.dish for portion in menu.portions}
        stew, salad, soup = dishes.values()
        assert soup.name == SOUP
        next(p for p in menu.portions if p.dish is soup).vat_bp = 550
        drafts = [
            DishOption(kind="size", name=LARGE, price_cents=250, extra_portions=1),
            DishOption(kind="sauce", name=MUSTARD, price_cents=0, contains="mustard"),
            DishOption(kind="without", name=WITHOUT, price_cents=-50),
        ]
        for option in drafts:
            save_option(session, option, session.get_one(Dish, stew.id))
        courses = (("Plat", (stew.id, salad.id)), ("Entrée", (soup.id,)))
        made = save_set_menu(session, menu, SetMenuDraft(SET_MENU, 1490, courses))
        ids = {option.name: option.id for option in drafts}
        set_menu_id = made.id
    db.session.rollback()
    return Formula(shop, set_menu_id, ids)
