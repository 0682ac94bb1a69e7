"""Pieces of boards that are kept: a board made of them is the board drawn anew."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from locomotive.core.actor import Actor
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.status import IN_HOUSE, TO_COOK, Status
from locomotive.kitchen.board_cache import BoardCache, PieceCache, ReadingCache
from locomotive.kitchen.press import press
from locomotive.kitchen.production import Departure
from locomotive.kitchen.share import CookingBoard, DishToCook, Finish, cooking_board, finish
from locomotive.ordering.order import Order, orders_of, touch
from locomotive.ordering.step import cancel
from locomotive.service.service import Service
from tests.browser.kitchen.busy_lunch import busy_day
from tests.service_day import Browser, Day, leave

PAGES = ("", "cook/", "pack/", "hand_over/")
CACHES: dict[str, type] = {
    "locomotive_boards": BoardCache,
    "locomotive_orders": ReadingCache,
    "locomotive_pieces": PieceCache,
}


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Day:
    day = busy_day(tmp_path, 20)
    monkeypatch.setattr(clock, "now", lambda: day.at(11))
    return day


def boards(day: Day, client: Browser, *, fresh: bool) -> list[str]:
    """The boards of all pages; `fresh`: of no piece that was kept."""
    for name, made in CACHES.items():
        if fresh or made is BoardCache:
            day.app.extensions[name] = made()
    texts = [client.get(f"/kitchen/{page}board?date={day.date}").text for page in PAGES]
    # Each answer signs the screen's token anew.
    return [re.sub(r'name="csrf_token" value="[^"]*"', "", text) for text in texts]


def act_at_random(day: Day, chance: random.Random) -> None:
    """Somebody cooks one portion or a whole share, closes or gives a bag, cancels, is renamed."""
    with write_tx() as session:
        service = session.merge(day.service)
        orders = orders_of(session, service)
        act = chance.choice([cook, cook, close, close, give, give, call_off, rename])
        act(session, service, orders, chance)


def cook(session: Session, service: Service, orders: list[Order], chance: random.Random) -> None:
    dishes = cooking_board(orders)
    shares = [s for dish in dishes.dishes for s in dish.shares if s.left]
    share = chance.choice(shares + [s for _, s in dishes.exceptions if s.left])
    asked = Finish(share.key, share.portion_id, chance.choice([1, share.left]), share.done)
    finish(session, service, asked, device="a", now=clock.now())


def close(session: Session, _service: Service, orders: list[Order], chance: random.Random) -> None:
    order = chance.choice([o for o in orders if o.status in TO_COOK and not o.is_exception])
    press(session, order, to="ready", seen=order.status, device="a", now=clock.now())


def give(session: Session, service: Service, orders: list[Order], chance: random.Random) -> None:
    ready = [o for o in orders if o.status is Status.READY and not o.is_delivery]
    if ready:
        order = chance.choice(ready)
        press(session, order, to="handed over", seen="ready", device="a", now=clock.now())
    else:
        close(session, service, [o for o in orders if not o.is_delivery], chance)


def call_off(
    session: Session, _service: Service, orders: list[Order], chance: random.Random
) -> None:
    order = chance.choice([o for o in orders if o.status in IN_HOUSE])
    cancel(session, order, actor=Actor.KITCHEN, device="a", reason="mistake", now=clock.now())


def rename(session: Session, service: Service, orders: list[Order], chance: random.Random) -> None:
    chance.choice(orders).first_name = f"Somebody {chance.random()}"
    touch(session, service.id)


def differences(day: Day, acts: int) -> int:
    """How many of so many acts left a kept board that is not the one drawn anew."""
    chance, found = random.Random(5), 0
    with day.app.app_context():
        client = day.signed_in("kitchen")
        boards(day, client, fresh=True)
        for _ in range(acts):
            act_at_random(day, chance)
            kept = boards(day, client, fresh=False)
            caches = {name: day.app.extensions[name] for name in CACHES}
            found += kept != boards(day, client, fresh=True)
            day.app.extensions |= caches
        assert db.session.scalars(select(Order.status)).all()
        leave(day.app)
    return found


def test_a_board_of_kept_pieces_is_the_board_drawn_anew(day: Day) -> None:
    assert differences(day, 30) == 0


@pytest.mark.parametrize("kept", [DishToCook, CookingBoard, Departure])
def test_the_control_a_fact_that_is_left_out_is_found(
    day: Day, monkeypatch: pytest.MonkeyPatch, kept: type
) -> None:
    real = kept.facts  # type: ignore[attr-defined]
    # What is only the name of a piece, without its numbers.
    monkeypatch.setattr(kept, "facts", lambda *asked: real(*asked)[0])
    assert differences(day, 12) > 0
