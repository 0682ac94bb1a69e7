"""Processor time of the menu and of an order beside a bare page with one query and as many bytes.

Run by hand from the root:

    .venv/bin/python -m tests.benchmarks.menu

In one process, without a network: a busy machine changes the seconds, not the ratio.
"""

from __future__ import annotations

import re
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import process_time

from flask import Flask
from flask.testing import FlaskClient
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


def take_away(client: FlaskClient, house: House) -> Callable[[], object]:
    """A complete take-away order, which can be sent any number of times."""
    token = re.compile(r'name="csrf_token" value="([^"]+)"')
    menu = client.get(f"/menu/{house.day}").text
    chosen = {"date": str(house.day), "add": "1", f"quantity-{house.portion_id}": "1"}
    client.post("/basket", data=chosen | {"csrf_token": token.findall(menu)[0]})
    checkout = client.get(f"/order?day={house.day}").text
    form = {
        "csrf_token": token.findall(checkout)[0],
        "shown": re.findall(r'name="shown" value="([^"]*)"', checkout),
        **{"day": str(house.day), "kind": "take-away", "slot": house.slot_id},
        **{"first_name": "Samira", "phone": "0612345678"},
    }
    kept = [(cookie.key, cookie.value) for cookie in client._cookies.values()]

    def order() -> None:
        for name, value in kept:  # with the basket, which an order empties
            client.set_cookie(name, value)
        answer = client.post("/order", data=form | {"key": secrets.token_hex(16)})
        assert answer.status_code == 303, answer.text

    return order


def main() -> None:
    """Measure and print."""
    folder = Path(tempfile.mkdtemp())
    house = new_house(folder, f"sqlite:///{folder / 'lunch.db'}", portions=1_000_000)
    app = new_app(folder, house.database_url)
    app.extensions["settings"] = replace(app.extensions["settings"], orders_per_hour=1_000_000)
    client = app.test_client()
    path = f"/menu/{house.day}"
    size = len(client.get(path).data)
    menu = milliseconds(lambda: client.get(path))
    bare_client = bare_page(house, size).test_client()
    bare = milliseconds(lambda: bare_client.get("/"))
    print(f"menu {menu:.2f} ms, bare page {bare:.2f} ms of {size} bytes: {bare / menu:.0%} of bare")
    order = milliseconds(take_away(app.test_client(), house))
    print(f"complete take-away order {order:.2f} ms: {order / bare:.1f} bare pages")
    with app.app_context():
        leave(app)


if __name__ == "__main__":
    main()
