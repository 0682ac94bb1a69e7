"""The week's menus reach those who do not open the shop: a poster and feeds that say the same."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from flask.testing import FlaskClient
from sqlalchemy import update

from locomotive.core.db import db, write_tx
from locomotive.menu.menu import Menu, copy_menu, last_menu, menu_of, offered
from tests.service_day import DATE, DISHES, Day
from tests.shop_day import Shop, words

NAMES = [name for name, *_rest in DISHES.values()]
ATOM = "{http://www.w3.org/2005/Atom}"


def test_the_poster_holds_each_dish_with_price_and_allergens(shop: Shop) -> None:
    page = shop.client.get("/week")
    text = words(page)
    assert all(name in text for name in NAMES)
    assert "€12.50" in text
    assert "Contains: gluten" in text.replace("Gluten", "gluten")
    assert "<svg" in page.text


def test_the_calendar_has_one_whole_day_for_each_menu(shop: Shop) -> None:
    answer = shop.client.get("/menu.ics")
    assert answer.mimetype == "text/calendar"
    file = answer.get_data(as_text=True).replace("\r\n ", "")
    assert file.startswith("BEGIN:VCALENDAR\r\n")
    assert file.endswith("END:VCALENDAR\r\n")
    assert re.findall(r"DTSTART;VALUE=DATE:(\d+)", file) == [f"{DATE:%Y%m%d}"]
    assert all(name in file for name in NAMES)


def test_the_feed_is_atom_with_one_entry_for_each_menu(shop: Shop) -> None:
    answer = shop.client.get("/menu.xml")
    assert answer.mimetype == "application/atom+xml"
    (entry,) = ElementTree.fromstring(answer.get_data()).iter(f"{ATOM}entry")
    assert all(name in (entry.findtext(f"{ATOM}summary") or "") for name in NAMES)
    assert (entry.findtext(f"{ATOM}id") or "").endswith(f"/menu/{DATE}")


def test_other_programs_read_cents_and_codes(shop: Shop) -> None:
    told = shop.client.get(f"/menu/{DATE}.json").get_json()
    assert told["takes_orders"] is True
    dishes = {dish["name"]: dish for dish in told["dishes"]}
    assert dishes["Carbonade flamande"]["price_cents"] == 1250
    assert dishes["Carbonade flamande"]["contains"] == ["gluten", "celery"]
    assert shop.client.get("/menu/2031-01-01.json").status_code == 404
    assert shop.client.get("/menu/someday.json").status_code == 404


def test_a_menu_that_is_not_out_is_told_nowhere(shop: Shop) -> None:
    with write_tx() as session:
        session.execute(update(Menu).values(published_at=None))
    for address in ("/week", "/menu.ics", "/menu.xml"):
        assert NAMES[0] not in shop.client.get(address).get_data(as_text=True)
    assert shop.client.get(f"/menu/{DATE}.json").status_code == 404


def test_the_menu_of_the_day_before_is_copied_once(day: Day, shop: Shop) -> None:
    office: FlaskClient = day.signed_in("manager")
    target = DATE.replace(day=25)
    answer = office.post(f"/office/menu/{target}/copy", follow_redirects=True)
    assert "The menu is copied." in words(answer)
    db.session.rollback()
    session = db.session()
    assert last_menu(session, target) == DATE
    copied = menu_of(session, target)
    assert offered(session, copied) == offered(session, menu_of(session, DATE))
    assert copied
    assert copied.published_at is None
    again = office.post(f"/office/menu/{target}/copy", follow_redirects=True)
    assert "Nothing was copied" in words(again)


def test_a_week_is_copied_where_no_menu_is_yet(day: Day, shop: Shop) -> None:
    office = day.signed_in("manager")
    with write_tx() as session:  # last Friday's menu, and this Friday has none
        assert copy_menu(session, DATE, DATE.replace(day=20), now=shop.hour)
    answer = office.post("/office/menu/week", follow_redirects=True)
    assert "2 menus are copied from the week before." in words(answer)
    db.session.rollback()
    for number in (27, DATE.day + 7 - 30):
        month = DATE.month if number == 27 else DATE.month + 1
        assert menu_of(db.session(), DATE.replace(month=month, day=number))
    again = office.post("/office/menu/week", follow_redirects=True)
    assert "0 menus are copied" in words(again)
