"""The commands of `flask --app wsgi`."""

from flask import Flask

from .backups import backup, move_database, restore
from .demo import demo
from .serve import serve, worker
from .staff import link, staff
from .town import import_addresses, import_roads
from .upkeep import access, erase, verify


def add_commands(app: Flask) -> None:
    """Add every command to the application."""
    for command in (
        demo,
        worker,
        serve,
        staff,
        link,
        verify,
        erase,
        access,
        backup,
        restore,
        move_database,
        import_addresses,
        import_roads,
    ):
        app.cli.add_command(command)
