"""The migrations of the first seven versions make the same tables for ever, on both engines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine.reflection import Inspector

from locomotive.core.db import db
from tests.conftest import ENGINES
from tests.service_day import leave, new_app

LAST = "0007"


def schema(engine: Engine) -> str:
    """The tables of a database in plain text: columns, keys, checks and indexes."""
    tables = inspect(engine)
    foreign = ("alembic_", "huey_")
    names = sorted(n for n in tables.get_table_names() if not n.startswith(foreign))
    return "".join(f"{line}\n" for name in names for line in lines(tables, name))


def lines(tables: Inspector, name: str) -> Iterator[str]:
    yield name
    for column in tables.get_columns(name):
        null = "" if column["nullable"] else " not null"
        default = f" default {column['default']}" if column["default"] else ""
        yield f"  {column['name']} {column['type'].compile(tables.dialect)}{null}{default}"
    key = tables.get_pk_constraint(name)
    yield f"  {key['name']}: primary key {columns(key['constrained_columns'])}"
    for other in by_name(tables.get_foreign_keys(name)):
        target = f"{other['referred_table']} {columns(other['referred_columns'])}"
        own = columns(other["constrained_columns"])
        yield f"  {other['name']}: {own} of {target} {other['options']}"
    for unique in by_name(tables.get_unique_constraints(name)):
        yield f"  {unique['name']}: unique {columns(unique['column_names'])}"
    for check in by_name(tables.get_check_constraints(name)):
        yield f"  {check['name']}: {check['sqltext']}"
    for index in by_name(tables.get_indexes(name)):
        kind = "unique index" if index["unique"] else "index"
        yield f"  {index['name']}: {kind} {columns(index['column_names'])}"


def by_name(parts: Any) -> list[Any]:
    return sorted(parts, key=lambda part: part["name"] or "")


def columns(names: list[str]) -> str:
    return f"({', '.join(names)})"


@pytest.mark.parametrize("engine", ENGINES)
def test_the_schema_is_the_one_that_was_written_down(
    engine: str, tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    written = Path(__file__).with_name(f"schema-{engine}.txt").read_text()
    app = new_app(tmp_path, new_database(engine))
    with app.app_context():
        upgrade(revision=LAST)
        assert schema(db.engine) == written
        # All the way back and forth again.
        downgrade(revision="base")
        assert schema(db.engine) == ""
        upgrade(revision=LAST)
        assert schema(db.engine) == written
        # The control: one index less is seen.
        with db.engine.begin() as connection:
            connection.execute(text("DROP INDEX ix_lot_movement_for_day"))
        assert schema(db.engine) != written
        leave(app)
