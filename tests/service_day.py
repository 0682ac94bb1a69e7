"""One lunch with its cast, for the tests of the kitchen and of the rounds."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite_module
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import create_engine, select, text
from werkzeug.test import TestResponse

from locomotive import create_app
from locomotive.accounts.signin import sign_in
from locomotive.core.actor import Actor
from locomotive.core.base import Base
from locomotive.core.clock import clock, instant
from locomotive.core.db import db, write_tx
from locomotive.core.mark import note_worker
from locomotive.core.settings import Settings
from locomotive.dispatch.planning import ask_planning
from locomotive.dispatch.publication import write_rounds
from locomotive.menu.dish import Dish, DishAllergen
from locomotive.menu.menu import Menu, Portion
from locomotive.ordering.cart import Basket, BasketLine
from locomotive.ordering.order import Order
from locomotive.ordering.request import Customer, Request, place_order
from locomotive.ordering.step import cancel
from locomotive.places.address import Address, Place
from locomotive.promise.tentative_plan import delivery_of
from locomotive.rounds.round import Round, rounds_of
from locomotive.service.fleet import Tricycle, lay_shifts, shifts_of
from locomotive.service.service import Service, new_service
from locomotive.service.slot import Slot, lay_slots
from locomotive.web.schema import MIGRATIONS
from locomotive.worker.planning import plan_rounds
from routing import timed

DATE = date(2026, 11, 24)
SECRET = "a secret of the tests, long enough for them"
COMPILED = FileSystemBytecodeCache()
DISHES = {
    "carbonade": ("Carbonade flamande", "stew", 1250, True, ("gluten", "celery")),
    "salad": ("Salade de lentilles", "salad", 850, False, ("mustard",)),
    "soup": ("Soupe de potimarron", "soup", 550, True, ()),
}
PLACES = {
    "town hall": ("Mairie d’Oignies", "Place de la IVe République", 50.4705, 2.9947),
    "library": ("Médiathèque", "15 rue Pasteur", 50.4722, 2.9881),
    "school": ("École Pantigny", "8 rue André Pantigny", 50.4655, 3.0011),
    "garage": ("Garage du Centre", "105 rue des 80 Fusillés", 50.4682, 2.9829),
    "stadium": ("Complexe Léo Lagrange", "rue Léo Lagrange", 50.4950, 3.0300),
}


@dataclass
class Day:
    """The lunch of Tuesday 24 November 2026: two tricycles of 12 boxes, three dishes."""

    app: Flask
    date: date = DATE
    placed: int = field(default=0)

    def at(self, hour: int, minute: int = 0) -> datetime:
        """An instant of the day by the restaurant's clock."""
        return instant(self.date, time(hour, minute))

    @property
    def service(self) -> Service:
        """The service as the database has it now."""
        query = select(Service).where(Service.date == self.date)
        return db.session.scalars(query.execution_options(populate_existing=True)).one()

    def order(
        self,
        first_name: str = "Nadia",
        *,
        to: str | None = None,
        slot: tuple[int, int] = (12, 0),
        note: str = "",
        place: Address | None = None,
        phone: str = "06 00 00 00 01",
        email: str = "",
        key: str = "",
        must_not_contain: str = "",
        **dishes: int,
    ) -> Order:
        """Place an order; `to` is a place of the cast, without one it is taken away."""
        address = place or (address_of(to, note) if to else None)
        kind = "delivery" if address else "take-away"
        self.placed += 1
        with write_tx() as session:
            found = session.scalars(
                select(Slot).where(Slot.kind == kind, Slot.starts_at == self.at(*slot))
            ).one()
            portions = {p.dish.name: p for p in session.scalars(select(Portion))}
            lines = [
                BasketLine(portions[DISHES[name][0]], quantity)
                for name, quantity in (dishes or {"carbonade": 1}).items()
            ]
            request = Request(
                key=key or f"key-{self.placed}",
                kind=kind,
                slot_id=found.id,
                customer=Customer(first_name, phone=phone, email=email),
                address=address,
                must_not_contain=must_not_contain,
            )
            return place_order(
                session, request, Basket(tuple(lines)), secret=SECRET, now=self.at(8)
            )

    def cancel(self, order: Order) -> None:
        """Cancel an order as its customer."""
        with write_tx() as session:
            cancel(session, session.get_one(Order, order.id), actor=Actor.CUSTOMER, now=self.at(9))

    def status(self, order: Order) -> str:
        """The order's status as the database has it now."""
        db.session.rollback()
        return db.session.scalars(select(Order.status).where(Order.id == order.id)).one()

    def signed_in(self, role: str, *, language: str = "en") -> FlaskClient:
        """A browser of one role, whose label is that role."""
        with write_tx() as session:
            token = sign_in(session, role=role, label=role, now=clock.now())
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = token, True
        client.set_cookie("language", language)
        return client

    def ask(self) -> int:
        """Ask for a planning and return its id."""
        with write_tx() as session:
            service = session.scalars(select(Service).where(Service.date == self.date)).one()
            return ask_planning(session, service, now=self.at(10)).id

    def plan(self) -> list[Round]:
        """Plan the rounds with the real solver, and return them."""
        plan_rounds(self.ask())
        return self.rounds()

    def lay(self, *trips: list[str]) -> list[Round]:
        """Make rounds of places by hand, one tricycle's trips in order, whatever they break."""
        depot = self.app.extensions["settings"].depot
        with write_tx() as session:
            service = session.scalars(select(Service).where(Service.date == self.date)).one()
            delivery = delivery_of(session, service, depot)
            key_of = {orders[0].place_name: key for key, orders in delivery.orders.items()}
            vehicle = delivery.problem.vehicles[0].id
            chosen = [[key_of[place_name(place)] for place in trip] for trip in trips]
            plan = timed(delivery.problem, {vehicle: chosen})
            write_rounds(session, service, delivery, plan, now=self.at(10))
        return self.rounds()

    def rounds(self) -> list[Round]:
        """The rounds as the database has them now."""
        db.session.rollback()
        return rounds_of(db.session(), self.service)

    def leave_one_tricycle(self, boxes: int = 12) -> None:
        """Keep one tricycle with room for so many boxes."""
        with write_tx() as session:
            first, *others = shifts_of(session, self.service)
            first.tricycle.capacity_boxes = boxes
            for shift in others:
                shift.is_off = True


# White space that no browser shows: runs of it, and what stands at the edges of a block.
BLOCK = r"(?:a|button|div|h\d|label|li|option|p|t[dh])"
EDGES = re.compile(rf"(<{BLOCK}\b[^<>]*>) | (?=</{BLOCK}>)")


class Seen(TestResponse):
    """An answer; the text of a page is what a browser makes of its white space."""

    @property
    def text(self) -> str:
        text = self.get_data(as_text=True)
        if self.mimetype != "text/html":
            return text
        return EDGES.sub(lambda edge: edge[1] or "", re.sub(r"[ \t\r\n]+", " ", text))


class Browser(FlaskClient):
    """A client whose requests share neither session nor visitor with the test around them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.response_wrapper = type("Seen", (Seen, self.application.response_class), {})

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            return super().open(*args, **kwargs)


def place_name(place: str) -> str:
    """The name of one of the cast's places; any other text is a name already."""
    return PLACES[place][0] if place in PLACES else place


def address_of(name: str, note: str = "") -> Address:
    """The address of one of the cast's places."""
    place, street, latitude, longitude = PLACES[name]
    return Address(place, street, "Oignies", latitude, longitude, note)


def new_app(folder: Path, database_url: str = "", **settings: Any) -> Flask:
    """An application of its own; without an address its database is a SQLite file."""
    app = create_app(
        Settings(
            secret_key=SECRET,
            instance=folder,
            database_url=database_url or f"sqlite:///{folder / 'lunch.db'}",
            **{"compiled_answers": 0, **settings},
        )
    )
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    # Hundreds of applications read the same templates: compile each of them once.
    app.jinja_env.bytecode_cache = COMPILED
    return app


def leave(app: Flask) -> None:
    """Close what the application holds open."""
    db.session.remove()
    db.engine.dispose()
    app.extensions["jobs"].huey.storage.close()


def new_day(folder: Path, database_url: str = "") -> Day:
    """An application with an empty database of its own, and the lunch in it."""
    app = new_app(folder, database_url, planner_seconds=1.0)
    app.test_client_class = Browser
    with app.app_context():
        lay_lunch()
    return Day(app)


def lay_lunch() -> None:
    """Make the tables of an empty database, and the lunch in them.

    Both are copied from the first ones that this process laid.
    """
    if db.engine.dialect.name != "sqlite":
        _lay_in_postgresql()
        return
    laid = _laid_lunch()
    with closing(db.engine.raw_connection()) as connection:
        laid.backup(connection.driver_connection)


@cache
def _laid_lunch() -> Any:
    """The lunch as the engine at hand is given it first, kept in memory."""
    _lay_lunch()
    db.session.remove()
    laid = sqlite_module.connect(":memory:", check_same_thread=False)
    with closing(db.engine.raw_connection()) as connection:
        source: Any = connection.driver_connection
        source.backup(laid)
    return laid


def _lay_in_postgresql() -> None:
    """Lay the lunch; the server keeps the first one as a template, of which others are copies.

    An empty database steps aside for its copy: dropping one waits for the disk.
    """
    url = db.engine.url
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        is_laid = "SELECT 1 FROM pg_database WHERE datname = 'laid_lunch'"
        if connection.scalar(text(is_laid)):
            db.engine.dispose()
            connection.execute(text(f"ALTER DATABASE {url.database} RENAME TO {url.database}_0"))
            connection.execute(text(f"CREATE DATABASE {url.database} TEMPLATE laid_lunch"))
        else:
            _lay_lunch()
            db.session.remove()
            db.engine.dispose()
            connection.execute(text(f"CREATE DATABASE laid_lunch TEMPLATE {url.database}"))
    server.dispose()


def lay_tables() -> None:
    """Make the tables of an empty database; the migrations make the same, and a test says so."""
    Base.metadata.create_all(db.engine)
    with db.engine.begin() as connection:
        MigrationContext.configure(connection).stamp(ScriptDirectory(str(MIGRATIONS)), "head")


def _lay_lunch() -> None:
    lay_tables()
    with write_tx() as session:
        note_worker(session, now=instant(DATE, time(8)))
        menu = Menu(date=DATE, published_at=instant(DATE, time(7)))
        session.add(menu)
        session.flush()
        for position, (name, family, cents, is_hot, allergens) in enumerate(DISHES.values()):
            dish = Dish(
                name=name,
                family=family,
                price_cents=cents,
                is_hot=is_hot,
                allergens_are_known=True,
                has_meat=False,
                allergens=[DishAllergen(code=code, level="contains") for code in allergens],
            )
            session.add(dish)
            session.flush()
            session.add(
                Portion(
                    menu_id=menu.id,
                    dish_id=dish.id,
                    position=position,
                    initial=200,
                    remaining=200,
                    price_cents=cents,
                    vat_bp=1000,
                )
            )
        for name in ("red tricycle", "white tricycle"):
            session.add(Tricycle(name=name, capacity_boxes=12))
        name, street, latitude, longitude = PLACES["school"]
        session.add(
            Place(
                name=name,
                street=street,
                town="Oignies",
                latitude=latitude,
                longitude=longitude,
                contact="Madame Wattrelos",
                phone="03 21 00 00 09",
            )
        )
        service = new_service(session, DATE)
        service.is_open = True
        for slot in lay_slots(session, service):
            slot.capacity = 100
        lay_shifts(session, service)
