"""Looking at the menu."""

from datetime import timedelta

from sqlalchemy import event, update

from locomotive.core.db import db, write_tx
from locomotive.menu.dish import Dish
from locomotive.menu.menu import Menu
from locomotive.service.fleet import Shift
from locomotive.service.service import Service, new_service
from tests.service_day import DATE
from tests.shop_day import Shop, words


def test_the_menu_says_what_is_offered_and_until_when(shop: Shop) -> None:
    text = words(shop.client.get("/"))
    assert "Menu of Tuesday 24 November" in text
    assert "Order before: 10:30 (delivery), 11:00 (take-away) · 1 h 30 left" in text
    assert "Carbonade flamande" in text
    assert "Contains: gluten celery" in text
    assert "€12.50" in text
    assert "Soupe de potimarron €5.50 None of the 14 allergens that must be declared." in text
    assert "Your basket is empty." in text


def test_the_mark_the_origin_and_the_photo_of_a_dish_are_shown(shop: Shop) -> None:
    with write_tx() as session:
        session.execute(
            update(Dish)
            .where(Dish.name == "Carbonade flamande")
            .values(is_vegetarian=True, meat_origin="Origine : France", photo="a.webp")
        )
    page = shop.client.get("/")
    assert "vegetarian" in words(page)
    assert "Origine : France" in words(page)
    assert 'srcset="/photos/a-row.avif"' in page.text
    assert 'src="/photos/a-row.webp" alt="" loading="lazy" width="96" height="96"' in page.text


def test_few_portions_are_counted_and_none_is_sold_out(shop: Shop) -> None:
    shop.set_left(10)
    assert "10 left" in words(shop.client.get("/"))
    shop.set_left(11)
    assert "11 left" not in words(shop.client.get("/"))
    shop.set_left(0)
    page = shop.client.get("/")
    assert "sold out" in words(page)
    assert f'id="more-{shop.portion().id}"' not in page.text


def test_after_the_cutoff_the_menu_stays_visible_with_the_phone_number(shop: Shop) -> None:
    shop.at(11)
    page = shop.client.get("/")
    text = words(page)
    assert "Carbonade flamande" in text
    assert "Orders for this menu closed at 11:00. Call us: we will see what is possible." in text
    assert 'href="tel:0353010062"' in page.text
    assert 'action="/basket"' not in page.text


def test_after_the_cutoff_the_next_open_menu_is_shown(shop: Shop) -> None:
    tomorrow = DATE + timedelta(days=1)
    with write_tx() as session:
        session.add(Menu(date=tomorrow, published_at=shop.hour))
        new_service(session, tomorrow).is_open = True
    shop.at(11)
    text = words(shop.client.get("/"))
    assert "Menu of Wednesday 25 November" in text
    assert "Orders for today are closed. Here is the next menu." in text
    assert "Tue 24 Nov closed" in text


def test_a_closed_service_shows_its_menu_without_taking_orders(shop: Shop) -> None:
    with write_tx() as session:
        session.execute(update(Service).values(is_open=False))
    assert "This menu takes no orders now." in words(shop.client.get("/"))


def test_without_any_menu_the_page_says_so(shop: Shop) -> None:
    with write_tx() as session:
        session.execute(update(Menu).values(published_at=None))
    page = shop.client.get("/")
    assert page.status_code == 200
    assert "No menu is published yet." in words(page)
    assert shop.client.get(f"/menu/{DATE}").status_code == 404


def test_days_without_a_menu_lead_to_those_with_one(shop: Shop) -> None:
    page = shop.client.get("/menu/2026-11-28")
    assert page.status_code == 404
    assert "There is no menu for this day." in words(page)
    assert f'href="/menu/{DATE}"' in page.text


def test_what_is_no_day_is_no_page(shop: Shop) -> None:
    for text in ("yesterday", "20261124", "2026-13-01", "0000-00-00", "٢٠٢٦-١١-٢٤"):
        assert shop.client.get(f"/menu/{text}").status_code == 404


def test_a_menu_beyond_seven_days_takes_no_orders_yet(shop: Shop) -> None:
    shop.at(9, days=-8)
    assert "This menu takes no orders now." in words(shop.client.get(f"/menu/{DATE}"))


def test_a_delivery_that_cannot_be_is_not_announced(shop: Shop) -> None:
    with write_tx() as session:
        session.execute(update(Shift).values(is_off=True))
    text = words(shop.client.get("/"))
    assert "Order before: 11:00 (take-away) · 2 h 00 left" in text


def test_one_more_and_one_less_without_a_script(shop: Shop) -> None:
    field = f"step-{shop.portion().id}"
    for step, count in (("1", 1), ("1", 2), ("-1", 1), ("-1", 0), ("-1", 0)):
        answer = shop.client.post("/basket", data={"date": str(DATE), field: step})
        assert answer.location == f"/menu/{DATE}#dish-{shop.portion().id}"
        page = words(shop.client.get("/"))
        assert (f"{count} portion" in page) == bool(count)


def test_one_more_gives_the_row_and_the_basket_alone_to_htmx(shop: Shop) -> None:
    form = {"date": str(DATE), f"step-{shop.portion().id}": "1"}
    answer = shop.client.post("/basket", data=form, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.text.count('class="dish') >= 1
    assert "<h1" not in answer.text
    assert 'id="basket-bar"' in answer.text
    assert "1 portion · €12.50" in words(answer)
    shop.set_left(1)
    refused = shop.client.post("/basket", data=form, headers={"HX-Request": "true"})
    assert refused.status_code == 409
    assert "only 1 left" in words(refused)


def test_a_step_of_another_days_dish_is_refused(shop: Shop) -> None:
    answer = shop.client.post("/basket", data={"date": str(DATE), "step-99": "1"})
    assert answer.status_code == 422


def test_how_to_pay_is_said_on_menu_checkout_and_order(shop: Shop) -> None:
    said = "cash, bank card"
    assert said in words(shop.client.get("/"))
    shop.add()
    assert said in words(shop.client.get("/order"))
    assert said in words(shop.client.get(shop.order().location))


def test_the_menu_takes_as_many_queries_with_any_number_of_dishes(shop: Shop) -> None:
    seen: list[str] = []

    def note(*args: object) -> None:
        if str(args[2]) != "BEGIN":
            seen.append(str(args[2]))

    event.listen(db.engine, "before_cursor_execute", note)
    shop.client.get("/")
    seen.clear()
    shop.client.get("/")
    assert len(seen) <= 3


def test_the_french_page_is_french_and_says_the_hours_in_french(shop: Shop) -> None:
    shop.client.set_cookie("language", "fr")
    page = shop.client.get("/")
    assert '<html lang="fr">' in page.text
    assert "11\u00a0h\u00a000" in page.text
    assert "12,50\u00a0€" in page.text


def test_an_hour_of_another_day_is_written_with_its_day(shop: Shop) -> None:
    shop.at(9, days=-1)
    assert "Tue 24 Nov, 10:30 (delivery), 11:00 (take-away)" in words(shop.client.get("/"))
