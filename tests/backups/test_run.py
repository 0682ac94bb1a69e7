"""The night's backup and the month's drill: done once, made up for, and missed aloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from locomotive.backups.backup import backups_in
from locomotive.backups.rotation import to_remove
from locomotive.backups.run import BACKUP, BackupRun, backup_state, claim_run, due_of, note_run
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.worker.backups import back_up_when_due, drill_when_due
from tests.kept_house import kept_house
from tests.service_day import DATE, Day

At = Callable[[datetime], None]
NIGHT = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)  # 3:30 in Oignies


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Day]:
    with kept_house(tmp_path) as day:
        yield day


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Return a function that sets the clock."""
    return lambda instant: monkeypatch.setattr(clock, "now", lambda: instant)


def backups(day: Day) -> list[Path]:
    return backups_in(day.app.extensions["settings"].backup_home)


def test_the_nights_backup_is_made_once(house: Day, at: At) -> None:
    at(NIGHT - timedelta(hours=1))
    back_up_when_due()
    assert backups(house) == []  # not before three
    at(NIGHT)
    back_up_when_due()
    at(NIGHT + timedelta(minutes=10))
    back_up_when_due()
    assert len(backups(house)) == 1
    at(NIGHT + timedelta(days=1, hours=9))  # a machine that was off makes up for it
    back_up_when_due()
    assert len(backups(house)) == 2
    assert backup_state(db.session()).backup_at == NIGHT + timedelta(days=1, hours=9)


def test_of_two_workers_one_takes_a_run_and_a_dead_ones_is_taken_up(both: Day) -> None:
    def claimed(now: datetime) -> bool:
        with write_tx() as session:
            return claim_run(session, BACKUP, "2026-11-24", now=now) is not None

    assert [claimed(NIGHT), claimed(NIGHT)] == [True, False]
    assert not claimed(NIGHT + timedelta(minutes=59))
    assert claimed(NIGHT + timedelta(hours=1))
    with write_tx() as session:
        run = session.scalars(select(BackupRun)).one()
        note_run(session, run.id, file="a file", now=NIGHT)
    assert not claimed(NIGHT + timedelta(hours=5))


def test_a_backup_that_fails_says_so_and_is_tried_again(house: Day, at: At) -> None:
    settings = house.app.extensions["settings"]
    settings.__dict__.update(backup_folder=Path("/nowhere/mounted"))
    at(NIGHT)
    back_up_when_due()
    state = backup_state(db.session())
    assert (state.backup_at, "is not there: mount it" in state.failure) == (None, True)
    settings.__dict__.update(backup_folder=Path("backups"))
    at(NIGHT + timedelta(hours=1))
    back_up_when_due()
    state = backup_state(db.session())
    assert (state.backup_at, state.failure) == (NIGHT + timedelta(hours=1), "")


def test_the_months_drill_restores_the_latest_backup(house: Day, at: At) -> None:
    at(NIGHT)
    back_up_when_due()
    at(NIGHT + timedelta(hours=1))
    drill_when_due()
    state = backup_state(db.session())
    assert (state.drill_at, state.failure) == (NIGHT + timedelta(hours=1), "")
    assert list(house.app.extensions["settings"].instance.glob(".backup-*")) == []
    assert due_of("drill", now=NIGHT + timedelta(days=10, hours=1)) == "2026-12"


def test_the_control_a_drill_fails_on_a_damaged_backup(house: Day, at: At) -> None:
    at(NIGHT)
    back_up_when_due()
    (path,) = backups(house)
    path.write_bytes(path.read_bytes()[:-1])
    at(NIGHT + timedelta(hours=1))
    drill_when_due()
    state = backup_state(db.session())
    assert (state.drill_at, "damaged or not whole" in state.failure) == (None, True)


def test_rotation_keeps_the_last_of_days_weeks_and_months(tmp_path: Path) -> None:
    start = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)
    for night in range(400):
        at = start + timedelta(days=night)
        (tmp_path / f"locomotive-{at:%Y%m%dT%H%M%SZ}-{'0' * 32}.tar.gz").touch()
        (tmp_path / "notes of the manager.txt").touch()
        for path in to_remove(tmp_path, (7, 4, 12)):
            path.unlink()
    left = [path.name[11:19] for path in backups_in(tmp_path)]
    days = ["20270204", "20270203", "20270202", "20270201", "20270131", "20270130", "20270129"]
    assert left[:7] == days
    assert left[7:9] == ["20270124", "20270117"]  # Sundays; two weeks' last days are above
    months = [f"2026{month:02}" for month in range(12, 2, -1)]
    assert [day[:6] for day in left[9:]] == months
    assert (tmp_path / "notes of the manager.txt").exists()


def page(day: Day) -> str:
    return day.signed_in("manager").get(f"/office/?day={DATE}").get_data(as_text=True)


def test_the_office_sees_how_old_the_last_good_backup_is(house: Day, at: At) -> None:
    at(house.at(10))
    assert "No backup was made yet" in page(house)
    back_up_when_due()
    at(house.at(10) + timedelta(hours=5))
    assert "Last backup: 5 hours ago" in page(house)
    assert "no good backup" not in page(house)
    at(house.at(10) + timedelta(hours=49))
    assert "There is no good backup of the last two days" in page(house)


def test_the_office_alarms_when_no_backup_was_ever_made(house: Day, at: At) -> None:
    at(house.at(8) + timedelta(hours=47))
    assert "There is no good backup of the last two days" not in page(house)
    at(house.at(8) + timedelta(hours=49))
    assert "There is no good backup of the last two days" in page(house)
