"""A backup holds the house whole, and comes back whole or not at all."""

from __future__ import annotations

import random
import sqlite3
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from locomotive.backups.backup import new_key
from locomotive.backups.rows import facts_of
from locomotive.core.base import Base
from locomotive.core.db import db, write_tx
from locomotive.ordering.order import Order
from tests.conftest import ENGINES
from tests.kept_house import FILES, empty_house, flask, kept_house
from tests.service_day import Day


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def house(engine: str, tmp_path: Path, new_database: Callable[[str], str]) -> Iterator[Day]:
    """The house, once on each engine."""
    with kept_house(tmp_path / "here", new_database(engine)) as day:
        yield day


def backed_up(day: Day) -> Path:
    """Run the command; return the one backup that lies in the folder."""
    code, said = flask(day, "backup")
    assert code == 0, said
    (path,) = day.app.extensions["settings"].backup_home.iterdir()
    assert path.name in said
    return path


def facts() -> dict[str, tuple[int, str]]:
    with db.engine.connect() as connection:
        return {k: v for k, v in facts_of(connection).items() if k != "backup_run"}


@pytest.mark.parametrize("target", ENGINES)
def test_d08_a_house_comes_back_on_an_empty_machine_of_either_engine(
    house: Day, tmp_path: Path, new_database: Callable[[str], str], target: str
) -> None:
    path, wanted = backed_up(house), facts()
    assert wanted["customer_order"][0] == 3
    with empty_house(tmp_path / "there", new_database(target)) as there:
        code, said = flask(there, "restore", str(path))
        assert code == 0, said
        assert "5 files" in said
        assert facts() == wanted
        for name, content in FILES.items():
            assert (tmp_path / "there" / name).read_bytes() == content
        there.order("Samira", key="one more")  # numbers go on where they were
        assert db.session.scalar(select(func.count(Order.id))) == 4
        assert there.app.test_client().get("/").status_code == 200


def test_d06_the_control_a_copy_of_the_file_alone_misses_what_stands_beside_it(
    tmp_path: Path,
) -> None:
    with kept_house(tmp_path / "here") as day:
        wanted = len(db.session.scalars(select(Order.id)).all())
        copy = tmp_path / "copy.db"
        copy.write_bytes((tmp_path / "here" / "lunch.db").read_bytes())
        with closing(sqlite3.connect(copy)) as connection:
            try:
                found = connection.execute("SELECT count(*) FROM customer_order").fetchone()[0]
            except sqlite3.OperationalError:
                found = 0  # not even the table
        assert found < wanted
        assert day.placed == wanted


@pytest.mark.parametrize("engine", ["sqlite"])
def test_d07_a_backup_that_is_cut_off_or_changed_is_refused(house: Day, tmp_path: Path) -> None:
    path, dice = backed_up(house), random.Random(7)
    content = path.read_bytes()
    spoilt = [content[:length] for length in (0, 1, 100, len(content) // 2, len(content) - 1)]
    for place in dice.sample(range(len(content)), 20):
        spoilt.append(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    with empty_house(tmp_path / "there") as there:
        for wrong in spoilt:
            path.write_bytes(wrong)
            code, said = flask(there, "restore", str(path))
            assert (code, "damaged or not whole" in said) == (1, True), said
        assert not db.session.execute(text("SELECT count(*) FROM sqlite_master")).scalar()
        assert not (tmp_path / "there" / "photos").exists()
        path.write_bytes(content)  # the control: as it was, it is taken
        assert flask(there, "restore", str(path))[0] == 0


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("lacks", ["manifest.json", "files/photos/stew.webp"])
def test_d07_a_backup_that_lacks_a_part_is_refused(house: Day, tmp_path: Path, lacks: str) -> None:
    path = backed_up(house)
    parts = tmp_path / "parts"
    with tarfile.open(path) as tar:
        tar.extractall(parts, filter="data")
    for name in (lacks, None):
        again = repacked(parts, path, without=name)
        with empty_house(tmp_path / f"there-{name is None}") as there:
            code, said = flask(there, "restore", str(again))
            assert code == (1 if name else 0), said


def repacked(parts: Path, path: Path, *, without: str | None) -> Path:
    """The backup packed by hand, under the name that its bytes give it."""
    from locomotive.backups.backup import made_at, put_in_place

    partial = parts.parent / "again.tar.gz"
    with tarfile.open(partial, "w:gz") as tar:
        for part in sorted(parts.rglob("*")):
            name = str(part.relative_to(parts))
            if part.is_file() and name != without:
                tar.add(part, name)
    return put_in_place(partial, parts.parent, at=made_at(path))


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_backup_of_a_newer_program_is_refused(house: Day, tmp_path: Path) -> None:
    with write_tx() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    path = backed_up(house)
    with empty_house(tmp_path / "there") as there:
        code, said = flask(there, "restore", str(path))
    assert code == 1
    assert "newer than this one: install that version first" in said


def test_a_database_in_use_is_replaced_only_when_told(house: Day) -> None:
    path, wanted = backed_up(house), facts()
    with write_tx() as session:
        session.execute(update(Order).values(first_name="Hugo"))
    code, said = flask(house, "restore", str(path))
    assert (code, "--overwrite" in said) == (1, True)
    assert facts() != wanted
    code, said = flask(house, "restore", "--overwrite", str(path))
    assert code == 0, said
    assert facts() == wanted


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_restore_that_fails_half_way_leaves_what_was_there(
    house: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    from locomotive.backups import restore

    path = backed_up(house)
    with write_tx() as session:
        session.execute(update(Order).values(first_name="Hugo"))
    before = facts()
    copy = restore.copy_rows

    def copy_and_lose(source: object, target: object) -> None:
        copy(source, target)  # type: ignore[arg-type]
        target.execute(text("DELETE FROM order_event"))  # type: ignore[attr-defined]

    monkeypatch.setattr(restore, "copy_rows", copy_and_lose)
    code, said = flask(house, "restore", "--overwrite", str(path))
    assert (code, "order_event differ" in said) == (1, True)
    assert facts() == before


def test_an_encrypted_backup_opens_with_its_key_only(
    engine: str, tmp_path: Path, new_database: Callable[[str], str]
) -> None:
    pytest.importorskip("pyrage")
    key, other = new_key(), new_key()
    with kept_house(tmp_path / "here", new_database(engine), backup_key=key) as day:
        path, wanted = backed_up(day), facts()
    assert path.name.endswith(".tar.gz.age")
    assert not any(word in path.read_bytes() for word in (b"Nadia", b"manifest", b"lunch"))
    for number, wrong in enumerate(("", other)):
        with empty_house(tmp_path / f"wrong-{number}", backup_key=wrong) as there:
            code, said = flask(there, "restore", str(path))
            assert (code, "LOCOMOTIVE_BACKUP_KEY" in said) == (1, True), said
    with empty_house(tmp_path / "there", backup_key=key) as there:
        assert flask(there, "restore", str(path))[0] == 0
        assert facts() == wanted


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_mount_that_is_away_takes_no_backup(house: Day, tmp_path: Path) -> None:
    house.app.extensions["settings"].__dict__.update(backup_folder=tmp_path / "away")
    code, said = flask(house, "backup")
    assert (code, "is not there: mount it" in said) == (1, True)
    assert not (tmp_path / "away").exists()


def test_every_table_is_part_of_a_backup(house: Day) -> None:
    with tarfile.open(backed_up(house)) as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None
        told = manifest.read().decode()
    for table in Base.metadata.tables:
        assert f'"{table}": ' in told
