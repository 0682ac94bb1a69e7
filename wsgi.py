"""The application for gunicorn and for `flask --app wsgi`."""

import sys

import click

from locomotive import create_app
from locomotive.core.schema import bring_up_to_date
from locomotive.core.settings import WrongSetting

try:
    app = create_app()
    # A server brings the database up to date; a command decides for itself.
    if click.get_current_context(silent=True) is None:
        with app.app_context():
            bring_up_to_date()
except WrongSetting as error:
    sys.exit(f"La Locomotive does not start: {error}")
