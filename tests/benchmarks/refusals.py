"""What a refusal costs beside a view of the menu, and what a rush of refusals waits for.

Run by hand from the root:

    .venv/bin/python -m tests.benchmarks.refusals            # processor time, in one process
    .venv/bin/python -m tests.benchmarks.refusals --rush     # p99 at 64 clients, a quiet machine

The first changes with a busy machine in its milliseconds, not in its ratios. The second serves a
real house (gunicorn 4 × 4) of which everything is sold, and sends it 3,000 orders.
"""

from __future__ import annotations

import re
import secrets
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import monotonic

from flask.testing import FlaskClient
from sqlalchemy import update

from locomotive.core.db import write_tx
from locomotive.menu.menu import Portion
from tests.benchmarks.menu import milliseconds
from tests.load.house import Customer, House, new_house, served
from tests.service_day import leave, new_app

CLIENTS, ORDERS = 64, 3000
AIM = 20  # milliseconds of processor time for one refusal
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def checkout_of(client: FlaskClient, house: House) -> dict[str, object]:
    """A take-away checkout of one meal, as its page lets it be sent."""
    menu = client.get(f"/menu/{house.day}").text
    chosen = {"date": str(house.day), "add": "1", f"quantity-{house.portion_id}": "1"}
    client.post("/basket", data=chosen | {"csrf_token": TOKEN.findall(menu)[0]})
    page = client.get(f"/order?day={house.day}").text
    return {
        "csrf_token": TOKEN.findall(page)[0],
        "shown": re.findall(r'name="shown" value="([^"]*)"', page),
        **{"day": str(house.day), "kind": "take-away", "slot": house.slot_id},
        **{"first_name": "Samira", "phone": "0612345678"},
    }


def refused(
    client: FlaskClient, form: dict[str, object], status: int, **changes: object
) -> Callable[[], object]:
    """Sending a checkout that is refused with a status, each time with a key of its own."""

    def send() -> None:
        answer = client.post("/order", data=form | {"key": secrets.token_hex(16)} | changes)
        assert answer.status_code == status, (answer.status_code, answer.text[-2000:])

    return send


def print_costs(folder: Path) -> None:
    """Processor time of each refusal, beside the menu."""
    house = new_house(folder, f"sqlite:///{folder / 'lunch.db'}", portions=1000)
    app = new_app(folder, house.database_url)
    usual = app.extensions["settings"]
    app.extensions["settings"] = replace(usual, orders_per_hour=1_000_000)
    client, stopped = app.test_client(), app.test_client()
    form = checkout_of(client, house)
    other = checkout_of(stopped, house)
    menu = milliseconds(lambda: client.get(f"/menu/{house.day}"))
    found = {"a view of the menu": menu}
    found["a field is missing (422)"] = milliseconds(refused(client, form, 422, phone=""))
    found["a slot that is not there (422)"] = milliseconds(refused(client, form, 422, slot=0))
    with app.app_context(), write_tx() as session:
        session.execute(update(Portion).where(Portion.id == house.portion_id).values(remaining=0))
    found["sold out (409)"] = milliseconds(refused(client, form, 409))
    app.extensions["settings"] = replace(usual, orders_per_hour=1)
    found["tried too often (429)"] = milliseconds(refused(stopped, other, 429))
    print("| what | ms | menus | aim |\n|---|---|---|---|")
    for name, read in found.items():
        held = "held" if read <= AIM else "missed at this load"
        print(f"| {name} | {read:.1f} | {read / menu:.1f} | {AIM} ms, {held} |")
    with app.app_context():
        leave(app)


def print_rush(folder: Path) -> None:
    """Send orders for a dish that is sold out, from many clients at once."""
    house = new_house(folder, f"sqlite:///{folder / 'lunch.db'}", portions=CLIENTS)

    def customer(number: int) -> list[tuple[int, float]]:
        buyer, read = Customer(port, house), []
        buyer.fill_basket()
        for turn in range(ORDERS // CLIENTS):
            began = monotonic()
            status, _ = buyer.order(f"{number:08d}-{turn:08d}".rjust(32, "k"))
            read.append((status, monotonic() - began))
        buyer.leave()
        return read

    with served(house) as port, ThreadPoolExecutor(CLIENTS) as pool:
        answers = [answer for read in pool.map(customer, range(CLIENTS)) for answer in read]
    waited = sorted(seconds for status, seconds in answers if status == 409)
    codes = {status for status, _ in answers}
    p50, p99 = (waited[int(share * len(waited))] * 1000 for share in (0.5, 0.99))
    print(f"{len(waited)} refusals, answers {codes}: p50 {p50:.0f} ms, p99 {p99:.0f} ms")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        (print_rush if "--rush" in sys.argv else print_costs)(Path(name))


if __name__ == "__main__":
    main()
