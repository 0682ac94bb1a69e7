"""Measure how long the riders' sheets take in a real town, turns on every leg; print a table.

Run: python tests/benchmarks/sheets.py. The extract is read from ../shared/data. Each sheet is made
by the worker's own task; "at once" means by the two threads of a worker, all asked together, and by
the second process that helps them then, whose processor time is not counted.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from unittest.mock import patch

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

ROUNDS, STOPS, THREADS, RUNS = 9, 12, 2, 3


def main() -> None:
    from locomotive.core.clock import clock
    from tests.real_town import EXTRACT, real_town
    from tests.service_day import leave

    if not EXTRACT.exists():
        sys.exit(f"{EXTRACT} is not there")
    with tempfile.TemporaryDirectory() as name:
        day = real_town(Path(name))
        with patch.object(clock, "now", lambda: day.at(10)), day.app.app_context():
            ids = laid_rounds(day)
            make(day.app, ids[0])  # libraries are loaded, fonts are found
            alone = [timed(lambda: make(day.app, ids[0])) for _ in range(RUNS)]
            all_of_them = [timed(lambda: make_all(day.app, ids)) for _ in range(RUNS)]
            leave(day.app)
    print(f"load {os.getloadavg()[0]:.1f} at the end, {os.cpu_count()} cores")
    print("| sheets | by the clock | processor time |\n|---|---|---|")
    for what, runs in (
        (f"one of {STOPS} stops", alone),
        (f"{ROUNDS} of {STOPS} stops at once", all_of_them),
    ):
        wall, busy = (median(column) for column in zip(*runs, strict=True))
        print(f"| {what} | {wall:.2f} s | {busy:.2f} s |")


def laid_rounds(day: object) -> list[int]:
    """Nine rounds of twelve doors each."""
    from locomotive.places.address import Address
    from tests.real_town import addresses
    from tests.service_day import Day

    assert isinstance(day, Day)
    day.leave_one_tricycle(boxes=500)
    doors = addresses(ROUNDS * STOPS, seed=1, within=0.008)
    names = [f"Garage du Centre {number}" for number in range(1, len(doors) + 1)]
    for at, (name, door) in enumerate(zip(names, doors, strict=True)):
        place = Address(name, door.street, door.town, door.latitude, door.longitude, "sonner")
        # A slot of the tests' lunch takes 100 orders.
        day.order("Nadia", place=place, slot=(12, 15 * (at % 2)), carbonade=1)
    trips = [names[at : at + STOPS] for at in range(0, len(names), STOPS)]
    return [round_.id for round_ in day.lay(*trips)]


def make(app: object, round_id: int) -> None:
    """Make one sheet anew, as the worker does."""
    from flask import Flask

    from locomotive.core.db import db
    from locomotive.papers.sheet import sheet_path
    from locomotive.rounds.round import Round
    from locomotive.worker.paper import make_sheet

    assert isinstance(app, Flask)
    with app.app_context():
        files = app.extensions["settings"].files
        sheet_path(files, db.session.get_one(Round, round_id), "fr").unlink(missing_ok=True)
        make_sheet(round_id, "fr")
        assert sheet_path(files, db.session.get_one(Round, round_id), "fr").exists()
        db.session.remove()


def make_all(app: object, ids: Sequence[int]) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda one: make(app, one), ids))


def timed(act: object) -> tuple[float, float]:
    """Seconds by the clock and of the processor; children are counted."""
    assert callable(act)
    before = os.times()
    began, busy = perf_counter(), process_time()
    act()
    after = os.times()
    children = sum(after[2:4]) - sum(before[2:4])
    return perf_counter() - began, process_time() - busy + children


if __name__ == "__main__":
    main()
