"""The kitchen's screens under load, and what one board costs.

Run by hand from the root:

    .venv/bin/python -m tests.benchmarks.kitchen

30 screens poll every 2 s while customers order 5 times a second for 60 s, over HTTP, on the same
machine. Staleness is how long after an order's answer each screen still showed the state before
it. Then the same screens beside 140 orders of a lunch that are pressed, one every 1.5 s
(`--presses` for this alone). Prints Markdown tables with their conditions.
"""

from __future__ import annotations

import gzip
import http.client
import json
import os
import platform
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import event, select

from locomotive.accounts.signin import sign_in
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.status import Status
from locomotive.kitchen.board_cache import MAX_AGE, BoardCache
from locomotive.menu.menu import Portion
from locomotive.ordering.cart import Basket, BasketLine
from locomotive.ordering.order import Order
from locomotive.ordering.request import Customer, Request, place_order
from locomotive.service.slot import Slot
from tests.browser.kitchen.busy_lunch import busy_day
from tests.load.house import Customer as Buyer
from tests.load.house import House, new_house, served, started
from tests.service_day import SECRET, leave, new_app

SCREENS, EVERY, RATE, SECONDS = 30, 2.0, 5.0, 60.0
ORDERS, PAUSE = 140, 1.5
PAGES = ("cook", "pack", "hand_over")


@dataclass
class Screen:
    """One tablet: when it asked, how long the answer took, how many orders it showed then."""

    page: str
    cookie: str
    house: House
    port: int
    polls: list[tuple[float, float, int]] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    token: str = ""

    def take(self, body: bytes, packing: str | None) -> int:
        """Join a board of fragments as fragments.js does; the orders that it shows."""
        self.sizes.append(len(body))
        sent = json.loads(gzip.decompress(body) if packing == "gzip" else body)
        pairs = [
            (one, self.held[one]) if isinstance(one, str) else one for one in sent["fragments"]
        ]
        self.held, self.token = dict(pairs), sent["token"]
        return int(self.held[pairs[0][0]].split('data-orders="')[1].split('"')[0])

    def watch(self, begin: float, until: float) -> None:
        """Poll every 2 s as board.js does, with the ETag of the last answer."""
        etag, shown, due = "", 0, begin
        while (at := time.monotonic()) < until:
            if at < due:
                time.sleep(due - at)
            asked = time.monotonic()
            headers = {"Cookie": self.cookie, "Accept-Encoding": "gzip"}
            headers |= {"X-Held": " ".join(self.held)} | ({"If-None-Match": etag} if etag else {})
            # Behind a proxy each poll is a connection of its own; gunicorn closes idle ones.
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            folder = "" if self.page == "board" else f"/{self.page}"
            path = f"/kitchen{folder}/board?date={self.house.day}"
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            # The form's token counts with the cookie that it came with.
            self.cookie = answer.headers.get("Set-Cookie", self.cookie).partition(";")[0]
            self.answers[answer.status] = self.answers.get(answer.status, 0) + 1
            if answer.status == 200:
                etag = answer.headers["ETag"]
                shown = self.take(body, answer.headers["Content-Encoding"])
            self.polls.append((asked, time.monotonic(), shown))
            # As board.js: two seconds after the answer.
            due = time.monotonic() + EVERY


def rank(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def staleness(screens: list[Screen], placed: list[float], before: int) -> list[float]:
    """Seconds from each order's answer until each screen showed it."""
    found = []
    for screen in screens:
        for number, at in enumerate(sorted(placed), before + 1):
            seen = next((end for _, end, shown in screen.polls if shown >= number), None)
            if seen is not None:
                found.append(max(0.0, seen - at))
    return found


def missed(screens: list[Screen], placed: list[float]) -> int:
    """Polls that did not show an order although they began MAX_AGE or more after its answer."""
    return sum(
        shown < sum(asked - at > MAX_AGE for at in placed)
        for screen in screens
        for asked, _end, shown in screen.polls
    )


def cookies(house: House, count: int) -> list[str]:
    """The cookies of so many screens."""
    app = new_app(house.folder, house.database_url)
    made = []
    with app.app_context():
        for number in range(count):
            with write_tx() as session:
                token = sign_in(session, role="kitchen", label=f"screen {number}", now=clock.now())
            client = app.test_client()
            with client.session_transaction() as cookie:
                cookie["_user_id"], cookie["_fresh"] = token, True
            made.append(f"locomotive={client.get_cookie('locomotive').value}")  # type: ignore[union-attr]
        leave(app)
    return made


def measure_load(house: House, seconds: float = SECONDS) -> dict[str, Any]:
    """C-15: the screens beside the orders."""
    with served(house, workers=2, threads=8) as port:
        screens = [
            Screen(PAGES[i % len(PAGES)], cookie, house, port)
            for i, cookie in enumerate(cookies(house, SCREENS))
        ]
        buyer = Buyer(port, house)
        buyer.fill_basket()
        begin = time.monotonic() + 1
        until = begin + seconds + 6
        threads = [
            threading.Thread(target=s.watch, args=(begin + i * EVERY / SCREENS, until))
            for i, s in enumerate(screens)
        ]
        for thread in threads:
            thread.start()
        placed, took, statuses = [], [], {}
        for number in range(int(RATE * seconds)):
            due = begin + number / RATE
            time.sleep(max(0.0, due - time.monotonic()))
            asked = time.monotonic()
            status, _ = buyer.order(f"{number:08d}".rjust(32, "k"))
            took.append(time.monotonic() - asked)
            statuses[status] = statuses.get(status, 0) + 1
            if status == 303:
                placed.append(time.monotonic())
        for thread in threads:
            thread.join()
        buyer.leave()
    polls = [end - asked for s in screens for asked, end, _ in s.polls]
    return {
        "polls": polls,
        "orders": took,
        "stale": staleness(screens, placed, 0),
        "statuses": statuses,
        "answers": {code: sum(s.answers.get(code, 0) for s in screens) for code in (200, 304)},
        "shown": {s.polls[-1][2] for s in screens},
        "missed": missed(screens, placed),
    }


def processor_seconds(group: int) -> float:
    """Processor time of a process group's processes so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            values = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if int(values[2]) == group:
            ticks += int(values[11]) + int(values[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def measure_presses(seconds: float = SECONDS) -> dict[str, Any]:
    """The screens beside one press every 1.5 s on a lunch of 140 orders."""
    folder = Path(tempfile.mkdtemp())
    day = busy_day(folder, ORDERS)
    house = House(folder, f"sqlite:///{folder / 'lunch.db'}", day.date, 0, 0)
    with day.app.app_context():
        query = select(Order).where(Order.status == Status.PLACED).order_by(Order.id)
        # A second hand looks at a bag from which something must be left out.
        waiting = [o.id for o in db.session.scalars(query) if not o.is_exception]
        leave(day.app)
    process, port = started(house, workers=2, threads=8, app="wsgi:app")
    try:
        screens = [
            Screen(("board", *PAGES)[i % 4], cookie, house, port)
            for i, cookie in enumerate(cookies(house, SCREENS))
        ]
        begin = time.monotonic() + 1
        threads = [
            threading.Thread(target=s.watch, args=(begin + i * EVERY / SCREENS, begin + seconds))
            for i, s in enumerate(screens)
        ]
        for thread in threads:
            thread.start()
        time.sleep(2 * EVERY + 1)
        # Each holds a board before anything is read, however busy the machine is.
        while time.monotonic() < begin + seconds and not all(s.sizes for s in screens):
            time.sleep(0.1)
        first, used, at = (
            [len(s.sizes) for s in screens],
            processor_seconds(process.pid),
            time.monotonic(),
        )
        took = []
        while time.monotonic() < begin + seconds and waiting:
            asked = time.monotonic()
            assert press(screens[0], waiting.pop(0)) == 204
            took.append(time.monotonic() - asked)
            time.sleep(max(0.0, asked + PAUSE - time.monotonic()))
        share = (processor_seconds(process.pid) - used) / (time.monotonic() - at)
        for thread in threads:
            thread.join()
    finally:
        process.terminate()
        process.wait(timeout=30)
    later = [(end - asked) for s in screens for asked, end, _ in s.polls if asked > at]
    sizes = [size for s, n in zip(screens, first, strict=True) for size in s.sizes[n:]]
    return {"polls": later, "presses": took, "sizes": sizes, "share": share}


def press(screen: Screen, order_id: int) -> int:
    """One press as presses.js sends it; the answer's status."""
    connection = http.client.HTTPConnection("127.0.0.1", screen.port, timeout=30)
    form = {"seen": "placed", "to": "ready", "key": f"press-{order_id}", "csrf_token": screen.token}
    headers = {"Cookie": screen.cookie, "X-Requested-With": "fetch"}
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection.request("POST", f"/kitchen/orders/{order_id}/step", urlencode(form), headers)
    status = connection.getresponse().status
    connection.close()
    return status


def measure_board(orders: int) -> list[tuple[str, float, float, float, int, int]]:
    """(page, ms of a 200 drawn anew, ms of a shared one, ms of a 304, queries of a drawn one, kB)
    with so many orders to do."""
    folder = Path(tempfile.mkdtemp())
    house = new_house(folder, f"sqlite:///{folder / 'lunch.db'}", portions=100_000)
    app = new_app(folder, house.database_url)
    rows = []
    with app.app_context():
        fill(house, orders)
        cookie = cookies(house, 1)[0].partition("=")[2]
        client = app.test_client()
        client.set_cookie("locomotive", cookie)
        sent: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *a: sent.append(a[2]))
        for page in ("board", *PAGES):
            path = "" if page == "board" else f"/{page}"
            url = f"/kitchen{path}/board?date={house.day}"
            answer = client.get(url)

            def draw(url: str = url) -> None:
                app.extensions["locomotive_boards"] = BoardCache()
                client.get(url)

            sent.clear()
            draw()
            queries = len(sent)
            fresh, shared = timed(draw), timed(lambda url=url: client.get(url))
            headers = {"If-None-Match": answer.headers["ETag"]}
            same = timed(lambda url=url, headers=headers: client.get(url, headers=headers))
            rows.append((page, fresh, shared, same, queries, len(answer.data) // 1000))
        leave(app)
    return rows


def fill(house: House, orders: int) -> None:
    """Place so many take-away orders of two dishes."""
    with write_tx() as session:
        for slot in session.scalars(select(Slot)):
            slot.capacity, slot.capacity_portions = 1000, 100_000
        for portion in session.scalars(select(Portion)):
            portion.initial = portion.remaining = 1000
    portions = list(db.session.scalars(select(Portion)))
    slots = list(db.session.scalars(select(Slot).where(Slot.kind == "take-away")))
    for number in range(orders):
        lines = (
            BasketLine(portions[number % len(portions)], 1),
            BasketLine(portions[(number + 1) % len(portions)], 1),
        )
        request = Request(
            key=f"board-{number}",
            kind="take-away",
            slot_id=slots[number % len(slots)].id,
            customer=Customer("Samira", phone="06 12 34 56 78"),
            address=None,
        )
        with write_tx() as session:
            early = datetime.combine(house.day, datetime.min.time(), tzinfo=UTC)
            place_order(session, request, Basket(lines), secret=SECRET, now=early)


def timed(act: Any, times: int = 40) -> float:
    """The median milliseconds of an act."""
    took = []
    for _ in range(times):
        begin = time.perf_counter()
        act()
        took.append((time.perf_counter() - begin) * 1000)
    return median(took)


def print_board() -> None:
    print(
        "| screen, 150 orders | drawn, ms (median) | shared, ms | 304, ms | queries | kB |\n"
        "|---|---|---|---|---|---|"
    )
    for page, fresh, shared, same, queries, size in measure_board(150):
        print(f"| {page} | {fresh:.1f} | {shared:.1f} | {same:.1f} | {queries} | {size} |")
    print(f"\nQueries with 300 orders: {[row[4] for row in measure_board(300)]}")


def print_presses() -> None:
    read = measure_presses()
    print(
        f"\n{SCREENS} screens every {EVERY:g} s beside a press every {PAUSE:g} s, {ORDERS} orders, "
        f"gunicorn 2×8, load from the same cores, at load {os.getloadavg()[0]:.1f}:\n"
    )
    print("| | p50 | p99 | worst |\n|---|---|---|---|")
    for name, key, digits in (("poll, s", "polls", 3), ("press, s", "presses", 3)):
        ranks = (rank(read[key], 0.5), rank(read[key], 0.99), max(read[key]))
        print(f"| {name} | " + " | ".join(f"{value:.{digits}f}" for value in ranks) + " |")
    sizes = read["sizes"]
    print(f"| changed board, bytes | {rank(sizes, 0.5)} | {rank(sizes, 0.99)} | {max(sizes)} |")
    print(f"\nProcessor: {read['share']:.0%} of a core; {len(read['polls'])} polls, ", end="")
    print(f"{len(read['presses'])} presses, {len(sizes)} changed boards")


def print_load() -> None:
    folder = Path(tempfile.mkdtemp())
    house = new_house(folder, f"sqlite:///{folder / 'lunch.db'}", portions=100_000)
    read = measure_load(house)
    print(
        f"\n{SCREENS} screens every {EVERY:g} s beside {RATE:g} orders/s for {SECONDS:g} s, "
        "gunicorn 2×8, load from the same cores:\n"
    )
    print("| | p50 | p99 | worst |\n|---|---|---|---|")
    for name, key in (("staleness, s", "stale"), ("order, s", "orders"), ("poll, s", "polls")):
        values = read[key]
        print(
            f"| {name} | {rank(values, 0.5):.3f} | {rank(values, 0.99):.3f} | {max(values):.3f} |"
        )
    print(f"\nOrders: {read['statuses']}; polls: {read['answers']}; orders shown: {read['shown']}")


def main() -> None:
    """Measure and print."""
    print(f"{clock.now():%Y-%m-%d}, Python {platform.python_version()}, {os.cpu_count()} cores\n")
    if "--presses" not in sys.argv:
        print_board()
    if "--board" not in sys.argv:
        print_presses()
    if not {"--board", "--presses"} & {*sys.argv}:
        print_load()


if __name__ == "__main__":
    main()
