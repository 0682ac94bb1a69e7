"""D-14: a worker killed twenty times while it sends mails."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, update

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.ordering.message import Message
from locomotive.worker import mails
from tests.load.house import ROOT
from tests.post_office import PostOffice, post_office
from tests.service_day import Day

pytestmark = pytest.mark.full
KILLS, MAILS = 20, 150


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with post_office(slow=0.01) as office:
        yield office


def send_between_kills(day: Day, post: PostOffice, counts_when: str) -> None:
    """Queue a mail for each of many orders, kill the worker in between, then let it finish."""
    day.app.extensions["settings"].__dict__.update(mail_url=post.url)
    for number in range(MAILS):
        slot = (12, 0) if number % 2 else (12, 15)
        day.order(slot=slot, email=f"customer{number}@example.org")
    address = db.engine.url.render_as_string(hide_password=False)
    folder = str(day.app.extensions["settings"].instance)
    db.session.remove()
    arguments = [folder, address, post.url, str(KILLS), counts_when]
    subprocess.run([sys.executable, "-m", "tests.load.mailer", *arguments], cwd=ROOT, check=True)
    sent = db.session.scalar(select(func.count(Message.id)).where(Message.state == "sent"))
    assert 0 < (sent or 0) < MAILS  # killed in the middle of the work
    with write_tx() as session:  # five minutes later
        session.execute(update(Message).where(Message.state != "sent").values(due_at=clock.now()))
    mails.send_mails()
    assert set(db.session.scalars(select(Message.state))) == {"sent"}


def test_d14_no_mail_is_missing_after_twenty_kills_of_the_worker(
    both: Day, post: PostOffice
) -> None:
    send_between_kills(both, post, "sent")
    assert len(set(post.message_ids())) == MAILS
    assert len(post.mails) <= MAILS + KILLS  # one that was on its way may come twice


def test_d14_the_control_that_counts_a_mail_as_sent_once_it_is_taken_loses_some(
    both: Day, post: PostOffice
) -> None:
    send_between_kills(both, post, "claimed")
    assert len(set(post.message_ids())) < MAILS
