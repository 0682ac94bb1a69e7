"""Ordering: the last page and what it refuses."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from locomotive.core.db import db, write_tx
from locomotive.core.tasks import SEND_MAILS
from locomotive.menu.menu import Menu
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.message import Message
from locomotive.ordering.order import Order
from locomotive.places.address import Place
from locomotive.service.service import Service
from tests.service_day import DATE
from tests.shop_day import KEY, Shop, error_at, words


@pytest.fixture(autouse=True)
def _full_basket(shop: Shop) -> None:
    shop.add("2")


def the_order() -> Order:
    db.session.rollback()
    return db.session.scalars(select(Order)).one()


def test_the_last_page_shows_what_is_ordered_and_what_it_costs(shop: Shop) -> None:
    page = shop.client.get("/order")
    text = words(page)
    assert "2 × Carbonade flamande" in text
    assert "Total, VAT included €25.00" in text
    assert "Order (obligation to pay)" in text
    assert "there is no right of withdrawal" in text
    assert "Nothing is paid on this site" in text
    for name in ("given-name", "email", "tel", "address-line1"):
        assert f'autocomplete="{name}"' in page.text


def test_each_page_has_its_own_key(shop: Shop) -> None:
    pages = [shop.client.get("/order").text for _ in range(2)]
    keys = [page.split('name="key"')[1].split('value="')[1].split('"')[0] for page in pages]
    assert keys[0] != keys[1]
    assert min(map(len, keys)) >= 22


def test_an_empty_basket_leads_to_the_basket(shop: Shop) -> None:
    shop.set("0")
    assert shop.client.get("/order").location == "/basket"
    answer = shop.order()
    assert answer.status_code == 409
    assert "Your basket is empty. Choose a dish first." in words(answer)


def test_an_order_leads_to_its_page_and_empties_the_basket(shop: Shop) -> None:
    answer = shop.order()
    assert answer.status_code == 303
    assert answer.location.startswith("/o/")
    assert shop.asked == [SEND_MAILS]
    order = the_order()
    assert (order.kind, order.total_cents, order.phone) == ("take-away", 2500, "06 12 34 56 78")
    assert shop.portion().remaining == 198
    assert shop.slot().used == 1
    assert "Your basket is empty." in words(shop.client.get("/basket"))


def test_a_phone_number_alone_is_enough_and_sends_no_mail(shop: Shop) -> None:
    assert shop.order(email="").status_code == 303
    assert shop.asked == []
    assert db.session.scalars(select(Message)).all() == []


def test_the_same_page_sent_twice_makes_one_order(shop: Shop) -> None:
    with shop.client.session_transaction() as cookie:
        basket = cookie["basket"]
    first, again = shop.order(), shop.order()
    with shop.client.session_transaction() as cookie:
        cookie["basket"] = basket
    doubled = shop.order()
    assert {r.status_code for r in (first, again, doubled)} == {303}
    assert first.location == again.location == doubled.location
    assert shop.orders() == 1
    assert shop.portion().remaining == 198


def test_the_same_page_with_another_content_is_refused(shop: Shop) -> None:
    shop.order()
    answer = shop.order(first_name="Ahmed")
    assert answer.status_code == 422
    assert "This page was already used for another order." in words(answer)
    shop.add("1")
    with_basket = shop.order(first_name="Ahmed")
    assert with_basket.status_code == 422
    assert KEY not in with_basket.text
    assert shop.orders() == 1


@pytest.mark.parametrize("key", ["", "short", "ü" * 32, "k" * 65])
def test_a_page_without_its_key_is_refused(shop: Shop, key: str) -> None:
    answer = shop.order(key=key)
    assert answer.status_code == 422
    assert "This page is not complete. Reload it and try again." in words(answer)


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "!!"])
def test_a_first_name_is_needed(shop: Shop, name: str) -> None:
    answer = shop.order(first_name=name)
    assert answer.status_code == 422
    assert error_at(answer, "first_name") == "Write your first name: it stands on the bag."
    assert 'value="06 12 34 56 78"' in answer.text
    assert shop.orders() == 0


def test_a_very_long_first_name_is_refused(shop: Shop) -> None:
    answer = shop.order(first_name="a" * 61)
    assert error_at(answer, "first_name") == "Write at most 60 letters."


def test_a_name_keeps_its_accents_and_loses_what_cannot_be_printed(shop: Shop) -> None:
    shop.order(first_name="  Zo\u00eb\x00\n <b>x</b> ")
    assert the_order().first_name == "Zo\u00eb <b>x</b>"
    page = shop.client.get(shop.order(first_name="  Zo\u00eb\x00\n <b>x</b> ").location)
    assert "<b>x</b>" not in page.text


def test_a_persian_name_keeps_its_joiner_on_page_and_label(shop: Shop) -> None:
    assert error_at(shop.order(first_name="\u200c\u200d", key="j" * 32), "first_name")
    name = "علی\u200cرضا"
    answer = shop.order(first_name=f" {name}")
    assert the_order().first_name == name
    assert name in shop.client.get(answer.location).text
    labels = shop.day.signed_in("kitchen").get(f"/kitchen/{DATE}/labels/a4")
    assert name in labels.text


@pytest.mark.parametrize("phone", ["0612", "abc", "06 12 34 56 78 90", "+999 1", "0" * 5000])
def test_a_wrong_phone_number_is_refused_with_an_example(shop: Shop, phone: str) -> None:
    answer = shop.order(phone=phone)
    assert answer.status_code == 422
    assert "for example 06 12 34 56 78" in error_at(answer, "phone")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0612345678", "06 12 34 56 78"),
        ("+33 6.12.34.56.78", "06 12 34 56 78"),
        ("+32 470 12 34 56", "+32 470 12 34 56"),
    ],
)
def test_a_phone_number_is_kept_as_it_is_dialled(shop: Shop, typed: str, kept: str) -> None:
    shop.order(phone=typed)
    assert the_order().phone == kept


@pytest.mark.parametrize("email", ["samira", "a@b", "@example.org", "a b@example.org", "a@" * 99])
def test_a_wrong_mail_address_is_refused_with_an_example(shop: Shop, email: str) -> None:
    answer = shop.order(email=email)
    assert answer.status_code == 422
    assert "for example samira@example.org" in error_at(answer, "email")


def test_one_way_to_reach_the_customer_is_needed(shop: Shop) -> None:
    answer = shop.order(email="", phone="")
    assert error_at(answer, "phone") == "Write a phone number or an e-mail address."


@pytest.mark.parametrize("slot", ["", "x", "-1", "999", "9" * 30, "٣"])
def test_a_time_that_does_not_exist_is_refused(shop: Shop, slot: str) -> None:
    answer = shop.order(slot=slot)
    assert answer.status_code == 422
    assert "Choose a time from the list." in words(answer)


def test_a_time_of_the_other_kind_is_refused(shop: Shop) -> None:
    answer = shop.order(slot=str(shop.slot(kind="delivery").id))
    assert answer.status_code == 422
    assert "Choose a time from the list." in words(answer)


def test_an_unknown_kind_is_refused(shop: Shop) -> None:
    answer = shop.order(kind="by rocket", slot=str(shop.slot().id))
    assert answer.status_code == 422
    assert "Choose take-away or delivery." in words(answer)


def test_a_delivery_needs_a_place(shop: Shop) -> None:
    answer = shop.order(kind="delivery")
    assert answer.status_code == 422
    assert error_at(answer, "place") == "Choose where we bring your meal."


def test_a_delivery_to_a_named_place_carries_its_access_and_the_customers(shop: Shop) -> None:
    place = db.session.scalars(select(Place).where(Place.town == "Oignies")).one()
    with write_tx() as session:
        session.get_one(Place, place.id).access_note = "green door"
    shop.order(kind="delivery", place=str(place.id), access_note="second floor")
    assert the_order().access_note == "green door · second floor"
    assert the_order().place_name == "École Pantigny"


@pytest.mark.parametrize("place", ["999", "x", "9" * 40])
def test_an_unknown_place_is_refused(shop: Shop, place: str) -> None:
    answer = shop.order(kind="delivery", place=place)
    assert answer.status_code == 422
    assert "This place is not on our list." in error_at(answer, "place")


def test_a_typed_address_that_is_known_is_delivered(shop: Shop) -> None:
    assert shop.order(kind="delivery", address="12, RUE PASTEUR oignies").status_code == 303
    assert the_order().street == "12 rue Pasteur"


def test_a_number_that_is_not_on_file_is_kept_and_goes_near_its_neighbour(shop: Shop) -> None:
    answer = shop.order(kind="delivery", address="13 rue Pasteur, Oignies")
    assert answer.status_code == 303
    assert (the_order().street, the_order().nearest) == ("13 rue Pasteur", "12")
    page = shop.client.get(answer.location)
    assert "the rider looks for it near number 12" in words(page)


def test_a_street_without_its_number_is_asked_again_with_examples(shop: Shop) -> None:
    answer = shop.order(kind="delivery", address="rue Pasteur, Oignies")
    assert answer.status_code == 422
    assert error_at(answer, "address") == ("Write the house number too, such as 12 rue Pasteur.")
    assert 'value="14 rue Pasteur, Oignies"' in answer.text
    chosen = shop.order(
        kind="delivery", address="rue Pasteur", suggestion="14 rue Pasteur, Oignies"
    )
    assert chosen.status_code == 303
    assert the_order().street == "14 rue Pasteur"


def test_a_house_without_a_number_can_be_ordered_to(shop: Shop) -> None:
    assert shop.order(kind="delivery", address="s/n rue Pasteur, Oignies").status_code == 303
    assert the_order().street == "rue Pasteur"


def test_an_unknown_address_is_refused_at_its_field(shop: Shop) -> None:
    answer = shop.order(kind="delivery", address="zzzzzz")
    assert answer.status_code == 422
    assert error_at(answer, "address").startswith("We do not know this address.")


def test_a_place_and_another_address_together_are_refused(shop: Shop) -> None:
    place = db.session.scalars(select(Place).where(Place.town == "Oignies")).one()
    answer = shop.order(kind="delivery", place=str(place.id), address="12 rue Pasteur, Oignies")
    assert error_at(answer, "address").startswith("You chose a place and wrote another address.")


def test_outside_the_zone_take_away_is_offered(shop: Shop) -> None:
    answer = shop.order(kind="delivery", address="1 Grand Place, Lille")
    assert answer.status_code == 422
    assert error_at(answer, "address") == (
        "Lille is too far for the tricycle. Choose take-away, or another address."
    )
    assert 'href="#kind-take-away"' in answer.text
    far = db.session.scalars(select(Place).where(Place.town == "Arras")).one()
    assert shop.order(kind="delivery", place=str(far.id)).status_code == 422


def test_all_mistakes_are_told_at_once(shop: Shop) -> None:
    answer = shop.order(kind="delivery", first_name="", phone="1", email="x", slot="")
    for field in ("first_name", "phone", "email", "place", "slot"):
        assert error_at(answer, field), field


def test_a_dish_sold_out_meanwhile_keeps_the_basket_and_what_was_typed(shop: Shop) -> None:
    shop.set_left(1)
    answer = shop.order()
    assert answer.status_code == 409
    text = words(answer)
    assert "Carbonade flamande: only 1 left. Change the quantity or choose another dish." in text
    assert "2 × Carbonade flamande" in text
    assert 'value="Samira"' in answer.text
    assert "03 53 01 00 62" in text
    assert shop.orders() == 0
    assert shop.slot().used == 0


def test_a_slot_that_filled_up_is_refused_with_the_nearest_ones(shop: Shop) -> None:
    shop.fill_slot(shop.slot())
    answer = shop.order()
    assert answer.status_code == 409
    assert error_at(answer, "slot") == "This time is full now. Choose another one."
    assert "full; possible: 11:45, 12:15" in words(answer)
    assert shop.portion().remaining == 200
    assert wrong_counters(db.session()) != []
    assert shop.orders() == 0


def test_few_places_are_counted(shop: Shop) -> None:
    shop.fill_slot(shop.slot(), free=2)
    assert "2 places left" in words(shop.client.get("/order"))


def test_when_every_slot_is_full_the_phone_number_is_given(shop: Shop) -> None:
    for hour, minute in ((h, m) for h in (11, 12, 13) for m in (0, 15, 30, 45)):
        if (11, 30) <= (hour, minute) < (13, 30):
            shop.fill_slot(shop.slot(hour, minute))
    text = words(shop.client.get("/order"))
    assert "No time is possible. Choose the other way above, or call us: 03 53 01 00 62" in text


def test_an_order_at_the_cutoff_is_refused_with_the_phone_number(shop: Shop) -> None:
    shop.at(11)
    answer = shop.order()
    assert answer.status_code == 409
    text = words(answer)
    assert "Orders closed at 11:00. Call us: we will see what is possible." in text
    assert "03 53 01 00 62" in text
    assert shop.orders() == 0
    assert "2 × Carbonade flamande" in text


def test_a_repeat_after_the_cutoff_still_finds_its_order(shop: Shop) -> None:
    first = shop.order()
    shop.at(12)
    assert shop.order().location == first.location


def test_after_the_delivery_cutoff_only_take_away_is_left(shop: Shop) -> None:
    shop.at(10, 30)
    text = words(shop.client.get("/order"))
    assert "Delivery orders closed at 10:30" in text
    answer = shop.order(kind="delivery", address="12 rue Pasteur, Oignies")
    assert answer.status_code == 409
    assert shop.order().status_code == 303


def test_a_closed_service_refuses(shop: Shop) -> None:
    with write_tx() as session:
        session.execute(update(Service).values(is_open=False))
    answer = shop.order()
    assert answer.status_code == 409
    assert "This lunch takes no orders now." in words(answer)


def test_a_withdrawn_menu_refuses(shop: Shop) -> None:
    with write_tx() as session:
        session.execute(update(Menu).values(published_at=None))
    answer = shop.order()
    assert answer.status_code == 409
    assert "This lunch takes no orders now." in words(answer)


def test_a_day_that_is_not_open_yet_refuses(shop: Shop) -> None:
    shop.hour -= timedelta(days=8)
    answer = shop.order()
    assert answer.status_code == 409
    assert "Orders for that day are not open yet." in words(answer)


def test_too_many_orders_of_one_address_have_to_wait(shop: Shop) -> None:
    known = shop.day.app.extensions
    known["settings"] = replace(known["settings"], orders_per_hour=1)
    assert shop.order().status_code == 303
    shop.add("1")
    answer = shop.order(key="m" * 32)
    assert answer.status_code == 429
    assert "Too many tries." in words(answer)
    assert shop.orders() == 1


def test_b02_what_the_form_does_not_ask_changes_nothing(shop: Shop) -> None:
    shop.order(total_cents="1", status="handed over", number="77", language="xx")
    order = the_order()
    assert (order.total_cents, order.status, order.number) == (2500, "placed", 1)


def test_a_day_that_is_no_day_is_no_page(shop: Shop) -> None:
    assert shop.order(day="never").status_code == 404
    assert shop.client.get("/order?day=never").status_code == 404
    assert shop.client.get(f"/order?day={DATE}").status_code == 200


def test_a_stale_form_gets_a_plain_sentence(shop: Shop) -> None:
    shop.day.app.config["WTF_CSRF_ENABLED"] = True
    answer = shop.order()
    assert answer.status_code == 400
    assert "This page is too old." in words(answer)
    assert shop.orders() == 0
