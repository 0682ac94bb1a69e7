"""Two restaurants that share their tricycles, and the wire between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.ordering.order import Order
from locomotive.promise.tentative_plan import delivery_of
from locomotive.relays.relay import Relay, accept_offer, ask_relay
from locomotive.relays.speech import Answer, Unheard, read_answer
from locomotive.shipments.partner import (
    Partner,
    keep_ride_key,
    renew_access,
    ride_key_of,
    token_of,
)
from locomotive.shipments.shipment import Shipment
from locomotive.shipments.signature import Signed, sign
from locomotive.worker.news import relays
from tests.rounds_day import asked, day, manager
from tests.service_day import SECRET, Day, leave, new_day

__all__ = ["asked", "day", "manager"]


@dataclass
class Two:
    """Our house and the other one. `cut` names what is lost on the wire: (its number among what
    is said, "before" or "after" the other has heard it)."""

    ours: Day
    theirs: Day
    now: datetime
    cut: set[tuple[int, str]] = field(default_factory=set)
    said: list[str] = field(default_factory=list)

    def say(self, partner: Partner, request: Signed, *, secret: str, now: datetime) -> Answer:
        """What the worker says, without a network; it may be lost on its way there or back."""
        number = len(self.said)
        self.said.append(f"{request.method} {request.path.rpartition('/')[2]}")
        if (number, "before") in self.cut:
            raise Unheard("cut")
        header = sign(request, ride_key_of(partner, secret=secret), now=now)
        status, body = self.hears(request, header)
        if (number, "after") in self.cut:
            raise Unheard("cut")
        return read_answer(status, body)

    def hears(self, request: Signed, header: str) -> tuple[int, bytes]:
        """The other house's answer."""
        with self.theirs.app.test_client().open(
            request.path,
            method=request.method,
            data=request.body,
            headers={"Authorization": header, "Content-Type": "application/json"},
        ) as answer:
            return answer.status_code, answer.get_data()

    def work(self, minutes: int = 0) -> None:
        """So many minutes later, our worker says what is due."""
        self.now += timedelta(minutes=minutes)
        db.session.rollback()
        relays.ask_neighbours()
        db.session.rollback()

    def ask(self, order: Order) -> None:
        with write_tx() as session:
            partner = session.scalars(select(Partner)).one()
            ask_relay(session, session.get_one(Order, order.id), partner, now=self.now)

    def accept(self) -> None:
        with write_tx() as session:
            accept_offer(session, session.scalars(select(Relay)).one(), now=self.now)

    def handed_over(self, order: Order) -> None:
        """Ask, accept, and hear that it is confirmed."""
        self.ask(order)
        self.work()
        self.accept()
        self.work()

    @property
    def relay(self) -> Relay:
        db.session.rollback()
        query = select(Relay).order_by(Relay.id.desc()).limit(1)
        return db.session.scalars(query.execution_options(populate_existing=True)).one()

    def is_ours(self, order: Order) -> bool:
        """Whether our own plan has to serve the order."""
        db.session.rollback()
        db.session.expire_all()
        depot = self.ours.app.extensions["settings"].depot
        delivery = delivery_of(db.session(), self.ours.service, depot)
        return order.id in [one.id for orders in delivery.orders.values() for one in orders]

    def shipments(self) -> list[str]:
        """The states of what the other house has of us."""
        with self.theirs.app.app_context():
            states = list(db.session.scalars(select(Shipment.state).order_by(Shipment.id)))
            db.session.remove()
        return states

    def there(self, **values: Any) -> None:
        """Write into the other house's only shipment."""
        with self.theirs.app.app_context():
            with write_tx() as session:
                for name, value in values.items():
                    setattr(session.scalars(select(Shipment)).one(), name, value)
            db.session.remove()


@pytest.fixture
def two(day: Day, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Two]:
    (tmp_path / "theirs").mkdir()
    theirs = new_day(tmp_path / "theirs")
    with theirs.app.app_context():
        with write_tx() as session:
            us = Partner(name="La Locomotive", stop_cents=200, kilo_cents=0)
            session.add(us)
            session.flush()
            access = renew_access(session, us, "ride", secret=SECRET, now=day.at(8))
            key = token_of(access, secret=SECRET)
        db.session.remove()
    with write_tx() as session:
        them = Partner(name="Le Fournil", stop_cents=0, kilo_cents=0, ride_url="https://b.example")
        keep_ride_key(them, key, secret=SECRET)
        session.add(them)
    two = Two(day, theirs, day.at(10))
    monkeypatch.setattr(relays, "say", two.say)
    monkeypatch.setattr(clock, "now", lambda: two.now)
    yield two
    with theirs.app.app_context():
        leave(theirs.app)
