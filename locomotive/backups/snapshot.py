"""Snapshot: the whole database as it is at one instant, as a SQLite file, whatever the engine."""

from pathlib import Path

from sqlalchemy import Engine, text

from ..core.base import Base
from ..core.db import apart_tx
from .rows import copy_rows
from .schema import revision_of


def take_snapshot(engine: Engine, path: Path) -> None:
    """Copy a database to a file that does not exist yet; nobody who writes has to wait.

    SQLite copies itself (`VACUUM INTO`, which leaves out erased pages). PostgreSQL is read
    table by table in one transaction, which sees one instant.
    """
    if engine.dialect.name == "postgresql":
        _copy_tables(engine, path)
    else:
        _vacuum_into(engine, path)


def _vacuum_into(engine: Engine, path: Path) -> None:
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("VACUUM INTO ?", (str(path),))
    finally:
        connection.close()


def _copy_tables(engine: Engine, path: Path) -> None:
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as source, apart_tx(path) as session:
        target = session.connection()
        Base.metadata.create_all(target)
        target.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        revision = {"revision": revision_of(source)}
        target.execute(text("INSERT INTO alembic_version VALUES (:revision)"), revision)
        copy_rows(source, target)
