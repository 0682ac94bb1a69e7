"""T-08: a thousand orders across the cut-off, a real server and its clock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from locomotive.core.clock import clock
from locomotive.core.db import write_tx
from locomotive.service.service import Service
from tests.conftest import ENGINES
from tests.load.house import Customer, House, new_house, served
from tests.service_day import leave, new_app

pytestmark = pytest.mark.full
CLIENTS = 25
Answer = tuple[datetime, int, datetime]  # sent, status, answered


def set_cutoff(house: House, at: datetime) -> None:
    app = new_app(house.folder, house.database_url)
    with app.app_context():
        with write_tx() as session:
            session.execute(update(Service).values(takeaway_cutoff=at))
        leave(app)


def order_across(port: int, house: House, attempts: int) -> tuple[datetime, list[Answer]]:
    """Let all clients order; the cut-off falls into the midst of it."""
    buyers = [Customer(port, house) for _ in range(CLIENTS)]

    def customer(number: int) -> list[Answer]:
        answers = []
        for turn in range(attempts // CLIENTS):
            sent = clock.now()
            status, _ = buyers[number].order(f"{number:08d}-{turn:08d}".rjust(32, "k"))
            answers.append((sent, status, clock.now()))
        return answers

    for buyer in buyers:
        buyer.fill_basket()
    cutoff = clock.now() + timedelta(seconds=attempts / 400)
    set_cutoff(house, cutoff)
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [answer for some in pool.map(customer, range(CLIENTS)) for answer in some]
    for buyer in buyers:
        buyer.leave()
    return cutoff, answers


def wrong(cutoff: datetime, answers: list[Answer]) -> list[Answer]:
    """What was taken though it was sent after the cut-off, or refused before it."""
    return [
        (sent, status, answered)
        for sent, status, answered in answers
        if (status == 303 and sent >= cutoff) or (status != 303 and answered < cutoff)
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_t08_of_a_thousand_orders_those_before_the_cut_off_stand(
    engine: str, tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    house = new_house(tmp_path, new_database(engine), portions=100_000)
    with served(house) as port:
        cutoff, answers = order_across(port, house, 1000)
    statuses = [status for _, status, _ in answers]
    assert set(statuses) == {303, 409}
    assert wrong(cutoff, answers) == []
    assert statuses.count(303) == house.orders() == house.sold()
    assert house.wrong_counters() == []


def test_t08_the_control_that_reads_the_clock_once_takes_orders_after_the_cut_off(
    tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    house = new_house(tmp_path, new_database("sqlite"), portions=100_000)
    with served(house, app="tests.load.stopped_clock:app") as port:
        cutoff, answers = order_across(port, house, 250)
    assert wrong(cutoff, answers) != []
