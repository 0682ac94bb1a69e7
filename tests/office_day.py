"""The lunch's day at eight o'clock, with the manager's browser; for the tests of the office."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from locomotive.core.clock import clock
from locomotive.core.db import db
from tests.service_day import Day, leave, new_day

NEXT_DAY = "2026-11-25"


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    day = new_day(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: day.at(8))
    with day.app.app_context():
        yield day
        leave(day.app)


@pytest.fixture
def office(day: Day) -> FlaskClient:
    return day.signed_in("manager")


def error_at(answer: TestResponse, field: str) -> str:
    """The sentence at a field, or "" when the field has none."""
    found = re.search(rf'id="{field}-error">(.*?)</p>', answer.text, re.S)
    return unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", "", found[1], flags=re.S)) if found else ""


def value_of(answer: TestResponse, field: str) -> str:
    """What stands in a text field of the page."""
    tag = re.search(rf'<input[^>]*name="{field}"[^>]*>', answer.text)
    assert tag, field
    found = re.search(r'value="([^"]*)"', tag[0])
    return unescape(found[1]) if found else ""


def fresh(found: Any) -> Any:
    """The row as the database has it now."""
    db.session.rollback()
    db.session.refresh(found)
    return found
