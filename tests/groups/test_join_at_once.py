"""Ten colleagues by one link, in any order and at once, make one stop and ten bags."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.refusal import Refusal
from locomotive.ordering.cart import Basket, load_basket
from locomotive.ordering.counter import wrong_counters
from locomotive.ordering.group import Group, GroupFull, left_in, tokens_of
from locomotive.ordering.order import Order
from locomotive.ordering.request import Customer, Request
from locomotive.papers.paper_page import paper_html
from locomotive.promise.hold import expire_holds
from locomotive.promise.joining import Reservation, join_group, reserve_boxes
from locomotive.promise.keeping import House
from locomotive.promise.tentative_plan import delivery_of
from locomotive.verification.facts import wrong_facts
from tests.promises import Desk, broken
from tests.races import race
from tests.service_day import SECRET, Day, address_of

ORGANISED = "organised-by-nadia-1234"
TOKEN = tokens_of(SECRET, ORGANISED).colleagues


class Colleagues:
    """A group at the town hall at noon, and those who join it."""

    def __init__(self, day: Day, boxes: int) -> None:
        self.day, self.desk = day, Desk(day)
        self.house = House(day.app.extensions["settings"], clock)
        at = self.desk.slot("delivery", 12, 0)
        request = Request(
            key=ORGANISED,
            kind="delivery",
            slot_id=at.id,
            customer=Customer("Nadia", phone="06 39 98 00 01"),
            address=address_of("town hall"),
        )
        asked = Reservation(request, "Lunch at the workshop", boxes, day.at(10))
        reserve_boxes(db.session(), self.house, asked, sender="office")

    @property
    def group(self) -> Group:
        db.session.rollback()
        return db.session.scalars(select(Group).execution_options(populate_existing=True)).one()

    def join(self, name: str, **dishes: int) -> Order:
        """A colleague orders; by default one stew."""
        request = Request(
            key=f"colleague-{name}-0123456789",
            kind="delivery",
            slot_id=0,
            customer=Customer(name),
            address=None,
        )

        def basket() -> Basket:
            lines = self.desk.basket(**(dishes or {"carbonade": 1})).quantities
            kept = {str(id_): number for id_, number in lines.items()}
            return load_basket(db.session(), self.day.date, {self.day.date.isoformat(): kept})

        return join_group(db.session(), self.house, TOKEN, request, basket, sender=name)

    def joining(self, name: str, **dishes: int) -> Callable[[], object]:
        return lambda: self.join(name, **dishes)

    def stops(self) -> list[tuple[Order, ...]]:
        """The orders of each stop that the planner sees."""
        db.session.rollback()
        db.session.expire_all()
        found = delivery_of(db.session(), self.day.service, self.desk.depot)
        return [
            tuple(order for order in orders if order.reserved is None)
            for orders in found.orders.values()
        ]


@pytest.fixture(autouse=True)
def at_eight(both: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: both.at(8))


def test_ten_at_once_make_one_stop_and_ten_bags(both: Day) -> None:
    colleagues = Colleagues(both, 10)
    names = [f"Colleague {rank}" for rank in range(10)]
    random.Random(1).shuffle(names)
    refused = race(both, *(colleagues.joining(name) for name in names))
    assert refused == [None] * 10
    (stop,) = colleagues.stops()
    assert sorted(order.first_name for order in stop) == sorted(names)
    assert len({order.number for order in stop}) == 10
    assert broken(both) == []
    assert left_in(colleagues.group) == 0
    with both.app.test_request_context():
        labels = paper_html(both.service, "labels-a4")
    assert all(f">{name}<" in " ".join(labels.split()).replace(" <", "<").replace("> ", ">")
               for name in names)  # fmt: skip
    assert labels.count('<article class="label') == 10


def test_beyond_the_reserve_the_question_is_asked_again(both: Day) -> None:
    both.leave_one_tricycle(boxes=12)
    colleagues = Colleagues(both, 3)
    outcomes: list[type[Refusal] | None] = []
    for rank in range(14):
        try:
            colleagues.join(f"Colleague {rank}")
            outcomes.append(None)
        except GroupFull as refusal:
            outcomes.append(type(refusal))
    # A stop is served once, and twelve boxes ride at once.
    assert outcomes == [None] * 12 + [GroupFull] * 2
    assert broken(both) == []


def test_rivals_for_the_last_reserved_box_both_get_an_answer(both: Day) -> None:
    colleagues = Colleagues(both, 3)
    colleagues.join("Paul", salad=2)
    assert race(both, colleagues.joining("Anna"), colleagues.joining("Luc")) == [None, None]
    assert len(colleagues.stops()) == 1
    assert broken(both) == []


def test_what_is_not_taken_is_free_after_the_deadline(both: Day) -> None:
    colleagues = Colleagues(both, 10)
    colleagues.join("Paul")
    assert broken(both) == []
    with write_tx() as session:
        assert expire_holds(session, now=both.at(9, 59)) == 0
    with write_tx() as session:
        assert expire_holds(session, now=both.at(10)) == 1
    assert broken(both) == []
    db.session.expire_all()
    assert colleagues.group.slot.used == 1
    assert len(colleagues.stops()) == 1


def test_the_database_contradicts_itself_nowhere(both: Day) -> None:
    colleagues = Colleagues(both, 5)
    colleagues.join("Paul", carbonade=2)
    db.session.rollback()
    facts = wrong_facts(db.session(), depot=colleagues.desk.depot, today=both.date)
    assert facts == []
    # The control: a reserve that says more than its slot keeps is seen.
    with write_tx() as session:
        session.execute(update(Order).where(Order.reserved.is_not(None)).values(reserved=4))
    assert any("used" in fact for fact in wrong_counters(db.session()))


@pytest.mark.full
def test_eighty_colleagues_fill_a_group_and_the_next_one_is_told(both: Day) -> None:
    both.leave_one_tricycle(boxes=80)
    colleagues = Colleagues(both, 80)
    for rank in range(80):
        colleagues.join(f"Colleague {rank}")
    with pytest.raises(GroupFull):
        colleagues.join("Late")
    (stop,) = colleagues.stops()
    assert len(stop) == len({order.number for order in stop}) == 80
    assert (left_in(colleagues.group), broken(both)) == (0, [])
