"""The engine and the one way to write."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, select, text

from locomotive.core import gate
from locomotive.core.db import PRAGMAS, db, is_affected, write_tx
from locomotive.core.gate import Busy
from locomotive.core.settings import WrongSetting
from locomotive.menu.dish import Dish
from tests.service_day import Day, leave, new_app, new_day

# The package has a name "db" of its own: the module is asked for by its path.
ground = importlib.import_module("locomotive.core.db")


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    day = new_day(tmp_path)
    with day.app.app_context():
        yield day
        leave(day.app)


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
    ],
)
def test_d12_the_versions_that_can_corrupt_are_known(
    version: tuple[int, ...], affected: bool
) -> None:
    assert is_affected(version) is affected


def test_d12_an_affected_sqlite_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ground.sqlite_module, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(WrongSetting, match="SQLite"):
        new_app(tmp_path)


@pytest.mark.parametrize("name", [name for name, _, _ in PRAGMAS])
def test_d13_a_sabotaged_pragma_stops_the_start(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"journal_mode": "DELETE", "synchronous": "NORMAL", "busy_timeout": 1}
    sabotaged = tuple(
        (pragma, other.get(name, "OFF") if pragma == name else value, wanted)
        for pragma, value, wanted in PRAGMAS
    )
    monkeypatch.setattr(ground, "PRAGMAS", sabotaged)
    with pytest.raises(WrongSetting, match=name):
        new_app(tmp_path)


def test_a_database_that_anyone_can_read_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "lunch.db").touch(0o644)
    with pytest.raises(WrongSetting, match="chmod 600"):
        new_app(tmp_path)


def test_a_new_database_is_private(day: Day, tmp_path: Path) -> None:
    for path in tmp_path.glob("lunch.db*"):
        assert path.stat().st_mode & 0o077 == 0, path.name


def test_a_write_outside_write_tx_is_refused(day: Day) -> None:
    db.session.scalars(select(Dish)).first().price_cents = 1  # type: ignore[union-attr]
    with pytest.raises(RuntimeError, match="outside"):
        db.session.flush()
    db.session.rollback()


def test_write_tx_is_not_reentrant(day: Day) -> None:
    with pytest.raises(RuntimeError, match="inside"), write_tx(), write_tx():
        pass


def test_whatever_is_raised_inside_rolls_all_back(day: Day) -> None:
    def change_and_fail() -> None:
        with write_tx() as session:
            session.scalars(select(Dish)).first().price_cents = 1  # type: ignore[union-attr]
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_and_fail()
    db.session.rollback()
    cents = db.session.scalars(select(Dish.price_cents)).all()
    assert 1 not in cents
    with write_tx() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1


def test_a_writer_that_does_not_come_free_is_a_plain_answer(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "BUSY_SECONDS", 0.05)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with day.app.extensions["locomotive_gate"].passed():
            held.set()
            done.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    try:
        with pytest.raises(Busy), write_tx():
            pass
    finally:
        done.set()
        holder.join()
    with write_tx():
        pass


def test_f10_gate_and_file_together_are_waited_for_no_longer_than_the_bound(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter((100.0, 114.0))  # the gate came free after 14 of its 15 seconds
    monkeypatch.setattr(gate.time, "monotonic", lambda: next(moments, 114.0))
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    with write_tx():
        pass
    event.remove(db.engine, "before_cursor_execute", note)
    assert said == ["PRAGMA busy_timeout = 1000", "BEGIN IMMEDIATE", "PRAGMA busy_timeout = 15000"]


def test_f10_a_lock_of_another_program_is_a_plain_answer_and_goes_by(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "BUSY_SECONDS", 0.05)
    client = day.signed_in("manager")
    path = day.app.extensions["settings"].instance / "lunch.db"
    other = ground.sqlite_module.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answer = client.post("/office/closed-days", data={"date": "2026-12-24"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert client.get("/office/").status_code == 200
    other.execute("ROLLBACK")
    other.close()
    assert client.post("/office/closed-days", data={"date": "2026-12-24"}).status_code == 303
