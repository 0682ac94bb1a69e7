"""The month before the demonstration's lunch: ordered, cooked, ridden, judged, recalled.

Some lunches are drawn order by order and brought to their end by the rules of the house. The other
days are copies of them, weekday by weekday, with times of their own at the doors.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from ..batches.recall import Told, begin_recall, close_recall, lift_recall
from ..core.base import Base
from ..core.clock import instant, local
from ..core.settings import Settings
from ..core.status import Status
from ..core.tokens import token_hash
from ..dispatch.lock import locked_delivery
from ..dispatch.publication import write_rounds
from ..farm.lot import Lot, receive
from ..farm.supplier import Pack
from ..menu.menu import Menu, menu_of
from ..menu.recipe import Book, read_book
from ..ordering.order import Order, order_token, orders_of
from ..ordering.step import move_on
from ..origins.batch import Batch, cook
from ..promise.promise import LATE_ACTS, judge_promises
from ..promise.tentative_plan import current_plan
from ..rounds.act import Done, note_act
from ..rounds.release import release
from ..rounds.round import Round, RoundStop, rounds_of
from ..service.service import Service, working_days

DAYS = 20  # of work
SPAN = timedelta(weeks=4)  # of so many days of work; contacts are not erased within it
ORDERS = (14, 18)  # of the lunches that are drawn; the others are copies of them
TABLES = (
    "service", "slot", "shift", "menu", "portion", "customer_order", "order_line", "order_event",
    "promise", "round", "round_stop", "carried", "round_act",
)  # fmt: skip
STRAYS = -200, 90  # seconds between the planned end of a visit and the real one

Row = dict[str, Any]


def load_past(session: Session, drawn: "Drawing", *, today: date, now: datetime) -> int:
    """Write the lunches before today once; returns how many there are."""
    begun = select(Service.id).where(Service.date < today).limit(1)
    if session.scalar(begun) is not None:
        return 0
    days = working_days(session, today - SPAN, today - timedelta(days=1))
    first, others = days[-len(ORDERS) :], days[: -len(ORDERS)]
    lunches = [drawn.lunch(session, day, n) for day, n in zip(first, ORDERS, strict=False)]
    for service in lunches:
        _ride(session, service, drawn)
    copies = [_Copy(session, service, drawn.settings.secret_key) for service in lunches]
    for number, day in enumerate(others):
        copies[number % len(copies)].write(session, day, drawn.dice)
    session.expire_all()
    for weeks in range(SPAN // LATE_ACTS + 1):
        judge_promises(session, now=now - weeks * LATE_ACTS)
    if len(others) > 5:
        _recalls(session, others[-3], others[2], drawn.words)
    return len(days)


@dataclass
class Drawing:
    """What past lunches are drawn with: settings, how one lunch is written, words, dice."""

    settings: Settings
    lunch: Callable[[Session, date, int], Service]  # of a day with so many orders
    words: dict[str, str]  # of devices and recalls
    dice: random.Random = field(default_factory=lambda: random.Random("the month before"))


def _ride(session: Session, service: Service, drawn: Drawing) -> None:
    """Publish the rounds by which the lunch was promised, cook, bag, ride and hand over."""
    at, depot = service.delivery_cutoff, drawn.settings.depot
    kitchen, rider = drawn.words["kitchen"], drawn.words["rider"]
    plan = current_plan(session, service).plan
    write_rounds(session, service, locked_delivery(session, service, depot), plan, now=at)
    rounds = rounds_of(session, service)
    for round_ in rounds:
        release(session, round_, seen=round_.stamp, now=at + timedelta(minutes=4))
    for order in orders_of(session, service):
        leaves = order.departs_at or order.slot.starts_at
        ready = leaves - timedelta(minutes=drawn.dice.randrange(6, 15))
        _step(session, order, Status.STARTED, kitchen, ready - timedelta(minutes=18))
        for line in order.lines:
            line.cooked = line.portions
        _step(session, order, Status.READY, kitchen, ready)
        if order.departs_at is None:
            later = timedelta(minutes=drawn.dice.randrange(1, 14))
            _step(session, order, Status.HANDED_OVER, kitchen, leaves + later)
        else:
            _step(session, order, Status.LEFT, rider, leaves)
    for round_ in rounds:
        for stop in round_.stops:
            _hand_over(session, round_, stop, drawn)


def _step(session: Session, order: Order, to: Status, device: str, at: datetime) -> None:
    move_on(session, order, to=to, seen=order.status, device=device, now=at)


def _hand_over(session: Session, round_: Round, stop: RoundStop, drawn: Drawing) -> None:
    at = stop.leaves_at + timedelta(seconds=drawn.dice.randrange(*STRAYS))
    done = Done(
        key=f"demonstration-{stop.id}",
        act="delivered",
        at=at,
        stop_id=stop.id,
        boxes_back=drawn.dice.choice((None, 0, 1, 2)),
    )
    note_act(session, round_, done, device=drawn.words["rider"], now=at + timedelta(seconds=20))


class _Copy:
    """A lunch that is over, to be written again on other days."""

    def __init__(self, session: Session, service: Service, secret: str) -> None:
        session.flush()
        self.day, self._secret = service.date, secret
        self._rows = dict(_rows_of(session, service))
        self._made: dict[str, dict[int, int]] = {}  # table → id here → id of the copy

    def write(self, session: Session, day: date, dice: random.Random) -> None:
        """Write it on a day; each door is reached at a time of its own."""
        self._made = {}
        strays = {
            row["id"]: timedelta(seconds=dice.randrange(-90, 90))
            for row in self._rows["round_stop"]
        }
        at_stop = {row["order_id"]: strays[row["stop_id"]] for row in self._rows["carried"]}
        for name in TABLES:
            table, rows = Base.metadata.tables[name], self._rows[name]
            new = [self._moved(table, row, day) for row in rows]
            for row, copy in zip(rows, new, strict=True):
                if name == "round_act":
                    copy["at"] += strays[row["stop_id"]]
                    copy["received_at"] += strays[row["stop_id"]]
                elif name == "order_event" and row["status"] is Status.HANDED_OVER:
                    copy["at"] += at_stop.get(row["order_id"], timedelta())
            self._insert(session, table, rows, new)

    def _moved(self, table: Table, row: Row, day: date) -> Row:
        by = day - self.day
        copy = {
            name: self._value(table, name, value, by) for name, value in row.items() if name != "id"
        }
        if table.name == "customer_order":
            key = f"{day}-{row['idempotency_key']}"[-64:]
            copy |= {
                "idempotency_key": key,
                "token_hash": token_hash(order_token(self._secret, key)),
            }
        elif table.name == "round_act":
            copy["key"] = f"{day}-{row['key']}"
        elif table.name == "promise":
            copy["refused"] = "{}"
        return copy

    def _value(self, table: Table, name: str, value: Any, by: timedelta) -> Any:
        """The value on the other day: the same hour by the clock, the copy's own rows."""
        if isinstance(value, datetime):
            there = local(value)
            return instant(there.date() + by, there.time())
        if isinstance(value, date):
            return value + by
        for key in table.c[name].foreign_keys:
            return self._made.get(key.column.table.name, {}).get(value, value)
        return value

    def _insert(self, session: Session, table: Table, rows: list[Row], new: list[Row]) -> None:
        if not new:
            return
        if "id" not in table.c:
            session.execute(insert(table), new)
            return
        made = session.scalars(
            insert(table).returning(table.c.id, sort_by_parameter_order=True), new
        )
        ids = [row["id"] for row in rows]
        self._made[table.name] = dict(zip(ids, made, strict=True))


def _rows_of(session: Session, service: Service) -> Iterator[tuple[str, list[Row]]]:
    """The rows of a lunch, table by table, each found by those before it."""
    ids: dict[str, list[int]] = {}
    for name in TABLES:
        table = Base.metadata.tables[name]
        query = select(table).where(_is_of(table, service, ids))
        rows = [dict(row) for row in session.execute(query).mappings()]
        ids[name] = [row["id"] for row in rows if "id" in row]
        yield name, rows


def _is_of(table: Table, service: Service, ids: dict[str, list[int]]) -> Any:
    """Whether a row is of the lunch: by its day, or by a row that is."""
    if table.name in ("service", "menu"):
        return table.c.date == service.date
    owner = {
        "portion": "menu", "order_line": "customer_order", "order_event": "customer_order",
        "promise": "customer_order", "round_stop": "round", "carried": "round_stop",
        "round_act": "round_stop",
    }.get(table.name, "service")  # fmt: skip
    column = next(
        column
        for column in table.c
        for key in column.foreign_keys
        if key.column.table.name == owner
    )
    return column.in_(ids[owner])


def _recalls(session: Session, exercised: date, recalled: date, words: dict[str, str]) -> None:
    """An exercise that took twenty minutes, and a recall that an analysis lifted."""
    lots = _cook(session, exercised)
    at = instant(exercised, time(15))
    told = Told(words["exercise"], words["message"], is_exercise=True)
    recall = begin_recall(session, lots[:1], told, today=exercised, now=at)
    close_recall(session, recall, now=at + timedelta(minutes=21))
    lots = _cook(session, recalled)
    at = instant(recalled, time(16, 20))
    told = Told(words["reason"], words["message"], is_exercise=False)
    recall = begin_recall(session, lots[:1], told, today=recalled, now=at)
    close_recall(session, recall, now=at + timedelta(minutes=34))
    next_day = at + timedelta(days=1)
    lift_recall(session, recall, reason=words["lifted"], today=local(next_day).date(), now=next_day)


def _cook(session: Session, day: date) -> list[Lot]:
    """The lots that came in the morning for the first dish of the day's menu, all of it cooked."""
    menu, book = menu_of(session, day), read_book(session)
    assert menu is not None
    portion = next(p for p in menu.portions if book.per_portion(p.dish_id, day))
    at, amounts = instant(day, time(8, 10)), _needed(book, menu, portion.dish_id)
    lots = [_bring(session, produce_id, n, at) for produce_id, n in sorted(amounts.items())]
    batch = Batch(day=day, dish_id=portion.dish_id, portions=portion.initial, core_tenths=874)
    taken = {lot.id: amounts[lot.produce_id] for lot in lots}
    cook(session, book, batch, taken, now=at + timedelta(hours=2))
    return lots


def _needed(book: Book, menu: Menu, dish_id: int) -> dict[int, int]:
    """Produce id → thousandths for all portions of a dish."""
    portions = next(p.initial for p in menu.portions if p.dish_id == dish_id)
    each = book.per_portion(dish_id, menu.date)
    return {produce_id: -int(-amount * portions // 1) for produce_id, amount in each.items()}


def _bring(session: Session, produce_id: int, amount: int, at: datetime) -> Lot:
    pack = session.scalars(select(Pack).filter_by(produce_id=produce_id).limit(1)).one()
    day = local(at).date()
    kept_cold = pack.produce.storage in ("cold", "frozen")
    lot = Lot(
        supplier_id=pack.supplier_id,
        produce_id=produce_id,
        received=amount,
        cost_cents=max(1, round(amount / pack.amount * (pack.price_cents or 0))),
        received_on=day,
        use_by=day + timedelta(days=6) if pack.produce.storage == "cold" else None,
        tenths={"cold": 30, "frozen": -190}[pack.produce.storage] if kept_cold else None,
    )
    if pack.produce.species:
        lot.born_in = lot.reared_in = lot.slaughtered_in = "FR"
    return receive(session, lot, is_sure=True, now=at)
