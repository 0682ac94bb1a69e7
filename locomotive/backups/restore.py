"""Restore: a backup checked, brought up to this code's tables, put in place, and proven."""

import shutil
from pathlib import Path

from sqlalchemy import Connection, Engine

from ..core.db import apart_engine
from .backup import DATABASE, FILES, BackupRefused, Manifest, unpack
from .rows import Facts, copy_rows, count_rows, empty_tables, facts_of, holds_rows
from .schema import is_known, upgrade_tables


class Prepared:
    """A backup that was found whole, laid out in a scratch folder, its tables up to date."""

    def __init__(self, path: Path, scratch: Path, *, key: str) -> None:
        """Raises BackupRefused for what is damaged, not whole, or newer than this code."""
        self.scratch = scratch
        self.manifest = unpack(path, scratch, key=key)
        if not is_known(self.manifest.revision):
            raise BackupRefused(
                f"{path.name} was made by version {self.manifest.version}, which is newer than "
                "this one: install that version first."
            )
        self.engine = apart_engine(scratch / DATABASE)
        _check(self.engine, self.manifest)
        upgrade_tables(self.engine)


def _check(engine: Engine, manifest: Manifest) -> None:
    with engine.connect() as connection:
        sound = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
        if sound != "ok":
            raise BackupRefused(f"The database in the backup is damaged: {sound}.")
        found = count_rows(connection)
    for name, count in manifest.rows.items():
        if found.get(name) != count:
            raise BackupRefused(
                f"Table {name} has {found.get(name)} rows; the manifest says {count}."
            )


def check_place(connection: Connection, *, overwrites: bool) -> None:
    """Raise BackupRefused where a restore would destroy what a database holds, unasked."""
    if not overwrites and holds_rows(connection):
        raise BackupRefused(
            "This database is in use. Stop the programs and say --overwrite to replace all that "
            "it holds, or set LOCOMOTIVE_DATABASE_URL to an empty one."
        )


def put_rows(engine: Engine, target: Connection) -> Facts:
    """Replace every row of the target inside its transaction, and prove it.

    Raises BackupRefused when the target does not hold afterwards what the source holds.
    """
    empty_tables(target)
    with engine.connect() as source:
        wanted = facts_of(source)
        copy_rows(source, target)
    found = facts_of(target)
    wrong = [name for name in wanted if found[name] != wanted[name]]
    if wrong:
        raise BackupRefused(f"Not restored: {', '.join(wrong)} differ from what was copied.")
    return found


def put_files(prepared: Prepared, root: Path) -> int:
    """Lay the kept files out below the instance folder; return how many."""
    count = 0
    for name in prepared.manifest.files:
        if name == DATABASE:
            continue
        target = root / Path(name).relative_to(FILES)
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.part")
        shutil.copyfile(prepared.scratch / name, partial)
        partial.replace(target)
        count += 1
    return count
