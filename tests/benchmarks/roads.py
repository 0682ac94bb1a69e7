"""Measure the road network, the map and the sheet on a real town; print a Markdown table.

Run: python tests/benchmarks/roads.py. The extract is read from ../shared/data. Times are medians
of the processor's own time, so that others on the machine count less; the import is by the clock.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import correlation, median
from time import process_time

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

CENTRE = (48.8975, 2.0938)
IMPORT = """
import resource, sys
from pathlib import Path
from routing.streets import box_around
from routing.streets import build
built = build(Path(sys.argv[1]), Path(sys.argv[2]), box=box_around((48.8975, 2.0938), 9),
              centre=(48.8975, 2.0938))
who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
print(built.seconds, max(resource.getrusage(one).ru_maxrss for one in who) / 1024)
print(built.bytes / 1e6)
"""


def timed(act: Callable[[], object], times: int = 7) -> float:
    """The median of some runs, in milliseconds."""
    seconds = []
    for _ in range(times):
        started = process_time()
        act()
        seconds.append(process_time() - started)
    return 1000 * median(seconds)


def resident() -> float:
    """Megabytes resident now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def main() -> None:
    from locomotive.maps.drawing import drawing_at
    from locomotive.papers.map import round_map
    from locomotive.pdf.pdf import pdf
    from routing.streets import CURRENT, GreatCircle, NoWay, Roads
    from tests.real_town import EXTRACT

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        command = [sys.executable, "-c", IMPORT, str(EXTRACT), name]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        seconds, megabytes, size = map(float, done.stdout.split())
        before = resident()
        roads = Roads(folder / CURRENT)
        dice, points = random.Random(1), [CENTRE]
        while len(points) < 61:
            point = CENTRE[0] + dice.uniform(-0.02, 0.02), CENTRE[1] + dice.uniform(-0.03, 0.03)
            try:
                roads.nearest(point)
            except NoWay:
                continue
            points.append(point)
        matrix = timed(lambda: roads.matrix(points[:60]))
        memory = resident() - before

        def new_address() -> None:
            roads.between(points[60:], points[:60])
            roads.between(points[:60], points[60:])

        added = timed(new_address)
        stops = points[1:13]
        tour = [CENTRE, *stops, CENTRE]
        route = timed(lambda: roads.route(tour))
        reach = timed(lambda: roads.reach(CENTRE, 15))
        legs = roads.route(tour)
        drawing = drawing_at((folder / CURRENT).resolve())
        drawn = timed(lambda: round_map(CENTRE, stops, legs, drawing=drawing), 15)
        streets = [s for row in roads.matrix(points[:60])[0] for s in row]
        crow = [s for row in GreatCircle().matrix(points[:60])[0] for s in row]
        pairs = [(a, b) for a, b in zip(streets, crow, strict=True) if b]
        together = correlation([a for a, _ in pairs], [b for _, b in pairs])
        print("| what | value | aim |")
        print("|---|---|---|")
        print(
            f"| import | {seconds:.1f} s, {megabytes:.0f} MB at most, {size:.1f} MB on disk ",
            end="",
        )
        print("| 15 s, 400 MB |")
        print(f"| network opened in a process | {memory:.0f} MB more | |")
        print(f"| matrix 60 × 60 | {matrix:.0f} ms | 600 ms |")
        print(f"| a new address: row and column to 60 | {added:.0f} ms | 60 ms |")
        print(f"| route of 12 stops with turns | {route:.0f} ms | |")
        print(f"| reach in 15 minutes | {reach:.0f} ms | |")
        print(f"| map of a round of 12 stops | {drawn:.0f} ms | 30 ms |")
        print(f"| sheet of 12 stops as PDF | {sheet_of_twelve(pdf):.0f} ms | 1500 ms |")
        print(f"| correlation with the great circle, {len(pairs)} pairs | {together:.3f} | |")
        ratio = median(a / b for a, b in pairs)
        print(f"| median ratio to great circle × 1.4 at 15 km/h | {ratio:.2f} | |")


def sheet_of_twelve(pdf: Callable[[str], bytes]) -> float:
    """Milliseconds to make the PDF of a real round of twelve stops."""
    from locomotive.core.db import db, write_tx
    from locomotive.papers.sheet_page import sheet_html
    from locomotive.service.fleet import Tricycle
    from tests.real_town import addresses, real_town

    with tempfile.TemporaryDirectory() as name:
        day = real_town(Path(name))
        with day.app.app_context():
            with write_tx() as session:
                for tricycle in session.query(Tricycle):
                    tricycle.capacity_boxes = 40
            found = addresses(12, within=0.009)
            for number, address in enumerate(found):
                day.order(f"Guest {number}", place=address, slot=(12, 0))
            by_street = {address.street: address for address in found}
            round_ = laid(day, list(by_street))
            with day.app.test_request_context(base_url="http://127.0.0.1:8000"):
                html = sheet_html(round_, is_pdf=True)
                spent = timed(lambda: pdf(sheet_html(round_, is_pdf=True)), 3)
            assert len(round_.stops) == 12, html
            db.session.remove()
            db.engine.dispose()
    return spent


def laid(day: object, streets: list[str]) -> object:
    """One round through these streets, whatever it breaks."""
    from locomotive.core.db import write_tx
    from locomotive.dispatch.publication import write_rounds
    from locomotive.promise.tentative_plan import delivery_of
    from routing import timed as scheduled
    from tests.real_town import KITCHEN

    with write_tx() as session:
        delivery = delivery_of(session, session.merge(day.service), KITCHEN)  # type: ignore[attr-defined]
        key_of = {orders[0].street: key for key, orders in delivery.orders.items()}
        trips = {delivery.problem.vehicles[0].id: [[key_of[street] for street in streets]]}
        plan = scheduled(delivery.problem, trips)
        write_rounds(session, day.service, delivery, plan, now=day.at(10))  # type: ignore[attr-defined]
    return day.rounds()[0]  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
