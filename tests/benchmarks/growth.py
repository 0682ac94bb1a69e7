"""How the ten busiest pages grow with the orders that are stored, and what else grows.

Run by hand from the root (stored orders, default 1000 and 100000; PostgreSQL by its address):

    .venv/bin/python -m tests.benchmarks.growth [--postgresql postgresql://…] [1000 100000 1000000]

One lunch of the demonstration is written again and again, a working day earlier each time, with
all its rows. The house is asked in one process, without a network. Prints a table, and draws it
into growth.svg of the folder for temporary files. A busy machine changes the seconds, not the
ratios: each is the least of some looks.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import Table, event, func, insert, select, text

from locomotive.commands.demonstration import load_lunch
from locomotive.core.base import Base
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.menu.menu import Menu, Portion
from locomotive.ordering.order import Order, order_token
from locomotive.service.service import next_working_day
from locomotive.web.chart import Bar, bars
from tests.service_day import SECRET, Browser, Day, leave, new_app

ORDERS = 40  # of one lunch
LOOKS = 9
MOST = 1.5  # times that a page may grow
# A lunch's rows, parents first; (table, column) → the table whose row it names.
TABLES = (
    "service", "slot", "slot_station", "shift", "menu", "portion", "customer_order", "order_line",
    "order_event",
)  # fmt: skip
PAGES = {
    "today's menu": "/",
    "a day's menu": "/menu/{day}",
    "the basket": "/basket",
    "the checkout": "/order?day={day}",
    "an order": "/o/{token}",
    "an order's change": "/o/{token}/change",
    "the kitchen's board": "/kitchen/?date={day}",
    "the office": "/office/",
    "the rounds": "/delivery/{day}/",
    "an order found by its phone": "/office/orders?q=06+39+98+12+34",
}
STYLE = "<style>text{font:13px sans-serif}.before{fill:#b9c4b0}.after{fill:#4d7c3a}</style>"


@dataclass(frozen=True)
class Read:
    """One page: milliseconds and questions of a look."""

    milliseconds: float
    questions: int


class Past:
    """Lunches before the one that is there, each with all its rows."""

    def __init__(self, day: date) -> None:
        self.tables = [Base.metadata.tables[name] for name in TABLES]
        self.rows = {table.name: self._rows_of(table) for table in self.tables}
        self.most = {
            table.name: db.session.scalar(select(func.max(table.c.id))) or 0
            for table in self.tables
            if "id" in table.c
        }
        self.before, self.number = day, 0

    def _rows_of(self, table: Table) -> list[dict[str, Any]]:
        return [dict(row) for row in db.session.execute(select(table)).mappings()]

    def add(self, lunches: int) -> None:
        """Write so many lunches more, in transactions of fifty."""
        while lunches > 0:
            with write_tx() as session:
                new: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
                for _ in range(min(50, lunches)):
                    self._one(new)
                for table in self.tables:
                    if new[table.name]:
                        session.execute(insert(table), new[table.name])
            lunches -= 50

    def _one(self, new: dict[str, list[dict[str, Any]]]) -> None:
        self.number += 1
        ago, back = self.before - timedelta(days=1), 1
        while ago.weekday() > 4:
            ago, back = ago - timedelta(days=1), back + 1
        self.before = ago
        first = next(iter(self.rows["service"]))["date"]
        for table in self.tables:
            new[table.name] += [
                self._earlier(table, row, first - ago) for row in self.rows[table.name]
            ]

    def _earlier(self, table: Table, row: dict[str, Any], by: timedelta) -> dict[str, Any]:
        moved = {name: self._moved(table, name, value, by) for name, value in row.items()}
        for name in ("idempotency_key", "token_hash"):
            if name in moved:
                moved[name] = f"{self.number:08d}{str(moved[name])[8:]}"
        if "status" in moved:
            moved["status"] = "handed over" if table.name == "customer_order" else moved["status"]
        return moved

    def _moved(self, table: Table, name: str, value: Any, by: timedelta) -> Any:
        if isinstance(value, datetime | date):
            return value - by
        if value is None:
            return None
        owner = table.name if name == "id" else self._owner(table, name)
        return value + self.number * self.most[owner] if owner in self.most else value

    def _owner(self, table: Table, name: str) -> str:
        return next((key.column.table.name for key in table.c[name].foreign_keys), "")


def looked(look: Callable[[], object]) -> Read:
    """The least time of some looks, and how many questions one asks."""
    asked: list[str] = []

    def note(*args: object) -> None:
        asked.append(str(args[2]))

    look()
    event.listen(db.engine, "before_cursor_execute", note)
    look()
    event.remove(db.engine, "before_cursor_execute", note)
    least = min(_seconds(look) for _ in range(LOOKS))
    return Read(least * 1000, len(asked))


def _seconds(look: Callable[[], object]) -> float:
    """Of the processor, where the database works in this process; else of the wall's clock."""
    now = process_time if db.engine.dialect.name == "sqlite" else perf_counter
    began = now()
    look()
    return now() - began


def read_pages(house: Day, lunch: date) -> dict[str, Read]:
    """Each page once the statistics of the database are those of its rows."""
    with db.engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    order = db.session.scalars(
        select(Order).where(Order.status == "placed").order_by(Order.id).limit(1)
    ).one()
    values = {"day": lunch.isoformat(), "token": order_token(SECRET, order.idempotency_key)}
    manager, customer = house.signed_in("manager"), house.app.test_client()
    portion = db.session.scalars(select(Portion.id).join(Menu).where(Menu.date == lunch)).first()
    basket = {"date": lunch.isoformat(), "add": "1", f"quantity-{portion}": "1"}
    customer.post("/basket", data=basket)
    found = {}
    for name, path in PAGES.items():
        client = manager if path.startswith(("/office", "/kitchen", "/delivery")) else customer
        found[name] = looked(partial(answer, client, path.format(**values)))
    return found


def answer(client: FlaskClient, path: str) -> None:
    found = client.get(path)
    assert found.status_code == 200, (path, found.status_code)


def measured(address: str, sizes: list[int], folder: Path) -> Iterator[tuple[int, dict[str, Read]]]:
    """(stored orders, pages) for each size."""
    app = new_app(folder, address)
    app.test_client_class = Browser
    with app.app_context():
        upgrade()
        with write_tx() as session:
            lunch = next_working_day(session, clock.now(), "delivery")
            known, now = app.extensions["settings"], clock.now()
            load_lunch(session, lunch, orders=ORDERS, seed=1, settings=known, now=now)
        past = Past(lunch)
        for size in sorted(sizes):
            past.add(size // ORDERS - past.number)
            yield size, read_pages(Day(app), lunch)
        leave(app)


def table(read: list[tuple[int, dict[str, Read]]]) -> Iterator[str]:
    """The lines of a Markdown table, the growth from the first size to the last."""
    yield "| page | " + " | ".join(f"{size:,} orders" for size, _ in read) + " | growth |"
    yield "|---" * (len(read) + 2) + "|"
    for name in PAGES:
        cells = [f"{r[name].milliseconds:.1f} ms, {r[name].questions} questions" for _, r in read]
        grown = read[-1][1][name].milliseconds / read[0][1][name].milliseconds
        mark = "" if grown <= MOST else " (missed)"
        yield f"| {name} | " + " | ".join(cells) + f" | × {grown:.2f}{mark} |"


def drawing(read: list[tuple[int, dict[str, Read]]]) -> str:
    """The first and the last size of each page, as bars on one scale."""
    rows = [
        Bar(f"{name}, {size:,}", ((kind, r[name].milliseconds),), f"{r[name].milliseconds:.0f} ms")
        for name in PAGES
        for kind, (size, r) in (("before", read[0]), ("after", read[-1]))
    ]
    drawn = bars("milliseconds of the busiest pages", rows)
    return drawn.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1).replace(
        ">", f">{STYLE}", 1
    )


def main() -> None:
    """Measure and print; the drawing goes beside the database."""
    arguments = sys.argv[1:]
    folder = Path(tempfile.mkdtemp())
    address = f"sqlite:///{folder / 'growth.db'}"
    if "--postgresql" in arguments:
        at = arguments.index("--postgresql")
        address = arguments.pop(at + 1)
        arguments.pop(at)
    read = []
    for size, pages in measured(address, list(map(int, arguments)) or [1000, 100_000], folder):
        print(f"{size:,} orders: read", file=sys.stderr)
        read.append((size, pages))
    print("\n".join(table(read)))
    (folder / "growth.svg").write_text(drawing(read))
    print(f"drawn: {folder / 'growth.svg'}")


if __name__ == "__main__":
    main()
