"""Breakdowns: minutes × people of the customers who are moved, beside the way of before.

Run by hand from the root:

    .venv/bin/python -m tests.benchmarks.breakdowns [--lunches 10] [--each 20]

Lunches of the demonstration; in each, tricycles break at times drawn at random. Before: one order
after the other, each to the nearest slot that had room, on a day without doubt. Prints a Markdown
table with its conditions. No seconds are measured, and no clock ends a search.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from locomotive.commands.demonstration import load_lunch
from locomotive.core.base import Base
from locomotive.core.clock import instant
from locomotive.core.db import db, write_tx
from locomotive.disruption import disruption, settling
from locomotive.disruption.disruption import Upset, what_breaks
from locomotive.disruption.settling import Affected, Room, Settled, Settling
from locomotive.ordering.order import Order
from locomotive.promise import question
from locomotive.promise.problem import Delivery, exactly
from locomotive.service.fleet import Shift, shifts_as, shifts_of
from locomotive.service.service import Service
from locomotive.service.slot import Slot
from routing import Plan
from tests.service_day import DATE, leave, new_app

ORDERS = 40
FIRST, LAST = 11 * 60 + 15, 13 * 60  # minutes after midnight between which a tricycle breaks


class OneByOne(Settling):
    """The way of before."""

    def __init__(self, delivery: Delivery, plan: Plan, room: Room) -> None:
        super().__init__(replace(delivery, problem=exactly(delivery.problem)), plan, room)

    def with_more_people(self, lost: object) -> tuple[Settling, list[Order]]:
        return self, list(lost)  # type: ignore[call-overload]

    def kindest(self, orders: object) -> Settled:
        return self.copied().settled(list(orders))  # type: ignore[call-overload]

    def _near(self, order: Order, shown: int) -> list[Slot]:
        near = (s for s in self.room.slots if s.id != order.slot_id and self._has_room(s, order))
        away = order.slot.starts_at
        return sorted(near, key=lambda s: (s.kind != order.kind, abs(s.starts_at - away), s.id))


@dataclass
class Tally:
    """What all breakdowns came to."""

    counts: Counter[str] = field(default_factory=Counter)
    furthest: int = 0

    def take(self, affected: tuple[Affected, ...]) -> None:
        for one in affected:
            people = one.order.boxes
            self.counts["orders"] += 1
            self.counts["people"] += people
            self.counts["all"] += one.cost
            if one.slot is None:
                self.counts["nothing"] += people
            elif one.slot.kind != one.order.kind:
                self.counts["fetched"] += people
            else:
                self.counts["moved"] += one.cost
                minutes = abs(one.slot.starts_at - one.order.slot.starts_at) // timedelta(minutes=1)
                self.furthest = max(self.furthest, minutes)

    def row(self, name: str) -> str:
        cells = [self.counts[key] for key in ("orders", "people", "fetched", "nothing", "moved")]
        cells += [self.counts["all"], self.furthest]
        return f"| {name} | {' | '.join(map(str, cells))} |"


def broken(session: Session, service: Service, dice: random.Random) -> list[Shift]:
    """The shifts without a tricycle from some minute on."""
    shifts = shifts_of(session, service)
    minute = dice.randint(FIRST, LAST)
    at = instant(service.date, time(minute // 60, minute % 60))
    mine = dice.choice(shifts)
    copies = shifts_as(service, shifts, {})
    copy = next(one for one in copies if one.id == mine.id)
    copy.ends_at = min(copy.ends_at, at)
    return list(copies)


def compare(seed: int, each: int, now: Tally, before: Tally) -> int:
    """Break tricycles of one lunch; how many breakdowns touched anybody."""
    dice, touched = random.Random(seed), 0
    with tempfile.TemporaryDirectory(prefix="locomotive-") as folder:
        app = new_app(Path(folder))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            house, morning = app.extensions["settings"], instant(DATE, time(8))
            with write_tx() as session:
                load_lunch(session, DATE, orders=ORDERS, seed=seed, settings=house, now=morning)
            session = db.session()
            service = session.scalars(select(Service).where(Service.date == DATE)).one()
            for _ in range(each):
                shifts = broken(session, service, dice)
                found = {}
                for way in (Settling, OneByOne):
                    disruption.Settling = way  # type: ignore[misc,assignment]
                    found[way] = what_breaks(
                        session, service, Upset(shifts=shifts), depot=house.depot, now=morning
                    )
                now.take(found[Settling].affected)
                before.take(found[OneByOne].affected)
                touched += bool(found[OneByOne].affected or found[Settling].affected)
            leave(app)
    return touched


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lunches", type=int, default=10)
    parser.add_argument("--each", type=int, default=20)
    wanted = parser.parse_args()
    for module in (disruption, settling, question):
        module.monotonic = lambda: 0.0  # type: ignore[attr-defined]
    now, before = Tally(), Tally()
    touched = sum(compare(seed, wanted.each, now, before) for seed in range(wanted.lunches))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}.")
    print(f"\n{wanted.lunches} lunches of {ORDERS} orders, {wanted.each} breakdowns in each;")
    print(f"{touched} of them touch somebody. Minutes × people, an earlier meal counted double;")
    print("in all: with 45 for each meal that is fetched instead and 90 for each that is lost.\n")
    print("| way | orders | people | fetched | nothing | min × people moved | in all | furthest |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    print(before.row("before"))
    print(now.row("now"), flush=True)


if __name__ == "__main__":
    main()
