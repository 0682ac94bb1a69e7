"""Two managers put one address right at the same moment: it is kept once, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import select

from locomotive.core.db import db, write_tx
from locomotive.ordering.order import Order
from locomotive.places.address import Address, KnownAddress
from locomotive.places.zone import Zone
from locomotive.rounds.position import correct_address
from tests.races import race
from tests.service_day import DATE, Day

DEPOT = (50.4697, 2.9936)
STREET = "15 rue Pasteur"


def corrected(order_id: int, longitude: float, today: date = DATE) -> Callable[[], object]:
    address = Address("", STREET, "Oignies", 50.4722, longitude, f"door {longitude}")

    def act() -> None:
        with write_tx() as session:
            order = session.get_one(Order, order_id)
            correct_address(session, order, address, zone=Zone(DEPOT, 6), today=today)

    return act


def test_one_of_two_positions_stands_whole(both: Day) -> None:
    order = both.order(place=Address("", STREET, "Oignies", 50.4722, 2.9881))
    acts = [corrected(order.id, longitude) for longitude in (2.9890, 2.9900, 2.9910, 2.9920)]
    assert race(both, *acts) == [None] * 4
    db.session.expire_all()
    [kept] = db.session.scalars(select(KnownAddress))
    here = db.session.get_one(Order, order.id)
    assert kept.longitude in (2.9890, 2.9900, 2.9910, 2.9920)
    assert kept.access_note == f"door {kept.longitude}"
    assert (here.longitude, here.access_note) == (kept.longitude, kept.access_note)


def test_an_order_of_the_day_before_stays_as_it_was(both: Day) -> None:
    order = both.order(place=Address("", STREET, "Oignies", 50.4722, 2.9881))
    corrected(order.id, 2.99, date(2026, 11, 25))()
    db.session.expire_all()
    assert db.session.get_one(Order, order.id).longitude == 2.9881
    assert db.session.scalars(select(KnownAddress.longitude)).all() == [2.99]
