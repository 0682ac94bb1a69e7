"""What was ordered by an hour is read from the orders of past lunches."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.forecast.past import pace_at
from locomotive.menu.menu import Menu
from locomotive.ordering.order import Order
from locomotive.service.service import Service
from tests.farm_day import dish, offer_menu
from tests.service_day import DATE, Day

NEXT = DATE + timedelta(days=3)


def past_day(day: Day, portions: int, at: int, *, later: int = 0) -> None:
    """Orders of the day's lunch, some at an hour, some at ten."""
    for number in range(portions + later):
        order = day.order(f"Nadia {number}", soup=1)
        hour = at if number < portions else 10
        with write_tx() as session:
            when = {"placed_at": day.at(hour)}
            session.execute(update(Order).filter_by(id=order.id).values(**when))


def test_the_share_ordered_by_the_hour_before_that_days_lunch(day: Day) -> None:
    past_day(day, 3, 8, later=1)
    with write_tx() as session:
        for ahead in (1, 2):  # two more lunches with the same orders
            other = Service(**{
                column.name: getattr(day.service, column.name)
                for column in Service.__table__.columns if column.name not in ("id", "date")
            }, date=DATE + timedelta(days=ahead))  # fmt: skip
            session.add(other)
    now = day.at(9) + timedelta(days=3)
    found = pace_at(db.session(), NEXT, today=NEXT, now=now)
    assert found is None  # one lunch with orders is too few
    with write_tx() as session:
        later = [s.id for s in session.query(Service).filter(Service.date > DATE)]
        orders = session.query(Order).order_by(Order.id).all()
        for service_id, order in zip(later, orders[1:], strict=False):
            order.service_id = service_id
            order.placed_at += timedelta(days=service_id - later[0] + 1)
    found = pace_at(db.session(), NEXT, today=NEXT, now=now)
    assert found is not None
    assert found.share == (0.5 + 1 + 1) / 3
    early = pace_at(db.session(), NEXT, today=NEXT, now=now - timedelta(hours=2))
    assert early is None


def test_the_menus_page_says_how_many_usually_sell(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    with write_tx() as session:
        menu = session.query(Menu).filter_by(date=DATE).one()
        for portion in menu.portions:
            portion.remaining = portion.initial - 20
    offer_menu(day, NEXT, soup=40, salad=40)
    monkeypatch.setattr(clock, "now", lambda: day.at(8) + timedelta(days=3))
    page = day.signed_in("manager").get(f"/office/menu/{NEXT}").text
    soup = page.partition(f'name="portions-{dish("soup").id}"')[2][:400]
    assert "usually 30" in soup  # sixty people, two dishes instead of three
    assert "usually 20" in page  # the third, beside two others
