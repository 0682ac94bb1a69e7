"""Paper: a PDF that the worker makes, and what is shown until it is there."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from flask import make_response, send_file

from ..core.clock import clock
from .view import Page

# After so long the worker is asked for the same paper again: it may have died.
PATIENCE = timedelta(seconds=20)


def paper(
    path: Path, name: str, *, meanwhile: Callable[[bool], str], ask: Callable[[], None]
) -> Page:
    """The PDF under a name. Until it is there the worker is asked by `ask`, and the page of
    `meanwhile`, called with whether the paper can be made here, looks again by itself."""
    if path.exists():
        return send_file(path, mimetype="application/pdf", download_name=name)
    is_possible = not missing_note(path).exists()
    page = meanwhile(is_possible)
    if not is_possible:
        return page
    if _is_to_ask(path, now=clock.now()):
        ask()
    response = make_response(page, 202)
    response.headers["Refresh"] = "1"
    return response


def missing_note(path: Path) -> Path:
    """What stands in the place of a paper that cannot be made on this machine."""
    return path.with_suffix(".missing")


def asked_note(path: Path) -> Path:
    """What says since when the worker is asked for a paper."""
    return path.with_suffix(".asked")


def _is_to_ask(path: Path, *, now: datetime) -> bool:
    """Note that a paper is asked for; False while an earlier asking may still be answered."""
    asked = asked_note(path)
    try:
        if now - datetime.fromisoformat(asked.read_text()) < PATIENCE:
            return False
    except (FileNotFoundError, ValueError):
        asked.parent.mkdir(parents=True, exist_ok=True)
    asked.write_text(now.isoformat())
    return True
