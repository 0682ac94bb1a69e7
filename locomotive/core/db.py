"""Engine, session and write_tx(): the only module that knows Flask-SQLAlchemy.

Two kinds of work. Reading needs nothing: the session begins by itself and ends with the request.
Writing happens inside `write_tx()` only, which commits once. On SQLite there is one writer at a
time in the whole house (a thread lock and a file lock), because waiting in line is what keeps
"database is locked" away under load.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, cast

import pysqlite3.dbapi2 as sqlite_module
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    Engine,
    NullPool,
    bindparam,
    create_engine,
    event,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import ORMExecuteState, Session

from .base import Base
from .gate import BUSY_SECONDS, Busy, Watched, WriterGate
from .mark import Edition
from .settings import Settings, WrongSetting

# How long one request waits for a database that does not answer.
AWAY_SECONDS = 2
# Name, the value to set, the value that must be read back.
PRAGMAS = (
    ("journal_mode", "WAL", "wal"),
    ("synchronous", "FULL", 2),
    ("foreign_keys", "ON", 1),
    ("busy_timeout", int(BUSY_SECONDS * 1000), int(BUSY_SECONDS * 1000)),
    ("secure_delete", "ON", 1),
)
db = SQLAlchemy(
    model_class=Base,
    disable_autonaming=True,
    session_options={"expire_on_commit": False, "info": {"writes": False}},
)


def engine_config(settings: Settings) -> dict[str, Any]:
    """The Flask-SQLAlchemy configuration for the settings' database."""
    config: dict[str, Any] = {"SQLALCHEMY_DATABASE_URI": settings.database_url}
    if settings.uses_postgresql:
        config["SQLALCHEMY_ENGINE_OPTIONS"] = {
            "hide_parameters": True,
            "pool_pre_ping": True,
            "pool_timeout": AWAY_SECONDS,
            "connect_args": {
                "connect_timeout": AWAY_SECONDS,
                "tcp_user_timeout": AWAY_SECONDS * 1000,
                "options": f"-c lock_timeout={int(BUSY_SECONDS * 1000)}",
            },
        }
    else:
        config["SQLALCHEMY_ENGINE_OPTIONS"] = {
            "hide_parameters": True,
            "module": sqlite_module,
            "connect_args": {"timeout": BUSY_SECONDS, "check_same_thread": False},
        }
    return config


def is_affected(version: tuple[int, ...]) -> bool:
    """Whether this SQLite can corrupt a WAL database that two processes write.

    Fixed in 3.51.3, 3.50.7 and 3.44.6 (sqlite.org/wal.html, "the WAL-reset bug").
    """
    return (
        version < (3, 44, 6) or (3, 45) <= version < (3, 50, 7) or (3, 51) <= version < (3, 51, 3)
    )


def connect_database(app: Flask, settings: Settings) -> None:
    """Bind the database to the application and read back what it promised.

    Raises WrongSetting with one sentence when the file, the library or a pragma is not as the
    rules want it.
    """
    if not settings.uses_postgresql:
        if is_affected(sqlite_module.sqlite_version_info):
            raise WrongSetting(
                f"SQLite {sqlite_module.sqlite_version} can corrupt this database: install "
                "pysqlite3 0.6.1 or newer."
            )
        private_file(Path(make_url(settings.database_url).database or ""))
    app.config.update(engine_config(settings))
    db.init_app(app)
    with app.app_context():
        if settings.uses_postgresql:
            _wait_for_one(db.engine)
        else:
            _use_own_transactions(db.engine)
            app.extensions["locomotive_gate"] = WriterGate(
                Path(f"{make_url(settings.database_url).database}.gate")
            )
        with opened(settings):
            _read_back(db.engine)


@contextmanager
def opened(settings: Settings) -> Iterator[None]:
    """The first work on a database; raises WrongSetting with one sentence when it cannot be
    opened."""
    try:
        yield
    except DBAPIError as error:
        cause = " ".join(str(error.orig).split()).rstrip("?.")
        where = make_url(settings.database_url).render_as_string(hide_password=True)
        if settings.uses_postgresql:
            raise WrongSetting(f"PostgreSQL does not answer at {where}: {cause}.") from error
        raise WrongSetting(
            f"{where} cannot be read as a database ({cause}): restore a copy of it, or move it "
            "away to begin with an empty one."
        ) from error


def private_file(path: Path) -> None:
    """Make the database file readable by its owner only, or refuse one that others can read."""
    if not path.name:
        raise WrongSetting("LOCOMOTIVE_DATABASE_URL must name a file: sqlite:///path/to/file.db.")
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    if stat.S_IMODE(path.stat().st_mode) & 0o007:
        raise WrongSetting(f"Anyone on this machine can read {path.name}: chmod 600 it first.")


def _use_own_transactions(engine: Engine) -> None:
    """Let SQLAlchemy's begin be ours: deferred to read, IMMEDIATE inside write_tx()."""

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for name, value, _ in PRAGMAS:
            connection.execute(f"PRAGMA {name} = {value}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("writes", False):
            connection.exec_driver_sql("BEGIN")
            return
        # The gate and the file together are waited for no longer than BUSY_SECONDS.
        left = options.get("seconds_left", BUSY_SECONDS)
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(left * 1000)}")
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")


def _wait_for_one(engine: Engine) -> None:
    """While PostgreSQL is away, or hangs, one request waits for it, and those of the next second
    fail at once: else each thread would wait in turn, and the last visitor for them all."""
    away_until = 0.0

    def note_away() -> None:
        nonlocal away_until
        away_until = monotonic() + 1

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
        if monotonic() < away_until:
            raise dialect.loaded_dbapi.OperationalError("the database was away a moment ago")
        try:
            found = Watched.connect(*arguments, **options)
        except dialect.loaded_dbapi.OperationalError:
            note_away()
            raise
        found.has_hung = note_away
        return found


def _read_back(engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            if connection.execute(text("SHOW synchronous_commit")).scalar() != "on":
                raise WrongSetting("PostgreSQL must run with synchronous_commit = on.")
        return
    with engine.connect() as connection:
        for name, _, wanted in PRAGMAS:
            found = connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            if found != wanted:
                raise WrongSetting(f"PRAGMA {name} reads {found!r} and must read {wanted!r}.")


@contextmanager
def write_tx() -> Iterator[Session]:
    """The one way to write: ends the read transaction, takes the gate, commits once.

    Not re-entrant. Nothing slow belongs inside: no network, mail, PDF, password hash or solver.
    Raises Busy when the writer's turn did not come; whatever else is raised inside rolls all
    back.
    """
    session: Session = db.session()
    if session.info.get("writes"):
        raise RuntimeError("write_tx() inside write_tx(): one rule, one transaction")
    session.rollback()
    gate: WriterGate | None = current_app.extensions.get("locomotive_gate")
    with gate.passed() if gate else _no_gate() as seconds_left:
        session.info["writes"] = True
        try:
            try:
                session.connection(execution_options={"writes": True, "seconds_left": seconds_left})
            except OperationalError as error:
                if "locked" in str(error):
                    raise Busy from error
                raise
            yield session
            _count_editions(session)
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info["writes"] = False
            session.info.pop("written", None)


def count_writes(name: str, tables: Iterable[str], *, flushed_only: Iterable[str] = ()) -> None:
    """Let the edition `name` count each transaction that writes one of these tables; what is
    computed from them may be kept as long as the number stands.

    Of `flushed_only` no statement counts that changes rows: with every order such statements
    move its counters.
    """
    _tables_of[name] = frozenset(tables)
    _flushed_only.update(flushed_only)


def edition(session: Session, name: str) -> int:
    """The number of an edition; 0 before the first write."""
    return session.scalar(_EDITION, {"name": name}) or 0


_EDITION = select(Edition.number).where(Edition.name == bindparam("name"))
_tables_of: dict[str, frozenset[str]] = {}
_flushed_only: set[str] = set()


def _count_editions(session: Session) -> None:
    session.flush()
    written: set[str] = session.info.get("written", set())
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for name in [name for name, tables in _tables_of.items() if written & tables]:
        session.execute(
            insert(Edition)
            .values(name=name, number=1)
            .on_conflict_do_update(
                index_elements=["name"], set_={"number": Edition.__table__.c.number + 1}
            )
        )


@event.listens_for(Session, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        table = getattr(getattr(state.statement, "table", None), "name", "")
        if not (state.is_update and table in _flushed_only):
            state.session.info.setdefault("written", set()).add(table)


def rewrite_file() -> None:
    """Write the database anew without a byte of what was erased; nobody else writes meanwhile.

    On PostgreSQL the space is given back for new rows to overwrite; its own log of changes ages
    by the server's settings.
    """
    db.session.rollback()
    gate: WriterGate | None = current_app.extensions.get("locomotive_gate")
    with gate.passed() if gate else _no_gate():
        connection = db.engine.raw_connection()
        try:
            if db.engine.dialect.name == "postgresql":
                cast(Any, connection.driver_connection).autocommit = True
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            if gate:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            connection.invalidate()


def apart_engine(where: Path | str) -> Engine:
    """The engine of a database beside the house's own: a SQLite file, such as a training copy,
    or an address.

    Nothing is kept open between two requests, so that a file can be thrown away.
    """
    if isinstance(where, str) and where.startswith("postgresql"):
        return create_engine(where, poolclass=NullPool)
    path = Path(make_url(where).database or "") if isinstance(where, str) else where
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(f"sqlite:///{path}", module=sqlite_module, poolclass=NullPool)
    _use_own_transactions(engine)
    return engine


@contextmanager
def apart_tx(where: Path | str) -> Iterator[Session]:
    """Write to a database of `apart_engine`, all or nothing; the house's is not touched."""
    engine = apart_engine(where).execution_options(writes=True)
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.commit()


@contextmanager
def _no_gate() -> Iterator[float]:
    yield BUSY_SECONDS


@event.listens_for(Session, "before_flush")
def _refuse_stray_writes(session: Session, _context: Any, _instances: Any) -> None:
    """A write outside write_tx() is a mistake of ours: say so at once, not under load."""
    touched = session.new or session.dirty or session.deleted
    if touched and not session.info.get("writes", True):
        raise RuntimeError("a write outside write_tx()")
    rows = (*session.new, *session.dirty, *session.deleted)
    session.info.setdefault("written", set()).update(row.__tablename__ for row in rows)
