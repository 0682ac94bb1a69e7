"""Processor time of one view of the menu beside a bare page with one query and as many bytes.

Run by hand from the root:

    .venv/bin/python -m tests.benchmarks.menu

In one process, without a network: a busy machine changes the seconds, not the ratio.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import process_time

from flask import Flask
from sqlalchemy import text

from locomotive.core.db import db
from tests.load.house import House, new_house
from tests.service_day import SECRET, leave, new_app

VIEWS, ROUNDS = 60, 7


def bare_page(house: House, size: int) -> Flask:
    """A Flask page that asks one question and sends so many bytes."""
    app = new_app(house.folder, house.database_url)
    bare = Flask("bare")
    bare.secret_key = SECRET
    body = "x" * size

    @bare.get("/")
    def page() -> str:
        with app.app_context():
            db.session.execute(text("SELECT id, name FROM dish LIMIT 1")).all()
            return body

    return bare


def milliseconds(view: Callable[[], object]) -> float:
    """Processor time of one view: the median of some rounds."""
    view()
    found = []
    for _ in range(ROUNDS):
        started = process_time()
        for _ in range(VIEWS):
            view()
        found.append((process_time() - started) / VIEWS * 1000)
    return median(found)


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp())
    house = new_house(folder, f"sqlite:///{folder / 'lunch.db'}", portions=1000)
    app = new_app(folder, house.database_url)
    client = app.test_client()
    path = f"/menu/{house.day}"
    size = len(client.get(path).data)
    menu = milliseconds(lambda: client.get(path))
    bare_client = bare_page(house, size).test_client()
    bare = milliseconds(lambda: bare_client.get("/"))
    print(f"menu {menu:.2f} ms, bare page {bare:.2f} ms of {size} bytes: {bare / menu:.0%} of bare")
    with app.app_context():
        leave(app)


if __name__ == "__main__":
    main()
