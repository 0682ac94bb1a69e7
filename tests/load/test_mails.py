"""D-14: a worker killed twenty times while it sends mails."""

from __future__ import annotations

import email
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, update

from locomotive.core.clock import clock
from locomotive.core.db import db, write_tx
from locomotive.ordering.message import Message
from locomotive.worker import mails
from tests.load.house import ROOT
from tests.service_day import Day

pytestmark = pytest.mark.full
KILLS, MAILS = 20, 150


class Post(socketserver.StreamRequestHandler):
    """Enough of SMTP (RFC 5321) to take a mail, slowly."""

    def handle(self) -> None:
        self._say("220 ready")
        for line in self.rfile:
            word = line[:4].upper().strip()
            if word == b"DATA":
                self._say("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                time.sleep(0.01)
                self.server.mails.append(text)  # type: ignore[attr-defined]
            self._say("221 bye" if word == b"QUIT" else "250 fine")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class PostOffice(socketserver.ThreadingTCPServer):
    """Keeps every mail that came in whole."""

    daemon_threads = True

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        super().__init__(("127.0.0.1", 0), Post)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that was killed is no error here."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def message_ids(self) -> list[str]:
        return [str(email.message_from_bytes(mail)["Message-ID"]) for mail in self.mails]


@pytest.fixture
def post() -> Iterator[PostOffice]:
    office = PostOffice()
    serving = threading.Thread(target=office.serve_forever)
    serving.start()
    yield office
    office.shutdown()
    serving.join()
    office.server_close()


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
