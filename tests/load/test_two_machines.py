"""Two machines, each a web and a worker with a folder of its own, on one PostgreSQL: each program
is killed (-9) in the rush, one after the other, and the other machine serves on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from locomotive.core.db import db
from locomotive.menu.dish import Dish
from tests.load.house import ROOT, Customer, House, environment, new_house, served, started
from tests.load.test_kill import orders_of
from tests.service_day import Browser, Day, leave, new_app

pytestmark = pytest.mark.full
CLIENTS = 8
BETWEEN = 3 * CLIENTS  # orders from one kill to the next, and while a program is dead


@dataclass
class Machine:
    """A folder with the web and the worker that run on it."""

    house: House
    app: str
    web: subprocess.Popen[bytes] | None = None
    worker: subprocess.Popen[bytes] | None = None
    port: int = 0

    def start_web(self) -> None:
        self.web, self.port = started(self.house, workers=2, threads=4, app=self.app)

    def start_worker(self) -> None:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
        self.worker = subprocess.Popen(
            command, cwd=ROOT, env=environment(self.house), start_new_session=True
        )

    def kill(self, what: str) -> None:
        """End one program with all its processes, as a power cut does."""
        process = self.web if what == "web" else self.worker
        assert process is not None
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)

    def start(self, what: str) -> None:
        self.start_web() if what == "web" else self.start_worker()


@dataclass
class Rush:
    """What customers got: the keys of the orders that were answered, and what was no order."""

    photo: str
    answered: set[str] = field(default_factory=set)
    refused: list[int] = field(default_factory=list)
    lost_photos: list[int] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def wait_for(self, more: int) -> None:
        """Wait until so many more orders were answered."""
        wanted, until = len(self.answered) + more, time.monotonic() + 300
        while len(self.answered) < wanted:
            assert time.monotonic() < until, "nobody is served any more"
            time.sleep(0.05)


@contextmanager
def machines(folder: Path, address: str, app: str = "wsgi:app") -> Iterator[list[Machine]]:
    for name in ("one", "other"):
        (folder / name).mkdir()
    house = new_house(folder / "one", address, portions=100_000)
    made = [Machine(replace(house, folder=folder / name), app) for name in ("one", "other")]
    try:
        for machine in made:
            machine.start("web")
            machine.start("worker")
        yield made
    finally:
        for machine in made:
            machine.kill("web")
            machine.kill("worker")


def send(machines: list[Machine], rush: Rush, number: int, turn: int) -> None:
    """Order once: at one machine, or with the same key at the other if that one is silent."""
    key = f"{number:08d}-{turn:08d}".rjust(32, "k")
    for machine in (machines[turn % 2], machines[(turn + 1) % 2]) * 20:
        buyer = Customer(machine.port, machine.house)
        with suppress(OSError, HTTPException, IndexError):
            buyer.fill_basket()
            status, _ = buyer.order(key)
            (rush.answered.add(key) if status == 303 else rush.refused.append(status))
            seen, _ = photo_at(buyer, rush.photo)
            if seen != 200:
                rush.lost_photos.append(seen)
            buyer.leave()
            return
        buyer.leave()
        if rush.over.is_set():
            return
        time.sleep(0.2)


def photo_at(buyer: Customer, name: str) -> tuple[int, str]:
    """The status of a photo; its bytes are no text."""
    assert buyer.connection is not None
    buyer.connection.request("GET", f"/photos/{name}")
    answer = buyer.connection.getresponse()
    answer.read()
    return answer.status, ""


def add_photo(machine: Machine, files: Path) -> str:
    """Let the office at one machine give a dish its photo."""
    app = new_app(machine.house.folder, machine.house.database_url, files_folder=files)
    app.test_client_class = Browser
    with app.app_context():
        picture = BytesIO()
        Image.new("RGB", (640, 480), "orange").save(picture, "PNG")
        picture.seek(0)
        sent = {"photo": (picture, "stew.png")}
        answer = Day(app).signed_in("manager").post("/office/dishes/1/photo", data=sent)
        assert answer.status_code == 303, answer.text
        name = str(db.session.get_one(Dish, 1).photo)
        leave(app)
    return name


@contextmanager
def rushing(machines: list[Machine], photo: str) -> Iterator[Rush]:
    """Customers who order until the block ends."""
    rush = Rush(photo)

    def customer(number: int) -> None:
        turn = 0
        while not rush.over.is_set():
            send(machines, rush, number, turn)
            turn += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(customer, number) for number in range(CLIENTS)]
        try:
            yield rush
        finally:
            rush.over.set()
    for one in running:
        one.result()


def test_nothing_is_lost_doubled_or_missing_while_each_program_is_killed_in_turn(
    tmp_path: Path, new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCOMOTIVE_FILES_FOLDER", str(tmp_path / "mount"))
    with machines(tmp_path, new_database("postgresql")) as both:
        photo = add_photo(both[0], tmp_path / "mount")
        with rushing(both, photo) as rush:
            for what in ("web", "worker"):
                for machine in both:
                    rush.wait_for(BETWEEN)
                    machine.kill(what)
                    rush.wait_for(BETWEEN)
                    machine.start(what)
            rush.wait_for(BETWEEN)
    written = orders_of(both[0].house)
    assert rush.refused == []
    assert rush.lost_photos == []
    assert rush.answered - set(written) == set()
    assert set(written.values()) == {(1, 1)}  # each whole, and once
    assert both[0].house.wrong_counters() == []


def test_the_control_machines_that_acknowledge_before_they_write_lose_orders(
    tmp_path: Path, new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCOMOTIVE_FILES_FOLDER", str(tmp_path / "mount"))
    with machines(tmp_path, new_database("postgresql"), "tests.load.hasty:app") as both:
        photo = add_photo(both[0], tmp_path / "mount")
        with rushing(both, photo) as rush:
            for machine in both:
                rush.wait_for(BETWEEN)
                machine.kill("web")
                rush.wait_for(0)
                machine.start("web")
    assert rush.answered - set(orders_of(both[0].house)) != set()


def test_the_control_without_a_folder_in_common_photos_are_missing(
    tmp_path: Path, new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCOMOTIVE_FILES_FOLDER", raising=False)
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    house = new_house(tmp_path / "one", new_database("postgresql"), portions=100)
    photo = add_photo(Machine(house, "wsgi:app"), Path())
    other = replace(house, folder=tmp_path / "other")
    with served(other, workers=1, threads=2) as port:
        buyer = Customer(port, other)
        buyer.fill_basket()
        assert photo_at(buyer, photo)[0] == 404
        buyer.leave()


def seen_at(machine: Machine, photo: str) -> int:
    """The status of a photo at one machine."""
    buyer = Customer(machine.port, machine.house)
    buyer.fill_basket()
    status, _ = photo_at(buyer, photo)
    buyer.leave()
    return status


def test_the_control_without_a_common_folder_the_other_machine_lacks_the_photo(
    tmp_path: Path, new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCOMOTIVE_FILES_FOLDER", raising=False)
    with machines(tmp_path, new_database("postgresql")) as both:
        photo = add_photo(both[0], both[0].house.folder)
        assert [seen_at(machine, photo) for machine in both] == [200, 404]
