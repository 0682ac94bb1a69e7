"""L-13, L-14: what is known of a person goes when its time is over, everywhere."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from locomotive.accounts.rate import count_try
from locomotive.core.actor import Actor
from locomotive.core.base import Base
from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.core.personal import KINDS
from locomotive.ordering.message import Message, mark_failed
from locomotive.ordering.order import Order
from locomotive.ordering.step import cancel
from locomotive.places.address import Address, KnownAddress
from locomotive.places.travel_time import Leg
from locomotive.privacy import erasure
from locomotive.privacy.inventory import kinds, personal_columns
from locomotive.promise.inquiry import Subject, inquire
from locomotive.promise.proposal import Proposal
from locomotive.rounds.act import RoundAct
from locomotive.rounds.round import RoundStop
from locomotive.worker import tidy
from locomotive.worker.mails import send_mails
from locomotive.worker.paper import make_papers, make_sheet
from locomotive.worker.tidy import tidy_up
from tests.core.test_guards import GUARDED
from tests.kept_house import flask
from tests.service_day import Day

At = Callable[[datetime], None]
CANARIES = (
    "Zanzibarine",
    "98 76 54 32",
    "serin@canari",
    "rue du Canari",
    "digicode 4711",
    "50.47123",
    "arachide-canari",
    "concierge-canari",
    "motif-canari",
    "réseau-canari",
    "question-canari",
)
HOME = Address("", "77 rue du Canari", "Oignies", 50.47123, 2.99321, "digicode 4711")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Return a function that sets the clock."""
    return lambda instant: monkeypatch.setattr(clock, "now", lambda: instant)


@pytest.fixture
def lunch(both: Day, at: At, caplog: pytest.LogCaptureFixture) -> Day:
    """A lunch with canaries wherever somebody may write something, eaten and over."""
    caplog.set_level(logging.DEBUG)
    at(both.at(10))
    serve(both)
    return both


def serve(day: Day) -> None:
    order = day.order(
        "Zanzibarine",
        place=HOME,
        phone="06 98 76 54 32",
        email="serin@canari.example",
        must_not_contain="arachide-canari",
    )
    gone = day.order("Zanzibarine", phone="06 98 76 54 32", email="serin@canari.example")
    with write_tx() as session:
        cancel_it = session.get_one(Order, gone.id)
        cancel(session, cancel_it, actor=Actor.OFFICE, now=day.at(9), reason="motif-canari")
        count_try(session, "réseau-canari", limit=9, period=timedelta(hours=1), now=day.at(9))
        session.add(Leg(map_version="a map", origin="50.47123,2.99321", target="50.4,2.9"))
        subject = Subject(replace(HOME, name="question-canari"), 1, None, seen=0)
        inquire(session, subject, [order.slot_id], now=day.at(9))
        message = session.scalars(select(Message).where(Message.order_id == order.id)).one()
        message.tries = 1
        mark_failed(message, now=day.at(8), error="550 <serin@canari.example> unknown")
        old, new = order.slot_id, order.slot_id
        session.add(
            Proposal(
                order_id=order.id, old_kind="delivery", old_slot_id=old, new_slot_id=new,
                reason="motif-canari", made_at=day.at(9), answer="",
            )
        )  # fmt: skip
    (round_,) = day.plan()
    with write_tx() as session:
        session.add(
            RoundAct(
                key="act", stop_id=round_.stops[0].id, act="problem", at=day.at(12),
                received_at=day.at(12), note="concierge-canari",
            )
        )  # fmt: skip
    make_sheet(round_.id, "fr")
    make_papers(day.service.id, "fr")
    send_mails()


def places_with(day: Day, canary: str) -> set[str]:
    """The tables and files in which a canary stands."""
    db.session.remove()
    found = set()
    with db.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            rows = connection.execute(table.select()).all()
            if any(canary in str(value) for row in rows for value in row):
                found.add(table.name)
    root = day.app.extensions["settings"].instance
    for path in root.rglob("*"):
        if path.is_file() and canary.encode() in path.read_bytes():
            found.add(str(path.relative_to(root)).split("/")[0])
    return found


def everywhere(day: Day) -> dict[str, set[str]]:
    return {c: found for c in CANARIES if (found := places_with(day, c))}


def papers(day: Day) -> list[str]:
    root = day.app.extensions["settings"].instance
    return [p.name for p in (root / "paper").rglob("*.pdf")]


def test_l13_after_a_month_no_canary_is_left_anywhere(
    lunch: Day, at: At, caplog: pytest.LogCaptureFixture
) -> None:
    before = everywhere(lunch)
    # The control: each of them stood somewhere, and the search sees tables, bytes and mails.
    assert set(before) == set(CANARIES)
    assert {"customer_order", "round_stop", "mails"} <= before["digicode 4711"] | before[
        "Zanzibarine"
    ]
    assert {"customer_order", "round_stop", "tentative_plan", "leg"} <= before["50.47123"]
    assert len(papers(lunch)) >= 3
    at(lunch.at(3) + timedelta(days=32))
    old_mails(lunch)
    tidy_up()
    assert everywhere(lunch) == {}
    assert papers(lunch) == []
    assert [c for c in CANARIES if c in caplog.text] == []
    # What was ordered and its price stay.
    assert db.session.scalar(select(func.sum(Order.total_cents))) == 2 * 1250


def test_l13_the_command_erases_the_same(lunch: Day, at: At) -> None:
    old_mails(lunch)
    at(lunch.at(15) + timedelta(days=1))
    code, said = flask(lunch, "erase", "--before", "2026-11-25")
    assert (code, said.startswith("Erased from ")) == (0, True)
    left = everywhere(lunch)
    assert set(left) <= {"réseau-canari"}  # a day is not over yet: the nightly job takes it
    assert papers(lunch) == []


def test_l13_the_control_rows_alone_leave_bytes_in_the_file(
    lunch: Day, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("the server keeps its own files")
    monkeypatch.setattr(tidy, "rewrite_file", lambda: None)
    at(lunch.at(3) + timedelta(days=32))
    old_mails(lunch)
    tidy_up()
    places = set.union(*everywhere(lunch).values())
    assert places
    assert all(place.partition(".db")[1] for place in places)


def old_mails(day: Day) -> None:
    """The files of the mails are as old as the lunch: their age is read from the disk."""
    for path in (day.app.extensions["settings"].instance / "mails").iterdir():
        os.utime(path, (day.at(12).timestamp(), day.at(12).timestamp()))


def test_l14_each_kind_goes_at_its_own_time(lunch: Day, at: At) -> None:
    old_mails(lunch)

    def left(hours: int) -> set[str]:
        at(lunch.at(23) + timedelta(hours=hours))
        tidy_up()
        return set(everywhere(lunch))

    every = set(CANARIES)
    every -= {"question-canari"}  # the next time that the house is tidied
    assert left(0) == every
    assert papers(lunch)
    assert left(4) == every - {"arachide-canari"}  # the night after
    assert papers(lunch) == []
    assert left(34) == every - {"arachide-canari", "réseau-canari"}  # a day
    assert left(24 * 30) == every - {"arachide-canari", "réseau-canari"}
    assert left(24 * 31) == set()


def test_l14_a_known_door_goes_a_year_after_the_last_order_there(both: Day, at: At) -> None:
    at(both.at(8))
    with write_tx() as session:
        kept = {"latitude": HOME.latitude, "longitude": HOME.longitude, "access_note": "digicode"}
        session.add(KnownAddress(street=HOME.street, town=HOME.town, **kept))
    both.order("Nadia", place=HOME)

    def is_known(days: int) -> bool:
        at(both.at(8) + timedelta(days=days))
        tidy_up()
        return db.session.scalar(select(func.count(KnownAddress.id))) == 1

    # The order itself is forgotten after 30 days: the year counts from then.
    assert [is_known(days) for days in (1, 30, 300, 394, 397)] == [True, True, True, True, False]


def test_an_erased_stop_stands_at_the_kitchen(lunch: Day, at: At) -> None:
    at(lunch.at(3) + timedelta(days=32))
    tidy_up()
    depot = lunch.app.extensions["settings"].depot
    points = db.session.execute(select(RoundStop.latitude, RoundStop.longitude)).all()
    assert [tuple(point) for point in points] == [depot]
    assert lunch.signed_in("manager").get("/office/?day=2026-11-24").status_code == 200


def test_no_guarded_column_is_erased() -> None:
    erased = {c.name for columns in personal_columns().values() for c in columns}
    assert not erased & set(GUARDED)


def test_what_is_not_due_is_not_touched(lunch: Day, at: At) -> None:
    at(lunch.at(8) + timedelta(days=8))
    assert erasure.erase_files(Path("/nowhere"), now=clock.now()) == 0
    with write_tx() as session:
        assert erasure.erase_contacts(session, before=lunch.date, depot=(0.0, 0.0)) == 0


def test_a_customer_reads_all_that_is_kept(lunch: Day) -> None:
    lunch.order("Karim", phone="06 11 11 11 11", email="karim@example.org", key="another")
    for whom in ("+33 6 98765432", "Serin@Canari.example"):
        code, said = flask(lunch, "access", whom)
        assert code == 0, said
        kept = json.loads(said)
        assert [row["first_name"] for row in kept["customer_order"]] == ["Zanzibarine"] * 2
        assert kept["round_stop"][0]["street"] == "77 rue du Canari"
        assert kept["round_act"][0]["note"] == "concierge-canari"
        assert {row["reason"] for row in kept["order_event"]} == {"", "motif-canari"}
        assert {"message", "order_line", "promise", "proposal", "carried"} - set(kept) <= {
            "promise"
        }
        assert "Karim" not in said
        assert "token_hash" not in said
    code, said = flask(lunch, "access", "06 22 22 22 22")
    assert (code, "nothing is kept" in said) == (1, True)


def test_the_privacy_page_names_every_kind(both: Day) -> None:
    assert kinds() == list(KINDS)
    client = both.app.test_client()
    client.set_cookie("language", "en")
    page = client.get("/privacy").get_data(as_text=True)
    for kind in KINDS:
        assert kind.what in page
    for words in (
        "health data",
        "until the night after the lunch",
        "7 days, 4 weeks and 12 months",
    ):
        assert words in page
