"""The promise: deliveries accepted beside a fixed cap, and what an answer costs.

Run by hand from the root:

    .venv/bin/python -m tests.benchmarks.promise ../shared/data/planner/stream

Prints two Markdown tables with their conditions. Seconds are wall time on one core; where the
machine is shared, the processor's time stands beside them.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import random
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import cos, pi, radians, sin, sqrt
from pathlib import Path
from time import perf_counter, process_time

from sqlalchemy import update

import routing
from locomotive.core.db import db, write_tx
from locomotive.menu.menu import Portion
from locomotive.ordering.cart import load_basket
from locomotive.ordering.request import Customer, Request
from locomotive.places.address import Address
from locomotive.promise.answer import Wish
from locomotive.promise.promise import promise_order
from locomotive.promise.question import FULL, QUICK, ask_slots
from locomotive.service.fleet import Tricycle, lay_shifts
from locomotive.service.slot import Slot, slots_of
from routing.replay import Arrival, read_arrivals, replay
from tests.promises import Desk
from tests.service_day import DATE, SECRET, new_day

EXACT_SECONDS = 20.0
REPAIR = 0.04
PROMISED, ASKED = 40, 100


def under_cap(
    problem: routing.Problem, arrivals: tuple[Arrival, ...], cap: int
) -> list[routing.Stop]:
    """The stops that a cap of so many deliveries for each window lets in, first come first
    served."""
    taken: Counter[tuple[int, int]] = Counter()
    stops = {stop.id: stop for stop in problem.stops}
    let_in = []
    for arrival in arrivals:
        for window in arrival.windows:
            if taken[window] < cap:
                taken[window] += 1
                let_in.append(replace(stops[arrival.stop], time_window=window))
                break
    return let_in


def best_cap(problem: routing.Problem, arrivals: tuple[Arrival, ...]) -> tuple[int, int, str]:
    """(cap, deliveries, how sure) of the largest cap whose deliveries can all be kept."""
    best = (0, 0, "")
    for cap in range(1, len(arrivals) + 1):
        let_in = under_cap(problem, arrivals, cap)
        asked = replace(problem, stops=tuple(let_in))
        plan = routing.solve(asked, time_limit=EXACT_SECONDS, seed=0)
        broken = len(let_in) - len(plan.served())
        if broken:
            # The next cap breaks more; whether this one must break some is proven or not.
            sure = "proven" if plan.bound.unserved_priority > 0 else "not proven"
            return (*best[:2], f"cap {cap} breaks {broken}, {sure}")
        best = (cap, len(let_in), "no larger cap lets in more")
        if len(let_in) == len(arrivals):
            break
    return best


def table_of_streams(folder: Path) -> None:
    """Print what each way accepts on each stream."""
    print(
        f"\nDeliveries accepted with no broken promise; exact plans of at most {EXACT_SECONDS:g} s,"
    )
    print(f"{REPAIR * 1000:g} ms of repair for a window.\n")
    print("| stream | asked | (a) best fixed cap | (b) insertion only | (c) ours | remark |")
    print("| --- | --- | --- | --- | --- | --- |")
    for path in sorted(folder.glob("*.json")):
        raw = json.loads(path.read_text())
        problem = routing.Problem.from_json(raw)
        arrivals = read_arrivals(raw, problem)
        cap, kept, remark = best_cap(problem, arrivals)
        found = []
        for seconds in (0.0, REPAIR):
            answer = replay(problem, arrivals, time_limit=seconds)
            windows = dict(answer.accepted)
            promised = tuple(
                replace(stop, time_window=windows.get(stop.id, stop.time_window))
                for stop in problem.stops
            )
            wrong = [
                sentence
                for sentence in routing.violations(replace(problem, stops=promised), answer.plan)
                if "neither served nor unassigned" not in sentence
            ]
            lost = windows.keys() - answer.plan.served()
            mark = f", **{len(wrong) + len(lost)} broken**" if wrong or lost else ""
            found.append(f"{len(answer.accepted)}{mark}")
        cells = (path.stem, len(arrivals), f"{kept} (cap {cap})", *found, remark)
        print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


class Clocks:
    """Milliseconds of an act, by the wall and by the processor."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.processor: list[float] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        wall, processor = perf_counter(), process_time()
        yield
        self.wall.append((perf_counter() - wall) * 1000)
        self.processor.append((process_time() - processor) * 1000)

    def row(self, what: str, wanted: str) -> str:
        def figures(values: list[float]) -> str:
            high = sorted(values)[max(0, round(len(values) * 0.99) - 1)]
            return f"{statistics.median(values):.1f} | {high:.1f}"

        return (
            f"| {what} | {figures(self.wall)} | {figures(self.processor)} "
            f"| {len(self.wall)} | {wanted} |"
        )


def somewhere(dice: random.Random, depot: tuple[float, float]) -> Address:
    """A place within two kilometres of the kitchen."""
    far, way = 2.0 * sqrt(dice.random()) / 111.2, 2 * pi * dice.random()
    latitude = round(depot[0] + far * sin(way), 5)
    longitude = round(depot[1] + far * cos(way) / cos(radians(depot[0])), 5)
    return Address("", "1 rue du Canal", "Oignies", latitude, longitude)


def table_of_speed() -> None:
    """Print what questions and promises cost in a service of PROMISED deliveries."""
    dice = random.Random(4)
    every, one, inside = Clocks(), Clocks(), Clocks()
    with tempfile.TemporaryDirectory(prefix="locomotive-") as name:
        day = new_day(Path(name))
        with day.app.app_context():
            desk = Desk(day)
            with write_tx() as session:
                session.execute(update(Portion).values(initial=500, remaining=500))
                session.execute(update(Tricycle).values(capacity_boxes=40))
                for extra in ("blue tricycle", "green tricycle"):
                    session.add(Tricycle(name=extra, capacity_boxes=40))
                session.flush()
                lay_shifts(session, day.service)
            places = [somewhere(dice, desk.depot) for _ in range(2000)]
            promised = 0
            for number, place in enumerate(places):
                if promised == PROMISED:
                    break
                promised += ordered(desk, place, dice, inside, number)
            for place in places[-ASKED:]:
                db.session.rollback()
                db.session.expire_all()
                wish = Wish(day.service, "delivery", desk.basket(carbonade=1), place)
                slots = slots_of(db.session(), day.service, "delivery")
                with every.running():
                    answer(desk, slots, wish, QUICK)
                with one.running():
                    answer(desk, [dice.choice(slots)], wish, FULL)
            db.session.remove()
            db.engine.dispose()
    print(f"\nA service of {promised} promised deliveries, 4 tricycles of 40 boxes, 2 km around,")
    print("8 slots, SQLite; milliseconds.\n")
    print(
        "| act | wall, median | wall, p99 | processor, median | processor, p99 | times | wanted |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    print(every.row("all slots answered for a new place", "≤ 150 median, ≤ 400 p99"))
    print(one.row("one slot answered", "one `fits` ≤ 50 p99"))
    print(inside.row("accepting an order inside the write transaction", "≤ 20"))


def answer(desk: Desk, slots: list[Slot], wish: Wish, iterations: int) -> list[object]:
    now = desk.day.at(8)
    return list(
        ask_slots(db.session(), slots, wish, depot=desk.depot, now=now, iterations=iterations)
    )


def ordered(desk: Desk, place: Address, dice: random.Random, inside: Clocks, number: int) -> bool:
    """Promise one delivery in some slot; False when the slot cannot be had."""
    db.session.rollback()
    db.session.expire_all()
    (stew,) = desk.basket(carbonade=1).quantities
    kept = {DATE.isoformat(): {str(stew): dice.randint(1, 3)}}
    wish = Wish(desk.day.service, "delivery", load_basket(db.session(), DATE, kept), place)
    slot = dice.choice(slots_of(db.session(), desk.day.service, "delivery"))
    (found,) = ask_slots(db.session(), [slot], wish, depot=desk.depot, now=desk.day.at(8))
    if found.evidence is None:
        return False
    customer = Customer("Nadia", phone="06 12 34 56 78")
    request = Request(f"promise-{number}", "delivery", slot.id, customer, place)
    db.session.expunge_all()
    with inside.running(), write_tx() as session:  # the commit's write to the disk included
        promise_order(
            session, request, wish.basket, found.evidence, secret=SECRET, now=desk.day.at(8)
        )
    return True


def main() -> None:
    """Print both tables."""
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser()
    parser.add_argument("streams", type=Path, nargs="?")
    wanted = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}.")
    table_of_speed()
    if wanted.streams:
        table_of_streams(wanted.streams)


if __name__ == "__main__":
    main()
