"""What a portion must not contain, from the checkout to the label."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from locomotive.batches.swap import swap_ingredient
from locomotive.core.db import db, write_tx
from locomotive.core.personal import Keep
from locomotive.menu.recipe import Swap
from locomotive.ordering.order import Order, OrderLine
from locomotive.privacy.erasure import erase_rows
from locomotive.worker.content import follow
from tests.farm_day import dish, produce, recipe
from tests.service_day import DATE
from tests.shop_day import Shop, words

OIGNIES = (50.4658, 2.9968)
SOUP = "Soupe de potimarron"


def ordered() -> Order:
    db.session.rollback()
    return db.session.scalars(select(Order)).one()


def line() -> OrderLine:
    db.session.rollback()
    return db.session.scalars(select(OrderLine).execution_options(populate_existing=True)).one()


def wish(shop: Shop, *codes: str, name: str = SOUP, **more: str) -> dict[str, object]:
    portion = shop.portion(name).id
    return {f"avoid-{portion}": list(codes), f"eater-{portion}": "Léo", **more}


@pytest.fixture
def cream(shop: Shop) -> None:
    produce("cream", allergens={"milk": "contains", "nuts": "may contain"})
    recipe("soup", leeks=0.2, cream=0.1)


def test_a_dish_that_contains_it_cannot_be_confirmed_and_nothing_typed_is_lost(
    shop: Shop, cream: None
) -> None:
    shop.add("1", SOUP)
    answer = shop.order(**wish(shop, "milk", "eggs"))
    assert answer.status_code == 422
    assert f"{SOUP} contains milk. Take another dish" in words(answer)
    assert answer.text.count(" checked") >= 2
    assert 'value="Léo"' in answer.text
    assert shop.orders() == 0
    assert shop.order(**wish(shop, "eggs")).status_code == 303
    assert (line().avoids, line().eater) == ("eggs", "Léo")


def test_traces_are_said_and_taken_only_by_who_agrees(shop: Shop, cream: None) -> None:
    shop.add("1", SOUP)
    answer = shop.order(**wish(shop, "nuts"))
    assert f"{SOUP} may contain traces of nuts." in words(answer)
    assert 'name="accept-traces"' in answer.text
    assert shop.orders() == 0
    agreed = shop.order(**wish(shop, "nuts", **{"accept-traces": "yes"}))
    assert agreed.status_code == 303
    assert not ordered().has_conflict


@pytest.mark.parametrize("text", ["MILK", "no milk, please", "lactose", "cheese and eggs"])
def test_words_that_name_an_allergen_are_taken_for_it(shop: Shop, cream: None, text: str) -> None:
    shop.add("1", SOUP)
    answer = shop.order(must_not_contain=text)
    assert answer.status_code == 422
    assert f"{SOUP} contains milk." in words(answer)
    assert shop.order(must_not_contain="coriander").status_code == 303
    assert (line().avoids, ordered().must_not_contain) == ("", "coriander")


def test_what_was_not_on_the_page_is_no_wish(shop: Shop, cream: None) -> None:
    shop.add("1", SOUP)
    assert shop.order(**wish(shop, "love", "<b>")).status_code == 303
    assert (line().avoids, line().eater) == ("", "")
    assert shop.portion(SOUP).remaining == 199


def test_an_order_whose_wish_meets_its_content_reaches_no_bag_unseen(
    shop: Shop, cream: None
) -> None:
    """From the checkout to the label, with a swap after the order."""
    produce("soya cream", allergens={"soybeans": "contains"})
    shop.add("1", SOUP)
    assert shop.order(**wish(shop, "soybeans")).status_code == 303
    order = ordered()
    kitchen, office = shop.day.signed_in("kitchen"), shop.day.signed_in("manager")
    step = f"/kitchen/orders/{order.id}/step"
    assert "soya (Léo)" in kitchen.get("/kitchen/pack/board").text
    ids = {"out_id": produce("cream").id, "in_id": produce("soya cream").id}
    with write_tx() as session:
        made = Swap(day=DATE, dish_id=dish("soup").id, **ids)
        swap_ingredient(session, made, today=DATE, now=shop.hour)
    for board in ("board", "cook/board", "pack/board", "hand_over/board"):
        assert f'id="blocked-{order.id}"' in kitchen.get(f"/kitchen/{board}").text
    assert "contains what it must not" in office.get("/office/").text
    kitchen.post(f"{step}?to=bagged&seen=placed")
    refused = kitchen.post(f"{step}?to=ready&seen=bagged")
    assert refused.status_code == 409
    assert "The manager decides first." in words(refused)
    label = words(office.get(f"/kitchen/{DATE}/labels/roll"))
    assert "contains: soya" in label
    assert "must not contain: soya (Léo)" in label
    for paper in ("production", "exceptions"):
        assert "soya (Léo)" in words(office.get(f"/kitchen/{DATE}/{paper}"))
    # The kitchen cannot decide, the manager does, and another conflict comes back to her.
    page = f"/kitchen/orders/{order.id}/wish"
    assert kitchen.post(page).status_code == 403
    assert "contains: soya" in words(office.get(page))
    assert office.post(page).status_code == 303
    assert "contains what it must not" not in office.get("/office/").text
    assert kitchen.post(f"{step}?to=ready&seen=bagged").status_code == 303
    assert shop.day.status(order) == "ready"


def test_the_exception_takes_two_hands(shop: Shop) -> None:
    shop.add("1", SOUP)
    shop.order(**wish(shop, "milk"))
    order = ordered()
    kitchen = shop.day.signed_in("kitchen")
    step = f"/kitchen/orders/{order.id}/step"
    assert kitchen.post(f"{step}?to=ready&seen=placed").status_code == 409
    assert kitchen.post(f"{step}?to=bagged&seen=placed").status_code == 303
    assert kitchen.post(f"{step}?to=ready&seen=bagged").status_code == 303


def test_wish_and_eater_are_erased_the_night_after(shop: Shop) -> None:
    shop.add("1", SOUP)
    shop.order(**wish(shop, "milk"))
    with write_tx() as session:
        erase_rows(session, Keep.NIGHT, before=DATE, depot=OIGNIES)
    assert line().avoids == "milk"
    with write_tx() as session:
        erase_rows(session, Keep.NIGHT, before=DATE + timedelta(days=1), depot=OIGNIES)
    assert (line().avoids, line().eater, line().accepted) == ("", "", "")
    assert db.session.scalars(select(Order.content_hash)).one() == ""


def test_the_same_page_with_another_wish_is_another_order(shop: Shop) -> None:
    shop.add("1", SOUP)
    asked = wish(shop, "milk")
    assert shop.order(**asked).status_code == 303
    assert shop.order(**asked).status_code == 303
    assert shop.orders() == 1
    shop.add("1", SOUP)
    assert shop.order(**wish(shop, "eggs")).status_code == 422
    assert shop.orders() == 1


def test_a_minute_later_nothing_has_changed(shop: Shop, cream: None) -> None:
    shop.add("1", SOUP)
    shop.order(**wish(shop, "eggs"))
    version = ordered().service.version
    with write_tx() as session:
        follow(session, "time", "")
    db.session.expire_all()
    assert ordered().service.version == version
