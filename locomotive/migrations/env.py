"""Alembic's way into our database: one connection, batch mode, the application's own tables."""

from typing import Any, Literal

from alembic import context
from flask import current_app

from locomotive.core.base import Base, Instant


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column type as the plain one that the database has."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    return False


def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    """The queue's tables stand beside ours on PostgreSQL and are none of our business."""
    return kind != "table" or not (name or "").startswith("huey_")


def run_migrations() -> None:
    """Bring a database to the wanted version: the one that was given, else the application's."""
    engine = context.config.attributes.get("engine")
    if engine is None:
        engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
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
        connection.commit()


run_migrations()
