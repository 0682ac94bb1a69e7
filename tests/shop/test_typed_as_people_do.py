"""What people type as they are used to is understood, or asked back; never guessed in silence."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from locomotive.core.db import db, write_tx
from locomotive.ordering.message import Message
from locomotive.ordering.order import Order
from locomotive.places.address import Place
from locomotive.worker.mails import compose
from tests.shop_day import Shop, error_at, shown_on, words


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("0470 12 34 56", True),
        ("0470/12.34.56", True),
        ("0470123456", True),
        ("0495 123 456", True),
        ("04 70 12 34 56", False),  # written as in France
        ("04.70.12.34.56", False),
        ("+32 470 12 34 56", False),
        ("06 12 34 56 78", False),
        ("0612345678", False),
    ],
)
def test_a_number_that_may_be_belgian_is_asked_back(shop: Shop, typed: str, asked: bool) -> None:
    shop.add()
    answer = shop.order(phone=typed)
    assert answer.status_code == (422 if asked else 303)
    if asked:
        assert "Belgian: write +32 4" in error_at(answer, "phone")
        assert shop.orders() == 0


def test_a_named_place_is_found_by_what_people_call_it(shop: Shop) -> None:
    shop.add()
    answer = shop.order(kind="delivery", address="pantigny")
    assert answer.status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(Order.place_name)).one() == "École Pantigny"


def test_a_name_of_several_places_is_asked_back(shop: Shop) -> None:
    with write_tx() as session:
        session.add(
            Place(
                name="École Brossolette", street="2 rue B", town="Oignies",
                latitude=50.47, longitude=2.99,
            )
        )  # fmt: skip
    shop.add()
    answer = shop.order(kind="delivery", address="école")
    assert answer.status_code == 422
    assert "École Pantigny, Oignies" in words(answer)
    assert "École Brossolette, Oignies" in words(answer)
    chosen = shop.order(kind="delivery", address="École Pantigny, Oignies")
    assert chosen.status_code == 303


@pytest.mark.parametrize("far", ["5 rue de Paris, Paris", "5 rue Pasteur, 75001 Paris"])
def test_a_town_that_is_none_of_ours_is_outside_the_zone(shop: Shop, far: str) -> None:
    shop.add()
    answer = shop.order(kind="delivery", address=far)
    assert answer.status_code == 422
    assert "Paris is too far for the tricycle" in error_at(answer, "address")
    assert "choose take-away" in words(answer)


def test_what_stands_behind_a_comma_is_no_town_for_that(shop: Shop) -> None:
    shop.add()
    answer = shop.order(kind="delivery", address="12 rue Pasteur, bâtiment B")
    assert "too far" not in error_at(answer, "address")


def test_the_mail_of_a_changed_order_says_bag_and_end(shop: Shop) -> None:
    shop.add("2")
    page = shop.order(must_not_contain="walnut").location
    db.session.rollback()
    order = db.session.scalars(select(Order)).one()
    field = f"quantity-{order.lines[0].portion_id}"
    form = {"kind": "take-away", "slot": str(order.slot_id), field: "1"}
    look = shop.client.post(f"{page}/change", data=form | {"look": "total"})
    changed = shop.client.post(f"{page}/change", data=form | {"shown": shown_on(look)})
    assert changed.status_code == 303
    db.session.rollback()
    mail = db.session.scalars(select(Message).where(Message.kind == "changed")).one()
    text = compose(mail).get_content()
    assert "Bag: " in text
    assert "You can cancel until" in text
    assert "must not contain is noted" in text
    # Health data does not travel by mail.
    assert "walnut" not in text


def test_the_name_of_a_dish_is_french_on_an_english_page(shop: Shop) -> None:
    shop.add()
    french = '<span lang="fr">Carbonade flamande</span>'
    assert french in shop.client.get("/basket").text
    page = shop.order().location
    assert french in shop.client.get(page).text
