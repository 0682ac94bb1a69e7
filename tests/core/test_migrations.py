"""The migrations make the tables that the code declares, on both engines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import upgrade
from sqlalchemy import Column, Integer, MetaData, Table, inspect

from locomotive.core.base import Base
from locomotive.core.db import db
from tests.conftest import ENGINES
from tests.service_day import leave, new_app


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
