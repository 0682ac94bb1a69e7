"""F-15: `/healthz` says what is wrong; 503 only when this program cannot serve."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import stamp, upgrade
from sqlalchemy import text

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.mark import note_worker
from locomotive.core.settings import WrongSetting
from locomotive.version import VERSION
from locomotive.web.schema import Schema, bring_up_to_date
from locomotive.worker.tidy import every_minute
from tests.conftest import ENGINES
from tests.service_day import leave, new_app

BEFORE_THE_LAST = "head-1"


@pytest.fixture(params=ENGINES)
def app(
    request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[str], str]
) -> Iterator[Flask]:
    app = new_app(tmp_path, new_database(request.param))
    with app.app_context():
        yield app
        leave(app)


def health(app: Flask) -> tuple[str, int]:
    db.session.rollback()
    with app.test_request_context():
        answer = app.test_client().get("/healthz")
    assert answer.json is not None
    assert answer.json["version"] == VERSION
    return answer.json["status"], answer.status_code


def test_all_is_well_with_tables_and_a_worker(app: Flask) -> None:
    bring_up_to_date()
    every_minute()
    assert health(app) == ("ok", 200)


def test_a_database_without_tables_is_named(app: Flask) -> None:
    assert health(app) == ("no tables", 503)


def test_a_database_one_migration_behind_is_named_and_brought_up_to_date(app: Flask) -> None:
    upgrade(revision=BEFORE_THE_LAST)
    assert health(app) == ("migration behind", 503)
    bring_up_to_date()
    assert health(app) == ("worker silent", 200)


def test_a_database_newer_than_the_program_is_named_and_stops_the_start(app: Flask) -> None:
    upgrade()
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert health(app) == ("program behind", 503)
    with pytest.raises(WrongSetting, match="newer than this program"):
        bring_up_to_date()


def test_a_worker_is_silent_three_minutes_after_its_last_word(app: Flask) -> None:
    upgrade()
    assert health(app) == ("worker silent", 200)
    for ago, status in ((2, "ok"), (4, "worker silent")):
        with write_tx() as session:
            note_worker(session, now=clock.now() - timedelta(minutes=ago))
        assert health(app) == (status, 200)


def test_tables_that_are_not_ours_are_one_sentence(app: Flask) -> None:
    upgrade()
    stamp(revision="base")
    with pytest.raises(WrongSetting, match="could not be brought up to date"):
        bring_up_to_date()


def test_of_several_programs_one_makes_the_tables(app: Flask) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def start(_number: int) -> None:
        with app.app_context():
            bring_up_to_date()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    assert health(app)[0] != Schema.EMPTY
