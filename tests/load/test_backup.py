"""D-06/08: backups made while customers order, restored where nothing is."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select

from locomotive.backups.making import make_backup
from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.order import Order, OrderEvent, OrderLine
from tests.conftest import ENGINES
from tests.kept_house import empty_house, flask
from tests.load.house import Customer, House, new_house, served
from tests.service_day import leave, new_app

pytestmark = pytest.mark.full
CLIENTS, BACKUPS = 8, 3


def order_until(over: threading.Event, port: int, house: House, acknowledged: set[str]) -> None:
    def customer(number: int) -> None:
        buyer = Customer(port, house)
        buyer.fill_basket()
        for send in range(10_000):
            if over.is_set():
                break
            key = f"{number:04d}-{send:08d}".rjust(32, "k")
            status, _ = buyer.order(key)
            assert status == 303
            acknowledged.add(key)
        buyer.leave()

    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(customer, number) for number in range(CLIENTS)]:
            done.result()


@pytest.mark.parametrize("engine", ENGINES)
def test_d06_a_backup_under_load_holds_every_order_acknowledged_before_it(
    engine: str, tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    house = new_house(tmp_path, new_database(engine), portions=100_000)
    acknowledged: set[str] = set()
    over, before = threading.Event(), []
    with served(house, workers=2) as port:
        crowd = threading.Thread(target=order_until, args=(over, port, house, acknowledged))
        crowd.start()
        app = new_app(tmp_path, house.database_url)
        with app.app_context():
            for turn in range(BACKUPS):
                while len(acknowledged) < 40 * (turn + 1):
                    time.sleep(0.05)
                written = set(acknowledged)
                path, _ = make_backup(db.engine, app.extensions["settings"], now=clock.now())
                # Of one day's backups the rotation keeps the last one.
                before.append((Path(shutil.copy(path, tmp_path)), written))
            leave(app)
        over.set()
        crowd.join()
    for number, (path, written) in enumerate(before):
        with empty_house(tmp_path / f"there-{number}") as there:
            began = time.monotonic()
            code, said = flask(there, "restore", str(path))
            print(f"restored in {time.monotonic() - began:.1f} s: {said}")
            assert code == 0, said
            keys = set(db.session.scalars(select(Order.idempotency_key)))
            assert written <= keys
            # Each order is whole or not there.
            for table in (OrderLine, OrderEvent):
                assert db.session.scalar(select(func.count(table.id))) == len(keys)
            assert wrong_counters(db.session()) == []
            assert there.app.test_client().get("/").status_code == 200
