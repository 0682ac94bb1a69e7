"""What the margin of a promise costs: the demonstration's lunch at each reliability.

Run by hand from the root:

    .venv/bin/python -m tests.benchmarks.margins [--lunches 3]

Prints a Markdown table: deliveries that the load still gets, how surely they are kept (simulated
with the noise of estimated distances), and processor time of a checkout's question for all slots.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import statistics
import tempfile
from datetime import time
from pathlib import Path
from time import process_time

from flask import Flask
from sqlalchemy import select

import routing
from locomotive.commands import demonstration
from locomotive.core.base import Base
from locomotive.core.clock import instant
from locomotive.core.db import db, write_tx
from locomotive.menu.menu import Portion
from locomotive.ordering.cart import Basket, BasketLine
from locomotive.places.address import Place, address_of_place
from locomotive.places.roads import ESTIMATED_NOISE
from locomotive.promise.answer import Wish
from locomotive.promise.problem import uncertain
from locomotive.promise.question import ask_slots
from locomotive.promise.tentative_plan import current_plan, delivery_of
from locomotive.service.fleet import lay_shifts
from locomotive.service.service import RELIABILITIES, Service, new_service
from locomotive.service.slot import lay_slots, slots_of
from tests.service_day import DATE, leave, new_app

ORDERS = 40
MORNING = instant(DATE, time(8))


def load(app: Flask, seed: int, reliability: int) -> Service:
    """The demonstration's lunch, promised with this margin."""
    Base.metadata.create_all(db.engine)
    with write_tx() as session:
        demonstration._places(session, demonstration.json.loads(demonstration.FACTS.read_text()))
        service = new_service(session, DATE)
        service.reliability, service.is_open = reliability, True
        lay_slots(session, service)
        lay_shifts(session, service)
        house = app.extensions["settings"]
        demonstration.load_lunch(
            session, DATE, orders=ORDERS, seed=seed, settings=house, now=MORNING
        )
    return db.session.scalars(select(Service).where(Service.date == DATE)).one()


def row(seed: int, reliability: int) -> str:
    """One lunch at one reliability."""
    with tempfile.TemporaryDirectory(prefix="locomotive-") as folder:
        app = new_app(Path(folder))
        with app.app_context():
            service, session = load(app, seed, reliability), db.session()
            depot = app.extensions["settings"].depot
            delivery = delivery_of(session, service, depot)
            plan = current_plan(session, service).plan
            noisy = uncertain(
                delivery, reliability=95, leg_noise=ESTIMATED_NOISE, door_noises={}
            ).problem
            kept = routing.reliability(noisy, plan, days=20_000, seed=7)
            asked = sorted(seconds_of_questions(service, depot))
            leave(app)
    deliveries = sum(len(orders) for orders in delivery.orders.values())
    cells = [seed, reliability or "no margin", deliveries, len(plan.served())]
    cells += [f"{kept.day:.2f}", f"{kept.least:.2f}"]
    cells += [round(1000 * statistics.median(asked)), round(1000 * asked[-1])]
    return f"| {' | '.join(map(str, cells))} |"


def seconds_of_questions(service: Service, depot: tuple[float, float]) -> list[float]:
    """Processor seconds for all slots of a delivery to each of the places."""
    session, seconds = db.session(), []
    portion = session.scalars(select(Portion)).first()
    assert portion is not None
    slots = slots_of(session, service, "delivery")
    for place_id in session.scalars(select(Place.id)).all():
        address = address_of_place(session, place_id)
        wish = Wish(service, "delivery", Basket((BasketLine(portion, 1),)), address)
        began = process_time()
        ask_slots(session, slots, wish, depot=depot, now=MORNING)
        seconds.append(process_time() - began)
    return seconds


def main() -> None:
    """Print the table."""
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser()
    parser.add_argument("--lunches", type=int, default=3)
    wanted = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}.\n")
    print("| lunch | days of 100 | deliveries | stops | whole day | weakest | ms | most |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for seed in range(1, wanted.lunches + 1):
        for reliability in sorted(RELIABILITIES):
            print(row(seed, reliability), flush=True)


if __name__ == "__main__":
    main()
