"""Upgrades an empty database migration by migration; each is killed twice before it may end.

    python -m tests.core.killed_upgrade FOLDER ADDRESS whole|piecemeal

A process of its own for each try, forked: killed after its first statement, then as it would
commit. `piecemeal` is the control: each statement is committed by itself.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import event

from locomotive.core.db import db
from locomotive.web.schema import MIGRATIONS
from tests.service_day import new_app


def die(*_: object) -> None:
    """End as by kill -9."""
    os.kill(os.getpid(), signal.SIGKILL)


def after_first_change() -> None:
    """Die once a statement has changed the tables."""

    def look(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.strip().split()[0].upper() in ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE"):
            die()

    event.listen(db.engine, "after_cursor_execute", look)


def at_commit() -> None:
    """Die instead of committing."""
    event.listen(db.engine, "commit", die)


def commit_each() -> None:
    """Commit each statement by itself."""

    def commit(connection: Any, *_more: Any) -> None:
        connection.connection.driver_connection.commit()

    event.listen(db.engine, "after_cursor_execute", commit)


def run(app: Flask, revision: str, *prepare: Callable[[], None]) -> int:
    """The exit code of one try, in a process of its own; negative when it was killed."""
    number = os.fork()
    if number == 0:
        with app.app_context():
            for one in prepare:
                one()
            upgrade(revision=revision)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def main(folder: str, address: str, how: str) -> None:
    """Print how many tries were killed; exit with 1 at the first one that fails by itself."""
    app = new_app(Path(folder), address)
    with app.app_context():
        db.engine.dispose()
    first = [commit_each] if how == "piecemeal" else []
    killed = 0
    steps = [step.revision for step in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    for revision in reversed(steps):
        codes = [
            run(app, revision, *first, after_first_change),
            run(app, revision, *first, at_commit),
            run(app, revision),
        ]
        if any(code > 0 for code in codes):
            sys.exit(f"{revision}: {codes}")
        killed += codes.count(-signal.SIGKILL)
    print(len(steps), killed)


if __name__ == "__main__":
    main(*sys.argv[1:])
