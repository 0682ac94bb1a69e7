"""Two live houses that share tricycles, each ended by kill -9 again and again under load."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from threading import Event, Thread

import pytest

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.refusal import Refusal
from locomotive.relays.relay import ask_relay, free_orders
from locomotive.service.service import service_of
from tests.load.house import Customer
from tests.load.shared import Running, introduce, new_running, partner_named
from tests.service_day import leave, new_app

pytestmark = pytest.mark.full
KILLS, DELIVERIES = 8, 14
PATIENCE = 180.0  # seconds after which it hangs
SETTLED = ("carried", "refused", "ended", "returned", "done")


def until(question: Callable[[], bool], why: str) -> None:
    limit = time.monotonic() + PATIENCE
    while not question():
        assert time.monotonic() < limit, why
        time.sleep(0.2)


def hand_over_one(ours: Running) -> bool:
    """Ask the other house for one more of our orders; tell whether there was one."""
    app = new_app(ours.house.folder, ours.house.database_url)
    with app.app_context():
        service = service_of(db.session(), ours.house.day)
        assert service is not None
        free = [order.id for order in free_orders(db.session(), service, now=clock.now())]
        try:
            for order in free_orders(db.session(), service, now=clock.now())[:1]:
                with write_tx() as session:
                    partner = partner_named("the asked house")
                    ask_relay(session, session.merge(order), partner, now=clock.now())
        except Refusal:
            free = []
        finally:
            leave(app)
    return bool(free)


def buy(house: Running, over: Event, acknowledged: set[str]) -> None:
    """A customer who orders one meal after the other, whether anybody answers or not."""
    buyer, number = Customer(house.port, house.house), 0
    while not over.wait(0.2):
        with suppress(OSError, HTTPException, IndexError, AssertionError):
            if not buyer.shown:
                buyer.fill_basket()
            number += 1
            key = f"{house.port}-{number:08d}".rjust(32, "k")
            if buyer.order(key)[0] == 303:
                acknowledged.add(key)
    buyer.leave()


def shared_lunch(folder: Path) -> tuple[Running, Running, set[str]]:
    """Two houses, orders handed from one to the other, one of them killed each time."""
    ours = new_running(folder / "ours", deliveries=DELIVERIES, boxes=12)
    theirs = new_running(folder / "theirs", deliveries=4, boxes=40)
    introduce(ours, theirs)
    over, acknowledged = Event(), set[str]()
    customers = [Thread(target=buy, args=(one, over, acknowledged)) for one in (ours, theirs)]
    try:
        for house in (ours, theirs):
            house.start()
        for customer in customers:
            customer.start()
        for turn in range(KILLS):
            until(lambda least=2 * turn: len(acknowledged) > least, "somebody could order")
            hand_over_one(ours)
            time.sleep(0.35 * turn)
            victim = (theirs, ours)[turn % 2]
            victim.kill()
            hand_over_one(ours)
            time.sleep(1.0)
            victim.start()
        until(lambda: settled(ours), "all that was asked came to an end")
    finally:
        over.set()
        for customer in customers:
            customer.join()
        for house in (ours, theirs):
            house.kill()
    return ours, theirs, acknowledged


def settled(ours: Running) -> bool:
    steps = [step for (step,) in ours.ask("SELECT step FROM relay")]
    return bool(steps) and all(step in SETTLED for step in steps)


def nobody_s(ours: Running, theirs: Running) -> list[int]:
    """Our orders that we do not bring any more, and that they have not promised."""
    promised = {code for (code,) in theirs.ask("SELECT code FROM shipment WHERE state='promised'")}
    handed = ours.ask(
        "SELECT o.id, r.code FROM customer_order o JOIN relay r ON r.order_id = o.id "
        "WHERE o.carried_by_id IS NOT NULL AND r.step NOT IN ('refused', 'ended', 'returned')"
    )
    return [order for order, code in handed if code not in promised]


def test_no_promise_is_lost_when_either_house_is_killed_under_load(tmp_path: Path) -> None:
    ours, theirs, acknowledged = shared_lunch(tmp_path)
    steps = [step for (step,) in ours.ask("SELECT step FROM relay")]
    print({step: steps.count(step) for step in set(steps)}, len(acknowledged), "orders")
    assert "carried" in steps
    assert nobody_s(ours, theirs) == []
    # Nothing is brought twice: what they promised is not in our own plan, and once in theirs.
    kept = {
        code
        for (code,) in ours.ask(
            "SELECT r.code FROM relay r JOIN customer_order o ON o.id = r.order_id "
            "WHERE r.step = 'carried' AND o.carried_by_id IS NOT NULL"
        )
    }
    promised = theirs.ask("SELECT code FROM shipment WHERE state = 'promised'")
    assert sorted(kept) == sorted(code for (code,) in promised)
    # Both shops kept what they had acknowledged.
    for house in (ours, theirs):
        keys = {key for (key,) in house.ask("SELECT idempotency_key FROM customer_order")}
        mine = {key for key in acknowledged if f"k{house.port}-" in key}
        assert mine - keys == set()
        assert house.house.wrong_counters() == []


def test_the_control_that_hands_over_before_it_is_confirmed_loses_promises(tmp_path: Path) -> None:
    ours = new_running(tmp_path / "ours", deliveries=DELIVERIES, boxes=12)
    theirs = new_running(tmp_path / "theirs", deliveries=0, boxes=40)
    introduce(ours, theirs)
    try:
        ours.start("hasty")
        theirs.start()
        until(lambda: hand_over_one(ours), "an order was free")
        handed = "SELECT id FROM customer_order WHERE carried_by_id IS NOT NULL"
        until(lambda: bool(ours.ask(handed)), "an offer came, and was counted on")
        theirs.kill()
        lost = nobody_s(ours, theirs)
    finally:
        ours.kill()
        theirs.kill()
    assert lost
