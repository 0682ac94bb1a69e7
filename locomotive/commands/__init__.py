"""The commands of `flask --app wsgi`."""

from flask import Flask

from .demo import demo
from .serve import serve, worker
from .staff import link, staff
from .town import import_addresses, import_roads
from .upkeep import erase, verify


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
        import_addresses,
        import_roads,
    ):
        app.cli.add_command(command)
