"""Pieces of boards that are kept: a board made of them is the board drawn anew."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.status import TO_COOK
from locomotive.kitchen.board_cache import BoardCache, PieceCache
from locomotive.kitchen.press import press
from locomotive.kitchen.share import CookingBoard, DishToCook, Finish, cooking_board, finish
from locomotive.ordering.order import Order, orders_of
from tests.browser.kitchen.busy_lunch import busy_day
from tests.service_day import Browser, Day, leave

PAGES = ("", "cook/", "pack/", "hand_over/")


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Day:
    day = busy_day(tmp_path, 20)
    monkeypatch.setattr(clock, "now", lambda: day.at(11))
    return day


def boards(day: Day, client: Browser, *, fresh: bool) -> list[str]:
    """The boards of all pages; `fresh`: of no piece that was kept."""
    for name, made in (("locomotive_boards", BoardCache), ("locomotive_pieces", PieceCache)):
        if fresh or made is BoardCache:
            day.app.extensions[name] = made()
    texts = [client.get(f"/kitchen/{page}board?date={day.date}").text for page in PAGES]
    # Each answer signs the screen's token anew.
    return [re.sub(r'name="csrf_token" value="[^"]*"', "", text) for text in texts]


def act_at_random(day: Day, chance: random.Random) -> None:
    """Somebody cooks one portion or a whole share, or closes a bag."""
    with write_tx() as session:
        orders = orders_of(session, session.merge(day.service))
        if chance.random() < 0.5:
            dishes = cooking_board(orders)
            shares = [s for dish in dishes.dishes for s in dish.shares if s.left]
            share = chance.choice(shares + [s for _, s in dishes.exceptions if s.left])
            asked = Finish(share.key, share.portion_id, chance.choice([1, share.left]), share.done)
            finish(session, session.merge(day.service), asked, device="a", now=day.at(11))
            return
        order = chance.choice([o for o in orders if o.status in TO_COOK and not o.is_exception])
        press(session, order, to="ready", seen=order.status, device="a", now=day.at(11))


def differences(day: Day, acts: int) -> int:
    """How many of so many acts left a kept board that is not the one drawn anew."""
    chance, found = random.Random(5), 0
    with day.app.app_context():
        client = day.signed_in("kitchen")
        boards(day, client, fresh=True)
        for _ in range(acts):
            act_at_random(day, chance)
            kept = boards(day, client, fresh=False)
            pieces = day.app.extensions["locomotive_pieces"]
            found += kept != boards(day, client, fresh=True)
            day.app.extensions["locomotive_pieces"] = pieces
        assert db.session.scalars(select(Order.status)).all()
        leave(day.app)
    return found


def test_a_board_of_kept_pieces_is_the_board_drawn_anew(day: Day) -> None:
    assert differences(day, 12) == 0


@pytest.mark.parametrize("kept", [DishToCook, CookingBoard])
def test_the_control_a_fact_that_is_left_out_is_found(
    day: Day, monkeypatch: pytest.MonkeyPatch, kept: type
) -> None:
    real = kept.facts  # type: ignore[attr-defined]
    # What is only the name of a piece, without its numbers.
    monkeypatch.setattr(kept, "facts", lambda *asked: real(*asked)[0])
    assert differences(day, 12) > 0
