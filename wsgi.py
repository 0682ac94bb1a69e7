"""The application for gunicorn and for `flask --app wsgi`."""

import sys

from locomotive import create_app
from locomotive.core.settings import WrongSetting

try:
    app = create_app()
except WrongSetting as error:
    sys.exit(f"La Locomotive does not start: {error}")
