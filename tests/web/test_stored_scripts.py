"""B-08: what somebody wrote into any of our texts runs in nobody's browser."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask_babel import lazy_gettext
from markupsafe import escape
from sqlalchemy import update
from sqlalchemy.orm import InstrumentedAttribute

from locomotive.accounts.device import Device
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.farm.produce import Produce
from locomotive.farm.supplier import Supplier
from locomotive.menu.dish import Dish
from locomotive.menu.recipe import Recipe
from locomotive.ordering.order import Order, OrderLine
from locomotive.places.address import Place
from locomotive.rounds.round import RoundStop
from locomotive.service.fleet import Tricycle
from locomotive.worker.queue import Jobs
from tests.service_day import leave, new_day
from tests.web.test_every_input import World

# Where people write: customers, the office, the farmer.
WRITTEN: tuple[InstrumentedAttribute[str], ...] = (
    Order.first_name,
    Order.access_note,
    Order.place_name,
    Order.street,
    OrderLine.dish_name,
    Dish.name,
    Supplier.name,
    Produce.name,
    Place.name,
    Tricycle.name,
    Device.name,
    Recipe.name,
    RoundStop.place_name,
)


def canary(number: int) -> str:
    """A text that becomes an element wherever it is not escaped, in texts and in attributes."""
    return f"\"'><img src=x onerror=canary{number}()></script><b onclick=canary{number}()>"


class Elements(HTMLParser):
    """What of a page would run: attributes that hold a canary."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [f"{tag} {n}={v}" for n, v in attrs if n.startswith("on") and "canary" in v]


def pages(world: World) -> Iterator[tuple[str, str]]:
    """(address, text) of each page, as the manager sees it and as a visitor does."""
    for client in (world.day.signed_in("manager"), world.app.test_client()):
        for _rule, method, address in world.addresses(dull=True):
            if method == "GET":
                with client.get(address) as answer:
                    if answer.mimetype in ("text/html", "image/svg+xml"):
                        yield address, answer.get_data(as_text=True)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    day = new_day(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    monkeypatch.setattr(Jobs, "soon", lambda *_: None)
    with day.app.app_context():
        world = World(day)
        with write_tx() as session:
            for number, column in enumerate(WRITTEN):
                session.execute(update(column.class_).values({column: column + canary(number)}))
        db.session.remove()
        yield world
        leave(day.app)


def test_b08_what_is_stored_runs_on_no_page(world: World) -> None:
    shown: dict[int, set[str]] = {number: set() for number in range(len(WRITTEN))}
    for address, text in pages(world):
        assert Elements(text).found == [], address
        for number in shown:
            if f"canary{number}(" in text:
                shown[number].add(address)
    # The control: each text is on a page, and eight pages and more show one.
    assert [str(WRITTEN[number]) for number, found in shown.items() if not found] == []
    assert len(set.union(*shown.values())) >= 8


def test_b08_the_control_pages_that_escape_nothing_would_run_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = new_day(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    with day.app.app_context():
        with write_tx() as session:
            session.execute(update(Dish).values({Dish.name: Dish.name + canary(0)}))
        templates = day.app.jinja_env
        templates.autoescape, templates.bytecode_cache = False, None
        templates.cache.clear()
        assert Elements(day.app.test_client().get("/menu/2026-11-24").text).found != []
        leave(day.app)


def test_b08_a_lazy_sentence_is_escaped_with_what_was_put_into_it(tmp_path: Path) -> None:
    app = new_day(tmp_path).app
    with app.test_request_context():
        sentence = lazy_gettext("Replaced by, instead of %(produce)s", produce="<b>leeks</b>")
        assert "&lt;b&gt;leeks" in escape(sentence)
        leave(app)
