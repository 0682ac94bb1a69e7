"""What a monitoring program reads, and who may read it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select, update

from locomotive.accounts.device import (
    Device,
    alive_folder,
    enrol,
    new_device,
    note_alive,
    revoke,
)
from locomotive.accounts.signin import EntryLink, SignIn
from locomotive.core.db import db, write_tx
from locomotive.core.tokens import token_hash
from locomotive.ordering.message import Message
from locomotive.service.fleet import Shift
from tests.service_day import Day

TOKEN = "one token for this test"


def read(day: Day) -> dict[str, float]:
    """Name with the value of its label → number, as Prometheus reads them."""
    answer = day.app.test_client().get("/metrics")
    assert answer.status_code == 200
    return {
        ":".join([sample.name.removeprefix("locomotive_"), *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_orders_of_the_lunch_are_counted_by_status(day: Day) -> None:
    before = read(day)
    day.cancel(day.order())
    day.order(to="library")
    after = read(day)
    assert (before["orders:placed"], after["orders:placed"]) == (0, 1)
    assert (before["orders:cancelled"], after["orders:cancelled"]) == (0, 1)


def test_a_delivery_that_no_plan_serves_is_at_risk(day: Day) -> None:
    day.order(to="library", slot=(12, 0))
    assert read(day)["promises_at_risk"] == 0
    for tricycle in db.session.scalars(select(Shift)):
        with write_tx() as session:
            session.delete(session.get_one(Shift, tricycle.id))
    assert read(day)["promises_at_risk"] == 1


def test_a_mail_that_waits_past_its_time_shows(day: Day) -> None:
    day.order(email="nadia@example.org")
    with write_tx() as session:
        session.execute(update(Message).values(due_at=day.at(7, 30)))
    metrics = read(day)
    assert (metrics["mails:queued"], metrics["mails_overdue_seconds"]) == (1, 1800)


def test_a_silent_screen_shows_until_it_is_shut_out(day: Day) -> None:
    with write_tx() as session:
        device, token = new_device(session, name="Four", role="kitchen", pin_hash="", now=day.at(7))
        link = session.scalars(select(EntryLink).filter_by(token_hash=token_hash(token))).one()
        enrol(session, link, now=day.at(7))
    signed_in = db.session.scalars(select(SignIn).filter_by(device_id=device.id)).one()
    instance = day.app.extensions["settings"].instance
    note_alive(alive_folder(instance), signed_in.id, page="cook", now=day.at(7, 59))
    assert read(day)["screen_silent_seconds:Four"] == 60
    with write_tx() as session:
        revoke(session, session.get_one(Device, device.id), now=day.at(8))
    assert "screen_silent_seconds:Four" not in read(day)


def test_only_the_token_opens_when_there_is_one(day: Day) -> None:
    day.app.extensions["settings"] = replace(day.app.extensions["settings"], metrics_token=TOKEN)
    visitor = day.app.test_client()
    assert visitor.get("/metrics").status_code == 403
    wrong = {"Authorization": "Bearer one token for that test"}
    assert visitor.get("/metrics", headers=wrong).status_code == 403
    right = {"Authorization": f"Bearer {TOKEN}"}
    assert visitor.get("/metrics", headers=right).status_code == 200


@pytest.mark.parametrize(
    ("address", "headers"),
    [("192.0.2.1", {}), ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"})],
)
def test_without_a_token_only_this_machine_reads(
    day: Day, address: str, headers: dict[str, str]
) -> None:
    client = day.app.test_client()
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == 403
    assert client.get("/metrics").status_code == 200
