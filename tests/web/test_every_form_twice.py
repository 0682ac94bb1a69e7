"""C-06b: every form of every page sent twice writes what it writes once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from locomotive.core.base import Base
from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.web import view
from locomotive.worker.queue import Jobs
from tests.conftest import ENGINES
from tests.service_day import leave, new_day
from tests.web.test_every_input import World

pytestmark = pytest.mark.full
# What somebody who fills in a form writes, by the kind of its field.
WRITTEN = {
    "number": "1",
    "date": "2026-11-25",
    "time": "12:00",
    "month": "2026-11",
    "email": "essai@example.org",
    "tel": "06 12 34 56 78",
    "password": "un mot de passe assez long",
    "datetime-local": "2026-11-24T12:00",
}
# What is counted or noted of each request, whether it acts or not.
# Needs, offers, notes, batches.
NAMED_FIRST = {"buying.needs_page", "farmer.tap", "notes.receive_purchase", "batches.new_batch"}
# An enrolment's QR code stands nowhere else: shown again, it is another, and the first is dead.
SHOWN_ANEW = {"screens.enrol_again"}
NOTED = {"trail_line", "rate", "sent_form", "sign_in", "edition", "mark"}


class PageForms(HTMLParser):
    """The forms of a page that post, one by one: (address, what a person would send)."""

    def __init__(self, address: str, page: str) -> None:
        super().__init__()
        self.address, self.found = address, list[tuple[str, dict[str, str]]]()
        self.fields: dict[str, str] | None = None
        self.choice = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        facts = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.fields = {}
            if facts.get("method", "").lower() == "post":
                address = urlsplit(facts.get("action") or self.address).path
                self.found.append((address, self.fields))
        elif self.fields is not None:
            self._add(tag, facts)

    def _add(self, tag: str, facts: dict[str, str]) -> None:
        assert self.fields is not None
        name, kind = facts.get("name", ""), facts.get("type", "text")
        if tag == "select":
            self.choice = name
        elif tag == "option" and self.choice:
            if facts.get("value") and ("selected" in facts or not self.fields.get(self.choice)):
                self.fields[self.choice] = facts["value"]
        elif tag == "textarea" and name:
            self.fields[name] = "Essai"
        elif tag == "button" and name and kind in ("text", "submit"):
            self.fields.setdefault(name, facts.get("value", ""))
        elif tag == "input" and name and kind in ("radio", "checkbox"):
            if "checked" in facts or (kind == "radio" and name not in self.fields):
                self.fields[name] = facts.get("value", "on")
        elif tag == "input" and name and kind != "file":
            usual = "1" if facts.get("inputmode") in ("decimal", "numeric") else "Essai"
            self.fields[name] = facts.get("value") or WRITTEN.get(kind, usual)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.fields = None
        elif tag == "select":
            self.choice = ""


def written() -> dict[str, list[str]]:
    """What stands in every table but those that note requests, whatever its rows' numbers."""
    db.session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in NOTED:
            columns = [c for c in table.columns if c.name not in ("id", "version")]
            found[table.name] = sorted(map(str, db.session.execute(select(*columns))))
    return found


def forms_of(world: World) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(route, address, fields) of one form of each kind; its page is asked for as its turn comes,
    for it shows what those before have changed."""
    known = set()
    routes = world.app.url_map.bind("localhost")
    pages = [at for _, method, at in world.addresses(dull=True) if method == "GET"]
    for page in pages:
        for number in range(100):
            forms = forms_on(world, page)
            if number >= len(forms):
                break
            address, fields = forms[number]
            with suppress(HTTPException):
                route, _ = routes.match(address, method="POST")
                if (kind := (route, *sorted(fields))) not in known:
                    known.add(kind)
                    yield route, address, fields


def forms_on(world: World, address: str) -> list[tuple[str, dict[str, str]]]:
    """The forms of a page as the manager sees it."""
    with world.day.signed_in("manager").get(address) as page:
        return PageForms(address, page.text).found if page.mimetype == "text/html" else []


def doubled(world: World) -> tuple[set[str], dict[str, list[str]]]:
    """(routes that wrote something, what those that are sent again write in which tables)."""
    acted, more = set(), dict[str, list[str]]()
    for route, address, fields in forms_of(world):
        client = world.day.signed_in("manager")
        before = written()
        client.post(address, data=fields).close()
        once = written()
        if once != before:
            acted.add(route)
        if once != before and route not in SHOWN_ANEW:
            client.post(address, data=fields).close()
            twice = written()
            if twice != once:
                more[f"{route} {sorted(fields)}"] = [n for n in once if once[n] != twice[n]]
    return acted, more


@pytest.fixture(params=ENGINES)
def world(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    new_database: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    day = new_day(tmp_path, new_database(request.param))
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    monkeypatch.setattr(Jobs, "soon", lambda *_: None)
    with day.app.app_context():
        yield World(day)
        leave(day.app)


def test_c06b_each_form_that_is_sent_twice_acts_once(world: World) -> None:
    acted, more = doubled(world)
    assert more == {}
    assert acted >= NAMED_FIRST
    assert len(acted) > 45


@pytest.mark.parametrize("world", ["sqlite"], indirect=True)
def test_c06b_the_control_without_keys_forms_act_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "is_first_send", lambda *_args, **_named: True)
    _acted, more = doubled(world)
    assert {"recalls.begin", "batches.temperature"} <= {form.split()[0] for form in more}
