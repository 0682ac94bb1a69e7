"""A lunch at nine o'clock and a customer's browser before it."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.tasks import Task
from locomotive.core.tokens import seal
from locomotive.menu.dish import Dish
from locomotive.menu.menu import Portion
from locomotive.ordering.order import Order
from locomotive.ordering.shown import facts_of_place, facts_of_slots
from locomotive.places.address import KnownAddress, Place, address_of_place
from locomotive.service.slot import Slot
from locomotive.worker.queue import Jobs
from tests.service_day import DATE, SECRET, Day, leave, new_day

KEY = "k" * 32


class Shop:
    """What a customer does on the site, and what the tests look up behind it."""

    def __init__(self, day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
        self.day = day
        self.hour = day.at(9)
        monkeypatch.setattr(clock, "now", lambda: self.hour)
        self.client: FlaskClient = day.app.test_client()
        self.client.set_cookie("language", "en")
        self.asked: list[Task] = []
        monkeypatch.setattr(Jobs, "soon", lambda _jobs, task: self.asked.append(task))

    def at(self, hour: int, minute: int = 0, days: int = 0) -> None:
        """Let it be another hour, or another day."""
        self.hour: datetime = self.day.at(hour, minute) + timedelta(days=days)

    def portion(self, name: str = "Carbonade flamande") -> Portion:
        db.session.rollback()
        return db.session.scalars(select(Portion).join(Dish).where(Dish.name == name)).one()

    def slot(self, hour: int = 12, minute: int = 0, kind: str = "take-away") -> Slot:
        db.session.rollback()
        starts_at = self.day.at(hour, minute)
        return db.session.scalars(
            select(Slot).where(Slot.kind == kind, Slot.starts_at == starts_at)
        ).one()

    def set_left(self, left: int, name: str = "Carbonade flamande") -> None:
        portion_id = self.portion(name).id
        with write_tx() as session:
            session.execute(update(Portion).where(Portion.id == portion_id).values(remaining=left))

    def fill_slot(self, slot: Slot, free: int = 0) -> None:
        slot_id = slot.id
        with write_tx() as session:
            session.execute(update(Slot).where(Slot.id == slot_id).values(used=100 - free))

    def add(self, number: str = "1", name: str = "Carbonade flamande") -> TestResponse:
        """Press "Add" on the menu page."""
        field = f"quantity-{self.portion(name).id}"
        return self.client.post("/basket", data={"date": str(DATE), "add": "1", field: number})

    def set(self, number: str, name: str = "Carbonade flamande", **more: str) -> TestResponse:
        """Change a number on the basket page."""
        field = f"quantity-{self.portion(name).id}"
        return self.client.post("/basket", data={"date": str(DATE), field: number, **more})

    def form(self, **changes: str) -> dict[str, str]:
        """A checkout that is right, with some fields changed."""
        kind = "delivery" if changes.get("kind") == "delivery" else "take-away"
        right = {
            "key": KEY,
            "day": str(DATE),
            "kind": "take-away",
            "slot": changes["slot"] if "slot" in changes else str(self.slot(kind=kind).id),
            "place": "",
            "address": "",
            "access_note": "",
            "first_name": "Samira",
            "phone": "06 12 34 56 78",
            "email": "samira@example.org",
        }
        return right | changes

    def shown(self, **changes: str) -> list[str]:
        """What the checkout showed, of the place too when one is named, as its form keeps it."""
        form = self.form(**changes)
        pages = [self.client.get("/order")]
        if form["kind"] == "delivery" and (form["place"] or form["address"]):
            pages.append(self.client.post("/order", data=form | {"look": "1"}))
        return shown_on(pages[-1]) if pages[-1].status_code < 500 else []

    def order(self, **changes: str) -> TestResponse:
        """Open the checkout and send it."""
        shown = self.shown(**changes)
        return self.send(shown, **changes)

    def send(self, shown: list[str], **changes: str) -> TestResponse:
        """Send a checkout that was opened before."""
        return self.client.post("/order", data=self.form(**changes) | {"shown": shown})

    def orders(self) -> int:
        db.session.rollback()
        return db.session.scalar(select(func.count()).select_from(Order)) or 0


def shown_on(page: TestResponse) -> list[str]:
    """What a page's forms keep of what it showed."""
    return re.findall(r'name="shown" value="([^"]*)"', page.text)


def shown_choice(slot_id: int, place_id: int = 0) -> str:
    """What a page keeps of one slot and one named place that it showed, without asking whether
    they can be had."""
    facts = facts_of_slots([db.session.get_one(Slot, slot_id)])
    if place_id:
        facts |= facts_of_place(place_id, address_of_place(db.session(), place_id))
    return seal(SECRET, "shown", facts)


def words(response: TestResponse) -> str:
    """The page's text without its marks, on one line."""
    text = re.sub(r"<(script|style|title).*?</\1>", " ", response.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def error_at(response: TestResponse, field: str) -> str:
    """The sentence at one field, empty when there is none."""
    found = re.search(rf'id="{field}-error"[^>]*>(.*?)</p>', response.text, re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[1])).split()) if found else ""


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    day = new_day(tmp_path)
    with day.app.app_context():
        with write_tx() as session:
            for number in (12, 14):
                session.add(
                    KnownAddress(
                        street=f"{number} rue Pasteur",
                        town="Oignies",
                        latitude=50.4722,
                        longitude=2.9881,
                    )
                )
            session.add(
                KnownAddress(street="1 Grand Place", town="Lille", latitude=50.637, longitude=3.063)
            )
            session.add(
                Place(name="Beffroi", street="Place", town="Arras", latitude=50.29, longitude=2.777)
            )
        yield day
        leave(day.app)


@pytest.fixture
def shop(day: Day, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(day, monkeypatch)
