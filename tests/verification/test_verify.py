"""`flask verify` finds what is broken, says where, and finds nothing in a whole house."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Update, delete, func, select, update
from sqlalchemy.orm import Session

from locomotive.commands.demonstration import load_lunch
from locomotive.core.clock import clock
from locomotive.core.db import write_tx
from locomotive.core.status import Status
from locomotive.dispatch.planning import ask_planning
from locomotive.farm.lot import Lot
from locomotive.menu.dish import Dish
from locomotive.menu.menu import Portion
from locomotive.menu.recipe import Book, read_book
from locomotive.ordering.counter import work_by_slot
from locomotive.ordering.message import Message, queue_message
from locomotive.ordering.order import Order, OrderEvent, OrderLine
from locomotive.ordering.step import move_on
from locomotive.origins.batch import Batch, BatchLot, cook, proposed
from locomotive.promise.promise import Promise
from locomotive.promise.tentative_plan import TentativePlan
from locomotive.rounds.round import Carried, RoundStop
from locomotive.service.service import Service
from locomotive.service.slot import Slot, SlotStation
from locomotive.verification.facts import wrong_facts
from locomotive.worker.planning import plan_rounds
from tests.kept_house import flask
from tests.service_day import Day, lay_tables, leave, new_app

ORDERS = 24
# Fault → what the sentence says of it. Each stands for a row that somebody or something spoilt.
FAULTS = {
    "portions left": "left, ",
    "places used": "used, ",
    "portions of a slot": "portions, ",
    "work of a station": "s of work, ",
    "stock of a lot": "in stock, ",
    "quantity of a line": "its total is",
    "total of one cent": "its total is 1 cents",
    "lines deleted": "its lines make 0",
    "promise deleted": "nothing was promised to it",
    "promise of another slot": "another slot was promised",
    "promise moved to 05:00": "its promise says",
    "plan emptied": "its plan cannot be read",
    "plan without a stop": "the plan in force does not serve it",
    "event deleted": "its last event says",
    "first event deleted": "an event is missing",
    "all events deleted": "its last event says nothing",
    "state without event": "it is handed over, its last event says",
    "number doubled": "2 orders carry this number",
    "number never given": "the last one given is",
    "slot of the other kind": "its slot is a",
    "stop moved on the map": "is not where it lives",
    "stop moved in time": "is not between the one before it and the return",
    "stop taken out": "are not numbered 1 to",
    "order not aboard": "which does not carry it",
    "mails deleted": "its mail “placed” was never written",
    "mail sent at no time": "it counts as sent, at no time",
    "lots taken out of a batch": "its batches name",
    "batch undone by hand": "its batches name",
}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def house(
    request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[str], str]
) -> Iterator[Day]:
    """The demonstration's lunch with its rounds planned, mails written and a batch cooked."""
    app = new_app(tmp_path, new_database(request.param), planner_seconds=1.0)
    with app.app_context():
        lay_tables()
        day = Day(app, clock.today() + timedelta(days=1))
        while day.date.weekday() > 4:
            day.date += timedelta(days=1)
        live(day)
        yield day
        leave(app)


def live(day: Day) -> None:
    settings, now = day.app.extensions["settings"], clock.now()
    with write_tx() as session:
        load_lunch(session, day.date, orders=ORDERS, seed=1, settings=settings, now=now)
    with write_tx() as session:
        for order in session.scalars(select(Order).order_by(Order.id).limit(3)):
            order.email = "nadia@example.org"
            queue_message(session, order_id=order.id, kind="placed", email=order.email, now=now)
        first = session.scalars(select(Order).order_by(Order.id)).first()
        assert first is not None
        for station, used in work_by_slot(session)[first.slot_id].items():
            session.add(
                SlotStation(slot_id=first.slot_id, station=station, capacity=90_000, used=used)
            )
        move_on(session, first, to=Status.STARTED, seen=Status.PLACED, device="test", now=now)
    with write_tx() as session:
        book = read_book(session)
        dish = next(
            dish_id
            for dish_id in session.scalars(select(Dish.id).order_by(Dish.id))
            if book.per_portion(dish_id, day.date) and has_lots(session, book, dish_id, day)
        )
        amounts = lots_for(session, book, dish, day)
        cook(session, book, Batch(day=day.date, dish_id=dish, portions=1, core_tenths=800),
             amounts, now=now)  # fmt: skip
    with write_tx() as session:
        service = session.scalars(select(Service).where(Service.date == day.date)).one()
        planning = ask_planning(session, service, now=now).id
    plan_rounds(planning)


def lots_for(session: Session, book: Book, dish: int, day: Day) -> dict[int, int]:
    found = proposed(session, book, dish, portions=1, day=day.date)
    return {lot.id: amount for lots in found.values() for lot, amount in lots if amount}


def has_lots(session: Session, book: Book, dish: int, day: Day) -> bool:
    found = proposed(session, book, dish, portions=1, day=day.date)
    return all(any(amount for _, amount in lots) for lots in found.values())


def inject(session: Session, fault: str) -> None:
    """Spoil one thing behind the rules' back."""
    started, *others = session.scalars(select(Order).order_by(Order.id)).all()
    delivered = next(o for o in others if o.round_number is not None)
    written = session.scalars(select(Order).where(Order.email != "").order_by(Order.id)).all()[1]
    stop = session.scalars(
        select(RoundStop).join(Carried, Carried.stop_id == RoundStop.id)
        .where(Carried.order_id == delivered.id)
    ).one()  # fmt: skip
    long = session.scalars(
        select(RoundStop.round_id).group_by(RoundStop.round_id).having(func.count() > 1)
    ).first()
    line = started.lines[0]
    slot = session.get_one(Slot, started.slot_id)
    other_kind = select(Slot.id).where(
        Slot.service_id == started.service_id, Slot.kind != slot.kind
    )
    late = timedelta(hours=3)
    last_event = select(func.max(OrderEvent.id)).where(OrderEvent.order_id == started.id)
    first_event = select(func.min(OrderEvent.id)).where(OrderEvent.order_id == started.id)
    batch = session.scalars(select(Batch).order_by(Batch.id.desc())).first()
    assert batch is not None
    wrong = {
        "portions left": update(Portion).values(remaining=Portion.remaining + 1),
        "places used": update(Slot).where(Slot.id == slot.id).values(used=Slot.used + 1),
        "portions of a slot": update(Slot).where(Slot.id == slot.id).values(
            used_portions=Slot.used_portions + 1
        ),
        "work of a station": update(SlotStation).values(used=SlotStation.used + 1),
        "stock of a lot": update(Lot).values(stock=Lot.stock + 1),
        "quantity of a line": update(OrderLine).where(OrderLine.id == line.id).values(
            quantity=line.quantity + 1
        ),
        "total of one cent": of(started, total_cents=1),
        "lines deleted": delete(OrderLine).where(OrderLine.order_id == started.id),
        "promise deleted": delete(Promise).where(Promise.order_id == started.id),
        "promise of another slot": update(Promise).where(Promise.order_id == started.id).values(
            slot_id=select(func.max(Slot.id)).where(Slot.id != started.slot_id).scalar_subquery()
        ),
        "promise moved to 05:00": update(Promise).where(Promise.order_id == started.id).values(
            starts_at=slot.starts_at - timedelta(hours=7),
            ends_at=slot.ends_at - timedelta(hours=7),
        ),
        "plan emptied": update(TentativePlan).values(plan="{}"),
        "event deleted": delete(OrderEvent).where(OrderEvent.id == last_event.scalar_subquery()),
        "first event deleted": delete(OrderEvent).where(
            OrderEvent.id == first_event.scalar_subquery()
        ),
        "all events deleted": delete(OrderEvent).where(OrderEvent.order_id == started.id),
        "state without event": of(started, status=Status.HANDED_OVER),
        "number doubled": of(started, number=delivered.number),
        "number never given": of(started, number=900),
        "slot of the other kind": of(
            started, slot_id=session.scalar(other_kind.order_by(Slot.id).limit(1))
        ),
        "stop moved on the map": update(RoundStop).where(RoundStop.id == stop.id).values(
            latitude=stop.latitude + 0.01
        ),
        "stop moved in time": update(RoundStop).where(RoundStop.id == stop.id).values(
            arrives_at=stop.arrives_at + late, serves_at=stop.serves_at + late,
            leaves_at=stop.leaves_at + late,
        ),
        "stop taken out": update(RoundStop).where(
            RoundStop.round_id == long, RoundStop.position == 1
        ).values(position=7),
        "order not aboard": delete(Carried).where(Carried.order_id == delivered.id),
        "mails deleted": delete(Message).where(Message.order_id == written.id),
        "mail sent at no time": update(Message).where(Message.order_id == written.id).values(
            state="sent"
        ),
        "lots taken out of a batch": delete(BatchLot).where(BatchLot.batch_id == batch.id),
        "batch undone by hand": update(Batch).where(Batch.id == batch.id).values(
            undone_at=clock.now()
        ),
    }  # fmt: skip
    if fault == "plan without a stop":
        lose_a_stop(session)
        return
    session.execute(wrong[fault].execution_options(synchronize_session=False))


def of(order: Order, **values: object) -> Update:
    return update(Order).where(Order.id == order.id).values(values)


def lose_a_stop(session: Session) -> None:
    row = session.scalars(select(TentativePlan)).one()
    plan = json.loads(row.plan)
    trip = next(trip for route in plan["routes"] for trip in route["trips"] if trip["visits"])
    trip["visits"].pop()
    row.plan = json.dumps(plan)
    session.flush()


class Undone(Exception):
    """What was spoilt is put right again."""


def found_after(day: Day, fault: str) -> list[str]:
    found: list[str] = []
    with suppress(Undone), write_tx() as session:
        inject(session, fault)
        session.expire_all()
        depot = day.app.extensions["settings"].depot
        found = wrong_facts(session, depot=depot, today=clock.today())
        raise Undone
    return found


def test_every_fault_is_found_and_named(house: Day) -> None:
    code, said = flask(house, "verify")
    assert (code, said) == (0, "Everything agrees.\n")  # the control: nothing is wrong before
    missed = {}
    for fault, words in FAULTS.items():
        found = found_after(house, fault)
        if not any(words in sentence for sentence in found):
            missed[fault] = found
    assert missed == {}, json.dumps(missed, indent=1)[:3000]
    with write_tx() as session:
        inject(session, "total of one cent")
    code, said = flask(house, "verify")
    assert code == 1
    assert "its total is 1 cents" in said
