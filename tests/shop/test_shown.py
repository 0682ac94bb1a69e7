"""What is sent is what was shown: a page whose facts changed meanwhile is refused once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import combinations

import pytest
from sqlalchemy import select, update

from locomotive.core.db import db, write_tx
from locomotive.core.tokens import seal, unseal
from locomotive.menu.dish import Dish, DishAllergen
from locomotive.menu.menu import Menu, Portion
from locomotive.ordering.order import Order, order_of_token
from locomotive.ordering.shown import ShownLine, vat_of_lines
from locomotive.places.address import Place
from locomotive.promise.proposal import repropose
from locomotive.service.service import Service
from locomotive.service.slot import Slot
from tests.service_day import SECRET
from tests.shop_day import Shop, shown_on, words

STEW = "Carbonade flamande"


def change_dish(shop: Shop, **values: object) -> None:
    with write_tx() as session:
        session.execute(update(Dish).where(Dish.name == STEW).values(**values))


def change_portion(shop: Shop, **values: object) -> None:
    portion_id = shop.portion().id
    with write_tx() as session:
        session.execute(update(Portion).where(Portion.id == portion_id).values(**values))


def say_allergen(shop: Shop, level: str) -> None:
    with write_tx() as session:
        dish = session.scalars(select(Dish).where(Dish.name == STEW)).one()
        code = "milk" if level == "contains" else "nuts"
        dish.allergens.append(DishAllergen(code=code, level=level))


def move_slot(shop: Shop) -> None:
    slot_id, ends_at = shop.slot().id, shop.slot().ends_at
    with write_tx() as session:
        values = {"ends_at": ends_at + timedelta(minutes=15)}
        session.execute(update(Slot).where(Slot.id == slot_id).values(values))


def move_day(shop: Shop) -> None:
    slot = shop.slot()
    later = {"starts_at": slot.starts_at + timedelta(days=1)}
    with write_tx() as session:
        session.execute(update(Slot).where(Slot.id == slot.id).values(later))


def close_service(shop: Shop) -> None:
    with write_tx() as session:
        session.execute(update(Service).values(is_open=False))


def withdraw_menu(shop: Shop) -> None:
    with write_tx() as session:
        session.execute(update(Menu).values(published_at=None))


# What may happen between page and send, and what the page then says of it.
CHANGES: dict[str, tuple[Callable[[Shop], object], str]] = {
    "price": (lambda shop: change_portion(shop, price_cents=9990), f"{STEW}: €12.50 → €99.90"),
    "VAT": (lambda shop: change_portion(shop, vat_bp=2000), f"{STEW}: VAT 10% → 20%"),
    "allergen": (
        lambda shop: say_allergen(shop, "contains"),
        f"{STEW} contains: gluten, celery → gluten, milk, celery",
    ),
    "trace": (lambda shop: say_allergen(shop, "may contain"), f"{STEW} may contain: none → nuts"),
    "origin": (
        lambda shop: change_dish(shop, meat_origin="Bœuf : origine : Belgique"),
        f"{STEW}: the origin has changed",
    ),
    "name": (lambda shop: change_dish(shop, name="Waterzooi"), f"{STEW} is now called Waterzooi"),
    "number in another tab": (lambda shop: shop.set("40"), f"{STEW}: 2 × → 40 ×"),
    "dish in another tab": (
        lambda shop: shop.add("3", "Soupe de potimarron"),
        "Soupe de potimarron: now in your order, 3 ×",
    ),
    "dish exchanged in another tab": (
        lambda shop: (shop.add("1", "Soupe de potimarron"), shop.set("0")),
        f"{STEW}: no longer in your order",
    ),
    "sold out": (lambda shop: shop.set_left(0), f"{STEW}: only 0 left."),
    "window": (move_slot, "The time that you chose has changed"),
    "day": (move_day, "The time that you chose has changed"),
    "service closed": (close_service, "This lunch takes no orders now."),
    "cut-off passed": (lambda shop: shop.at(23), "Orders closed at"),
    "menu withdrawn": (withdraw_menu, "This lunch takes no orders now."),
}
# After these there is nothing left to order.
FINAL = {"sold out", "service closed", "cut-off passed", "menu withdrawn"}


def written(shop: Shop) -> list[tuple[str, int, int, int, str]]:
    """The lines of the only order as they were written."""
    db.session.rollback()
    order = db.session.scalars(select(Order)).one()
    assert order.total_cents == sum(line.total_cents for line in order.lines)
    return sorted(
        (x.dish_name, x.quantity, x.unit_price_cents, x.vat_bp, x.allergens) for x in order.lines
    )


def read_on(page: list[str]) -> list[tuple[str, int, int, int, str]]:
    """The lines that a page showed."""
    parts = [unseal(SECRET, "shown", text) for text in page]
    lines = [part[key] for part in parts for key in part if key.startswith("line-")]
    return sorted(
        (x["dish"], x["quantity"], x["price"], x["vat"], ",".join(x["contains"])) for x in lines
    )


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed_is_refused_once_and_marked(shop: Shop, what: str) -> None:
    shop.add("2")
    shown = shop.shown()
    act, said = CHANGES[what]
    slot = str(shop.slot().id)
    act(shop)
    answer = shop.send(shown, slot=slot)
    assert answer.status_code == 409
    assert said in words(answer)
    assert 'value="Samira"' in answer.text
    assert shop.orders() == 0
    if what in FINAL:
        assert shop.send(shown_on(answer), slot=slot).status_code == 409
        assert shop.orders() == 0
        return
    anew = shown_on(answer)
    again = shop.send(anew, slot=slot)
    assert again.status_code == 303, words(again)
    assert written(shop) == read_on(anew)


@pytest.mark.parametrize("pair", list(combinations(CHANGES, 2))[::7])
def test_b14_no_order_ever_differs_from_its_page(shop: Shop, pair: tuple[str, str]) -> None:
    shop.add("2")
    shown, slot = shop.shown(), str(shop.slot().id)
    for what in sorted(pair, key=lambda one: one == "name"):  # the others find it by its name
        CHANGES[what][0](shop)
    for _ in range(3):
        answer = shop.send(shown, slot=slot)
        if answer.status_code == 303:
            assert written(shop) == read_on(shown)
            return
        assert answer.status_code == 409
        assert shop.orders() == 0
        shown = shown_on(answer)
    assert FINAL.intersection(pair)


def test_another_language_is_no_change(shop: Shop) -> None:
    change_dish(shop, meat_origin="Bœuf : origine : France")
    shop.add("2")
    shown = shop.shown()
    shop.client.set_cookie("language", "fr")
    assert shop.send(shown).status_code == 303


@pytest.mark.parametrize(
    "shown", [[], ["x"], [seal("another secret", "shown", {"total": 2500})], ["é" * 3000]]
)
def test_a_page_that_is_not_ours_counts_as_changed(shop: Shop, shown: list[str]) -> None:
    shop.add("2")
    answer = shop.send(shown)
    assert answer.status_code == 409
    assert "Something changed after you opened this page" in words(answer)
    assert shop.orders() == 0
    assert shop.send(shown_on(answer)).status_code == 303


def test_one_forged_part_spoils_the_page(shop: Shop) -> None:
    shop.add("2")
    assert shop.send([*shop.shown(), "forged"]).status_code == 409
    assert shop.orders() == 0


def test_what_changed_is_marked_beside_a_wrong_field_too(shop: Shop) -> None:
    shop.add("2")
    shown = shop.shown()
    change_portion(shop, price_cents=1350)
    answer = shop.send(shown, phone="12")
    assert answer.status_code == 422
    assert f"{STEW}: €12.50 → €13.50" in words(answer)


def test_a_repeated_send_finds_its_order_though_all_has_changed(shop: Shop) -> None:
    shop.add("2")
    shown = shop.shown()
    first = shop.send(shown)
    change_portion(shop, price_cents=9990)
    assert shop.send(shown).location == first.location
    assert shop.orders() == 1


def test_a_named_place_that_became_another_is_refused(shop: Shop) -> None:
    shop.add("2")
    place = db.session.scalars(select(Place).where(Place.town == "Oignies")).one()
    form = {"kind": "delivery", "place": str(place.id)}
    shown = shop.shown(**form)
    with write_tx() as session:
        session.get_one(Place, place.id).name = "Piscine"
    answer = shop.send(shown, **form)
    assert answer.status_code == 409
    assert "The place that you chose has changed" in words(answer)
    assert shop.orders() == 0


def changed(shop: Shop, token: str, shown: list[str], number: str, look: str = "") -> str:
    order = fresh(token)
    form = {
        "kind": order.kind,
        "slot": str(order.slot_id),
        f"quantity-{shop.portion().id}": number,
        "shown": shown,
    }
    answer = shop.client.post(f"/o/{token}/change", data=form | ({"look": look} if look else {}))
    return "" if answer.status_code == 303 else answer.text


def fresh(token: str) -> Order:
    """The order as the database has it now."""
    db.session.rollback()
    return order_of_token(db.session(), token)


def token_of_order(shop: Shop) -> str:
    shop.add("2")
    return shop.order().location.rsplit("/", 1)[1]


def test_a_change_is_made_once_its_new_total_was_read(shop: Shop) -> None:
    token = token_of_order(shop)
    opened = shown_on(shop.client.get(f"/o/{token}/change"))
    page = changed(shop, token, opened, "3")
    assert "Total before: €25.00. Total after: €37.50." in " ".join(page.split())
    assert "2 × → 3 ×" in page
    assert fresh(token).boxes == 2
    assert changed(shop, token, re.findall(r'name="shown" value="([^"]*)"', page), "3") == ""
    assert fresh(token).total_cents == 3750


def test_what_was_ordered_keeps_its_price_when_the_order_is_changed(shop: Shop) -> None:
    token = token_of_order(shop)
    change_portion(shop, price_cents=9990)
    page = changed(shop, token, [], "3", look="total")
    assert "€12.50 each" in page
    assert changed(shop, token, re.findall(r'name="shown" value="([^"]*)"', page), "3") == ""
    assert fresh(token).total_cents == 3750


def test_a_change_that_was_sent_twice_is_made_once(shop: Shop) -> None:
    token = token_of_order(shop)
    page = changed(shop, token, [], "3", look="total")
    shown = re.findall(r'name="shown" value="([^"]*)"', page)
    assert [changed(shop, token, shown, "3") for _ in range(2)] == ["", ""]
    assert fresh(token).boxes == 3


def test_an_order_that_another_window_changed_is_shown_anew(shop: Shop) -> None:
    token = token_of_order(shop)
    here = re.findall(r'name="shown" value="([^"]*)"', changed(shop, token, [], "3", look="total"))
    there = re.findall(r'name="shown" value="([^"]*)"', changed(shop, token, [], "5", look="total"))
    assert changed(shop, token, there, "5") == ""
    assert "Your order was changed in another window" in changed(shop, token, here, "3")
    assert fresh(token).boxes == 5


def test_a_proposal_counts_only_as_it_was_read(shop: Shop) -> None:
    token = token_of_order(shop)

    def propose(minute: int) -> None:
        slot_id = shop.slot(12, minute).id
        with write_tx() as session:
            order, slot = order_of_token(session, token), session.get_one(Slot, slot_id)
            repropose(session, order, slot, reason="a puncture", now=shop.hour)

    propose(30)
    read = shown_on(shop.client.get(f"/o/{token}"))
    propose(45)
    form = {"answer": "accept", "shown": read}
    answer = shop.client.post(f"/o/{token}/proposal", data=form)
    assert answer.status_code == 409
    assert "Something changed after you opened this page." in words(answer)
    form["shown"] = shown_on(answer)
    assert shop.client.post(f"/o/{token}/proposal", data=form).status_code == 303


def test_the_vat_in_a_price_is_rounded_for_each_rate() -> None:
    lines = [ShownLine("1", "a", 3, 350, 1000, ()), ShownLine("2", "b", 1, 211, 550, ())]
    assert vat_of_lines(lines) == [(550, 11), (1000, 95)]
