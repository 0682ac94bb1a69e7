"""Move: every row of a database taken to another one, of either engine, and proven."""

from pathlib import Path

from sqlalchemy import Engine

from ..core.db import apart_engine, apart_tx
from .backup import DATABASE
from .restore import check_place, put_rows
from .rows import Facts
from .schema import upgrade_tables
from .snapshot import take_snapshot


def move_rows(source: Engine, address: str, scratch: Path) -> Facts:
    """Copy all rows into an empty database and return what both hold now.

    Nobody may write to the source meanwhile. Raises BackupRefused where the target is in use, or
    where it does not hold afterwards what the source holds.
    """
    target = apart_engine(address)
    with target.connect() as connection:
        check_place(connection, overwrites=False)
    take_snapshot(source, scratch / DATABASE)
    copy = apart_engine(scratch / DATABASE)
    for engine in (copy, target):
        upgrade_tables(engine)
    with apart_tx(address) as session:
        return put_rows(copy, session.connection())
