"""The application for gunicorn and for `flask --app wsgi`."""

from locomotive import served

app = served()
