"""What staff do leaves a line: who, where, what was and what is; nobody's name is copied."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from locomotive.accounts.staff import Staff, hash_password
from locomotive.core.base import Base
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.trail.act_page import OTHER, kind_of
from locomotive.trail.act_words import ACTS
from locomotive.trail.line import LINES_ARE_KEPT, Act, TrailLine, forget_lines
from locomotive.trail.value_page import day_of_act, value_words
from locomotive.trail.words import COLUMNS, TABLES
from locomotive.web.audience import PUBLIC
from locomotive.worker.queue import Jobs
from tests.service_day import SECRET, Day, leave, new_day
from tests.web.test_every_input import USUAL, World

PASSWORD = "carbonade-et-frites"


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    day = new_day(tmp_path)
    monkeypatch.setattr(clock, "now", lambda: day.at(10))
    monkeypatch.setattr(Jobs, "soon", lambda *_: None)
    with day.app.app_context():
        yield day
        leave(day.app)


def told() -> list[TrailLine]:
    db.session.rollback()
    return list(db.session.scalars(select(TrailLine).order_by(TrailLine.id)))


def test_a_price_is_told_as_it_was_and_as_it_is(day: Day) -> None:
    sent = {"name": "Soupe de potimarron", "family": "soup", "price_cents": "6,50"}
    page = day.signed_in("manager").post("/office/dishes/3", data=sent)
    assert page.status_code == 303, page.text
    line = told()[-1]
    assert (line.actor, line.role, line.kind) == ("manager", "manager", "menu")
    assert line.place == "/office/dishes/3"
    (row,) = [row for row in line.rows if row["table"] == "dish"]
    assert (row["row"], row["set"]["price_cents"]) == ("3", [550, 650])


def test_tables_and_columns_are_read_in_words(day: Day) -> None:
    sent = {"name": "Soupe de potimarron", "family": "soup", "price_cents": "6,50"}
    office = day.signed_in("manager")
    office.post("/office/dishes/3", data=sent)
    page = office.get("/office/trail").text
    assert "<b>Dish 3</b>" in page
    assert "price: €5.50 → €6.50" in page
    assert "price_cents" not in page
    assert "Dish changed" in page
    assert "/office/dishes/3" not in page
    office.set_cookie("language", "fr")
    page = office.get("/office/trail").text
    assert "<b>Plat 3</b>" in page
    assert "prix\xa0: 5,50\xa0€ → 6,50\xa0€" in page
    assert "Plat changé" in page


def test_every_word_is_of_a_table_or_a_column_that_there_is() -> None:
    tables = Base.metadata.tables
    columns = {column.name for table in tables.values() for column in table.columns}
    assert set(TABLES) <= set(tables)
    assert set(COLUMNS) <= columns


def test_what_the_command_line_does_to_accounts_and_persons_is_told(day: Day) -> None:
    day.order("Nadia", phone="06 00 00 00 07")
    db.session.rollback()
    runner = day.app.test_cli_runner()
    made = runner.invoke(args=["staff", "Nadia", "--password", PASSWORD])
    assert made.exit_code == 0, made.output
    assert runner.invoke(args=["access", "06 00 00 00 07"]).exit_code == 0
    assert runner.invoke(args=["access", "06 00 00 00 99"]).exit_code == 1
    first, second = told()  # the control: what was refused, or only looked at, tells nothing
    assert (first.actor, first.role, first.what) == ("command", "command", "staff")
    (row,) = first.rows
    assert (row["table"], row["set"]["name"]) == ("staff", [None, "Nadia"])
    assert PASSWORD not in first.changes
    assert (second.actor, second.what, second.rows) == ("command", "access", [])


def test_a_guarded_change_is_told_too(day: Day) -> None:
    order = day.order("Nadia")
    day.signed_in("kitchen").post(
        f"/kitchen/orders/{order.id}/step", data={"to": "ready", "seen": "placed"}
    )
    rows = [row for line in told() for row in line.rows if row["table"] == "customer_order"]
    assert rows[0]["set"]["status"] == ["placed", "ready"]
    page = day.signed_in("manager").get("/office/trail", query_string={"order": order.id}).text
    assert f"<b>Order {order.id}</b>" in page
    other = day.signed_in("manager").get("/office/trail", query_string={"order": 99}).text
    assert "<b>Order" not in other


def test_what_is_personal_or_secret_is_not_copied(day: Day) -> None:
    hashed = hash_password(PASSWORD)
    with write_tx() as session:
        session.add(Staff(name="Nadia", role="manager", password_hash=hashed))
    client = day.app.test_client()
    client.post("/sign-in", data={"name": "Nadia", "password": PASSWORD})
    client.post("/office/devices", data={"name": "stove", "pin": "1234"})
    order = day.order("Zanzibarine", to="school", phone="06 98 76 54 32", note="digicode 4711")
    client.post("/office/accounts", data={"name": "Marius", "role": "kitchen"})
    client.post(
        f"/delivery/orders/{order.id}/position",
        data={"latitude": "50,4701", "longitude": "2,9911", "key": "k" * 32},
    )
    everything = " ".join(line.changes + line.place for line in told())
    assert len(told()) >= 3
    for canary in ("Zanzibarine", "98 76", "4711", "argon2", SECRET, "50.47", PASSWORD):
        assert canary not in everything
    assert "…" in everything


def test_a_visitor_and_a_refusal_leave_no_line(day: Day) -> None:
    client = day.app.test_client()
    client.post("/basket", data={"quantity-1": "1"})
    day.signed_in("manager").post("/office/dishes/3", data={"price": "nonsense"})
    assert told() == []


def test_exports_and_coming_in_are_told(day: Day) -> None:
    day.signed_in("accountant").get("/farm/movements.csv")
    assert [(line.role, line.place) for line in told()] == [("accountant", "/farm/movements.csv")]


def test_the_manager_looks_by_day_person_and_kind(day: Day) -> None:
    with write_tx() as session:
        for actor, kind, hour in (("Nadia", "menu", 9), ("Marius", "farm", 11)):
            act = {"actor": actor, "role": "manager", "device": "", "kind": kind, "what": "x"}
            session.add(TrailLine(**act, at=day.at(hour), place=f"/{actor}", changes="[]"))
    office = day.signed_in("manager")

    def places(**asked: Any) -> list[str]:
        page = office.get("/office/trail", query_string=asked).text
        return [name for name in ("/Nadia", "/Marius") if name in page]

    assert places() == ["/Nadia", "/Marius"]
    assert places(actor="Nadia") == ["/Nadia"]
    assert places(kind="farm") == ["/Marius"]
    assert places(day="2026-11-24") == ["/Nadia", "/Marius"]
    assert places(day="2026-11-25") == []
    assert office.get("/office/trail.csv", query_string={"kind": "farm"}).text.count("\n") == 2


def test_lines_are_kept_for_two_years(day: Day) -> None:
    with write_tx() as session:
        facts = {"actor": "x", "role": "manager", "device": "", "kind": "menu", "what": "x"}
        session.add(TrailLine(**facts, at=day.at(9), place="/", changes="[]"))
    for after, gone in ((LINES_ARE_KEPT, 0), (LINES_ARE_KEPT + timedelta(minutes=1), 1)):
        with write_tx() as session:
            assert forget_lines(session, now=day.at(9) + after) == gone


def silent(world: World) -> tuple[list[str], int]:
    """Routes of the staff that changed something, or led on, without a line; and how many did."""
    watcher = db.engine.raw_connection()
    wrong, done = [], 0

    def seen() -> tuple[int, int]:
        db.session.rollback()
        version = watcher.execute("PRAGMA data_version").fetchone()[0]
        return version, db.session.scalar(select(func.count(TrailLine.id))) or 0

    for rule, method, address in world.addresses(dull=True):
        public = PUBLIC in audience_at(world, rule)
        if method != "POST" or public:
            continue
        client = world.day.signed_in("manager")
        before = seen()
        body = {**USUAL, **world.forms.get(address, {}), "key": f"{len(wrong) + done:032d}"}
        body.pop("csrf_token", None)
        answer = client.post(address, data=body)
        after = seen()
        if before[0] != after[0] or answer.status_code == 303:
            done += 1
            if after[1] == before[1]:
                wrong.append(rule)
    watcher.close()
    return wrong, done


def audience_at(world: World, rule: str) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for one in world.app.url_map.iter_rules():
        if one.rule == rule:
            found |= getattr(world.app.view_functions[one.endpoint], "audience", frozenset())
    return found


def test_every_act_leaves_a_line_and_a_silent_route_is_found(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(day)
    wrong, done = silent(world)
    assert wrong == []
    assert done > 40
    listen = Act.listen

    def deaf(act: Act, session: Any) -> None:
        if act.facts["what"] == "screens.enrol_again":
            act.is_told = True
        else:
            listen(act, session)

    monkeypatch.setattr(Act, "listen", deaf)
    assert silent(world)[0] == ["/office/devices/<key:device_id>/link"]


def unnamed(app: Flask) -> set[str]:
    """The views in which staff act and whose acts have no words."""
    return {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
        and PUBLIC not in getattr(app.view_functions[rule.endpoint], "audience", {PUBLIC})
        and rule.endpoint not in ACTS
    }


def test_every_act_of_staff_has_words(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unnamed(day.app) == set()
    assert set(ACTS) <= set(day.app.view_functions)
    monkeypatch.delitem(ACTS, "dishes.edit_dish")
    assert unnamed(day.app) == {"dishes.edit_dish"}


def test_days_instants_and_answers_are_written_as_on_pages(day: Day) -> None:
    with day.app.test_request_context():
        assert value_words("sent_at", "2026-11-24T10:05:00+00:00") == "mar. 24 nov., 11\xa0h\xa005"
        assert value_words("date", "2026-12-01") == "mar. 1er déc."
        assert value_words("is_open", True) == "oui"
        assert value_words("vat_bp", 550) == "5,5\xa0%"
        assert value_words("name", "2026-13-45T10:00") == "2026-13-45T10:00"
        assert value_words("note", None) == "–"
        assert day_of_act("/office/service/2026-11-24/slots") == day.date
        assert day_of_act("/office/dishes/3") is None


def test_every_room_in_which_staff_act_has_a_kind(day: Day) -> None:
    rooms = {
        rule.endpoint.partition(".")[0]
        for rule in day.app.url_map.iter_rules()
        if "POST" in (rule.methods or ())
    }
    assert {room for room in rooms if kind_of(room) == OTHER} == set()
    assert kind_of("nowhere") == OTHER
