"""The commands of `flask --app wsgi`."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask import Flask
from sqlalchemy.exc import DBAPIError

from ..core.db import db
from ..core.gate import Busy
from ..core.refusal import Refusal
from ..core.settings import WrongSetting
from ..trail.act_page import told_act
from ..web.schema import UPGRADE, Schema, schema_of
from .backups import backup, move_database, restore
from .demo import demo
from .doctor import doctor
from .serve import serve, worker
from .staff import link, staff
from .town import import_addresses, import_roads, setup_town
from .upkeep import access, erase, push_key, verify

# They look after the tables themselves; every other command needs them as they should be.
# What these do to accounts and to persons' data stands in the trail.
TOLD = (staff, link, erase, access)
WITHOUT_TABLES = (doctor, serve, worker, push_key, backup, restore, move_database)
COMMANDS = (
    demo,
    worker,
    serve,
    staff,
    link,
    verify,
    erase,
    access,
    push_key,
    backup,
    restore,
    move_database,
    setup_town,
    import_addresses,
    import_roads,
    doctor,
)


def add_commands(app: Flask) -> None:
    """Add every command to the application."""
    for command in COMMANDS:
        app.cli.add_command(command)


def spoken(
    act: Callable[..., Any], *, needs_tables: bool, is_told: bool = False
) -> Callable[..., Any]:
    """The same act, which says what went wrong in one sentence; secrets stand in none of them."""

    @wraps(act)
    def run(*args: Any, **values: Any) -> Any:
        try:
            if needs_tables:
                check_tables()
            if is_told:
                with told_act(act.__name__):
                    return act(*args, **values)
            return act(*args, **values)
        except WrongSetting as error:
            raise click.ClickException(str(error)) from None
        except Refusal as refusal:
            raise click.ClickException(refusal.message % refusal.values) from None
        except Busy:
            raise click.ClickException("The database is busy: try again in a minute.") from None
        except DBAPIError as error:
            cause = " ".join(str(error.orig).split())
            raise click.ClickException(f"The database refused it: {cause}.") from None

    return run


def check_tables() -> None:
    """Raises WrongSetting when the database lacks the tables of this version."""
    with db.engine.connect() as connection:
        found = schema_of(connection)
    if found is Schema.AHEAD:
        raise WrongSetting("The database is newer than this program: install the newer version.")
    if found is not Schema.CURRENT:
        raise WrongSetting(f"The database is not ready ({found.value}): run `{UPGRADE}` first.")


for command in COMMANDS:
    if command.callback is not None:
        command.callback = spoken(
            command.callback,
            needs_tables=command not in WITHOUT_TABLES,
            is_told=command in TOLD,
        )
