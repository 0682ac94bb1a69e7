"""The farm's cast; what proves that a broken file writes nothing runs on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from locomotive.core.clock import clock
from tests.conftest import ENGINES
from tests.office_day import office
from tests.service_day import Day, leave, new_day

__all__ = ["office"]
TOGETHER = pytest.mark.xdist_group("both engines")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Broken files are sent to both engines, all else to SQLite."""
    if metafunc.function.__name__.startswith("test_b12") and "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", [pytest.param(name, marks=TOGETHER) for name in ENGINES])


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def day(
    engine: str,
    tmp_path: Path,
    new_database: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Day]:
    """The lunch's day at eight o'clock, as the office's tests have it."""
    day = new_day(tmp_path, new_database(engine))
    monkeypatch.setattr(clock, "now", lambda: day.at(8))
    with day.app.app_context():
        yield day
        leave(day.app)
