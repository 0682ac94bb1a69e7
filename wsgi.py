"""The application for gunicorn and for `flask --app wsgi`."""

from locomotive.commands.program import served

app = served()
