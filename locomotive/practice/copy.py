"""Copy: a training copy of a past lunch in a database of its own, for one screen.

The rules take a session and do not know which database it is: a newcomer learns on the real
screens, and nothing that he does can reach a real order.
"""

from datetime import date, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from ..core.base import Base
from ..core.clock import local
from ..core.mark import mark
from ..core.status import UNPAID, Status
from ..menu.dish import Dish, DishAllergen
from ..menu.menu import Menu, Portion
from ..ordering.order import Order, OrderEvent, OrderLine
from ..service.service import Service
from ..service.slot import Slot

FIRST_NAMES = ("Nadia", "Karim", "Louise", "Samira", "Hugo", "Martin", "Salma", "Paul")
FIRST_DEPARTURE = timedelta(minutes=45)
LARGEST = 40  # orders: enough to practise on, few enough for a first time
INSTANTS = ("starts_at", "ends_at", "departs_at", "delivery_cutoff", "takeaway_cutoff", "placed_at")
EMPTIED = {
    "phone": "", "email": "", "place_name": "", "street": "", "town": "", "access_note": "",
    "latitude": None, "longitude": None, "bagged_at": None,
    "acknowledged_at": None, "cooked": 0, "blocked_at": None,
    "name_key": "", "phone_key": "", "email_key": "", "place_key": "", "avoids": "", "eater": "",
    "accepted": "",
}  # fmt: skip


def copy_path(folder: Path, screen: int, *, day: date) -> Path:
    """The database file of one screen's training copy.

    It is over with its day, so that a screen left open overnight begins anew, and with the tables
    that the program had: another version of it begins anew, too.
    """
    return folder / "practice" / f"{screen}-{day.isoformat()}-{shape_of_tables()}.db"


@cache
def shape_of_tables() -> str:
    """A word for the tables and columns that the program has now."""
    columns = [str(column) for table in Base.metadata.sorted_tables for column in table.columns]
    return sha256(" ".join(columns).encode()).hexdigest()[:8]


def throw_away(path: Path) -> None:
    """Remove a training copy with what SQLite may have left beside it."""
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def past_lunch(session: Session, *, now: datetime) -> Service | None:
    """The latest lunch, today's at most, that had orders."""
    return session.scalar(
        select(Service)
        .where(Service.date <= local(now).date(), Service.id.in_(select(Order.service_id)))
        .order_by(Service.date.desc())
        .limit(1)
    )


def copy_lunch(
    session: Session, copy: Session, service: Service, *, exception: str, now: datetime
) -> None:
    """Copy a lunch into an empty database: every order is to do, nobody is named.

    The hours are moved so that the first departure is in FIRST_DEPARTURE. One order gets the
    exception and one is cancelled, so that both are learnt.
    """
    Base.metadata.create_all(copy.connection())
    orders = list(
        session.scalars(
            select(Order.id)
            .where(Order.service_id == service.id, Order.status.notin_(UNPAID))
            .order_by(Order.number)
            .limit(LARGEST)
        )
    )
    moved = _whole_minutes(now + FIRST_DEPARTURE - (_first_departure(session, orders) or now))
    for columns, chosen in _chosen(service, orders):
        rows = _rows(session, columns, chosen, moved)
        if columns is Order.__table__:
            _make_lesson(rows, exception)
        if rows:
            copy.execute(insert(columns), rows)
    copy.execute(insert(OrderEvent), [_placed(order_id, now) for order_id in orders])
    mark(copy, "begun", str(service.version))


def _first_departure(session: Session, orders: list[int]) -> datetime | None:
    return session.scalar(
        select(func.min(func.coalesce(Order.departs_at, Slot.starts_at)))
        .join(Slot, Slot.id == Order.slot_id)
        .where(Order.id.in_(orders))
    )


def _whole_minutes(span: timedelta) -> timedelta:
    return timedelta(minutes=round(span.total_seconds() / 60))


def _chosen(service: Service, orders: list[int]) -> list[tuple[Table, Any]]:
    """The tables that are copied, each after those it refers to, and which of their rows."""
    menu = select(Menu.id).where(Menu.date == service.date)
    dishes = select(Portion.dish_id).where(Portion.menu_id.in_(menu))
    chosen: dict[type[Base], Any] = {
        Dish: Dish.id.in_(dishes),
        DishAllergen: DishAllergen.dish_id.in_(dishes),
        Menu: Menu.date == service.date,
        Portion: Portion.menu_id.in_(menu),
        Service: Service.id == service.id,
        Slot: Slot.service_id == service.id,
        Order: Order.id.in_(orders),
        OrderLine: OrderLine.order_id.in_(orders),
    }
    return [(Base.metadata.tables[table.__tablename__], rows) for table, rows in chosen.items()]


def _rows(session: Session, columns: Table, chosen: Any, moved: timedelta) -> list[dict[str, Any]]:
    """The rows as the copy holds them: without people, at the moved hours."""
    rows = [dict(row) for row in session.execute(select(columns).where(chosen)).mappings()]
    for row in rows:
        row |= {name: value for name, value in EMPTIED.items() if name in row}
        row |= {name: row[name] + moved for name in INSTANTS if row.get(name)}
    return rows


def _placed(order_id: int, now: datetime) -> dict[str, object]:
    event = {"status": Status.PLACED, "at": now, "device": "practice", "reason": ""}
    return {"order_id": order_id, **event}


def _make_lesson(orders: list[dict[str, Any]], exception: str) -> None:
    """Give every order an invented name, one an exception, and cancel one."""
    for rank, order in enumerate(sorted(orders, key=lambda row: int(row["number"]))):
        order["first_name"] = FIRST_NAMES[rank % len(FIRST_NAMES)]
        order["must_not_contain"] = exception if rank == 1 else ""
        order["status"] = Status.CANCELLED if rank == 3 else Status.PLACED


def copied_lunch(copy: Session) -> Service | None:
    """The lunch of a training copy."""
    return copy.scalar(select(Service))
