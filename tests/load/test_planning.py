"""P-01: customers order while the rounds of the same lunch are planned for twenty seconds."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from locomotive.commands.demonstration import load_lunch
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.tasks import PLAN_ROUNDS, ask_worker
from locomotive.dispatch.planning import Planning, ask_planning
from locomotive.service.service import service_of
from tests.conftest import ENGINES
from tests.load.house import ROOT, Customer, House, environment, new_house, served
from tests.service_day import leave, new_app

pytestmark = pytest.mark.full
PLAN_SECONDS, DELIVERIES = 20, 12
# A machine that others keep busy answers some orders a second, too; who waits for the plan gets
# one answer, or none.
LEAST_ANSWERED = 10


@dataclass
class Rush:
    """What one customer got while the plan was made: statuses, and how long each took."""

    statuses: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


@contextmanager
def worker(house: House, *how: str) -> Iterator[None]:
    """The worker of a house, with so much time for a plan."""
    more = {"LOCOMOTIVE_PLANNER_SECONDS": str(PLAN_SECONDS)}
    command = [sys.executable, "-m", "tests.load.long_planner", *how]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(house) | more, start_new_session=True
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def fill(house: House) -> None:
    """Promise some deliveries, so that there is something to plan."""
    app = new_app(house.folder, house.database_url)
    with app.app_context(), write_tx() as session:
        known, now = app.extensions["settings"], clock.now()
        load_lunch(session, house.day, orders=DELIVERIES, seed=2, settings=known, now=now)
    with app.app_context():
        leave(app)


def order_while_planned(house: House, port: int) -> tuple[Rush, Planning]:
    """Ask for a plan, and order one meal after the other until it is there."""
    app, rush, buyer = new_app(house.folder, house.database_url), Rush(), Customer(port, house)
    buyer.fill_basket()
    with app.app_context():
        service = service_of(db.session(), house.day)
        assert service is not None
        with write_tx() as session:
            planning_id = ask_planning(session, service, now=clock.now()).id
        ask_worker(PLAN_ROUNDS, planning_id)
        state = "queued"
        while state == "queued":
            state = state_of(planning_id)
            time.sleep(0.02)
        while state == "running":
            began = time.monotonic()
            status, _ = buyer.order(f"{len(rush.statuses):08d}".rjust(32, "k"))
            ended, state = time.monotonic(), state_of(planning_id)
            if state == "running":  # begun and answered beside the plan
                rush.statuses.append(status)
                rush.seconds.append(ended - began)
        planning = db.session.get_one(Planning, planning_id)
        db.session.expunge(planning)
        leave(app)
    buyer.leave()
    return rush, planning


def state_of(planning_id: int) -> str:
    db.session.rollback()
    return db.session.get_one(Planning, planning_id).state


def planned(folder: Path, address: str, *how: str) -> tuple[Rush, Planning]:
    """A lunch of some deliveries, planned by a worker beside a real server."""
    house = new_house(folder, address, portions=100_000)
    fill(house)
    with served(house, workers=2, threads=4) as port, worker(house, *how):
        return order_while_planned(house, port)


@pytest.mark.parametrize("engine", ENGINES)
def test_p01_orders_are_answered_while_a_plan_of_twenty_seconds_is_made(
    engine: str, tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    rush, planning = planned(tmp_path, new_database(engine))
    print(f"{len(rush.seconds)} orders, the slowest {1000 * max(rush.seconds):.0f} ms")
    assert planning.state == "done", planning.failure
    assert len(rush.statuses) >= LEAST_ANSWERED
    assert set(rush.statuses) == {303}


def test_p01_the_control_that_plans_inside_its_transaction_holds_the_orders_up(
    tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    rush, _ = planned(tmp_path, new_database("sqlite"), "hold")
    assert rush.statuses.count(303) < LEAST_ANSWERED
