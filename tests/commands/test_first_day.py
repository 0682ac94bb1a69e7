"""The first day: programs make the tables, and what is wrong is one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from locomotive.commands import COMMANDS, WITHOUT_TABLES
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.mark import note_worker
from locomotive.office import condition
from locomotive.web.schema import bring_up_to_date
from tests.conftest import ENGINES
from tests.service_day import leave, new_app

ROOT = Path(__file__).parents[2]
ARGUMENTS = {
    "staff": ["manager", "--password", "carbonade-et-frites"],
    "import-addresses": [__file__],
    "import-roads": [__file__],
    "access": ["06 00 00 00 01"],
}
NEED_TABLES = [c.name or "" for c in COMMANDS if c not in WITHOUT_TABLES]


@pytest.fixture(params=ENGINES)
def app(
    request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[str], str]
) -> Iterator[Flask]:
    app = new_app(tmp_path, new_database(request.param))
    with app.app_context():
        yield app
        leave(app)


def said(app: Flask, *arguments: str) -> tuple[int, str]:
    db.session.rollback()
    result = app.test_cli_runner().invoke(args=list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


@pytest.mark.parametrize("name", NEED_TABLES)
def test_a_command_without_tables_says_what_to_run(app: Flask, name: str) -> None:
    code, output = said(app, name, *ARGUMENTS.get(name, []))
    assert code == 1
    assert "flask --app wsgi db upgrade" in output
    assert len(output.splitlines()) == 1
    assert "argon2" not in output


def test_a_command_of_an_older_program_says_so(app: Flask) -> None:
    bring_up_to_date()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "newer than this program" in said(app, "verify")[1]


def test_an_account_is_made_once_and_with_a_password_of_some_length(app: Flask) -> None:
    bring_up_to_date()
    assert said(app, "staff", "manager", "--password", "short")[0] == 1
    assert said(app, "staff", *ARGUMENTS["staff"])[0] == 0
    code, output = said(app, "staff", *ARGUMENTS["staff"])
    assert (code, "already" in output) == (1, True)
    code, output = said(app, "staff", "x" * 201, "--password", "carbonade-et-frites")
    assert (code, len(output.splitlines())) in {(0, 1), (1, 1)}


def test_the_doctor_says_of_each_thing_what_to_do(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = ("doctor", "--language", "en")
    assert "db upgrade" in said(app, *ask)[1]
    bring_up_to_date()
    code, output = said(app, *ask)
    lines = {line[4:16].strip(): line for line in output.splitlines()}
    assert code == 1
    assert lines["Tables"].startswith("ok")
    for what, advice in (
        ("Settings", "LOCOMOTIVE_MODE=production"),
        ("Worker", "flask --app wsgi worker"),
        ("Mail server", "LOCOMOTIVE_MAIL_URL"),
        ("Streets", "setup-town"),
        ("Addresses", "setup-town"),
        ("Backups", "flask --app wsgi backup"),
    ):
        assert lines[what].startswith("!!"), what
        assert advice in lines[what], what
    with write_tx() as session:
        note_worker(session, now=clock.now() - timedelta(minutes=7))
    assert "silent for 7 min" in said(app, *ask)[1]
    monkeypatch.setattr(condition, "LEAST_FREE", 10**18)
    assert "make room" in said(app, *ask)[1]


@pytest.mark.parametrize(
    ("environment", "said_first"),
    [
        ({}, "ok  Base de données"),
        ({"LANG": "C.UTF-8"}, "ok  Base de données"),
        ({"LANG": "en_GB.UTF-8"}, "ok  Database"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "fr_FR.UTF-8"}, "ok  Base de données"),
    ],
)
def test_the_doctor_speaks_french_unless_the_terminal_asks_for_english(
    app: Flask, environment: dict[str, str], said_first: str
) -> None:
    bring_up_to_date()
    plain = dict.fromkeys(("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    result = app.test_cli_runner().invoke(args=["doctor"], env=plain | environment)
    assert result.output.startswith(said_first)


def start(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Import the application as gunicorn does."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("LOCOMOTIVE_")}
    return subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env={**kept, "LOCOMOTIVE_INSTANCE": str(folder), **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_server_that_starts_makes_the_tables_and_keeps_its_files_private(tmp_path: Path) -> None:
    assert start(tmp_path).returncode == 0
    app = new_app(tmp_path, f"sqlite:///{tmp_path / 'locomotive.db'}")
    with app.app_context():
        assert app.test_client().get("/healthz").json["status"] == "worker silent"  # type: ignore[index]
        leave(app)
    for name in ("locomotive.db", "jobs.db", "secret_key"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0, name


@pytest.mark.parametrize("name", ["locomotive.db", "jobs.db"])
def test_a_damaged_file_stops_the_start_with_one_sentence(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"garbage " * 1000)
    (tmp_path / name).chmod(0o600)
    done = start(tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_a_postgresql_that_is_away_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    address = "postgresql://cook:soup@127.0.0.1:1/lunch"
    done = start(tmp_path, LOCOMOTIVE_DATABASE_URL=address)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "PostgreSQL does not answer" in done.stderr
    assert "soup" not in done.stderr
