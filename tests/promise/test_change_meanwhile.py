"""A change whose plan was replaced meanwhile is asked again, three times, then answered plainly."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.core.tokens import derived_token
from locomotive.ordering.order import Order
from locomotive.promise import keeping
from locomotive.promise.keeping import Asked
from locomotive.promise.promise import Promise
from tests.promise import test_rivals
from tests.promise.test_rivals import Buyer, make_scarce, take_any_version
from tests.promises import broken
from tests.service_day import SECRET, Day
from tests.shop_day import shown_on

AGAIN = "Another order came at the same moment."


class Changer(Buyer):
    """A customer who ordered take-away and now wants the same brought to the stadium."""

    def __init__(self, day: Day) -> None:
        super().__init__(day, "Samira", "take-away")
        self.order()
        assert self.status == 303
        wanted = Buyer(day, "Samira", "delivery").form
        db.session.rollback()
        order = db.session.scalars(select(Order)).one()
        self.order_id = order.id
        (line,) = order.lines
        self.change_form = {
            **{name: wanted[name] for name in ("kind", "slot", "place")},
            f"quantity-{line.portion_id}": str(line.quantity),
        }
        looked = self.client.post(self.page_of_change(), data=self.change_form | {"look": "total"})
        self.change_form["shown"] = shown_on(looked)

    def page_of_change(self) -> str:
        return f"/o/{derived_token(SECRET, 'order', self.form['key'])}/change"

    def change(self) -> None:
        answer = self.client.post(self.page_of_change(), data=self.change_form)
        self.status, self.page = answer.status_code, answer.text

    def kind(self) -> str:
        db.session.rollback()
        return db.session.get_one(Order, self.order_id, populate_existing=True).kind


class Meanwhile:
    """Counts how often the evidence of a change is asked for; after each time, while there are
    rivals left, one of them orders and so replaces the plan."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *rivals: Buyer) -> None:
        self.asked, self.rivals = 0, list(rivals)
        self._find_evidence: Callable[..., Any] = keeping.find_evidence
        monkeypatch.setattr(keeping, "find_evidence", self)

    def __call__(self, session: Any, house: Any, asked: Asked) -> Any:
        found = self._find_evidence(session, house, asked)
        if asked.wish is None or asked.wish.instead_of is None:
            return found  # a rival's
        self.asked += 1
        if self.rivals:
            rival = threading.Thread(target=self.rivals.pop(0).order)
            rival.start()
            rival.join(30)
        return found


@pytest.fixture
def day(both: Day, monkeypatch: pytest.MonkeyPatch) -> Day:
    """The day at nine, with the stadium on file."""
    make_scarce(both, "nothing")
    monkeypatch.setattr(clock, "now", lambda: both.at(9))
    return both


def few_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody want two boxes, so that five of them go to one door in one tricycle."""
    monkeypatch.setattr(test_rivals, "BOXES", 2)


def rivals(day: Day, number: int) -> list[Buyer]:
    """Customers who want their boxes at the same place and time."""
    return [Buyer(day, "Rival" + "x" * n, "delivery") for n in range(1, number + 1)]


def promises(changer: Changer) -> list[str]:
    query = select(Promise.cause).where(Promise.order_id == changer.order_id)
    return list(db.session.scalars(query.order_by(Promise.id)))


def test_a_change_is_asked_again_when_another_order_replaced_the_plan(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_boxes(monkeypatch)
    changer = Changer(day)
    (rival,) = rivals(day, 1)
    meanwhile = Meanwhile(monkeypatch, rival)
    changer.change()
    assert (changer.status, rival.status, meanwhile.asked) == (303, 303, 2)
    assert changer.kind() == "delivery"
    assert promises(changer) == ["ordered", "changed"]
    assert broken(day) == []


def test_a_change_that_the_other_order_made_impossible_is_refused_with_its_reason(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.leave_one_tricycle(boxes=12)
    changer = Changer(day)
    (rival,) = rivals(day, 1)
    meanwhile = Meanwhile(monkeypatch, rival)
    changer.change()
    assert (changer.status, rival.status, meanwhile.asked) == (409, 303, 1)
    assert "the tricycle is full" in changer.page
    assert changer.kind() == "take-away"
    assert promises(changer) == ["ordered"]
    assert broken(day) == []


def test_after_three_tries_the_customer_reads_a_plain_answer_and_nothing_is_changed(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_boxes(monkeypatch)
    changer = Changer(day)
    others = rivals(day, 4)
    meanwhile = Meanwhile(monkeypatch, *others)
    changer.change()
    assert (changer.status, meanwhile.asked) == (409, 3)
    assert [rival.status for rival in others] == [303, 303, 303, 0]
    assert AGAIN in changer.page
    assert changer.kind() == "take-away"
    assert promises(changer) == ["ordered"]
    assert broken(day) == []
    changer.change()
    assert (changer.status, changer.kind(), meanwhile.asked) == (303, "delivery", 5)
    assert broken(day) == []


def test_the_control_that_takes_the_old_plan_breaks_what_was_promised_meanwhile(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    day.leave_one_tricycle(boxes=12)
    changer = Changer(day)
    (rival,) = rivals(day, 1)
    Meanwhile(monkeypatch, rival)
    take_any_version(monkeypatch)
    changer.change()
    assert (changer.status, rival.status) == (303, 303)
    assert broken(day) != []
