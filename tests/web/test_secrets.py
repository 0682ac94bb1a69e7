"""S-18: the house's secrets stand on no page, in no log line and in none of its tables."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from locomotive.core.base import Base
from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.web.audience import audience
from locomotive.worker.mails import send_mails
from locomotive.worker.queue import Jobs
from tests.conftest import ENGINES
from tests.service_day import SECRET, leave, new_day
from tests.web.test_every_input import World

pytestmark = pytest.mark.full
CANARIES = {
    "mail_url": "smtp://house:canary-of-mail@127.0.0.1:9",
    "read_token": "canary-of-reading-0123456789",
    "metrics_token": "canary-of-metrics-0123456789",
    "backup_key": "canary-of-backups-0123456789",
}
SECRETS = (SECRET, "canary-of-", "a password of the canary")


@pytest.fixture(params=ENGINES)
def world(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    new_database: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    day = new_day(tmp_path, new_database(request.param))
    day.app.extensions["settings"].__dict__.update(CANARIES)
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    monkeypatch.setattr(Jobs, "soon", lambda *_: None)

    @day.app.get("/fails")
    def fails() -> str:
        raise ValueError("on our side")

    audience("public")(fails)
    day.app.testing = False  # what fails is logged, and answered with a page
    with day.app.app_context():
        yield World(day)
        leave(day.app)


def answers(world: World) -> Iterator[tuple[str, str]]:
    """(what was asked, the whole answer) of every route, by everybody, and of what fails."""
    clients = {
        "manager": world.day.signed_in("manager"),
        "kitchen": world.day.signed_in("kitchen"),
        "visitor": world.app.test_client(),
    }
    asked = [(m, a) for _rule, m, a in world.addresses(dull=True) if m == "GET"]
    asked += [("GET", "/fails"), ("GET", "/nowhere")]
    for who, client in clients.items():
        for method, address in asked:
            with client.open(address, method=method) as answer:
                yield f"{who} {address}", f"{answer.headers}{answer.get_data(as_text=True)}"
        tried = {"name": "Nadia", "password": SECRETS[2], "passed": SECRETS[2]}
        for address in ("/sign-in", "/sign-in/code", "/fails"):
            with client.post(address, data=tried) as answer:
                yield f"{who} {address}", f"{answer.headers}{answer.get_data(as_text=True)}"


def stored() -> Iterator[tuple[str, str]]:
    """(table, all its rows as text)."""
    for table in Base.metadata.sorted_tables:
        yield table.name, str(db.session.execute(select(table)).all())


def leaks(found: Iterator[tuple[str, str]]) -> list[str]:
    return [where for where, text in found if any(secret in text for secret in SECRETS)]


def test_s18_no_secret_stands_on_a_page_in_the_log_or_in_a_table(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert leaks(answers(world)) == []
    send_mails()  # to a server that is not there
    said = world.app.test_cli_runner().invoke(args=["doctor"]).output
    assert "mail" in said.lower()
    assert leaks(iter([("doctor", said)])) == []
    assert len(caplog.text) > 1000  # it spoke of the failures
    assert leaks(iter([("log", caplog.text)])) == []
    assert leaks(stored()) == []


def test_s18_the_control_a_page_and_a_log_line_that_tell_a_secret_are_found(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = new_day(tmp_path).app
    house = app.extensions["settings"]
    house.__dict__.update(CANARIES)
    with app.app_context():
        logging.getLogger("locomotive").warning("sending by %s", house.mail_url)
        app.view_functions["shop.today"] = audience("public")(lambda: house.secret_key)
        page = app.test_client().get("/").text
        leave(app)
    found = [("page", page), ("log", caplog.text), ("none", "well")]
    assert leaks(iter(found)) == ["page", "log"]
