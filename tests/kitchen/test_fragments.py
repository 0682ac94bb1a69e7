"""A board goes over the network in fragments: a screen that holds the others gets what changed."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask.testing import FlaskClient

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.kitchen.board_cache import CUT, fragments_of
from locomotive.ordering.order import Order
from tests.browser.kitchen.busy_lunch import busy_day, play_until
from tests.service_day import Day, leave

PAGES = ("board", "cook/board", "pack/board", "hand_over/board")
TOKEN = re.compile(r'(?<=name="csrf_token" value=")[^"]*')


@dataclass
class Tablet:
    """A screen that has just pressed: it asks without a tag, and joins as fragments.js does."""

    client: FlaskClient
    page: str
    held: dict[str, str] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    wire: int = 0

    def ask(self) -> str:
        """The board after a poll; `new` are the fragments that came, `wire` their bytes."""
        headers = {"X-Held": " ".join(self.held), "Accept-Encoding": "gzip"}
        answer = self.client.get(f"/kitchen/{self.page}", headers=headers)
        self.wire = len(answer.data)
        is_packed = answer.headers.get("Content-Encoding") == "gzip"
        sent = json.loads(gzip.decompress(answer.data) if is_packed else answer.data)
        self.new = [one[1] for one in sent["fragments"] if isinstance(one, list)]
        self.held |= dict(one for one in sent["fragments"] if isinstance(one, list))
        tags = [one[0] if isinstance(one, list) else one for one in sent["fragments"]]
        self.held = {tag: self.held[tag] for tag in tags}
        return "".join(map(self.held.__getitem__, tags)).replace(sent["mark"], sent["token"])

    def whole(self) -> str:
        """The same board as it is sent to a screen that holds nothing."""
        return self.client.get(f"/kitchen/{self.page}").get_data(as_text=True)


def same(html: str) -> str:
    """A board without the token of the form, which is another in each answer."""
    return TOKEN.sub("", html.replace(CUT, ""))


def press(client: FlaskClient, order: Order) -> None:
    step = f"/kitchen/orders/{order.id}/step"
    assert client.post(step, data={"seen": "placed", "to": "ready"}).status_code == 303


@pytest.mark.parametrize("page", PAGES)
def test_fragments_put_together_are_the_board(day: Day, screen: FlaskClient, page: str) -> None:
    orders = [day.order(slot=(12, minute)) for minute in (0, 15, 30)]
    tablet = Tablet(screen, page)
    assert same(tablet.ask()) == same(tablet.whole())
    for order in orders[:2]:
        press(screen, order)
        assert same(tablet.ask()) == same(tablet.whole())
    day.cancel(orders[2])
    assert same(tablet.ask()) == same(tablet.whole())


def test_a_screen_that_holds_the_board_gets_the_departure_that_changed(
    day: Day, screen: FlaskClient
) -> None:
    orders = [
        day.order(name, slot=(12, m)) for name, m in (("Hugo", 0), ("Nadia", 15), ("Karim", 30))
    ]
    tablet = Tablet(screen, "pack/board")
    assert all(name in tablet.ask() for name in ("Hugo", "Nadia", "Karim"))
    day.order("Louise", slot=(12, 30))
    board = tablet.ask()
    assert all(name in board for name in ("Hugo", "Nadia", "Karim", "Louise"))
    new = "".join(tablet.new)
    assert "Louise" in new
    assert "Hugo" not in new
    assert f"/orders/{orders[0].id}/" not in new
    # The control: who holds nothing gets all of it.
    tablet.held.clear()
    tablet.ask()
    assert "Hugo" in "".join(tablet.new)


def test_held_fragments_carry_the_newest_token(day: Day, screen: FlaskClient) -> None:
    day.order(slot=(12, 0)), day.order(slot=(12, 15))
    day.app.config["WTF_CSRF_ENABLED"] = True
    tablet = Tablet(screen, "pack/board")
    tablet.ask()
    day.order(slot=(12, 30))
    tokens = {found[0] for found in TOKEN.finditer(tablet.ask())}
    assert len(tokens) == 1
    sent = {"seen": "placed", "to": "ready", "csrf_token": tokens.pop()}
    assert screen.post("/kitchen/orders/1/step", data=sent).status_code == 303


def test_a_name_that_looks_like_a_cut_cuts_nothing(day: Day, screen: FlaskClient) -> None:
    tablet = Tablet(screen, "pack/board")
    day.order(CUT)
    before = len(fragments_of(tablet.ask()))
    assert before == 1
    assert len(tablet.held) == len({f.tag for f in fragments_of(tablet.whole())})


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    day = busy_day(tmp_path_factory.mktemp("busy"), 140)
    with pytest.MonkeyPatch.context() as patch, day.app.app_context():
        patch.setattr(clock, "now", lambda: day.at(11, 45))
        play_until(day, day.at(11, 45))
        db.session.remove()
        yield day
        leave(day.app)


MOST = 15_000  # bytes of a changed board of 140 orders, packed as browsers ask for it


@pytest.mark.full
def test_a_changed_board_of_140_orders_is_15_kB_at_most(busy: Day) -> None:
    client = busy.signed_in("kitchen")
    tablets = [Tablet(client, page) for page in PAGES]
    for tablet in tablets:
        tablet.ask()
    # The control: unpacked, none of them was ever so small.
    assert min(len(tablet.whole()) for tablet in tablets) > MOST
    waiting = [o for o in db.session.query(Order).filter_by(status="placed") if not o.is_exception]
    for act in (press, lambda _client, order: busy.cancel(order), lambda *_: busy.order()):
        act(client, waiting.pop())
        for tablet in tablets:
            assert same(tablet.ask()) == same(tablet.whole())
            assert tablet.wire <= MOST, tablet.page
            assert sum(map(len, tablet.new)) < len(tablet.whole()) / 3, tablet.page
