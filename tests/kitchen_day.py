"""The lunch's day at ten o'clock, with the kitchen's screen."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from locomotive.core.clock import clock
from locomotive.core.db import db
from tests.service_day import Day, leave, new_day


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    day = new_day(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    with day.app.app_context():
        yield day
        leave(day.app)


@pytest.fixture
def screen(day: Day) -> FlaskClient:
    return day.signed_in("kitchen")


@pytest.fixture
def queries(day: Day) -> Callable[[Callable[[], object]], list[str]]:
    """Return the SQL that an act sends, transactions' own words left out."""

    def counted(act: Callable[[], object]) -> list[str]:
        sent: list[str] = []

        def listen(_connection, _cursor, statement: str, *_rest: object) -> None:
            sent.append(statement)

        event.listen(db.engine, "before_cursor_execute", listen)
        try:
            act()
        finally:
            event.remove(db.engine, "before_cursor_execute", listen)
        return [sql for sql in sent if not sql.startswith(("BEGIN", "PRAGMA"))]

    return counted
