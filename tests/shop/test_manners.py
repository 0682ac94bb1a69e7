"""What a form says when something is wrong with it, and how dates and times are written."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.ordering.message import messages
from locomotive.ordering.order import order_of_token
from locomotive.origins.origin import MeatOrigin, Origin
from locomotive.origins.origin_page import claim_words, meat_words
from locomotive.web.language import day, moment, short_day
from locomotive.worker.mails import compose
from tests.shop_day import Shop, error_at, words


@pytest.fixture
def app(shop: Shop) -> Flask:
    return shop.day.app


def test_without_cookies_the_page_says_so_and_gives_the_phone_number(shop: Shop) -> None:
    shop.day.app.config["WTF_CSRF_ENABLED"] = True
    client = shop.day.app.test_client(use_cookies=False)
    answer = client.post("/basket", data={"date": "2026-11-24"}, headers={"Cookie": "language=en"})
    assert answer.status_code == 400
    assert "Your browser sent no cookie" in words(answer)
    assert "03 53 01 00 62" in words(answer)


@pytest.mark.parametrize(("wrong", "field"), [("first_name", "first_name"), ("phone", "phone")])
def test_the_focus_is_in_the_first_wrong_field_and_the_title_says_error(
    shop: Shop, wrong: str, field: str
) -> None:
    shop.add()
    answer = shop.order(**{wrong: "!"})
    assert re.findall(r'<[^>]* autofocus[^>]*id="(\w+)"', answer.text) == [field]
    assert re.search(r"<title>\s*Error: ", answer.text)
    right = shop.client.get("/order").text
    assert "autofocus" not in right
    assert not re.search(r"<title>\s*Error", right)


def test_a_time_that_was_not_chosen_has_the_focus(shop: Shop) -> None:
    shop.add()
    page = shop.order(slot="").text
    assert len(re.findall(r'id="slot" tabindex="-1" autofocus', page)) == 1
    assert page.count("autofocus") == 1


def test_a_mail_domain_with_accents_is_kept_as_mail_servers_know_it(shop: Shop) -> None:
    shop.add()
    token = shop.order(email="samira@café.example").location.rsplit("/", 1)[1]
    db.session.rollback()
    assert order_of_token(db.session(), token).email == "samira@xn--caf-dma.example"


def test_a_mail_has_the_date_of_what_it_tells(shop: Shop) -> None:
    shop.add()
    page = shop.order().location
    shop.at(9, 30)
    shop.client.post(f"{page}/cancel")
    db.session.rollback()
    dates = {m.kind: compose(m)["Date"].datetime for m in messages(db.session(), now=clock.now())}
    assert dates["placed"] == shop.day.at(9)
    assert dates["cancelled"] == shop.day.at(9, 30)


def test_the_first_of_a_month_and_only_it_is_written_as_french_does(app: Flask, shop: Shop) -> None:
    with force_locale("fr"):
        assert day(date(2026, 12, 1)) == "mardi 1er décembre"
        assert day(date(2026, 12, 11)) == "vendredi 11 décembre"
        assert short_day(date(2027, 2, 1)).startswith("lun. 1er ")
        assert moment(shop.day.at(10) + timedelta(days=7)).startswith("mar. 1er déc.")
        # What ends in another year says which.
        assert moment(shop.day.at(10) + timedelta(days=372)).startswith("1er déc. 2027,")
    with force_locale("en"):
        assert day(date(2026, 12, 1)) == "Tuesday 1 December"


def test_days_are_left_and_not_seventy_hours(shop: Shop) -> None:
    shop.at(10, days=-3)
    page = words(shop.client.get("/menu/2026-11-24"))
    assert "3 days left" in page
    assert not re.search(r"\d\d h \d\d left", page)


def test_fifty_beside_two_in_the_basket_says_what_is_there(shop: Shop) -> None:
    shop.add("2")
    answer = shop.add("50")
    assert answer.status_code == 422
    assert error_at(answer, f"quantity-{shop.portion().id}") == (
        "You have 2 already, and 50 are the most that one order takes."
    )


def test_origins_are_written_as_a_list_in_french(app: Flask) -> None:
    claim = Origin("Ferme Wattel", True, 800, ("Oignons", "Pommes de terre"), None, None)
    with force_locale("fr"):
        assert claim_words(claim).startswith("Oignons, pommes de terre\xa0: Ferme Wattel")
        assert meat_words(MeatOrigin("beef", "FR", "FR", "FR")).startswith("Bœuf")
        assert meat_words(MeatOrigin("other", "", "FR", "FR")).startswith("Viande")


def test_a_dish_is_read_in_french_on_the_english_page(shop: Shop) -> None:
    shop.add()
    assert '<span lang="fr">Carbonade flamande</span>' in shop.client.get("/order").text
    shop.client.set_cookie("language", "fr")
    assert 'lang="fr">Carbonade' not in shop.client.get("/order").text
