"""S-01: who may use each route stands in a table, and the code does as it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from locomotive.core.clock import clock
from locomotive.worker.queue import Jobs
from tests.rights import LETTERS, LINKS, ROLES, TABLE, Rights, declared, differences, written
from tests.service_day import Day, leave, new_day
from tests.web.test_every_input import World


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    day = new_day(tmp_path_factory.mktemp("rights"))
    with day.app.app_context():
        yield day
        leave(day.app)


def test_s01_the_table_and_the_code_say_the_same(day: Day) -> None:
    assert differences(written(TABLE.read_text()), declared(day.app)) == []


def test_s01_the_control_a_right_too_many_and_a_route_without_a_line_are_found(day: Day) -> None:
    code = declared(day.app)
    table = {**code, ("GET", "/office/"): "MK", ("GET", "/gone"): "V"}
    del table["GET", "/farm/"]
    assert [line.split(":")[0] for line in differences(table, code)] == [
        "GET /farm/", "GET /gone", "GET /office/",
    ]  # fmt: skip


def seen(world: World) -> Rights:
    """(method, route) → the letters of those who were let in, each with its own links."""
    found: Rights = {}
    for letter in LETTERS:
        for rule, method, address in world.addresses(dull=True):
            owner = next((x for start, x in LINKS.items() if rule.startswith(start)), None)
            if "<token>" in rule and owner != letter:  # nobody's, else it would let them in
                address = re.sub(r"(/\w+/)[\w-]{16,}", r"\1unknown", address)
            found.setdefault((method, rule), "")
            # A sign-in of its own each time: some of the routes end it.
            client = client_of(world.day, letter)
            # Whether an owner's link leads to this very thing too is another question.
            is_own_thing = owner == letter and ("<key:" in rule or "<code>" in rule)
            if is_own_thing or is_let_in(client, method, address, is_link=owner is not None):
                found[method, rule] += letter
    return found


def client_of(day: Day, letter: str) -> FlaskClient:
    if letter in ROLES:
        return day.signed_in(ROLES[letter])
    client = day.app.test_client()
    client.set_cookie("language", "en")
    return client


def is_let_in(client: FlaskClient, method: str, address: str, *, is_link: bool) -> bool:
    with client.open(address, method=method) as answer:
        if is_link:
            return answer.status_code != 404
        is_sent_away = answer.status_code == 303 and answer.location.startswith("/sign-in?next")
        is_door = answer.status_code == 403 and b"This page is not for you" in answer.get_data()
        return not is_sent_away and not is_door


@pytest.mark.full
def test_s01_each_route_lets_in_whom_the_table_names_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = new_day(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    monkeypatch.setattr(Jobs, "soon", lambda *_: None)
    with day.app.app_context():
        table = written(TABLE.read_text())
        world = World(day)
        found = differences(table, seen(world))
        assert found == [], "\n".join(found)
        # The control: a view whose door stands open is found.
        view = day.app.view_functions["figures.leftovers_csv"]
        monkeypatch.setattr(view, "audience", frozenset({"public"}))
        found = [line.split(":")[0] for line in differences(table, seen(world))]
        assert "GET /office/figures/leftovers.csv" in found
        leave(day.app)
