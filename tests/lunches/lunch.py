"""A lunch as its customers, its manager and chance make it, through the application's pages."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import cos, pi, radians, sin, sqrt
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

import routing
from locomotive.core.clock import clock, local
from locomotive.core.db import db, write_tx
from locomotive.dispatch.planning import Planning
from locomotive.menu.menu import Portion
from locomotive.ordering.order import Order, order_of_token, orders_of
from locomotive.places.address import Place
from locomotive.promise.problem import exactly
from locomotive.promise.proposal import open_proposal
from locomotive.promise.tentative_plan import delivery_of
from locomotive.rounds.round import Round
from locomotive.service.fleet import Shift, shifts_of
from locomotive.service.slot import Slot, slots_of
from routing import travelled
from tests.promises import broken
from tests.service_day import DATE, Day, leave, new_day
from tests.shop_day import shown_choice, shown_on

WORKPLACES = 12
REACH_KM = 2.5
ORDERS = 40
OPENS, CLOSES = (8, 0), (10, 30)
DELIVERED, CANCELLED, CHANGED = 0.75, 0.12, 0.15


@dataclass
class Customer:
    """Somebody who ordered, with the browser and the link of the order's page."""

    client: FlaskClient
    token: str


@dataclass
class Result:
    """What one lunch came to: counts by name, and what did not hold."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Lunch:
    """One lunch; `dice` decides who comes when and wants what, and what breaks."""

    def __init__(self, day: Day, seed: int, orders: int) -> None:
        self.day, self.dice, self.orders = day, random.Random(seed), orders
        self.result = Result()
        self.customers: list[Customer] = []
        self.hour = day.at(*OPENS)
        self.sent = 0
        self.office = day.signed_in("manager")
        self._lay()

    def _lay(self) -> None:
        """Workplaces around the kitchen, colleagues' slots, scarce portions, scarce places."""
        latitude, longitude = self.day.app.extensions["settings"].depot
        with write_tx() as session:
            for number in range(WORKPLACES):
                far = REACH_KM * sqrt(self.dice.random()) / 111.2
                way = 2 * pi * self.dice.random()
                session.add(
                    Place(
                        name=f"Atelier {number}",
                        street=f"{number} rue du Canal",
                        town="Oignies",
                        latitude=latitude + far * sin(way),
                        longitude=longitude + far * cos(way) / cos(radians(latitude)),
                    )
                )
            for portion in session.scalars(select(Portion)):
                portion.initial = portion.remaining = self.dice.randint(40, 80)
            for slot in session.scalars(select(Slot)):
                slot.capacity = self.dice.randint(6, 12)
            for shift in session.scalars(select(Shift)):
                shift.tricycle.capacity_boxes = self.dice.randint(10, 20)
        self.places = [p.id for p in db.session.scalars(select(Place))]
        self.portions = [p.id for p in db.session.scalars(select(Portion))]
        self.slots = {
            kind: [s.id for s in slots_of(db.session(), self.day.service, kind)]
            for kind in ("delivery", "take-away")
        }
        self.favourite = {
            place: self.dice.sample(self.slots["delivery"], 3) for place in self.places
        }

    def run(self) -> Result:
        """Live through the morning, close, plan, and see what holds."""
        for minute, act in sorted(self._acts(), key=lambda item: item[0]):
            self.hour = self.day.at(*OPENS) + timedelta(minutes=minute)
            act()
            self._note(broken(self.day))
        self.hour = self.day.at(*CLOSES)
        self._close()
        return self.result

    def _acts(self) -> list[tuple[float, Callable[[], None]]]:
        length = (self.day.at(*CLOSES) - self.day.at(*OPENS)).total_seconds() / 60
        acts: list[tuple[float, Callable[[], None]]] = []
        for _ in range(self.orders):
            acts.append((self.dice.uniform(0, length - 1), self.order))
        for _ in range(round(self.orders * CANCELLED)):
            acts.append((self.dice.uniform(length / 4, length - 1), self.cancel))
        for _ in range(round(self.orders * CHANGED)):
            acts.append((self.dice.uniform(length / 4, length - 1), self.change))
        acts.append((self.dice.uniform(length / 2, length - 1), self.break_down))
        acts.append((self.dice.uniform(length / 2, length - 1), self.lose_a_dish))
        return acts

    def _note(self, wrong: list[str]) -> None:
        self.result.wrong += [f"{local(self.hour):%H:%M} {sentence}" for sentence in wrong]

    def _count(self, what: str, answer: TestResponse) -> TestResponse:
        self.result.counts[f"{what} {answer.status_code}"] += 1
        if answer.status_code >= 500:
            self._note([f"{what}: {answer.status_code}"])
        return answer

    def order(self) -> None:
        """Fill a basket and try up to three times of one's own, then take-away."""
        client = self.day.app.test_client()
        self.sent += 1
        numbers = {p: self.dice.choice((0, 1, 1, 2)) for p in self.dice.sample(self.portions, 2)}
        typed = {f"quantity-{p}": str(n) for p, n in numbers.items() if n} or {
            f"quantity-{self.portions[0]}": "1"
        }
        client.post("/basket", data={"date": str(DATE), "add": "1"} | typed)
        opened = shown_on(client.get(f"/order?day={DATE}"))
        for kind, place, slot in self._wanted():
            form = {
                "key": f"{self.sent:08d}-{slot}".rjust(32, "k"),
                "day": str(DATE),
                "kind": kind,
                "slot": str(slot),
                "place": str(place) if kind == "delivery" else "",
                "first_name": "Samira",
                "phone": f"06 12 34 {self.sent // 100:02d} {self.sent % 100:02d}",
                "shown": [*opened, shown_choice(slot, place)],
            }
            answer = self._count("order", client.post("/order", data=form))
            if answer.status_code == 303:
                self.customers.append(Customer(client, answer.location.rsplit("/", 1)[1]))
                return

    def _wanted(self) -> list[tuple[str, int, int]]:
        away = ("take-away", 0, self.dice.choice(self.slots["take-away"]))
        if self.dice.random() > DELIVERED:
            return [away]
        place = self.dice.choice(self.places)
        slots = self.dice.sample(self.favourite[place], 3)
        return [*(("delivery", place, slot) for slot in slots), away]

    def _somebody(self) -> tuple[Customer, Order] | None:
        db.session.rollback()
        standing = [(c, order_of_token(db.session(), c.token)) for c in self.customers]
        placed = [(c, order) for c, order in standing if order.status == "placed"]
        return self.dice.choice(placed) if placed else None

    def cancel(self) -> None:
        found = self._somebody()
        if found:
            self._count("cancel", found[0].client.post(f"/o/{found[0].token}/cancel"))

    def change(self) -> None:
        """Another number of a dish, another time, or both; the place stays."""
        found = self._somebody()
        if not found:
            return
        customer, order = found
        slot = order.slot_id
        if self.dice.random() < 0.6:
            slot = self.dice.choice(self.slots[order.kind])
        numbers = dict.fromkeys(self.portions, 0) | order.quantities
        numbers[self.dice.choice(self.portions)] = self.dice.randint(0, 3)
        form = {
            "kind": order.kind,
            "slot": str(slot),
            "place": "same" if order.is_delivery else "",
        } | {f"quantity-{portion}": str(number) for portion, number in numbers.items()}
        path = f"/o/{customer.token}/change"
        form["shown"] = shown_on(customer.client.post(path, data=form | {"look": "total"}))
        form["shown"].append(shown_choice(slot))
        self._count("change", customer.client.post(path, data=form))

    def break_down(self) -> None:
        """A tricycle cannot ride, or not for as long; each customer who is touched says yes or
        no."""
        shifts = shifts_of(db.session(), self.day.service)
        broken_one = self.dice.choice(shifts).id
        form = {}
        for shift in shifts:
            form[f"start-{shift.id}"] = f"{local(shift.starts_at):%H:%M}"
            form[f"end-{shift.id}"] = f"{local(shift.ends_at):%H:%M}"
        if self.dice.random() < 0.3:
            form[f"off-{broken_one}"] = "y"
        else:
            form[f"end-{broken_one}"] = self.dice.choice(("12:00", "12:30", "13:00"))
        self._confirmed("shifts", form)
        self._answer_proposals()

    def lose_a_dish(self) -> None:
        """Some portions are gone: those on sale and a few that were promised."""
        portion = db.session.get_one(Portion, self.dice.choice(self.portions))
        missing = portion.remaining + self.dice.randint(0, 4)
        self._confirmed("gone", {"portion": str(portion.id), "missing": str(missing)})

    def _confirmed(self, what: str, form: dict[str, Any]) -> None:
        """Send a form of the office; say yes to what it shows."""
        path = f"/office/service/{DATE}/{what}"
        for _ in range(10):
            answer = self._count(what, self.office.post(path, data=form))
            if answer.status_code == 303:
                return
            form["stamp"] = re.findall(r'name="stamp" value="([^"]+)"', answer.text)[0]
            form["shown"] = re.findall(r'name="shown" value="([^"]+)"', answer.text)
        self._note([f"{what} was not applied"])

    def _answer_proposals(self) -> None:
        for customer in self.customers:
            db.session.rollback()
            proposal = open_proposal(db.session(), order_of_token(db.session(), customer.token))
            if proposal is None:
                continue
            is_yes = proposal.new_slot_id is not None and self.dice.random() < 0.8
            data = {"answer": "accept" if is_yes else "decline"}
            data["shown"] = shown_on(customer.client.get(f"/o/{customer.token}"))
            path = f"/o/{customer.token}/proposal"
            self._count("proposal", customer.client.post(path, data=data))

    def _close(self) -> None:
        """Plan the rounds with the real planner; every order promised must be in its window."""
        db.session.rollback()
        promised = [
            o.id
            for o in orders_of(db.session(), self.day.service)
            if o.is_delivery and o.status == "placed"
        ]
        self.result.counts["promised at the cut-off"] += len(promised)
        if not promised:
            return
        rounds = self._planned()
        served = {o.id: stop for r in rounds for stop in r.stops for o in stop.orders}
        for order_id in promised:
            order = db.session.get_one(Order, order_id)
            stop = served.get(order_id)
            if stop is None:
                self._note([f"order {order.number} is in no round"])
            elif not order.slot.starts_at <= stop.serves_at <= order.slot.ends_at:
                self._note([f"order {order.number} is served at {stop.serves_at}"])
            else:
                self.result.counts["served in their window"] += 1
        self._note(self.violations(rounds))
        self._note(broken(self.day))

    def _planned(self) -> list[Round]:
        """The rounds; where the machine is so busy that the planner gives up, ask once more."""
        for _ in range(3):
            rounds = self.day.plan()
            planning = db.session.scalars(select(Planning).order_by(Planning.id.desc())).first()
            assert planning is not None
            self.result.counts[f"planning {planning.state}"] += 1
            if planning.state == "done":
                return rounds
        self._note([f"no plan: {planning.failure}"])
        return []

    def violations(self, rounds: list[Round]) -> list[str]:
        """What the independent checker says of the rounds as they stand in the database."""
        depot = self.day.app.extensions["settings"].depot
        delivery = delivery_of(db.session(), self.day.service, depot)
        stop_of = {o.id: name for name, orders in delivery.orders.items() for o in orders}

        def seconds(moment: datetime) -> int:
            return int((moment - delivery.midnight).total_seconds())

        trips: dict[str, list[routing.Trip]] = {}
        for round_ in rounds:
            visits = tuple(
                routing.Visit(
                    stop=stop_of[stop.orders[0].id],
                    arrival=seconds(stop.arrives_at),
                    start=seconds(stop.serves_at),
                    departure=seconds(stop.leaves_at),
                )
                for stop in round_.stops
            )
            times = (round_.loading_at, round_.departs_at, round_.returns_at)
            trip = routing.Trip(*(seconds(moment) for moment in times), visits)
            trips.setdefault(str(round_.tricycle_id), []).append(trip)
        routes = tuple(
            routing.Route(vehicle, tuple(sorted(some, key=lambda trip: trip.departure)))
            for vehicle, some in trips.items()
        )
        every = [trip for route in routes for trip in route.trips]
        served = {visit.stop for trip in every for visit in trip.visits}
        unserved = sum(s.priority for s in delivery.problem.stops if s.id not in served)
        cost = sum(travelled(delivery.problem, trip) for trip in every)
        bound = routing.Bound(0, 0)
        plan = routing.Plan("feasible", unserved, cost, bound, 0.0, routes, ())
        # What breaks may leave a promise less sure than was asked.
        return routing.violations(exactly(delivery.problem), plan)


@contextmanager
def clock_of(lunch_hour: Callable[[], datetime]) -> Iterator[None]:
    """Let the application read this hour."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lunch_hour)
        yield


def simulated(folder: Path, database_url: str, seed: int, *, orders: int = ORDERS) -> Result:
    """Live through one lunch of about so many orders on a database of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    day = new_day(folder, database_url)
    with day.app.app_context():
        lunch = Lunch(day, seed, orders)
        with clock_of(lambda: lunch.hour):
            result = lunch.run()
        leave(day.app)
    return result
