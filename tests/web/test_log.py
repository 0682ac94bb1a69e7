"""The log as JSON has an id for each request, and says of nobody who they are."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from locomotive.web import log as house_log
from locomotive.web.audience import audience
from tests.service_day import Day, lay_lunch, leave, new_app

CANARIES = ("Zanzibarine", "98 76 54 32", "rue-du-canari", "jeton-canari-0123456789")


@pytest.fixture
def quiet_after() -> Iterator[None]:
    """Put the program's log back as it was."""
    root = logging.getLogger()
    before = root.handlers[:]
    yield
    root.handlers = before


@pytest.fixture
def app(tmp_path: Path, quiet_after: None, capsys: pytest.CaptureFixture[str]) -> Iterator[Flask]:
    app = new_app(tmp_path, log_format="json")

    @app.get("/fails/<token>")
    def fails(token: str) -> str:
        logging.getLogger("locomotive.shop").warning("lost /o/%s?q=%s", CANARIES[3], CANARIES[2])
        raise ValueError(f"no {CANARIES[0]} at {CANARIES[1]} {token}")

    audience("public")(fails)
    app.testing = False
    with app.app_context():
        lay_lunch()
        yield app
        leave(app)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def ask(app: Flask) -> list[Any]:
    client = Day(app).app.test_client()
    return [
        client.get("/addresses", query_string={"address": CANARIES[2]}),
        client.get(f"/o/{CANARIES[3]}"),
        client.post("/order", data={"first_name": CANARIES[0], "phone": CANARIES[1]}),
        client.get(f"/fails/{CANARIES[3]}", headers={"X-Request-ID": "from-the-proxy"}),
    ]


def test_each_line_is_an_object_with_its_requests_id(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = ask(app)
    ids = [answer.headers["X-Request-ID"] for answer in answers]
    found = lines(capsys)
    assert len(set(ids)) == 4
    assert ids[-1] == "from-the-proxy"
    assert {line.get("request_id") for line in found} >= set(ids)
    failed = [line for line in found if line.get("failure")]
    assert [(line["failure"], line["level"]) for line in failed] == [("ValueError", "error")]
    assert any("test_log.py" in place for place in failed[0]["at"])
    assert any(line["event"].startswith("GET /o/<token> 404 in") for line in found)


def test_no_line_says_who_somebody_is(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    assert [answer.status_code for answer in ask(app)][-1] == 500
    said = capsys.readouterr().err
    assert "lost /o/…?…" in said
    assert [canary for canary in CANARIES if canary in said] == []


def test_the_control_a_failure_with_its_words_says_it(
    app: Flask, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = logging.getLogger().handlers
    (handler,) = [h for h in found if isinstance(h, house_log.StandardError)]
    handler.setFormatter(logging.Formatter("%(message)s"))
    ask(app)
    said = capsys.readouterr().err
    assert [canary for canary in CANARIES if canary in said] == [*CANARIES]
    assert house_log.LINK.sub("", "/o/short") == "/o/short"


def test_the_log_stays_plain_unless_it_is_asked_for(tmp_path: Path, quiet_after: None) -> None:
    before = logging.getLogger().handlers[:]
    app = new_app(tmp_path)
    assert logging.getLogger().handlers == before
    with app.app_context():
        assert "X-Request-ID" not in app.test_client().get("/legal").headers
        leave(app)
