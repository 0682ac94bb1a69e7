"""The declarative base and the column types that all tables share."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Annotated, Any, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    DateTime,
    Delete,
    MetaData,
    String,
    Update,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column, registry
from sqlalchemy.sql.base import ExecutableOption
from sqlalchemy.types import TypeDecorator

from .status import Status


class Instant(TypeDecorator[datetime]):
    """A moment, aware and in UTC on both sides; SQLite keeps no zone, so it is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment: it would be read as another one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant needs a time zone: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class StatusText(TypeDecorator[Status]):
    """The status of an order, kept as its word."""

    impl = String(20)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Refuse a word that is no status."""
        return None if value is None else Status(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> Status | None:
        return None if value is None else Status(value)


Key = Annotated[int, mapped_column(primary_key=True)]
Words = Annotated[str, mapped_column(String(200))]
Day = Annotated[date, mapped_column()]
Cents = Annotated[int, mapped_column()]
TokenHash = Annotated[str, mapped_column(String(64), unique=True)]


class Base(DeclarativeBase):
    """Every table's base; the names of constraints are fixed so that batch migrations find them."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: Instant, Status: StatusText},
    )


Row = TypeVar("Row", bound=Base)


def insert_once(
    session: Session, table: type[Base], values: dict[str, Any], *, unique: list[str]
) -> bool:
    """Insert one row unless one with the same `unique` columns stands; tell whether it was ours.

    One atomic statement on both engines: of two rivals exactly one gets True, and the other
    sees the winner's committed row.
    """
    statement = _inserting(session.get_bind().dialect.name, table, tuple(unique))
    returned = statement.returning(*(getattr(table, name) for name in unique))
    return session.execute(returned, values).first() is not None


def insert_new(
    session: Session,
    table: type[Row],
    values: dict[str, Any],
    *,
    unique: list[str],
    load: Sequence[ExecutableOption] = (),
) -> Row | None:
    """The same, which gives the row, read as `load` says; None when one with the same `unique`
    columns stands."""
    statement = _inserting(session.get_bind().dialect.name, table, tuple(unique))
    return session.scalars(statement.returning(table).options(*load), values).first()


@cache
def _inserting(dialect: str, table: type[Base], unique: tuple[str, ...]) -> Any:
    # Built once: its columns are those of the values with which it is executed.
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert(table).on_conflict_do_nothing(index_elements=unique)


def guarded(
    session: Session, statement: Update | Delete, values: dict[str, Any] | None = None
) -> bool:
    """Change a row only while its conditions hold; tell whether they did. `values` are those of a
    statement that was built once.

    The conditions stand in the statement's `where`, so that of two rivals exactly one gets True.
    """
    return count_changed(session, statement, values) > 0


def count_changed(
    session: Session, statement: Update | Delete, values: dict[str, Any] | None = None
) -> int:
    """Change rows where they stand in the database, and tell how many."""
    statement = statement.execution_options(synchronize_session=False)
    return cast(CursorResult[Any], session.execute(statement, values)).rowcount


def wait_after(tries: int, *, first: timedelta, longest: timedelta) -> timedelta:
    """How long what was not taken waits: `first`, twice as long, … at most `longest`."""
    wait: timedelta = first * 2 ** (tries - 1)
    return min(wait, longest)


# Of every outbox of mails: how long a worker may be at one, and how often one is tried.
MAIL_CLAIMED, MAIL_TRIES = timedelta(minutes=5), 20


def mail_waits(tries: int) -> timedelta:
    """How long a mail waits that was not taken: 1 min, 2 min, … at most 1 h."""
    return wait_after(tries, first=timedelta(minutes=1), longest=timedelta(hours=1))


def claim_due(
    session: Session,
    outbox: type[Row],
    *is_open: ColumnElement[bool],
    now: datetime,
    lasts: timedelta,
) -> Row | None:
    """Take the next row of an outbox (with `state`, `tries`, `due_at`) that is due, by a guarded
    update; None when nothing is.

    What a worker had claimed that died comes due again after `lasts`: it may be sent twice, and is
    never lost.
    """
    table: Any = outbox
    is_due = (*is_open, table.state.in_(("queued", "sending")), table.due_at <= now)
    due = select(table.id).where(*is_due).order_by(table.due_at).limit(10)
    for row_id in session.scalars(due).all():
        taken = update(outbox).where(table.id == row_id, *is_due)
        claimed = taken.values(state="sending", tries=table.tries + 1, due_at=now + lasts)
        if guarded(session, claimed):
            return session.get_one(outbox, row_id, populate_existing=True)
    return None
