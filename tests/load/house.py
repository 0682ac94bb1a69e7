"""A real house under load: gunicorn on a database, and customers who order from it."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

from flask_migrate import upgrade
from sqlalchemy import func, select, update

from locomotive.commands.demonstration import load_lunch
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.menu.dish import Dish
from locomotive.menu.menu import Portion
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.order import Order, OrderLine
from locomotive.service.service import next_working_day
from locomotive.service.slot import Slot
from tests.service_day import SECRET, leave, new_app

ROOT = Path(__file__).parents[2]


@dataclass
class House:
    """A database with one lunch, of which one dish has so many portions."""

    folder: Path
    database_url: str
    day: date
    portion_id: int
    slot_id: int

    def sold(self) -> int:
        """Portions of the dish in all orders."""
        return self._ask(
            select(func.coalesce(func.sum(OrderLine.quantity), 0)).where(
                OrderLine.portion_id == self.portion_id
            )
        )

    def left(self) -> int:
        """Portions of the dish that are left by its counter."""
        return self._ask(select(Portion.remaining).where(Portion.id == self.portion_id))

    def orders(self) -> int:
        return self._ask(select(func.count()).select_from(Order))

    def wrong_counters(self) -> list[str]:
        app = new_app(self.folder, self.database_url)
        with app.app_context():
            wrong = wrong_counters(db.session())
            leave(app)
        return wrong

    def _ask(self, query: object) -> int:
        app = new_app(self.folder, self.database_url)
        with app.app_context():
            answer = int(db.session.scalar(query) or 0)  # type: ignore[call-overload]
            leave(app)
        return answer


def size(usual: int, whole: int) -> int:
    """How much a trial asks for: the whole of it with TRIALS=whole, before a release."""
    return whole if os.environ.get("TRIALS") == "whole" else usual


def new_house(folder: Path, database_url: str, *, portions: int, places: int = 100_000) -> House:
    """Lay the next lunch; its stew has `portions`, the take-away slot takes `places` orders."""
    app = new_app(folder, database_url)
    with app.app_context():
        upgrade()
        with write_tx() as session:
            day = next_working_day(session, clock.now(), "delivery")
            load_lunch(
                session,
                day,
                orders=0,
                seed=1,
                settings=app.extensions["settings"],
                now=clock.now(),
            )
            stew = session.scalars(select(Portion).join(Dish).where(Dish.family == "stew")).one()
            stew.initial = stew.remaining = portions
            slot = session.scalars(select(Slot).where(Slot.kind == "take-away").limit(1)).one()
            # More orders than a slot's form would ever take, where a trial is about portions.
            session.execute(
                update(Slot)
                .where(Slot.id == slot.id)
                .values(capacity=places, capacity_portions=50 * places)
            )
            house = House(folder, database_url, day, stew.id, slot.id)
        leave(app)
    return house


@contextmanager
def served(
    house: House, *, workers: int = 4, threads: int = 4, app: str = "wsgi:app"
) -> Iterator[int]:
    """Run gunicorn on the house's database; yields its port."""
    process, port = started(house, workers=workers, threads=threads, app=app)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def environment(house: House) -> dict[str, str]:
    """What the programs of a house are told."""
    return {
        **os.environ,
        "LOCOMOTIVE_INSTANCE": str(house.folder),
        "LOCOMOTIVE_DATABASE_URL": house.database_url,
        "LOCOMOTIVE_SECRET_KEY": SECRET,
        "LOCOMOTIVE_ORDERS_PER_HOUR": "1000000",
    }


def started(
    house: House, *, workers: int, threads: int, app: str
) -> tuple[subprocess.Popen[bytes], int]:
    """Start gunicorn in a process group of its own; return it and its port once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environ = environment(house)
    command = [
        *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"),
        *("--workers", str(workers), "--threads", str(threads), "--backlog", "512"),
        *("--log-level", "warning", "--no-control-socket", app),
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=environ, start_new_session=True)
    try:
        _wait(port, process)
    except BaseException:
        process.kill()
        raise
    return process, port


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "gunicorn ended by itself"
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                connection.close()
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError("gunicorn did not answer")


@dataclass
class Customer:
    """A browser without JavaScript: it fills its basket once and sends checkouts."""

    port: int
    house: House
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""
    shown: list[str] = field(default_factory=list)
    connection: http.client.HTTPConnection | None = None

    def request(
        self,
        method: str,
        path: str,
        form: Mapping[str, str | list[str]] | None = None,
        *,
        keep: bool = True,
    ) -> tuple[int, str]:
        """One request; `keep` takes the answer's cookies over."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self.connection.request(
                method, path, urlencode(form or {}, doseq=True) or None, headers
            )
            answer = self.connection.getresponse()
            body = answer.read().decode()
        except (http.client.HTTPException, ConnectionError):
            # A kept connection that the server had closed: a browser sends once more, too.
            self.connection.close()
            self.connection.request(
                method, path, urlencode(form or {}, doseq=True) or None, headers
            )
            answer = self.connection.getresponse()
            body = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie", []) if keep else []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return answer.status, body

    def leave(self) -> None:
        """Close the browser."""
        if self.connection is not None:
            self.connection.close()

    def fill_basket(self, quantity: int = 1) -> None:
        """Put the dish into the basket; its cookie is used for every later checkout."""
        _, page = self.request("GET", f"/menu/{self.house.day}")
        self.csrf = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[0]
        status, page = self.request(
            "POST",
            "/basket",
            {
                "csrf_token": self.csrf,
                "date": str(self.house.day),
                "add": str(self.house.portion_id),
                f"quantity-{self.house.portion_id}": str(quantity),
            },
        )
        assert status == 303, page
        _, page = self.request("GET", "/order")
        self.shown = re.findall(r'name="shown" value="([^"]*)"', page)

    def order(self, key: str, first_name: str = "Samira", **changes: str) -> tuple[int, str]:
        """Send one checkout."""
        form: dict[str, str | list[str]] = {
            "csrf_token": self.csrf,
            "key": key,
            "day": str(self.house.day),
            "kind": "take-away",
            "slot": str(self.house.slot_id),
            "place": "",
            "address": "",
            "access_note": "",
            "first_name": first_name,
            "phone": "06 12 34 56 78",
            "email": "",
            "shown": self.shown,
        }
        return self.request("POST", "/order", form | changes, keep=False)


def rush(port: int, house: House, *, clients: int, attempts: int) -> Counter[int]:
    """Let clients try to order all at once; count the answers by status."""

    def customer(number: int) -> Counter[int]:
        buyer = Customer(port, house)
        buyer.fill_basket()
        answers: Counter[int] = Counter()
        for turn in range(attempts // clients + (number < attempts % clients)):
            status, _ = buyer.order(f"{number:08d}-{turn:08d}".rjust(32, "k"))
            answers[status] += 1
        buyer.leave()
        return answers

    total: Counter[int] = Counter()
    with ThreadPoolExecutor(clients) as pool:
        for answers in pool.map(customer, range(clients)):
            total += answers
    return total
