"""Access: all that is kept of one customer, for whoever asks (GDPR, article 15)."""

from collections.abc import Sequence

from sqlalchemy import Column, ColumnElement, Table, func, select
from sqlalchemy.orm import Session

from ..core.base import Base
from ..feeds.reader import Reader, ReaderMail
from ..ordering.group import Group
from ..ordering.order import Order
from ..rounds.act import RoundAct
from ..rounds.round import Carried, RoundStop
from .inventory import points_at

# They say nothing of the person: keys and fingerprints of the house's own.
OWN = ("_hash", "_key", "key")
DIGITS = 9  # of a French number, without its 0 or +33

Rows = dict[str, list[dict[str, object]]]


def orders_of_person(session: Session, whom: str) -> list[Order]:
    """The orders that carry an e-mail address or a phone number, however it is written."""
    if "@" in whom:
        wanted = select(Order).where(func.lower(Order.email) == whom.strip().lower())
        return list(session.scalars(wanted.order_by(Order.id)))
    number = _digits(whom)
    found = session.scalars(select(Order).where(Order.phone != "").order_by(Order.id))
    return [order for order in found if number and _digits(order.phone) == number]


def kept_of_reader(session: Session, whom: str) -> Rows:
    """What is kept of an address to which the week's menus go."""
    ours = select(Reader.id).where(Reader.email_key == whom.strip().lower())
    conditions = {Reader: Reader.id.in_(ours), ReaderMail: ReaderMail.reader_id.in_(ours)}
    rows = {
        table.__tablename__: _rows(session, Base.metadata.tables[table.__tablename__], condition)
        for table, condition in conditions.items()
    }
    return {name: found for name, found in rows.items() if found}


def _digits(text: str) -> str:
    digits = "".join(c for c in text if c.isdigit())[-DIGITS:]
    return digits if len(digits) == DIGITS else ""


def kept_of(session: Session, orders: Sequence[Order]) -> Rows:
    """Table → rows of everything that belongs to the orders."""
    ids = select(Order.id).where(Order.id.in_([order.id for order in orders]))
    stops = select(Carried.stop_id).where(Carried.order_id.in_(ids))
    conditions: dict[str, ColumnElement[bool] | None] = {
        table.name: points_at(table, Order.__table__, ids) for table in Base.metadata.sorted_tables
    }
    conditions[Order.__tablename__] = Order.id.in_(ids)
    joined = select(Order.group_id).where(Order.id.in_(ids))
    conditions[Group.__tablename__] = Group.id.in_(joined)
    conditions[RoundStop.__tablename__] = RoundStop.id.in_(stops)
    conditions[RoundAct.__tablename__] = RoundAct.stop_id.in_(stops)
    kept = {
        name: _rows(session, Base.metadata.tables[name], condition)
        for name, condition in conditions.items()
        if condition is not None
    }
    return {name: rows for name, rows in kept.items() if rows}


def _rows(
    session: Session, table: Table, condition: ColumnElement[bool]
) -> list[dict[str, object]]:
    columns: list[Column[object]] = [c for c in table.columns if not c.name.endswith(OWN)]
    rows = session.execute(select(*columns).where(condition).order_by(*table.primary_key))
    return [{name: _plain(value) for name, value in row._mapping.items()} for row in rows]


def _plain(value: object) -> object:
    return value if isinstance(value, int | float | str | None) else str(value)
