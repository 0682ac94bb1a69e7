"""Going from the menu of one day to that of another."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape

from sqlalchemy import select, update

from locomotive.core.db import write_tx
from locomotive.menu.dish import Dish
from locomotive.menu.menu import Menu, Portion
from locomotive.service.service import new_service
from tests.service_day import DATE
from tests.shop_day import Shop

TOMORROW = DATE + timedelta(days=1)
LATER = DATE + timedelta(days=2)


def offer(shop: Shop, day: date, *, left: int = 5, is_open: bool = True) -> None:
    """Publish a menu of one dish for a day."""
    with write_tx() as session:
        dish = session.scalars(select(Dish).where(Dish.name == "Carbonade flamande")).one()
        portion = Portion(
            dish=dish, position=1, initial=5, remaining=left, price_cents=1250, vat_bp=1000
        )
        session.add(Menu(date=day, published_at=shop.hour, portions=[portion]))
        new_service(session, day).is_open = is_open


def strip(text: str) -> list[str]:
    """The days of the strip in words; the one that is shown begins with "*"."""
    nav = re.search(r'<nav class="days".*?</nav>', text, re.S)
    links = re.findall(r"<a ([^>]*)>(.*?)</a>", nav[0], re.S) if nav else []
    return [
        ("* " if "aria-current" in attributes else "")
        + " ".join(unescape(re.sub(r"<[^>]+>", " ", inside)).split())
        for attributes, inside in links
    ]


def test_a_single_day_needs_no_strip(shop: Shop) -> None:
    assert strip(shop.client.get("/").text) == []


def test_each_day_is_a_link_that_says_whether_it_can_be_ordered(shop: Shop) -> None:
    offer(shop, TOMORROW, left=0)
    offer(shop, LATER, is_open=False)
    days = ["Tue 24 Nov", "Wed 25 Nov sold out", "Thu 26 Nov closed"]
    assert strip(shop.client.get("/").text) == ["* " + days[0], *days[1:]]
    page = shop.client.get(f"/menu/{LATER}").text
    assert strip(page) == [*days[:2], "* " + days[2]]
    assert f'href="/menu/{TOMORROW}"' in page


def test_a_dish_that_is_stopped_leaves_a_day_sold_out(shop: Shop) -> None:
    offer(shop, TOMORROW)
    assert strip(shop.client.get("/").text)[1] == "Wed 25 Nov"
    with write_tx() as session:
        of_tomorrow = Portion.menu_id.in_(select(Menu.id).where(Menu.date == TOMORROW))
        session.execute(update(Portion).where(of_tomorrow).values(stopped_because="recall"))
    assert strip(shop.client.get("/").text)[1] == "Wed 25 Nov sold out"


def test_after_its_last_cutoff_today_is_closed(shop: Shop) -> None:
    offer(shop, TOMORROW)
    shop.at(11)
    assert strip(shop.client.get("/").text) == ["Tue 24 Nov closed", "* Wed 25 Nov"]
    assert strip(shop.client.get(f"/menu/{DATE}").text)[0] == "* Tue 24 Nov closed"


def test_a_day_without_a_menu_leads_to_those_that_have_one(shop: Shop) -> None:
    assert strip(shop.client.get(f"/menu/{LATER}").text) == ["Tue 24 Nov"]
