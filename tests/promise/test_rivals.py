"""C-07: a rival's order before and after each point of accepting an order; one of the two wins."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from sqlalchemy import select, update

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.menu.dish import Dish
from locomotive.menu.menu import Portion
from locomotive.ordering import request
from locomotive.ordering.order import Order
from locomotive.places.address import Place
from locomotive.promise import keeping, promise
from locomotive.promise.tentative_plan import current_plan
from locomotive.service.service import service_of
from locomotive.service.slot import Slot
from locomotive.shop import checkout_views
from tests.conftest import ENGINES
from tests.promises import Desk, broken
from tests.service_day import DATE, PLACES, Day
from tests.shop_day import shown_choice, shown_on

# Each point of the way of one order, with the function that is it.
POINTS: dict[str, tuple[Any, str]] = {
    "basket read": (checkout_views, "basket_of_day"),
    "evidence found": (keeping, "find_evidence"),
    "turn begun": (keeping, "write_tx"),
    "order written": (request, "insert_new"),
    "portions taken": (request, "take_portions"),
    "slot taken": (request, "take_slot"),
    "plan replaced": (promise, "replace_plan"),
    "turn ended": (keeping, "write_tx"),
}
MOMENTS = ("before", "after")
# Before the turn the rival comes through, after it he finds what is left.
RIVAL_WINS = {("basket read", m) for m in MOMENTS} | {("evidence found", m) for m in MOMENTS}
RIVAL_WINS |= {("turn begun", "before")}
RIVAL_WAITS = 0.2  # seconds: inside the turn he cannot come through before it ends
BOXES = 7  # of twelve that the tricycle takes


class Buyer:
    """A customer with a basket of BOXES portions and a network address of his own."""

    def __init__(self, day: Day, name: str, kind: str) -> None:
        self.client = day.app.test_client()
        self.client.set_cookie("language", "en")
        query = select(Portion).join(Dish).where(Dish.family == "stew")
        portion = db.session.scalars(query).one()
        starts_at = day.at(12)
        slot = db.session.scalars(
            select(Slot).where(Slot.kind == kind, Slot.starts_at == starts_at)
        ).one()
        place = db.session.scalars(select(Place).where(Place.name == PLACES["stadium"][0])).one()
        self.client.post(
            "/basket",
            data={"date": str(DATE), "add": "1", f"quantity-{portion.id}": str(BOXES)},
        )
        self.form = {
            "key": name.rjust(32, "k"),
            "day": str(DATE),
            "kind": kind,
            "slot": str(slot.id),
            "place": str(place.id) if kind == "delivery" else "",
            "first_name": name,
            "phone": "06 12 34 56 78",
        }
        self.form["shown"] = [
            *shown_on(self.client.get("/order")),
            shown_choice(slot.id, place.id if kind == "delivery" else 0),
        ]
        self.address = f"10.0.0.{len(name)}"
        self.status, self.page = 0, ""

    def order(self) -> None:
        answer = self.client.post(
            "/order", data=self.form, environ_overrides={"REMOTE_ADDR": self.address}
        )
        self.status, self.page = answer.status_code, answer.text


class Rival:
    """Sends an order of his own once, at one point of another order's way."""

    def __init__(self, buyer: Buyer, point: str, moment: str) -> None:
        self.point, self.moment, self.buyer = point, moment, buyer
        self.main = threading.current_thread()
        self.thread: threading.Thread | None = None

    def comes(self, moment: str) -> None:
        """Send the order, if this is the moment; wait until it is through or stands in line."""
        is_other = threading.current_thread() is not self.main
        if is_other or moment != self.moment or self.thread is not None:
            return
        self.thread = threading.Thread(target=self.buyer.order)
        self.thread.start()
        is_free = (self.point, moment) in {*RIVAL_WINS, ("turn ended", "after")}
        self.thread.join(10 if is_free else RIVAL_WAITS)
        assert not (is_free and self.thread.is_alive())

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with the rival before and after it."""

        def wrapped(*args: Any, **named: Any) -> Any:
            self.comes("before")
            answer = function(*args, **named)
            self.comes("after")
            return answer

        return wrapped

    def around_turn(self, turn: Callable[..., Any]) -> Callable[..., Any]:
        """write_tx with the rival at its begin or at its end."""

        @contextmanager
        def wrapped() -> Iterator[Any]:
            is_begin = self.point == "turn begun"
            if is_begin:
                self.comes("before")
            with turn() as session:
                if is_begin:
                    self.comes("after")
                yield session
                if not is_begin:
                    self.comes("before")
            if not is_begin:
                self.comes("after")

        return wrapped


def make_scarce(day: Day, what: str) -> None:
    """Leave room for one of two orders: in the portions, the slot or the tricycle."""
    name, street, latitude, longitude = PLACES["stadium"]
    with write_tx() as session:
        session.add(
            Place(name=name, street=street, town="Oignies", latitude=latitude, longitude=longitude)
        )
        if what == "portions":
            session.execute(update(Portion).values(initial=BOXES + 1, remaining=BOXES + 1))
        if what == "slot":
            session.execute(update(Slot).values(capacity=1))
    if what == "tricycle":
        day.leave_one_tricycle(boxes=12)


def cases() -> Iterator[Any]:
    """Every engine, scarce thing, point and moment; the quick tier has those of the tricycle,
    on PostgreSQL what comes after each point."""
    scarce = {"tricycle": "the tricycle is full", "portions": "only 1 left", "slot": "full"}
    for (what, reason), engine, point, moment in product(scarce.items(), ENGINES, POINTS, MOMENTS):
        is_quick = what == "tricycle" and (engine == "sqlite" or moment == "after")
        name = f"{engine}-{what}-{moment} {point}"
        marks = () if is_quick else (pytest.mark.full,)
        yield pytest.param(engine, what, reason, point, moment, id=name, marks=marks)


@pytest.mark.parametrize(
    ("both", "what", "reason", "point", "moment"), list(cases()), indirect=["both"]
)
def test_c07_of_two_rivals_one_wins_and_the_other_reads_why(
    both: Day,
    what: str,
    reason: str,
    point: str,
    moment: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_scarce(both, what)
    monkeypatch.setattr(clock, "now", lambda: both.at(9))
    kind = "delivery" if what == "tricycle" else "take-away"
    first, second = Buyer(both, "Samira", kind), Buyer(both, "Nadia", kind)
    rival = Rival(second, point, moment)
    module, name = POINTS[point]
    wrap = rival.around_turn if name == "write_tx" else rival.around
    if what != "tricycle" and name == "replace_plan":
        module, name = promise, "give_promise"  # take-away needs no plan
    monkeypatch.setattr(module, name, wrap(getattr(module, name)))
    first.order()
    assert rival.thread is not None
    rival.thread.join(30)
    winner, loser = (second, first) if second.status == 303 else (first, second)
    assert (winner.status, loser.status) == (303, 409)
    assert reason in loser.page
    if (point, moment) in RIVAL_WINS:
        assert winner is second
    if (point, moment) == ("turn ended", "after"):
        assert winner is first
    db.session.rollback()
    assert db.session.scalars(select(Order.first_name)).all() == [winner.form["first_name"]]
    assert broken(both) == []


def test_c07_a_slot_that_gets_free_meanwhile_is_asked_for_again(
    both: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was refused as full, so no plan was sought; then somebody in it cancels."""
    make_scarce(both, "slot")
    monkeypatch.setattr(clock, "now", lambda: both.at(9))
    standing = Desk(both).order((12, 0), to="library")
    find_evidence, asked = keeping.find_evidence, []

    def ask_then_cancel(*args: Any) -> Any:
        found = find_evidence(*args)
        if not asked:
            with both.app.app_context():
                both.cancel(standing)
        asked.append(found)
        return found

    monkeypatch.setattr(keeping, "find_evidence", ask_then_cancel)
    buyer = Buyer(both, "Samira", "delivery")
    buyer.order()
    assert buyer.status == 303
    assert [found is None for found in asked] == [True, False]
    assert broken(both) == []


def take_any_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a tentative plan be replaced whatever was promised since it was read."""
    replace_plan = promise.replace_plan

    def replace_any(session: Any, service_id: int, plan: Any, *, seen: int) -> int:
        standing = service_of(session, DATE)
        assert standing is not None
        version = current_plan(session, standing).version
        return replace_plan(session, service_id, plan, seen=version)

    monkeypatch.setattr(promise, "replace_plan", replace_any)


def test_c07_the_control_that_ignores_what_was_promised_meanwhile_breaks_a_promise(
    both: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_scarce(both, "tricycle")
    monkeypatch.setattr(clock, "now", lambda: both.at(9))
    first, second = Buyer(both, "Samira", "delivery"), Buyer(both, "Nadia", "delivery")
    rival = Rival(second, "evidence found", "after")
    monkeypatch.setattr(keeping, "find_evidence", rival.around(keeping.find_evidence))
    take_any_version(monkeypatch)
    first.order()
    assert (first.status, second.status) == (303, 303)
    assert broken(both) != []
