"""Whatever is cooked, swapped, corrected, recalled and ordered, in whatever order: a label names
all that is in its bag, a blocked bag stays in the house, and stock is the sum of its movements."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run
from sqlalchemy import select
from sqlalchemy.orm import Session

from locomotive.batches import swap as swaps
from locomotive.batches.recall import Recall, Told, begin_recall, discard_batch, lift_recall
from locomotive.core.db import db, write_tx
from locomotive.core.refusal import Refusal
from locomotive.core.status import IN_HOUSE, Status
from locomotive.farm.lot import Lot, wrong_stocks
from locomotive.farm.produce import Produce, save_produce
from locomotive.kitchen.press import press
from locomotive.menu.recipe import Recipe, Swap, read_book, save_recipe
from locomotive.ordering import step
from locomotive.ordering.content_change import follow_content
from locomotive.ordering.order import Order
from locomotive.ordering.step import OrderBlocked
from locomotive.origins.batch import Batch, LotsMissing, undo_batch
from locomotive.origins.origin import Cooked, DishContent
from tests.farm_day import batch, dish, kg, lot, produce, recipe
from tests.service_day import DATE, Day, leave, new_day

# Each produce brings one allergen of its own, so that a label tells what went in.
LARDER = {"leeks": "celery", "cream": "milk", "soya": "soybeans", "mustard": "mustard"}
HOURS = (12, 13)


class Kitchen(RuleBasedStateMachine):
    """A lunch of one dish; what is in each batch and bag is reckoned apart from the product."""

    day: Day
    fresh: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        self.fresh()
        self.inside: dict[int, tuple[set[str], int | None]] = {}  # batch → allergens, hour
        self.bagged: dict[int, set[str]] = {}  # order → what went into its bag
        self.hour: dict[int, int] = {}  # order → hour

    def done(self, act: Callable[..., object]) -> bool:
        """One act in a transaction of its own, with everything that follows it."""
        try:
            with write_tx() as session:
                act(session)
        except Refusal:
            return False
        return True

    def follow(self, session: Session) -> None:
        follow_content(session, "time", "", today=DATE, now=self.day.at(9))

    def batches(self, hour: int) -> list[int]:
        return [b for b, (_a, only) in self.inside.items() if only in (None, hour)]

    @rule(hour=st.sampled_from(HOURS))
    def order(self, hour: int) -> None:
        """Somebody orders."""
        try:
            made = self.day.order(slot=(hour, 0), soup=1)
        except Refusal:
            return
        self.hour[made.id] = hour

    @rule(portions=st.sampled_from((1, 4, 8)), hour=st.sampled_from((None, *HOURS)))
    def cook(self, portions: int, hour: int | None) -> None:
        """A batch for one slot, or for all."""
        window = {} if hour is None else {"serves_from": self.day.at(hour)}
        window |= {} if hour is None else {"serves_until": self.day.at(hour)}
        try:
            made = batch(self.day, "soup", portions, **window)
        except (Refusal, LotsMissing):
            return
        inside = {LARDER[part.lot.produce.name] for part in made.lots}
        self.inside[made.id] = inside, hour
        self.done(self.follow)

    @rule(out=st.sampled_from(list(LARDER)), stand_in=st.sampled_from(list(LARDER)))
    def swap(self, out: str, stand_in: str) -> None:
        """One produce stands in for another."""
        ids = {"out_id": produce(out).id, "in_id": produce(stand_in).id}
        made = Swap(day=DATE, dish_id=dish("soup").id, **ids)
        now = self.day.at(9)
        self.done(lambda s: swaps.swap_ingredient(s, made, today=DATE, now=now))

    @rule()
    def undo_swap(self) -> None:
        """The latest swap is undone."""
        found = swaps.swaps_of(db.session(), DATE)
        if found:
            last, now = found[-1].id, self.day.at(9)
            self.done(lambda s: swaps.undo_swap(s, s.get_one(Swap, last), today=DATE, now=now))

    @rule(names=st.sets(st.sampled_from(list(LARDER)), min_size=1))
    def change_recipe(self, names: set[str]) -> None:
        """The recipe becomes another."""
        lines = [(produce(name).id, None, kg(0.1)) for name in sorted(names)]

        def act(session: Session) -> None:
            found = session.scalars(select(Recipe)).one()
            save_recipe(session, found, lines)
            self.follow(session)

        self.done(act)

    @rule()
    @precondition(lambda self: self.inside)
    def undo_batch(self) -> None:
        """The latest batch was recorded by mistake."""
        last, now = max(self.inside), self.day.at(9)

        def act(session: Session) -> None:
            undo_batch(session, session.get_one(Batch, last), now=now)
            self.follow(session)

        if not any(o for o in self.bagged if last in self.batches(self.hour[o])):
            self.done(act)
            del self.inside[last]

    @rule(order=st.integers(0, 20))
    @precondition(lambda self: self.hour)
    def bag(self, order: int) -> None:
        """A bag is closed: all that was cooked for its slot may be in it."""
        chosen = sorted(self.hour)[order % len(self.hour)]
        if chosen in self.bagged:
            return
        ours = db.session.get_one(Order, chosen, populate_existing=True)
        is_blocked = any(
            db.session.get_one(Batch, b, populate_existing=True).blocked_at
            for b in self.batches(self.hour[chosen])
        )
        try:
            with write_tx() as session:
                found = session.get_one(Order, chosen, populate_existing=True)
                seen, now = found.status, self.day.at(11)
                press(session, found, to="ready", seen=seen, device="k", now=now)
        except OrderBlocked:
            assert is_blocked, "a bag was held back for nothing"
            return
        assert not is_blocked, f"bag {ours.number} was closed over a recalled lot"
        self.bagged[chosen] = self.served(chosen)

    @rule(name=st.sampled_from(list(LARDER)))
    def recall(self, name: str) -> None:
        """All lots of a produce are recalled, and others come."""
        ids = [one.id for one in db.session.scalars(select(Lot).where(Lot.stock > 0)) if
               one.produce.name == name and not one.blocked_at]  # fmt: skip
        told, now = Told("test", "Do not eat.", is_exercise=False), self.day.at(10)

        def act(session: Session) -> None:
            lots = [session.get_one(Lot, i) for i in ids]
            begin_recall(session, lots, told, today=DATE, now=now)

        self.done(act)
        lot(self.day, name, 1000)

    @rule()
    def lift(self) -> None:
        """The latest recall is lifted."""
        found = db.session.scalars(select(Recall).order_by(Recall.id.desc())).first()
        if found:
            facts = {"reason": "clean", "today": DATE, "now": self.day.at(10)}
            self.done(lambda s: lift_recall(s, s.get_one(Recall, found.id), **facts))

    @rule()
    def discard(self) -> None:
        """Blocked batches are thrown away, and their bags opened."""
        for made in list(self.inside):

            def act(session: Session, made: int = made) -> None:
                found = session.get_one(Batch, made)
                discard_batch(session, found, device="k", now=self.day.at(10))
                self.follow(session)

            if self.done(act):
                for order in [o for o in self.bagged if made in self.batches(self.hour[o])]:
                    del self.bagged[order]
                del self.inside[made]

    def served(self, order: int) -> set[str]:
        """What the batches for an order's slot contain."""
        found = [self.inside[b][0] for b in self.batches(self.hour[order])]
        return set().union(*found)

    @invariant()
    def labels_name_what_is_in_the_bag(self) -> None:
        db.session.rollback()
        coming = {LARDER[read.name] for read in self.recipe_now()}
        for order in db.session.scalars(select(Order).execution_options(populate_existing=True)):
            said = {code for line in order.lines for code in line.allergens.split(",") if code}
            if order.id in self.bagged:
                assert order.status is Status.READY
                assert said >= self.bagged[order.id], f"bag {order.number} says {said}"
            elif order.status in IN_HOUSE:
                served = self.served(order.id)
                assert said >= served, f"bag {order.number} says {said}, holds {served}"
                # And nothing that is neither cooked nor to be cooked.
                assert said <= served | coming
        assert wrong_stocks(db.session()) == []

    def recipe_now(self) -> list[Produce]:
        book = read_book(db.session())
        inside = book.per_portion(dish("soup").id, DATE)
        return [db.session.get_one(Produce, p) for p in inside]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[Kitchen]]:
    """The machine on a database that each run finds as it was laid."""
    folder: Path = tmp_path_factory.mktemp("truth")
    day = new_day(folder)
    with day.app.app_context():
        for name, code in LARDER.items():
            save(name, code)
            lot(day, name, 1000)
        recipe("soup", leeks=0.2, cream=0.1)
        yield type("LaidKitchen", (Kitchen,), {"day": day, "fresh": copier(day.app, folder)})
        leave(day.app)


def save(name: str, code: str) -> None:
    with write_tx() as session:
        made = Produce(name=name, unit="kg", kind="vegetable", unit_grams=1000, storage="dry")
        save_produce(session, made, allergens={code: "contains"})


def copier(app: Flask, folder: Path) -> Callable[[], None]:
    """What puts the database back as it is now."""
    db.session.remove()
    db.engine.dispose()
    laid, kept = folder / "lunch.db", folder / "laid.db"
    shutil.copy(laid, kept)

    def fresh(_self: object = None) -> None:
        db.session.remove()
        db.engine.dispose()
        for ending in ("-wal", "-shm"):
            laid.with_name(laid.name + ending).unlink(missing_ok=True)
        shutil.copy(kept, laid)

    return fresh


QUICK = settings(
    max_examples=6,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


@pytest.mark.full
def test_a_label_names_all_that_is_in_its_bag(machine: type[Kitchen]) -> None:
    run(machine, settings=settings(QUICK, max_examples=60, stateful_step_count=20))


def test_a_label_names_all_that_is_in_its_bag_in_a_few_lunches(machine: type[Kitchen]) -> None:
    run(machine, settings=QUICK)


def forget_cooked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A swap takes out of boxes what their batch was cooked with."""
    monkeypatch.setattr(DishContent, "at", lambda content, _starts_at=None: content.ahead)


def forget_late_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch for one slot is said to serve none."""
    monkeypatch.setattr(
        Cooked, "serves", lambda cooked, starts_at: starts_at is None or not cooked.serves_from
    )


def forget_to_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody follows a swap that is undone or made."""
    monkeypatch.setattr(swaps, "follow_content", lambda *_args, **_more: [])


def reopen_closed_bags(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed bag is taken for one that is still to be packed."""
    monkeypatch.setattr(Order, "is_bagged", False)


def let_blocked_bags_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recall does not hold a bag back."""
    monkeypatch.setattr(step, "is_closing", lambda _to, seen: False)


@pytest.mark.full
@pytest.mark.parametrize(
    "bug",
    [forget_cooked, forget_late_slots, forget_to_follow, reopen_closed_bags, let_blocked_bags_pass],
    ids=lambda bug: bug.__name__,
)
def test_a_bug_of_each_kind_is_found(
    machine: type[Kitchen],
    bug: Callable[[pytest.MonkeyPatch], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bug(monkeypatch)
    found = settings(QUICK, max_examples=200, stateful_step_count=20, phases=[Phase.generate])
    with pytest.raises(AssertionError):
        run(machine, settings=found)
