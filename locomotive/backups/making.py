"""Making a backup: snapshot, kept files, manifest, and the rotation of those before it."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from ..core.db import apart_engine
from ..core.settings import Settings
from ..version import VERSION
from .backup import (
    DATABASE,
    FILES,
    BackupRefused,
    Manifest,
    encrypt,
    file_facts,
    files_below,
    pack,
    put_in_place,
)
from .rotation import to_remove
from .rows import count_rows
from .schema import revision_of
from .snapshot import take_snapshot

# What lies below the instance folder and cannot be made anew.
FOLDERS = ("photos", "voices", "notes", "paper", "intake")
SCRATCH = ".backup-"
# A scratch folder of that age was left behind by a process that died.
LEFT_BEHIND = timedelta(hours=6)


@contextmanager
def scratch_folder(settings: Settings, *, now: datetime) -> Iterator[Path]:
    """A folder that only we can read, gone afterwards; those of dead processes go too."""
    settings.instance.mkdir(parents=True, exist_ok=True)
    for old in settings.instance.glob(f"{SCRATCH}*"):
        if old.stat().st_mtime < (now - LEFT_BEHIND).timestamp():
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=settings.instance) as scratch:
        yield Path(scratch)


def make_backup(engine: Engine, settings: Settings, *, now: datetime) -> tuple[Path, Manifest]:
    """Write one backup into the backups' folder, and remove those that the rotation lets go.

    Raises BackupRefused where there is no folder, OSError where it takes no file.
    """
    folder = _folder_of(settings)
    with scratch_folder(settings, now=now) as scratch:
        database, partial = scratch / DATABASE, scratch / "backup"
        take_snapshot(engine, database)
        files = files_below(settings.files, FOLDERS)
        contents = [(DATABASE, database)]
        contents += [(f"{FILES}/{p.relative_to(settings.files)}", p) for p in files]
        contents = _copied(contents, scratch)
        manifest = _manifest(engine.dialect.name, database, contents, now=now)
        pack(partial, manifest, contents)
        if settings.backup_key:
            encrypt(partial, partial.with_suffix(".age"), key=settings.backup_key)
            partial = partial.with_suffix(".age")
        path = put_in_place(partial, folder, at=now)
    keep = (settings.backup_days, settings.backup_weeks, settings.backup_months)
    for old in to_remove(folder, keep):
        old.unlink()
    return path, manifest


def _copied(contents: list[tuple[str, Path]], scratch: Path) -> list[tuple[str, Path]]:
    """The contents as they are now, linked or copied: what is removed meanwhile is still there."""
    still = scratch / FILES
    still.mkdir()
    kept = contents[:1]
    for number, (name, path) in enumerate(contents[1:]):
        target = still / str(number)
        try:
            shutil.copyfile(path, target)
        except FileNotFoundError:
            continue  # its time was over since we looked
        kept.append((name, target))
    return kept


def _manifest(
    engine: str, database: Path, contents: list[tuple[str, Path]], *, now: datetime
) -> Manifest:
    with apart_engine(database).connect() as connection:
        rows, revision = count_rows(connection), revision_of(connection)
    if not revision:
        raise BackupRefused("The database has no tables yet: run flask --app wsgi db upgrade.")
    return Manifest(
        made_at=now.isoformat(),
        version=VERSION,
        revision=revision,
        engine=engine,
        rows=rows,
        files={name: file_facts(path) for name, path in contents},
    )


def _folder_of(settings: Settings) -> Path:
    folder = settings.backup_home
    if folder.is_relative_to(settings.instance):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    elif not folder.is_dir():
        # A mount that is away must not be replaced by a folder on the same disk.
        raise BackupRefused(f"{folder} is not there: mount it, or set LOCOMOTIVE_BACKUP_FOLDER.")
    return folder
