"""What a program is told when something is refused: RFC 9457, application/problem+json."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import HTTPException

from ..core.clock import local
from ..core.refusal import Refusal
from ..web.language import sentence
from .promising import ShipmentRefused

# Fields of a request by the names that forms and rules have for them.
FIELDS = {"start": "from", "end": "to"}


def answer_programs(room: Blueprint) -> None:
    """Let what the views of a room refuse be answered as a problem."""
    room.register_error_handler(Refusal, refused)
    room.register_error_handler(HTTPException, failed)


def refused(refusal: Refusal) -> Response:
    """A rule said no: the sentence, the field, the nearest times."""
    field = refusal.values.get("field")
    more: dict[str, Any] = {"field": FIELDS.get(field, field)} if field else {}
    if isinstance(refusal, ShipmentRefused):
        more["possible"] = [
            {"starts_at": local(w.starts_at).isoformat(), "ends_at": local(w.ends_at).isoformat()}
            for w in refusal.windows
        ]
    response = _problem(type(refusal).__name__, refusal.status, sentence(refusal), more)
    if refusal.retry_seconds:
        response.headers["Retry-After"] = str(refusal.retry_seconds)
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def failed(error: HTTPException) -> Response:
    """What the house itself could not read."""
    return _problem(error.name, error.code or 500, error.description or error.name, {})


def _problem(title: str, status: int, detail: str, more: Mapping[str, Any]) -> Response:
    response = jsonify(type="about:blank", title=title, status=status, detail=detail, **more)
    response.status_code, response.mimetype = status, "application/problem+json"
    return response
