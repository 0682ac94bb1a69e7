"""The log as JSON: one object a line, with the request's id, and nothing that says who somebody is.

Addresses are named by their route, failures by their kind and place in the code: what was typed,
what links hold and what a failure quotes stands in none of them.
"""

import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from time import monotonic
from typing import Any

import structlog
from flask import Flask, Response, g, request

from ..core.settings import Settings
from ..core.tokens import new_token

# A secret address, wherever somebody writes it into a message; what follows is its token.
LINK = re.compile(r"/(in|o|f|r|p)/[\w-]{8,}")
ASKED = re.compile(r"\?[^\s\"']+")
REQUEST_ID = re.compile(r"[\w-]{8,64}")
Event = MutableMapping[str, Any]


def without_secrets(_logger: Any, _method: str, event: Event) -> Event:
    """Take the tokens of links and whatever was asked for out of a message."""
    text = LINK.sub(r"/\1/…", str(event.get("event", "")))
    return {**event, "event": ASKED.sub("?…", text)}


def without_words(_logger: Any, _method: str, event: Event) -> Event:
    """Tell of a failure its kind and where it happened; its words may quote anything."""
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["failure"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)[-12:]
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class StandardError(logging.Handler):
    """Writes each line to the standard error as it is at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(f"{self.format(record)}\n")
        sys.stderr.flush()


def json_handler() -> logging.Handler:
    """Write whatever any part of the program logs as JSON to the standard error."""
    handler = StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_words,
                without_secrets,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    return handler


def keep_log(app: Flask, settings: Settings) -> None:
    """Log as the settings say; as plain text it is left to Python's own logging."""
    if settings.log_format != "json":
        return
    root = logging.getLogger()
    root.handlers = [json_handler()]
    for name in ("gunicorn.error", "gunicorn.access"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    log = logging.getLogger(__name__)
    log.setLevel(logging.INFO)

    @app.before_request
    def begin() -> None:
        sent = request.headers.get("X-Request-ID", "")
        g.request_id = sent if REQUEST_ID.fullmatch(sent) else new_token()
        g.began = monotonic()
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        if "request_id" in g:
            response.headers["X-Request-ID"] = g.request_id
            spent = round(1000 * (monotonic() - g.began))
            route, code = str(request.url_rule), response.status_code
            log.info("%s %s %s in %s ms", request.method, route, code, spent)
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        structlog.contextvars.clear_contextvars()
