"""Backing up and restoring."""

from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from ..backups.backup import BackupRefused, new_key
from ..backups.making import make_backup, scratch_folder
from ..backups.move import move_rows
from ..backups.restore import Prepared, check_place, put_files, put_rows
from ..backups.run import BACKUP, claim_run, note_run
from ..backups.schema import upgrade_tables
from ..core.clock import clock
from ..core.db import db, write_tx
from ..verification.facts import wrong_facts
from ..web.view import settings


@click.command()
@click.option("--new-key", "is_key", is_flag=True, help="Print a key for LOCOMOTIVE_BACKUP_KEY.")
def backup(is_key: bool) -> None:
    """Write a backup of database and files into the backups' folder."""
    if is_key:
        click.echo(new_key())
        return
    at = clock.now()
    try:
        path, manifest = make_backup(db.engine, settings(), now=at)
    except (BackupRefused, OSError) as error:
        raise click.ClickException(f"No backup was made: {error}") from error
    with write_tx() as session:
        run_id = claim_run(session, BACKUP, at.isoformat(), now=at)
        if run_id is not None:
            note_run(session, run_id, file=path.name, now=clock.now())
    sealed = "encrypted" if settings().backup_key else "not encrypted"
    click.echo(f"{path}: {sum(manifest.rows.values())} rows, {len(manifest.files) - 1} files, "
               f"{path.stat().st_size:,} bytes, {sealed}.")  # fmt: skip


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--overwrite", is_flag=True, help="Replace what this database holds.")
def restore(file: Path, overwrite: bool) -> None:
    """Put a backup into this database and its files into the instance folder, and prove it."""
    try:
        _restore(file, overwrites=overwrite)
    except (BackupRefused, OSError, SQLAlchemyError) as error:
        raise click.ClickException(str(error)) from error


def _restore(file: Path, *, overwrites: bool) -> None:
    house = settings()
    with db.engine.connect() as connection:
        check_place(connection, overwrites=overwrites)
    with scratch_folder(house, now=clock.now()) as scratch:
        prepared = Prepared(file, scratch, key=house.backup_key)
        upgrade_tables(db.engine)
        with write_tx() as session:
            facts = put_rows(prepared.engine, session.connection())
        files = put_files(prepared, house.files)
    rows = sum(count for count, _ in facts.values())
    click.echo(f"Restored {rows} rows in {len(facts)} tables and {files} files, each as it was.")
    for sentence in wrong_facts(db.session(), depot=house.depot, today=clock.today()):
        click.echo(f"The backup was made with this wrong already: {sentence}")


@click.command("move-database")
@click.argument("address", metavar="DATABASE_URL")
def move_database(address: str) -> None:
    """Copy every row into an empty database (sqlite:///… or postgresql://…), and prove it.

    Stop the programs first: what is written meanwhile is not copied.
    """
    try:
        with scratch_folder(settings(), now=clock.now()) as scratch:
            facts = move_rows(db.engine, address, scratch)
    except (BackupRefused, OSError, SQLAlchemyError) as error:
        raise click.ClickException(str(error)) from error
    rows = sum(count for count, _ in facts.values())
    click.echo(
        f"Copied {rows} rows in {len(facts)} tables, each as it was. Set LOCOMOTIVE_DATABASE_URL "
        "to it and start the programs."
    )
