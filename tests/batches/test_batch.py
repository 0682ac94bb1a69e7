"""Cooking a batch takes its lots; a recall finds everyone who ate of one, and nobody else."""

from __future__ import annotations

import csv
import random
from datetime import datetime, timedelta
from io import StringIO
from time import perf_counter
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, insert, select
from sqlalchemy.orm import Session

from locomotive.batches.recall import Recall, Told, begin_recall, tell_everyone
from locomotive.batches.trace import lots_of_order, trace
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.status import LIVE
from locomotive.farm.lot import Lot, LotTooSmall
from locomotive.menu.dish import Dish
from locomotive.menu.recipe import read_book
from locomotive.ordering.message import Message
from locomotive.ordering.order import Order, OrderLine
from locomotive.origins.batch import (
    Batch,
    BatchLot,
    BatchUndone,
    CoreMissing,
    LotForeign,
    LotsMissing,
    cook,
    undo_batch,
)
from locomotive.service.slot import Slot
from tests.farm_day import batch, dish, kg, lot, recipe, stock
from tests.office_day import error_at
from tests.service_day import DATE, Day


def cooked(day: Day, amounts: dict[int, int], portions: int = 10, **facts: object) -> Batch:
    """Cook soup from chosen lots."""
    made = Batch(day=DATE, dish_id=dish("soup").id, portions=portions, **facts)
    with write_tx() as session:
        return cook(session, read_book(session), made, amounts, now=day.at(9))


def test_lots_are_proposed_by_earliest_use_by_and_taken(both: Day) -> None:
    recipe("soup", leeks=0.2)
    later = lot(both, "leeks", 5, use_by=DATE + timedelta(days=5))
    sooner = lot(both, "leeks", 1, use_by=DATE + timedelta(days=1))
    gone = lot(both, "leeks", 5, use_by=DATE - timedelta(days=1))
    batch(both, "soup", 10)
    assert (stock(sooner), stock(later), stock(gone)) == (0, kg(4), kg(5))


def test_a_lot_used_beyond_its_quantity_leaves_nothing_written(both: Day) -> None:
    recipe("soup", leeks=0.2)
    found = lot(both, "leeks", 1)
    with pytest.raises(LotTooSmall):
        cooked(both, {found.id: kg(2)})
    assert stock(found) == kg(1)
    assert db.session.scalar(select(func.count(Batch.id))) == 0


def test_too_little_a_foreign_lot_or_no_core_temperature_is_refused(both: Day) -> None:
    recipe("soup", asks=True, leeks=0.2)
    leeks, beef = lot(both, "leeks", 5), lot(both, "beef", 5)
    with pytest.raises(LotsMissing):
        cooked(both, {leeks.id: kg(1.9)}, core_tenths=750)
    with pytest.raises(LotForeign):
        cooked(both, {leeks.id: kg(2), beef.id: kg(1)}, core_tenths=750)
    with pytest.raises(CoreMissing):
        cooked(both, {leeks.id: kg(2)})
    assert (stock(leeks), stock(beef)) == (kg(5), kg(5))


def test_a_batch_taken_back_gives_its_lots_back_once(both: Day) -> None:
    recipe("soup", leeks=0.2)
    found = lot(both, "leeks", 5)
    made = batch(both, "soup", 10)
    with write_tx() as session:
        undo_batch(session, made, now=both.at(10))
    assert stock(found) == kg(5)
    with pytest.raises(BatchUndone), write_tx() as session:
        undo_batch(session, made, now=both.at(10))
    assert stock(found) == kg(5)
    assert trace(db.session(), [found.id]).batches == ()


def reached(found: Lot) -> list[int]:
    db.session.rollback()
    return [r.order_id for r in trace(db.session(), [found.id]).reached]


def test_a_recall_reaches_the_dishs_orders_of_the_batchs_slots_only(both: Day) -> None:
    recipe("soup", leeks=0.1)
    first, second = lot(both, "leeks", 1), lot(both, "leeks", 1)
    early = both.order("Nadia", slot=(11, 45), soup=2)
    late = both.order("Bruno", slot=(12, 30), soup=1, carbonade=1)
    both.order("Chloé", slot=(11, 45), carbonade=1)
    gone = both.order("Samira", slot=(11, 45), soup=1)
    both.cancel(gone)
    cooked(both, {first.id: kg(1)}, serves_until=both.at(12))
    cooked(both, {second.id: kg(1)}, serves_from=both.at(12, 15))
    assert reached(first) == [early.id]
    assert reached(second) == [late.id]
    lines = lots_of_order(db.session(), db.session.get_one(Order, late.id))
    names = {line.dish_name: [p.lot_id for b in bs for p in b.lots] for line, bs in lines}
    assert names == {"Soupe de potimarron": [second.id], "Carbonade flamande": []}


def test_a_batch_of_the_whole_day_misses_nobody(both: Day) -> None:
    recipe("soup", leeks=0.1)
    found = lot(both, "leeks", 5)
    orders = [both.order(slot=at, soup=1) for at in ((11, 30), (12, 0), (13, 0))]
    cooked(both, {found.id: kg(1)})
    assert reached(found) == [order.id for order in orders]


def test_a_recall_blocks_the_lot_and_mails_once_an_exercise_does_neither(both: Day) -> None:
    recipe("soup", leeks=0.1)
    found = lot(both, "leeks", 5)
    order = both.order(soup=1)
    with write_tx() as session:
        session.get_one(Order, order.id).email = "nadia@example.com"
    cooked(both, {found.id: kg(1)})
    for is_exercise in (True, False):
        with write_tx() as session:
            recall = begin_recall(
                session,
                [session.get_one(Lot, found.id)],
                Told("listeria", "Do not eat.", is_exercise=is_exercise),
                today=DATE,
                now=both.at(14),
            )
            sent = [tell_everyone(session, recall, now=both.at(14)) for _ in range(2)]
        assert sent == ([0, 0] if is_exercise else [1, 0])
        db.session.rollback()
        is_blocked = db.session.get_one(Lot, found.id, populate_existing=True).blocked_at
        assert (is_blocked is None) == is_exercise
    texts = db.session.scalars(select(Message.text).where(Message.kind.startswith("recall-")))
    assert texts.all() == ["Do not eat."]


def fill(day: Day, orders: int, lots: int, seed: int = 1) -> dict[int, set[int]]:
    """Many orders, lots and batches at random; return lot id → orders by an independent
    computation that reads no query of ours."""
    dice = random.Random(seed)
    recipe("soup", leeks=0.001)
    recipe("carbonade", leeks=0.001)
    model = lot(day, "leeks", 1000)
    base = day.order(soup=1, carbonade=1)
    slots = {slot.id: slot.starts_at for slot in db.session.scalars(select(Slot))}
    portions = {line.dish_name: line.portion_id for line in base.lines}
    names = [dish("soup").name, dish("carbonade").name]
    with write_tx() as session:
        copy = {c.name: getattr(model, c.name) for c in Lot.__table__.columns if c.name != "id"}
        session.execute(insert(Lot), [copy] * (lots - 1))
        ids = list(session.scalars(select(Lot.id).order_by(Lot.id)))
        row = {c.name: getattr(base, c.name) for c in Order.__table__.columns if c.name != "id"}
        statuses = [*LIVE, "cancelled", "expired"]
        rows = [
            row | {
                "number": n + 2, "idempotency_key": f"many-{n}", "token_hash": f"many-{n}",
                "slot_id": dice.choice(list(slots)), "status": dice.choice(statuses),
            }
            for n in range(orders - 1)
        ]  # fmt: skip
        session.execute(insert(Order), rows)
        placed = session.execute(select(Order.id, Order.slot_id, Order.status)).all()
        line = {c.name: getattr(base.lines[0], c.name) for c in OrderLine.__table__.columns}
        del line["id"]
        chosen = {o: dice.sample(names, dice.choice((1, 1, 2))) for o, _s, _t in placed}
        chosen[base.id] = names
        session.execute(
            insert(OrderLine),
            [
                line | {"order_id": o, "dish_name": name, "portion_id": portions[name]}
                for o, dishes in chosen.items()
                if o != base.id
                for name in dishes
            ],
        )
        return _batches(session, dice, ids, slots, names, placed, chosen, day)


def _batches(
    session: Session,
    dice: random.Random,
    ids: list[int],
    slots: dict[int, datetime],
    names: list[str],
    placed: Any,
    chosen: dict[int, list[str]],
    day: Day,
) -> dict[int, set[int]]:
    """Batches at random, and for each lot the orders that ate of it, found one by one."""
    ate: dict[int, set[int]] = {lot_id: set() for lot_id in ids}
    times: list[datetime | None] = [None, *sorted(set(slots.values()))]
    dish_ids = {name: id_ for id_, name in session.execute(select(Dish.id, Dish.name))}
    for start in range(0, len(ids), 4):
        name = dice.choice(names)
        first, last = dice.choice(times[:4]), dice.choice([None, *times[-4:]])
        made = Batch(
            day=DATE, dish_id=dish_ids[name], portions=5, cooked_at=day.at(9),
            serves_from=first, serves_until=last,
        )  # fmt: skip
        session.add(made)
        session.flush()
        for lot_id in ids[start : start + 4]:
            session.add(BatchLot(batch_id=made.id, lot_id=lot_id, amount=1))
            for order_id, slot_id, status in placed:
                at = slots[slot_id]
                if (
                    name in chosen[order_id]
                    and status in LIVE
                    and (first is None or first <= at)
                    and (last is None or at <= last)
                ):
                    ate[lot_id].add(order_id)
    return ate


def test_l18_a_recall_holds_exactly_the_orders_that_an_independent_computation_finds(
    both: Day,
) -> None:
    ate = fill(both, orders=300, lots=60)
    for lot_id, wanted in ate.items():
        db.session.rollback()
        found = trace(db.session(), [lot_id]).reached
        assert {r.order_id for r in found} == wanted
        assert len(found) == len(wanted)
    # The control: a recall by dish alone, blind to slots, would name people for nothing.
    assert any(len(orders) < len(set().union(*ate.values())) for orders in ate.values() if orders)


def queries(day: Day, lot_id: int) -> int:
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    db.session.rollback()
    db.session.expunge_all()
    event.listen(db.engine, "before_cursor_execute", note)
    for found in trace(db.session(), [lot_id]).reached:
        assert (found.day, found.starts_at, found.contact) is not None
    event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)


def test_l18_a_recall_takes_as_many_queries_for_few_orders_as_for_many(both: Day) -> None:
    recipe("soup", leeks=0.1)
    found = lot(both, "leeks", 10)
    both.order(soup=1)
    cooked(both, {found.id: kg(1)})
    few = queries(both, found.id)
    for _ in range(15):
        both.order(soup=1)
    assert queries(both, found.id) == few


@pytest.mark.full
def test_l18_of_ten_thousand_orders_and_two_thousand_lots(both: Day) -> None:
    ate = fill(both, orders=10_000, lots=2_000, seed=2)
    largest = max(ate, key=lambda lot_id: len(ate[lot_id]))
    db.session.rollback()
    began = perf_counter()
    found = trace(db.session(), [largest]).reached
    print(f"\nrecall of {len(found)} orders: {perf_counter() - began:.2f} s")
    assert {r.order_id for r in found} == ate[largest]


def test_the_kitchen_records_a_batch_on_its_page(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: day.at(9))
    recipe("soup", makes=10, asks=True, leeks=2)
    found = lot(day, "leeks", 50)
    kitchen = day.signed_in("kitchen")
    page = f"/kitchen/{DATE}/batches/{dish('soup').id}"
    assert 'value="40"' in kitchen.get(page).text  # 200 portions take 40 kilos
    data = {"portions": "10", f"lot-{found.id}": "2", "serves_from": "", "serves_until": ""}
    refused = kitchen.post(page, data=data)
    assert error_at(refused, "core_tenths").startswith("Measure the temperature")
    assert kitchen.post(page, data=data | {"core_tenths": "75,5"}).status_code == 303
    assert stock(found) == kg(48)
    made = db.session.scalars(select(Batch)).one()
    for typed, said in (("61", "Below 63"), ("64", "noted"), ("hot", "Write a temperature")):
        address = f"/kitchen/batches/{made.id}/temperature"
        answer = kitchen.post(address, data={"tenths": typed}, follow_redirects=True)
        assert said in answer.text
    assert kitchen.post(f"/kitchen/batches/{made.id}/undo").status_code == 303
    assert stock(found) == kg(50)


def test_the_exercise_is_timed_and_its_list_is_a_table(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    office: FlaskClient = day.signed_in("manager")
    recipe("soup", leeks=0.1)
    found = lot(day, "leeks", 5)
    day.order("Nadia", soup=2)
    cooked(day, {found.id: kg(1)})
    monkeypatch.setattr(clock, "now", lambda: day.at(14))
    data = {"reason": "exercise", "text": "Do not eat.", "is_exercise": "y"}
    assert office.post(f"/farm/lots/{found.id}/recall", data=data).status_code == 303
    recall = db.session.scalars(select(Recall)).one()
    monkeypatch.setattr(clock, "now", lambda: day.at(14, 3))
    office = day.signed_in("manager")  # names are for whoever proved a moment ago who they are
    office.post(f"/farm/recalls/{recall.id}/close")
    assert "3 min 00 s" in office.get(f"/farm/recalls/{recall.id}").text
    content = office.get(f"/farm/lots/{found.id}/trace.csv").data.decode("utf-8-sig")
    rows = list(csv.reader(StringIO(content), delimiter=";"))
    assert rows[1][3:8] == ["Nadia", "06 00 00 00 01", "", "Soupe de potimarron", "2"]
    assert "Nadia" in office.get(f"/farm/lots/{found.id}/recall-list").text
    assert office.post(f"/farm/recalls/{recall.id}/close").status_code == 409
