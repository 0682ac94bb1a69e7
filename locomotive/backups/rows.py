"""Rows: all that stands in the tables, copied from one database to another and compared."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Integer, Row, Table, delete, func, insert, inspect, select, text

from ..core.base import Base

BATCH = 1000
# Table → number of rows, and a digest that no order of the rows changes.
Facts = dict[str, tuple[int, str]]


def holds_rows(connection: Connection) -> bool:
    """Whether any of our tables holds a row; a database without our tables holds none."""
    there = set(inspect(connection).get_table_names())
    return any(
        connection.execute(select(1).select_from(table).limit(1)).first()
        for table in Base.metadata.sorted_tables
        if table.name in there
    )


def count_rows(connection: Connection) -> dict[str, int]:
    """Table → number of rows, of all tables that the database has."""
    names = sorted(inspect(connection).get_table_names())
    quote = connection.dialect.identifier_preparer.quote
    return {
        name: int(connection.execute(text(f"SELECT count(*) FROM {quote(name)}")).scalar_one())
        for name in names
        if not name.startswith("huey_")  # the queue says "look now" only
    }


def facts_of(connection: Connection) -> Facts:
    """Count and digest every table, row by row."""
    facts: Facts = {}
    for table in Base.metadata.sorted_tables:
        count, total = 0, 0
        for rows in _pieces(connection, table):
            count += len(rows)
            total += sum(_digest(row) for row in rows)
        facts[table.name] = (count, f"{total % 2**256:064x}")
    return facts


def _digest(row: Row[Any]) -> int:
    # What a statement gives is the same Python value on both engines: its writing is, too.
    plain = tuple(str(value) if isinstance(value, str) else value for value in row)
    return int.from_bytes(hashlib.sha256(repr(plain).encode(errors="surrogatepass")).digest())


def _pieces(connection: Connection, table: Table) -> Iterator[Sequence[Row[Any]]]:
    return connection.execute(select(table).execution_options(yield_per=BATCH)).partitions()


def empty_tables(connection: Connection) -> None:
    """Delete every row, those that point at others first."""
    for table in reversed(Base.metadata.sorted_tables):
        connection.execute(delete(table))


def copy_rows(source: Connection, target: Connection) -> None:
    """Copy every row into the target's empty tables; both have the schema of this code."""
    for table in Base.metadata.sorted_tables:
        for rows in _pieces(source, table):
            target.execute(insert(table), [dict(row._mapping) for row in rows])
    if target.dialect.name == "postgresql":
        _settle_numbers(target)


def _settle_numbers(target: Connection) -> None:
    """Let PostgreSQL count on from the highest key that was copied."""
    for table in Base.metadata.sorted_tables:
        for column in table.primary_key.columns:
            if isinstance(column.type, Integer):
                last = select(func.max(column)).scalar_subquery()
                sequence = func.pg_get_serial_sequence(f'"{table.name}"', column.name)
                target.execute(
                    select(func.setval(sequence, func.coalesce(last, 1), last.is_not(None)))
                )
