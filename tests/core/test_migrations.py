"""The migrations make the tables that the code declares, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite_module
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import upgrade
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Time,
    create_engine,
    inspect,
    select,
    text,
)
from sqlalchemy.event import listens_for
from sqlalchemy.exc import IntegrityError

from locomotive.core.base import Base
from locomotive.core.db import db
from locomotive.web.schema import MIGRATIONS
from tests.conftest import ENGINES
from tests.service_day import DATE, leave, new_app


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "table" or not (name or "").startswith("huey_")


def differences(metadata: MetaData) -> list[object]:
    with db.engine.connect() as connection:
        options = {"compare_type": True, "include_name": is_ours}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))


@pytest.mark.parametrize("engine", ENGINES)
def test_an_upgraded_empty_database_equals_the_tables(
    engine: str, tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    app = new_app(tmp_path, new_database(engine))
    with app.app_context():
        upgrade()
        assert differences(Base.metadata) == []
        assert "customer_order" in inspect(db.engine).get_table_names()
        # The control: a table that no migration makes is seen.
        more = MetaData()
        for table in Base.metadata.tables.values():
            table.to_metadata(more)
        Table("forgotten", more, Column("id", Integer, primary_key=True))
        assert differences(more)
        leave(app)


VALUES: dict[type, Any] = {
    Boolean: True,
    Integer: 1,
    DateTime: datetime(2026, 11, 24, tzinfo=UTC),
    Date: DATE,
    Time: time(12),
    LargeBinary: b"1",
    JSON: [],
    Float: 1.0,
    Numeric: 1,
}


def value_of(column: Column[Any]) -> Any:
    """What every column of this kind holds, so that each key points at the only row there is."""
    return next((value for kind, value in VALUES.items() if isinstance(column.type, kind)), "1")


def fill(engine: Engine, names: set[str]) -> None:
    """Give tables that have none a row, all of them pointing at each other's first."""
    tables = MetaData()
    tables.reflect(engine, only=names, resolve_fks=False)
    with engine.begin() as connection:
        for table in tables.tables.values():
            if not connection.scalar(select(1).select_from(table)):
                row = {column.name: value_of(column) for column in table.columns}
                connection.execute(table.insert().values(row))


def test_no_migration_loses_a_row_that_others_point_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))  # read once, not once a step
    monkeypatch.setattr(ScriptDirectory, "from_config", lambda _config: scripts)
    app = new_app(tmp_path)
    with app.app_context():
        # The rows are no real ones: only what points where is looked at.
        engine = create_engine(db.engine.url, module=sqlite_module)
        listens_for(engine, "connect")(ignore_checks)
        listens_for(db.engine, "connect")(ignore_checks)
        db.engine.dispose()
        filled: set[str] = set()
        steps = [step.revision for step in scripts.walk_revisions()]
        for revision in reversed(steps):
            upgrade(revision=revision)
            with engine.connect() as connection:
                here = set(inspect(engine).get_table_names()) - {"alembic_version"}
                rows = {t: connection.scalar(text(f"SELECT 1 FROM {t}")) for t in filled & here}
                empty = [table for table, row in rows.items() if not row]
                assert empty == [], revision
                lost = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                assert lost == [], revision
            fill(engine, here - filled)
            filled |= here
        assert "lot_movement" in filled
        # The control: with the keys checked at once, the tables of a lot cannot be made anew.
        with db.engine.begin() as connection, pytest.raises(IntegrityError):
            connection.exec_driver_sql("DROP TABLE lot")
        engine.dispose()
        leave(app)


def ignore_checks(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA ignore_check_constraints = ON")
