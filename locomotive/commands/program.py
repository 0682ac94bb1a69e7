"""The programs as they start outside a checkout: the application, and the command `locomotive`."""

import sys

from flask import Flask
from flask.cli import FlaskGroup

from .. import create_app
from ..core.settings import WrongSetting


def served() -> Flask:
    """The application, or an end with one sentence when it must not start."""
    try:
        return create_app()
    except WrongSetting as error:
        sys.exit(f"La Locomotive does not start: {error}")


def main() -> None:
    """Run `locomotive COMMAND`, the same commands as `flask --app wsgi COMMAND`."""
    FlaskGroup(create_app=served, add_default_commands=False, add_version_option=False).main(
        prog_name="locomotive"
    )
