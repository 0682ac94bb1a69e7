"""A lunch of 48 orders from the stove to the hand: with a keypad alone, and over a bad network."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Select, select

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.core.status import Status
from locomotive.kitchen.press import KeyedPress
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.order import Order, OrderEvent, OrderLine
from tests.browser.kitchen.busy_lunch import busy_day
from tests.browser.kitchen.page_time import live
from tests.browser.kitchen.wall import Player, player
from tests.service_day import Day, leave

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

pytestmark = [pytest.mark.browser, pytest.mark.full]
ORDERS, FEW = 48, 12
PAGES = ("cook", "pack", "hand-over")
STATIC = Path(__file__).parents[3] / "locomotive" / "static"
A_FEW = pytest.mark.parametrize("day", [FEW], indirect=True, ids=["a few"])


@pytest.fixture
def day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Day]:
    day = busy_day(tmp_path, getattr(request, "param", ORDERS))
    monkeypatch.setattr(clock, "now", lambda: day.at(11))
    with day.app.app_context():
        yield day
        leave(day.app)


def ask(query: Select[Any]) -> list[Any]:
    db.session.rollback()
    return list(db.session.scalars(query))


def nothing_is_left(number: int) -> None:
    """Every order is where the kitchen brings it, and every portion was cooked."""
    orders = ask(select(Order))
    live_orders = [order for order in orders if not order.is_cancelled]
    assert len(orders) == number
    assert len(live_orders) == number - 1
    for order in live_orders:
        end = Status.READY if order.is_delivery else Status.HANDED_OVER
        assert order.status is end, order.number
    lines = ask(select(OrderLine).join(Order).where(Order.status != "cancelled"))
    assert [line for line in lines if line.cooked != line.portions] == []
    assert wrong_counters(db.session()) == []


def closed() -> Counter[int]:
    """How often each order became ready."""
    return Counter(ask(select(OrderEvent.order_id).where(OrderEvent.status == "ready")))


def play_with_keys(one: Player) -> None:
    """All screens, and no act is asked for twice: what was done once was done."""
    for page in PAGES:
        one.open(page)
        one.play_with_keys()
        assert set(one.pressed.values()) == {1}


def test_a_lunch_of_48_orders_is_played_with_the_keypad_alone(chromium: Browser, day: Day) -> None:
    with player(chromium, day) as one:
        play_with_keys(one)
        nothing_is_left(ORDERS)
        assert set(closed().values()) == {1}
        assert len(closed()) == ORDERS - 1
        # Backspace takes the last hand-over back, and the digits find it again.
        one.tablet.keyboard.press("Backspace")
        live(one.tablet, 3)
        [_] = ask(select(Order).where(Order.status == Status.READY, Order.kind == "take-away"))
        one.play_with_keys()
        nothing_is_left(ORDERS)


@A_FEW
def test_the_control_a_press_that_the_house_forgets_is_found(chromium: Browser, day: Day) -> None:
    forgotten: list[str] = []

    def forget_the_third(route: Route) -> None:
        forgotten.append(route.request.url)
        if len(forgotten) == 3:
            route.fulfill(status=204, headers={"X-Locomotive": "1"})
        else:
            route.continue_()

    with player(chromium, day) as one:
        one.tablet.route("**/step?*", forget_the_third)
        with pytest.raises(AssertionError, match=r"assert \{1, 2\} == \{1\}"):
            play_with_keys(one)


class BadNetwork:
    """Every third request meets a proxy that fails before or after us, a portal, or nothing; now
    and then the network is cut for half a minute, and somebody loads the page again."""

    def __init__(self) -> None:
        self.chance = random.Random(48)
        self.met: Counter[str] = Counter()
        self.taken_back: Counter[int] = Counter()
        self.presses = 0

    def answer(self, route: Route) -> None:
        [fate] = self.chance.choices([*FATES], [*FATES.values()])
        self.met[fate] += 1
        if fate == "answered, then a bad gateway":
            route.fetch()
        if fate == "nothing":
            route.abort()
        elif fate == "right":
            route.continue_()
        elif fate == "a portal":
            route.fulfill(status=200, body="<h1>Wi-Fi</h1>", content_type="text/html")
        else:
            route.fulfill(status=502, body="<h1>502 Bad Gateway</h1>")

    def between(self, one: Player, has_pressed: bool) -> None:
        if not has_pressed:
            # All that was offered waits: nothing else comes before the network does.
            one.tablet.context.set_offline(False)
            return
        self.presses += 1
        if self.presses % 11 == 0:
            # What the first hand alone has bagged is not ready yet.
            bag = re.search(r"/orders/(\d+)/step\?seen=(?!bagged)", one.take_back())
            self.taken_back.update([int(bag[1])] if bag else [])
        if self.presses % 20 == 0:
            one.tablet.context.set_offline(True)
            self.met["cut"] += 1
        elif self.presses % 20 == 6:
            live(one.tablet, 30)
            one.tablet.context.set_offline(False)
        elif self.presses % 20 == 13:
            one.reload()


FATES = {
    "right": 60,
    "a bad gateway": 12,
    "answered, then a bad gateway": 12,
    "nothing": 10,
    "a portal": 6,
}


# Every press that the screen queued, by its key; it outlives the page.
NOTE = """(() => {
  const { setItem } = Storage.prototype;
  Storage.prototype.setItem = function note(name, text) {
    setItem.call(this, name, text);
    if (name !== "presses") return;
    const noted = JSON.parse(this.getItem("noted") || "[]");
    const more = JSON.parse(text).map(({ key }) => key).filter((key) => !noted.includes(key));
    setItem.call(this, "noted", JSON.stringify([...noted, ...more]));
  };
})();"""
ASKED = ("**/board?*", "**/finish?*", "**/step?*", "**/seen?*")
NOTED = "JSON.parse(localStorage.getItem('noted'))"


def play_over(network: BadNetwork, one: Player) -> None:
    """All screens over a bad network; every press that was taken there has arrived here."""
    one.tablet.add_init_script(NOTE)
    for page in PAGES:
        one.open(page)
        for what in ASKED:
            one.tablet.route(what, network.answer)
        one.play_with_a_finger(network.between)
        one.tablet.context.set_offline(False)
        for what in ASKED:
            one.tablet.unroute(what)
    assert set(one.tablet.evaluate(NOTED)) == set(ask(select(KeyedPress.key))), "a press is lost"


def test_a_lunch_of_48_orders_over_bad_gateways_and_cuts_ends_as_it_was_played(
    chromium: Browser, day: Day
) -> None:
    with player(chromium, day) as one:
        network = BadNetwork()
        play_over(network, one)
        nothing_is_left(ORDERS)
        # Each bag was ready once, and once more for each time that a later act was taken back.
        once = {order.id: 1 for order in ask(select(Order)) if not order.is_cancelled}
        assert closed() == Counter(once) + network.taken_back
        # The network was as bad as it should be.
        assert min(network.met[fate] for fate in (*FATES, "cut")) > 2


OURS_ONLY = 'import { ask } from "./network.js";'
# The rule of before: whatever answers has taken the press.
ANYTHING = "const ask = async (...asked) => ({ ok: true, answer: await fetch(...asked) });"


@A_FEW
def test_the_control_a_screen_that_believes_any_answer_loses_presses(
    chromium: Browser, day: Day
) -> None:
    script = (STATIC / "presses.js").read_text()
    assert OURS_ONLY in script
    with player(chromium, day) as one:
        one.serve("presses.js", script.replace(OURS_ONLY, ANYTHING))
        with pytest.raises(AssertionError, match="a press is lost"):
            play_over(BadNetwork(), one)
