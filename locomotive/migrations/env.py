"""Alembic's way into our database: one connection, batch mode, the application's own tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from locomotive.core.base import Base, Instant


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column type as the plain one that the database has."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    return False


def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """The queue's tables stand beside ours on PostgreSQL and are none of our business."""
    return kind != "table" or not (name or "").startswith("huey_")


@contextmanager
def foreign_keys_checked_last(connection: Connection) -> Iterator[None]:
    """Let SQLite check foreign keys when all is done, not while a table is made anew.

    Batch mode drops the old table, which would delete or refuse the rows that point at it
    (https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema Changes").
    The switch has no effect within a transaction, so the driver is asked directly.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def refuse_lost_rows(connection: Connection) -> None:
    """Raise RuntimeError when a row points at one that is no more."""
    if connection.dialect.name == "sqlite":
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if lost:
            raise RuntimeError(f"row {lost[1]} of {lost[0]} points at no row of {lost[2]}")


def run_migrations() -> None:
    """Bring a database to the wanted version: the one that was given, else the application's."""
    engine = context.config.attributes.get("engine")
    if engine is None:
        engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection, foreign_keys_checked_last(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            render_item=render_item,
            compare_type=True,
            include_name=is_ours,
        )
        with context.begin_transaction():
            context.run_migrations()
            refuse_lost_rows(connection)
        connection.commit()


run_migrations()
