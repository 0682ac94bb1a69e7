"""A house to back up: a database with the cast's lunch, orders, and kept files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from locomotive.core.base import Base
from locomotive.core.db import db
from tests.service_day import Browser, Day, lay_lunch, leave, new_app

FILES = {
    "photos/stew.webp": b"a photo of a stew",
    "voices/stew.webm": b"a voice that says stew",
    "notes/paper.webp": b"a photo of a paper",
    "paper/2026-11-24/pack-20261124T100000.pdf": b"a paper pack",
    "intake/0123": b"produce;price",
}


@contextmanager
def kept_house(folder: Path, database_url: str = "", **settings: Any) -> Iterator[Day]:
    """A house with three orders and a file of each kind."""
    app = new_app(folder, database_url, planner_seconds=1.0, **settings)
    app.test_client_class = Browser
    with app.app_context():
        lay_lunch()
        day = Day(app)
        day.order("Nadia", to="library", carbonade=2, note="code 4711")
        day.order("Karim", to="school", salad=1, email="karim@example.org")
        day.order("Louise", soup=3)
        for name, content in FILES.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        yield day
        leave(app)


@contextmanager
def empty_house(folder: Path, database_url: str = "", **settings: Any) -> Iterator[Day]:
    """A house on a machine where nothing is yet."""
    app = new_app(folder, database_url, planner_seconds=1.0, **settings)
    app.test_client_class = Browser
    with app.app_context():
        yield Day(app)
        leave(app)


def rows_of(table: type[Base]) -> list[dict[str, Any]]:
    """Every row of a table as the database has it now."""
    db.session.rollback()
    order = list(table.__table__.primary_key)
    return [
        dict(row._mapping) for row in db.session.execute(table.__table__.select().order_by(*order))
    ]


def flask(day: Day, *arguments: str) -> tuple[int, str]:
    """Run a command of ours; return its exit code and what it printed."""
    db.session.remove()
    result = day.app.test_cli_runner().invoke(args=list(arguments))
    return result.exit_code, result.output
