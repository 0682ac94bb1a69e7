"""Schema: which version of our tables the database has, and bringing it up to date."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask_migrate import upgrade
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from ..core.db import db, opened
from ..core.settings import WrongSetting

MIGRATIONS = Path(__file__).parents[1] / "migrations"
# Of one database's rival programs the first migrates, however long it takes; the others wait.
MIGRATION_SECONDS = 600.0
MIGRATION_LOCK = 62590  # PostgreSQL's advisory lock, one of our own
UPGRADE = "flask --app wsgi db upgrade"

log = logging.getLogger(__name__)


class Schema(StrEnum):
    """How the database's tables stand to this program."""

    CURRENT = "current"
    EMPTY = "no tables"
    BEHIND = "migration behind"
    AHEAD = "program behind"


@cache
def _versions() -> tuple[str, ...]:
    """The versions that this program knows, the newest first."""
    return tuple(s.revision for s in ScriptDirectory(str(MIGRATIONS)).walk_revisions())


def schema_of(connection: Connection) -> Schema:
    """How the tables of a database stand to this program."""
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        return Schema.EMPTY
    if found not in _versions():
        return Schema.AHEAD
    return Schema.CURRENT if found == _versions()[0] else Schema.BEHIND


def bring_up_to_date() -> None:
    """Make or migrate the current application's tables; one of several programs does it.

    Raises WrongSetting with one sentence when the tables are newer than this program, or when
    its role may not change them.
    """
    if _schema() is Schema.CURRENT:
        return
    with alone():
        found = _schema()
        if found is Schema.AHEAD:
            raise WrongSetting(
                "The database is newer than this program: install the version that ran last, or "
                "restore a copy made before it."
            )
        if found is not Schema.CURRENT:
            _migrate(found)


def _schema() -> Schema:
    with opened(current_app.extensions["settings"]), db.engine.connect() as connection:
        return schema_of(connection)


def _migrate(found: Schema) -> None:
    log.warning("database: %s; bringing it up to date", found.value)
    try:
        upgrade()
    except (DBAPIError, SystemExit) as error:
        cause = getattr(error, "orig", error)
        raise WrongSetting(
            f"The database could not be brought up to date ({cause}). Run `{UPGRADE}` as a role "
            "that may change tables; nothing was changed."
        ) from error


@contextmanager
def alone() -> Iterator[None]:
    """Of this database's programs, on whatever machines, one at a time; the others wait."""
    gate = current_app.extensions.get("locomotive_gate")
    if gate is not None:
        with gate.passed(seconds=MIGRATION_SECONDS):
            yield
        return
    with db.engine.connect() as connection:
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": MIGRATION_LOCK})
            connection.invalidate()
