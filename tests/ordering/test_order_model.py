"""C-12: any sequence of acts on a lunch keeps every counter and every promise.

Acts go through the rules that the pages call. After each of them the counters must add up and the
tentative plan must keep every promise; each of the bugs below, put in on purpose, is found.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from locomotive.core.actor import Actor
from locomotive.core.db import db, write_tx
from locomotive.core.refusal import Refusal
from locomotive.disruption import gone
from locomotive.disruption.disruption import Upset, apply_disruption, what_breaks
from locomotive.disruption.gone import apply_gone, what_is_gone
from locomotive.kitchen.press import press
from locomotive.menu.menu import Portion
from locomotive.ordering import request, step
from locomotive.ordering.order import Order
from locomotive.ordering.step import cancel, move_on
from locomotive.promise import change, hold, promise, proposal, question
from locomotive.promise.change import Change, change_order
from locomotive.promise.hold import complete_hold, expire_holds
from locomotive.promise.proposal import open_proposal, take_answer
from locomotive.promise.tentative_plan import PlanMoved
from locomotive.service.fleet import set_shifts, shifts_as, shifts_of
from locomotive.service.slot import Capacity, Slot, set_capacities
from tests.conftest import ENGINES
from tests.load.house import size
from tests.promises import Asked, Desk, broken
from tests.service_day import leave, new_day

PLACES = st.sampled_from(["town hall", "library", "school", "garage", "stadium", None])
SLOTS = st.sampled_from([(12, 0), (12, 0), (12, 15), (12, 30)])
NUMBERS = st.integers(0, 4)
CHOICE = st.integers(0, 1000)
STATES = ("placed", "started", "ready")


class OrderModel(RuleBasedStateMachine):
    """One lunch with few portions, few places and two small tricycles."""

    address: Callable[[Path], str] = staticmethod(lambda folder: "")

    @initialize()
    def lay(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="locomotive-"))
        self.day = new_day(self.folder, type(self).address(self.folder))
        self.context = self.day.app.app_context()
        self.context.push()
        self.desk = Desk(self.day)
        self.now = self.day.at(8)
        self.waiting: list[Asked] = []
        with write_tx() as session:
            session.execute(update(Portion).values(initial=25, remaining=25))
            session.execute(update(Slot).values(capacity=4))

    def teardown(self) -> None:
        self.context.pop() if not hasattr(self, "day") else self._leave()

    def _leave(self) -> None:
        leave(self.day.app)
        self.context.pop()
        shutil.rmtree(self.folder)

    def one(self, choice: int, *statuses: str) -> Order:
        """One of the orders that are in one of the statuses."""
        db.session.rollback()
        query = select(Order).where(Order.status.in_(statuses)).order_by(Order.id)
        found = list(db.session.scalars(query))
        assume(found)
        return found[choice % len(found)]

    @rule(to=PLACES, slot=SLOTS, stew=NUMBERS, soup=NUMBERS, is_held=st.booleans())
    def order(
        self, to: str | None, slot: tuple[int, int], stew: int, soup: int, is_held: bool
    ) -> None:
        """What can be promised is accepted; without a promise it is refused."""
        assume(stew + soup)
        asked = self.desk.ask(slot, to=to, now=self.now, carbonade=stew, soup=soup)
        try:
            self.desk.accept(asked, is_held=is_held, now=self.now)
        except Refusal:
            assert asked.reason
        else:
            assert not asked.reason

    @rule(to=PLACES, slot=SLOTS, stew=NUMBERS)
    def ask(self, to: str | None, slot: tuple[int, int], stew: int) -> None:
        """Ask now, order later on what was found."""
        asked = self.desk.ask(slot, to=to, now=self.now, carbonade=stew + 1)
        if not asked.reason:
            self.waiting.append(asked)

    @precondition(lambda self: self.waiting)
    @rule()
    def accept(self) -> None:
        try:
            self.desk.accept(self.waiting.pop(0), now=self.now)
        except Refusal:
            db.session.rollback()

    @rule(choice=CHOICE)
    def pay(self, choice: int) -> None:
        held = self.one(choice, "held", "expired")
        try:
            with write_tx() as session:
                complete_hold(session, held.idempotency_key, now=self.now)
        except hold.HoldExpired:
            pass

    @rule(minutes=st.sampled_from([5, 15]))
    def wait(self, minutes: int) -> None:
        self.now = min(self.now + timedelta(minutes=minutes), self.day.at(10, 29))
        with write_tx() as session:
            expire_holds(session, now=self.now)

    @rule(choice=CHOICE)
    def cancel(self, choice: int) -> None:
        """A customer cancels, again and again as people do."""
        found = self.one(choice, *STATES, "cancelled")
        try:
            with write_tx() as session:
                cancel(
                    session, session.get_one(Order, found.id), actor=Actor.CUSTOMER, now=self.now
                )
        except Refusal:
            assert found.status in ("started", "ready")

    @rule(choice=CHOICE, to=PLACES, slot=SLOTS, stew=NUMBERS, soup=NUMBERS)
    def change(
        self, choice: int, to: str | None, slot: tuple[int, int], stew: int, soup: int
    ) -> None:
        found = self.one(choice, "placed")
        assume(stew + soup)
        asked = self.desk.ask(
            slot, to=to, instead_of=found, now=self.now, carbonade=stew, soup=soup
        )
        if asked.reason:
            return
        wanted = Change(asked.wish.basket, asked.wish.kind, asked.slot_id, asked.wish.address)
        try:
            with write_tx() as session:
                standing = session.get_one(Order, found.id)
                change_order(
                    session, standing, wanted, asked.evidence, actor=Actor.CUSTOMER, now=self.now
                )
        except Refusal:
            db.session.rollback()

    @rule(choice=CHOICE, is_back=st.booleans())
    def press(self, choice: int, is_back: bool) -> None:
        """The kitchen bags an order, or takes that back."""
        seen, to = ("ready", "placed") if is_back else ("placed", "ready")
        found = self.one(choice, seen)
        with write_tx() as session:
            standing = session.get_one(Order, found.id)
            if is_back:
                move_on(session, standing, to=to, seen=seen, device="tablet", now=self.now)
            else:
                press(session, standing, to=to, seen=seen, device="tablet", now=self.now)

    @rule(choice=CHOICE, missing=st.integers(0, 3))
    def sold_out(self, choice: int, missing: int) -> None:
        """There is no more of a dish, and a few promised portions are missing."""
        db.session.rollback()
        portions = list(db.session.scalars(select(Portion).order_by(Portion.id)))
        portion = portions[choice % len(portions)]
        missing = min(missing + portion.remaining, portion.remaining + 3)
        what = what_is_gone(db.session(), self.day.service, portion, missing=missing)
        try:
            with write_tx() as session:
                apply_gone(session, what, reason="gone", now=self.now)
        except Refusal:
            db.session.rollback()

    @rule(choice=CHOICE)
    def close_slot(self, choice: int) -> None:
        """A slot takes nobody any more; who was in it is offered another one."""
        closed = self.one(choice, *STATES).slot
        everybody = db.session.scalars(
            select(Order.id).where(Order.slot_id == closed.id, Order.status.in_(STATES))
        )
        upset = Upset(closed=frozenset({closed.id}), moved=frozenset(everybody))
        self._upset(upset, lambda s: set_capacities(s, {closed.id: Capacity(4, is_closed=True)}))

    @rule(choice=CHOICE, is_off=st.booleans())
    def tricycle(self, choice: int, is_off: bool) -> None:
        """A tricycle stays off, or comes back."""
        shifts = shifts_of(db.session(), self.day.service)
        shift = shifts[choice % len(shifts)]
        wanted = {shift.id: (shift.tricycle.usual_start, shift.tricycle.usual_end, is_off)}
        upset = Upset(shifts=shifts_as(self.day.service, shifts, wanted))
        self._upset(upset, lambda s: set_shifts(s, self.day.service, wanted))

    def _upset(self, upset: Upset, apply: Callable[[Any], None]) -> None:
        found = what_breaks(
            db.session(), self.day.service, upset, depot=self.desk.depot, now=self.now
        )
        try:
            with write_tx() as session:
                apply_disruption(session, self.day.service, found, reason="broken", now=self.now)
                apply(session)
        except PlanMoved:
            raise AssertionError("nothing came in between") from None
        except Refusal:
            db.session.rollback()

    @rule(choice=CHOICE, is_yes=st.booleans())
    def answer(self, choice: int, is_yes: bool) -> None:
        found = self.one(choice, *STATES)
        wanted = open_proposal(db.session(), found)
        assume(wanted is not None)
        accepts = bool(is_yes and wanted and wanted.new_slot_id)
        with write_tx() as session:
            order = session.get_one(Order, found.id)
            take_answer(session, order, accepts=accepts, now=self.now)

    @invariant()
    def nothing_is_broken(self) -> None:
        if hasattr(self, "day"):
            assert broken(self.day) == []


def run(examples: int, steps: int, address: Callable[[Path], str] | None = None) -> None:
    """Try so many sequences of so many acts, the same ones each time."""
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        print_blob=False,
        suppress_health_check=list(HealthCheck),
    )
    machine = type("Model", (OrderModel,), {"address": staticmethod(address or (lambda _: ""))})
    run_state_machine_as_test(seed(12)(machine), settings=chosen)


def test_c12_a_few_sequences_of_acts_break_nothing() -> None:
    run(1, 15)


@pytest.mark.full
@pytest.mark.parametrize("engine", ENGINES)
def test_c12_many_sequences_of_acts_break_nothing(
    engine: str, new_database: Callable[[str], str]
) -> None:
    run(size(8, 50), 30, lambda _: new_database(engine))


def once(real: Callable[..., Any], change: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **named: change(real, *args, **named)


# Each bug: the module, the function in it, and what is done in its place.
BUGS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "cancelling keeps the slot's place": (
        step,
        "give_back_slot",
        lambda real, *args, **named: None,
    ),
    "cancelling gives portions back twice": (
        step,
        "give_back_portions",
        lambda real, *args: (real(*args), real(*args)),
    ),
    "an expired hold keeps its portions": (
        hold,
        "give_up",
        lambda real, session, order, **named: move_on(session, order, seen=order.status, **named),
    ),
    "a change gives nothing back": (
        change,
        "give_back_portions",
        lambda real, *args: None,
    ),
    "a moved order keeps its old slot's place": (
        proposal,
        "give_back_slot",
        lambda real, *args, **named: None,
    ),
    "a promise leaves the old plan in force": (
        promise,
        "replace_plan",
        lambda real, session, service_id, plan, *, seen: seen + 1,
    ),
    "the question forgets the other orders": (
        question,
        "orders_of",
        lambda real, *args: [],
    ),
    "portions are taken without looking": (
        request,
        "take_portions",
        lambda real, session, quantities: [
            session.execute(
                update(Portion)
                .where(Portion.id == portion_id)
                .values(remaining=Portion.remaining - number)
            )
            for portion_id, number in quantities.items()
        ],
    ),
    "portions that are gone stay on sale": (
        gone,
        "lose_portions",
        lambda real, session, portion_id, missing, **named: session.execute(
            update(Portion).where(Portion.id == portion_id).values(initial=Portion.initial - 1)
        ),
    ),
}


@pytest.mark.full
@pytest.mark.parametrize("bug", BUGS)
def test_c12_the_control_finds_the_bug(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, name, instead = BUGS[bug]
    monkeypatch.setattr(module, name, once(getattr(module, name), instead))
    with pytest.raises((AssertionError, IntegrityError, ExceptionGroup)):
        run(30, 25)
