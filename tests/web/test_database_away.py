"""F-04b: the database is away, and every page says so with the number to call."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from locomotive.core import gate
from locomotive.core.db import AWAY_SECONDS, db, engine_config, write_tx
from locomotive.core.mark import DEMONSTRATION, mark
from locomotive.core.settings import Settings
from locomotive.web import errors
from locomotive.web.page import is_demonstration
from tests.every_route import addresses
from tests.service_day import Day, leave, new_day

PHONE = "03 53 01 00 62"


@contextmanager
def away() -> Iterator[None]:
    """No connection to the database can be had."""

    def refuse(*_: object, **_options: object) -> None:
        raise dialect.loaded_dbapi.OperationalError("unable to open database file")

    dialect: Any = db.engine.dialect
    db.session.rollback()
    db.engine.dispose()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dialect, "connect", refuse)
        patch.setattr(gate.Watched, "connect", refuse)
        yield


def answers(day: Day, client: FlaskClient) -> dict[str, int]:
    """Address → status of every page; each 503 is looked at."""
    found = {}
    for endpoint, method, address in addresses(day.app):
        if method != "GET" or endpoint == "site.healthz":
            continue
        with client.get(address) as answer:
            found[address] = answer.status_code
            if answer.status_code == 503:
                assert PHONE in answer.text, address
                assert int(answer.headers["Retry-After"]) > 0, address
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"], address
                assert answer.headers["X-Content-Type-Options"] == "nosniff", address
    return found


@pytest.mark.parametrize(("role", "is_marked"), [(None, False), (None, True), ("manager", False)])
def test_f04b_no_page_fails_with_the_database(both: Day, role: str | None, is_marked: bool) -> None:
    client = both.signed_in(role) if role else both.app.test_client()
    if is_marked:
        with write_tx() as session:
            mark(session, DEMONSTRATION, "2026-11-24")
        client.get("/")
    with away():
        found = answers(both, client)
    assert not {address: code for address, code in found.items() if code >= 500 and code != 503}
    assert sum(code == 503 for code in found.values()) > (5 if role is None else 60)
    for address in ("/", "/o/" + "x" * 32):
        assert found[address] == 503, address


def test_f04b_a_page_that_does_not_exist_needs_no_database(both: Day) -> None:
    for client in (both.app.test_client(), both.signed_in("manager")):
        with away():
            answer = client.get("/nowhere")
        assert answer.status_code == 404
        assert PHONE in answer.text


def test_f04b_a_fragment_says_it_too(both: Day) -> None:
    client = both.signed_in("kitchen")
    with away():
        answer = client.get("/kitchen/", headers={"HX-Request": "true"})
    assert answer.status_code == 503
    assert PHONE in answer.text
    assert "<html" not in answer.text


def test_f04b_pages_come_back_by_themselves(both: Day) -> None:
    client = both.app.test_client()
    with away():
        assert client.get("/").status_code == 503
    # Within the second in which nobody waits again it may still be "away".
    codes = iter(lambda: client.get("/").status_code, 200)
    assert set(codes) <= {503}


def test_f04b_the_control_an_error_page_that_asks_the_database_fails_with_it(
    both: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "was_demonstration", is_demonstration)
    with away(), pytest.raises(OperationalError):
        both.app.test_client().get("/")


def test_an_error_page_of_the_staff_keeps_its_navigation(both: Day) -> None:
    answer = both.signed_in("manager").get("/office/menu/2031-01-01x")
    assert (answer.status_code, 'href="/office/devices"' in answer.text) == (404, True)
    assert 'href="/office/devices"' not in both.app.test_client().get("/menu/2031-01-01x").text


class Road:
    """A road to PostgreSQL's socket that can be shut, go nowhere, or hold up what is on it."""

    def __init__(self, server: Path, folder: Path) -> None:
        self.state = "open"
        self._server, self._ends = server, list[socket.socket]()
        self._passes = Event()
        self._passes.set()
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / server.name))
        self._door.listen()
        self._threads = [Thread(target=self._welcome)]
        self._threads[0].start()

    def shut(self, *, silently: bool) -> None:
        """End all connections; new ones are ended at once, or never answered."""
        self.state = "silent" if silently else "shut"
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def hold(self) -> None:
        """Let nothing pass any more, as a server that has stopped in the middle of its work."""
        self.state = "silent"
        self._passes.clear()

    def let_pass(self) -> None:
        self.state = "open"
        self._passes.set()

    def close(self) -> None:
        """Leave nothing open."""
        self.let_pass()
        self.shut(silently=False)
        self._door.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for end in (self._door, *self._ends):
            end.close()

    def _welcome(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            self._ends.append(near)
            if self.state == "open":
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(self._server))
                self._ends.append(far)
                for pair in ((near, far), (far, near)):
                    self._threads.append(Thread(target=self._carry, args=pair))
                    self._threads[-1].start()
            elif self.state == "shut":
                near.shutdown(socket.SHUT_RDWR)

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while piece := one.recv(65536):
                self._passes.wait()
                other.sendall(piece)


@pytest.fixture
def road_day(tmp_path: Path, new_database: Callable[[str], str]) -> Iterator[tuple[Road, Day]]:
    """A lunch on PostgreSQL, and the road to it."""
    address = new_database("postgresql")
    folder = re.findall(r"host=([^&]+)", address)[0]
    socket_path = next(Path(folder).glob(".s.PGSQL.*[0-9]"))
    road = Road(socket_path, tmp_path)
    day = new_day(tmp_path, address.replace(folder, str(tmp_path)))
    with day.app.app_context():
        yield road, day
        road.let_pass()
        leave(day.app)
    road.close()


@pytest.mark.parametrize("silently", [False, True])
def test_f04_postgresql_ends_its_connections_and_comes_back(
    silently: bool, road_day: tuple[Road, Day]
) -> None:
    road, day = road_day
    client = day.signed_in("manager")
    assert client.get("/office/").status_code == 200
    road.shut(silently=silently)
    # Several in a row: each finds connections of before in the pool, or none.
    for page in ("/", "/office/", "/kitchen/", "/healthz"):
        assert client.get(page).status_code == 503, page
    road.state = "open"
    assert set(iter(lambda: client.get("/office/").status_code, 200)) <= {503}


def test_f04_postgresql_hangs_in_the_middle_of_its_work_and_goes_on(
    road_day: tuple[Road, Day],
) -> None:
    road, day = road_day
    client = day.signed_in("manager")
    assert client.get("/office/").status_code == 200
    road.hold()
    for page in ("/", "/office/", "/kitchen/", "/healthz"):
        answer = client.get(page)
        assert answer.status_code == 503, page
        assert page == "/healthz" or PHONE in answer.text
    road.let_pass()
    assert set(iter(lambda: client.get("/office/").status_code, 200)) <= {503}


def test_f04_the_control_a_statement_that_is_only_slow_goes_on(
    road_day: tuple[Road, Day], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "SILENT_SECONDS", 0.15)
    _road, _day = road_day
    slow = text("SELECT 'slow' FROM pg_sleep(0.7)")
    assert db.session.execute(slow).scalar() == "slow"
    # And the question is what tells them apart: asked of nobody, the statement is ended.
    monkeypatch.setattr(gate, "QUESTION", b"")
    with pytest.raises(OperationalError, match="no longer answers"):
        db.session.execute(slow)
    db.session.rollback()


def test_f04_a_request_waits_for_two_seconds_at_most() -> None:
    assert 2 * gate.SILENT_SECONDS <= AWAY_SECONDS
    options = engine_config(Settings(database_url="postgresql://x/y"))["SQLALCHEMY_ENGINE_OPTIONS"]
    assert AWAY_SECONDS <= 2
    assert options["pool_timeout"] == options["connect_args"]["connect_timeout"] == AWAY_SECONDS
