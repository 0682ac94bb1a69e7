"""The night's backup and the month's drill."""

import logging
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ..backups.backup import BackupRefused, backups_in
from ..backups.making import make_backup, scratch_folder
from ..backups.restore import Prepared
from ..backups.run import BACKUP, DRILL, claim_run, due_of, note_failure, note_run
from ..core.clock import clock
from ..core.db import db, write_tx
from ..verification.facts import wrong_facts
from ..web.view import settings

log = logging.getLogger(__name__)


def back_up_when_due() -> None:
    """Make the day's backup, once in the whole house, after three in the morning."""
    _run_when_due(BACKUP, lambda: make_backup(db.engine, settings(), now=clock.now())[0])


def drill_when_due() -> None:
    """Once a month, restore the latest backup into a scratch folder and look whether it is whole
    and whether what it holds is right."""
    _run_when_due(DRILL, drill)


def drill() -> Path:
    """Restore the latest backup beside the house and prove it.

    Raises BackupRefused when there is none, or when it could not have been restored.
    """
    house = settings()
    backups = backups_in(house.backup_home)
    if not backups:
        raise BackupRefused("There is no backup to try.")
    with scratch_folder(house, now=clock.now()) as scratch:
        prepared = Prepared(backups[0], scratch, key=house.backup_key)
        with Session(prepared.engine) as session:
            wrong = wrong_facts(session, depot=house.depot, today=clock.today())
    for sentence in wrong:
        log.error("the backup holds what is not right: %s", sentence)
    return backups[0]


def _run_when_due(kind: str, act: Callable[[], Path]) -> None:
    due = due_of(kind, now=clock.now())
    if due is None:
        return
    with write_tx() as session:
        run_id = claim_run(session, kind, due, now=clock.now())
    if run_id is None:
        return
    try:
        path = act()
    except (BackupRefused, OSError, SQLAlchemyError) as error:
        log.exception("no %s", kind)
        with write_tx() as session:
            note_failure(session, run_id, str(error))
        return
    with write_tx() as session:
        note_run(session, run_id, file=path.name, now=clock.now())
