"""F-15: a worker killed at ten moments of a lunch: customers order on, no sheet is missing, nothing
is twice."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime
from http.cookiejar import CookieJar
from pathlib import Path
from threading import Event, Thread

import pytest

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.mark import worker_seen
from locomotive.core.tasks import PLAN_ROUNDS, ask_worker
from locomotive.dispatch.planning import Planning, ask_planning
from locomotive.service.service import service_of
from tests.browser.conftest import PATIENCE, Lunch, serving
from tests.load.house import ROOT, Customer, House, environment, new_house
from tests.load.test_planning import fill
from tests.service_day import leave, new_app

pytestmark = pytest.mark.full
MOMENTS = range(10)


class Manager:
    """A browser without JavaScript, signed in by the manager's link."""

    def __init__(self, lunch: Lunch) -> None:
        self.url, entry = lunch.url, lunch.links["manager"].removeprefix(lunch.url)
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self.opened = urllib.request.build_opener(cookies)
        page = self.get(entry).decode()
        self.csrf = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0]
        self.post(entry)

    def get(self, path: str) -> bytes:
        with self.opened.open(self.url + path, timeout=60) as answer:
            return bytes(answer.read())

    def post(self, path: str) -> None:
        form = urllib.parse.urlencode({"csrf_token": self.csrf}).encode()
        asked = urllib.request.Request(self.url + path, form, {"Referer": self.url})
        with self.opened.open(asked, timeout=60) as answer:
            assert answer.status == 200

    def wait_for(self, sheet: str) -> bytes:
        """The sheet's PDF, asked for again each second as its page does."""
        until(lambda: self.get(sheet).startswith(b"%PDF"), f"{sheet} is missing")
        return self.get(sheet)


def ask(lunch: Lunch, query: str) -> list[tuple[int, ...]]:
    with closing(sqlite3.connect(lunch.folder / "locomotive.db", timeout=30)) as database:
        return database.execute(query).fetchall()


def house_of(lunch: Lunch) -> House:
    """The demonstration as a customer of the trials knows it: a dish, and a time to fetch it."""
    offered = f"JOIN menu ON menu.id = menu_id AND menu.date = '{lunch.day}'"
    [(portion,)] = ask(
        lunch, f"SELECT portion.id FROM portion {offered} ORDER BY remaining DESC LIMIT 1"
    )
    [(slot,)] = ask(
        lunch, "SELECT id FROM slot WHERE kind = 'take-away' ORDER BY starts_at DESC LIMIT 1"
    )
    with closing(sqlite3.connect(lunch.folder / "locomotive.db", timeout=30)) as database:
        more = "UPDATE portion SET initial = initial + 9000, remaining = remaining + 9000"
        database.execute(more)
        database.execute("UPDATE slot SET capacity = 5000, capacity_portions = 90000")
        database.commit()
    address = f"sqlite:///{lunch.folder / 'locomotive.db'}"
    return House(lunch.folder, address, date.fromisoformat(lunch.day), portion, slot)


def rounds_of(lunch: Lunch) -> list[tuple[int, ...]]:
    """(id, number, version) of the day's rounds; the demonstration has those of a month before."""
    of_the_day = f"JOIN service ON service.id = service_id AND service.date = '{lunch.day}'"
    return ask(lunch, f"SELECT round.id, number, round.rounds_version FROM round {of_the_day}")


def workers(folder: Path) -> list[int]:
    """The processes of this house's worker."""
    found, ours = [], f"LOCOMOTIVE_INSTANCE={folder}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"worker" in words and ours in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
    return found


def until(question: Callable[[], bool], why: str) -> None:
    limit = time.monotonic() + PATIENCE / 1000
    while not question():
        assert time.monotonic() < limit, why
        time.sleep(0.3)


def is_settled(lunch: Lunch) -> bool:
    """Whether the last planning came to an end: rounds, or a failure that says why."""
    [(state, failure)] = ask(
        lunch, "SELECT state, failure FROM planning ORDER BY id DESC LIMIT 1"
    ) or [("done", "")]
    assert state != "failed" or failure
    return state in ("done", "failed")


@contextmanager
def ordering(lunch: Lunch, house: House) -> Iterator[dict[str, int]]:
    """A customer who orders one meal after the other meanwhile: key → the answer's status."""
    answers: dict[str, int] = {}
    over, buyer = Event(), Customer(int(lunch.url.rpartition(":")[2]), house)
    buyer.fill_basket()

    def order() -> None:
        while not over.wait(0.3):
            key = f"{len(answers):08d}".rjust(32, "k")
            answers[key] = 0  # stays so if nothing comes back
            answers[key] = buyer.order(key)[0]

    customer = Thread(target=order)
    customer.start()
    try:
        yield answers
    finally:
        over.set()
        customer.join()
        buyer.leave()


def kill_at(moment: int, lunch: Lunch, manager: Manager) -> set[int]:
    """Kill the worker a while after a plan, or the sheets, were asked for; wait for the plan."""
    path = f"/delivery/{lunch.day}"
    if moment % 2 == 0:
        manager.post(f"{path}/plan")
    for _id, number, _version in rounds_of(lunch):
        with suppress(OSError):  # rounds may be others by now
            manager.get(f"{path}/rounds/{number}/sheet.pdf")
    time.sleep(0.3 * moment)
    until(lambda: bool(workers(lunch.folder)), "the worker came back")
    killed = set(workers(lunch.folder))
    for worker in killed:
        with suppress(ProcessLookupError):
            os.kill(worker, signal.SIGKILL)
    until(lambda: is_settled(lunch), "the plan was taken up")
    return killed


def test_f15_a_worker_killed_at_ten_moments_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, LOCOMOTIVE_ORDERS_PER_HOUR="1000000") as lunch:
        house, manager = house_of(lunch), Manager(lunch)
        manager.post(f"/delivery/{lunch.day}/plan")
        until(lambda: is_settled(lunch), "the first plan")
        killed = set[int]()
        with ordering(lunch, house) as answers:
            for moment in MOMENTS:
                killed |= kill_at(moment, lunch, manager)
        assert len(killed) >= len(MOMENTS)
        assert len(answers) > len(MOMENTS)
        assert Counter(answers.values()) == {303: len(answers)}

        # Every sheet is there in the end, whole, made once.
        rounds = rounds_of(lunch)
        assert rounds
        began = time.monotonic()
        for id_, number, version in rounds:
            sheet = manager.wait_for(f"/delivery/{lunch.day}/rounds/{number}/sheet.pdf")
            assert b"%%EOF" in sheet[-32:]
            assert len(list((tmp_path / "paper").glob(f"round-{id_}-v{version}-*.pdf"))) == 1
        print(f"{len(answers)} orders; {len(rounds)} sheets in {time.monotonic() - began:.0f} s")

        # Every order was written once and lies in one round at most.
        keys = ask(lunch, "SELECT idempotency_key, count(*) FROM customer_order GROUP BY 1")
        assert set(answers) <= {str(key) for key, _ in keys}
        assert {count for _, count in keys} == {1}
        assert ask(lunch, "SELECT order_id FROM carried GROUP BY 1 HAVING count(*) > 1") == []
        assert ask(lunch, "SELECT id FROM planning WHERE state IN ('queued', 'running')") == []


def planned_after_a_kill(folder: Path, address: str, *how: str) -> str:
    """A worker killed while it plans, and the next one: what becomes of the plan in the end."""
    house = new_house(folder, address, portions=1000)
    fill(house)
    app = new_app(folder, address)
    with app.app_context():
        try:
            service = service_of(db.session(), house.day)
            assert service is not None
            with write_tx() as session:
                planning_id = ask_planning(session, service, now=clock.now()).id
            ask_worker(PLAN_ROUNDS, planning_id)
            run_worker(house, *how, ends_when=lambda: planning(planning_id).state == "running")
            killed_at = clock.now()
            run_worker(house, *how, ends_when=lambda: is_over(planning(planning_id), killed_at))
            return planning(planning_id).state
        finally:
            leave(app)


def is_over(one: Planning, killed_at: datetime) -> bool:
    """Whether it came to an end, or a new worker is at work and has not taken it up."""
    seen = worker_seen(db.session())
    is_back = seen is not None and seen > killed_at
    return one.state in ("done", "failed") or (is_back and one.alive_at < killed_at)


def planning(planning_id: int) -> Planning:
    db.session.rollback()
    return db.session.get_one(Planning, planning_id, populate_existing=True)


def run_worker(house: House, *how: str, ends_when: Callable[[], bool]) -> None:
    """Run a worker until then, and kill it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.load.long_planner", *how],
        cwd=ROOT,
        env=environment(house) | {"LOCOMOTIVE_PLANNER_SECONDS": "3"},
        start_new_session=True,
    )
    try:
        until(lambda: process.poll() is not None or ends_when(), "the worker did its work")
        assert process.poll() is None, "the worker ended by itself"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)


def test_f15_the_plan_of_a_killed_worker_is_made_by_the_next(
    tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    assert planned_after_a_kill(tmp_path, new_database("sqlite")) == "done"


def test_f15_the_control_that_does_not_look_for_what_was_left_never_ends_the_plan(
    tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    assert planned_after_a_kill(tmp_path, new_database("sqlite"), "forget") == "running"
