"""A menu is drawn once for all visitors who see the same, and no one sees what is another's."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, update

from locomotive.core.base import Base
from locomotive.core.db import db, write_tx
from locomotive.menu.dish import Dish
from locomotive.origins.facts import TABLES
from locomotive.service.service import Service
from locomotive.shop import menu_page
from tests.service_day import DATE
from tests.shop_day import Shop, words

PATH = f"/menu/{DATE}"


@pytest.fixture
def drawn(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The menus that were drawn so far."""
    pages: list[str] = []
    draw = menu_page.drawn_menu

    def noted(*args: object) -> str:
        pages.append(draw(*args))  # type: ignore[arg-type]
        return pages[-1]

    monkeypatch.setattr(menu_page, "drawn_menu", noted)
    return pages


def visitor(shop: Shop) -> FlaskClient:
    client = shop.day.app.test_client()
    client.set_cookie("language", "en")
    return client


def token_of(text: str) -> set[str]:
    return set(re.findall(r'name="csrf_token" value="([^"]+)"', text))


def test_two_visitors_share_a_drawing_and_have_a_token_each(shop: Shop, drawn: list[str]) -> None:
    first, second = (visitor(shop).get(PATH).text for _ in range(2))
    assert len(drawn) == 1
    assert len(token_of(first)) == len(token_of(second)) == 1
    assert token_of(first) != token_of(second)
    assert words_without_token(first) == words_without_token(second)


def words_without_token(text: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]+"', "", text)


def test_each_language_and_basket_has_a_drawing_of_its_own(shop: Shop, drawn: list[str]) -> None:
    shop.client.get(PATH)
    french = shop.day.app.test_client()
    assert "Menu du mardi" in words(french.get(PATH))
    shop.add("2")
    assert "2 portions" in words(shop.client.get(PATH))
    assert "Your basket is empty." in words(visitor(shop).get(PATH))
    assert len(drawn) == 3


def test_what_changes_is_seen_at_the_next_look(shop: Shop) -> None:
    client = visitor(shop)
    client.get(PATH)
    shop.set_left(4)
    assert "4 left" in words(client.get(PATH))
    with write_tx() as session:
        session.execute(update(Dish).where(Dish.family == "stew").values(name="Potjevleesch"))
    assert "Potjevleesch" in words(client.get(PATH))
    with write_tx() as session:
        session.execute(update(Service).values(is_open=False))
    assert "This menu takes no orders now." in words(client.get(PATH))
    with write_tx() as session:
        session.execute(update(Service).values(is_open=True))
    shop.at(11)
    assert "Orders for this menu closed at 11:00." in words(client.get(PATH))


# Of these the key of a drawing holds what the page says: see `seen`.
IN_THE_KEY = {"edition", "mark", "service", "shift", "place", "known_address", "street"}


def tables_read(look: Callable[[], object]) -> set[str]:
    """The tables that one look reads."""
    asked: list[str] = []

    def note(*args: object) -> None:
        asked.append(str(args[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    look()
    event.remove(db.engine, "before_cursor_execute", note)
    names = re.findall(r'(?:FROM|JOIN) "?([a-z_]+)', " ".join(asked))
    return set(names) & set(Base.metadata.tables)


def test_a_drawing_depends_on_no_table_that_its_key_does_not_know(shop: Shop) -> None:
    first = tables_read(lambda: shop.client.get(PATH))
    assert {"dish", "portion", "recipe", "service"} <= first
    assert first - set(TABLES) - IN_THE_KEY == set()
    assert "dish" not in tables_read(lambda: shop.client.get(PATH))


def test_the_minutes_left_and_the_instant_are_those_of_the_look(shop: Shop) -> None:
    client = visitor(shop)
    assert "1 h 30 left" in words(client.get(PATH))
    shop.at(9, 10)
    page = client.get(PATH)
    assert "1 h 20 left" in words(page)
    assert f'data-now="{shop.hour.isoformat()}"' in page.text


def test_ones_own_order_and_staffs_pages_reach_nobody_else(shop: Shop) -> None:
    manager = shop.day.signed_in("manager")
    manager.set_cookie("language", "en")
    assert "Staff pages" in manager.get(PATH).text
    shop.add()
    shop.order()
    assert "My order" in words(shop.client.get(PATH))
    other = visitor(shop).get(PATH)
    assert "My order" not in words(other)
    assert "Staff pages" not in other.text


def test_a_message_is_told_to_whom_it_concerns(shop: Shop) -> None:
    client = visitor(shop)
    client.get(PATH)
    with client.session_transaction() as kept:
        kept["_flashes"] = [("message", "Only for her")]
    assert "Only for her" in words(client.get(PATH))
    assert "Only for her" not in words(client.get(PATH))
    assert "Only for her" not in words(visitor(shop).get(PATH))
