"""F-05: whatever the mail server does, orders are taken, rounds are planned, and staff know."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from huey import Huey
from sqlalchemy import select

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.core.tasks import PLAN_ROUNDS, SEND_MAILS, ask_worker
from locomotive.ordering.message import Message
from locomotive.rounds.round import Round
from locomotive.worker import queue
from locomotive.worker.mails import send_mails
from locomotive.worker.post import Post
from tests.post_office import PostOffice, post_office
from tests.service_day import DATE, Day


@pytest.fixture(autouse=True)
def morning(both: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: both.at(8))


@pytest.fixture
def post(both: Day) -> Iterator[Post]:
    """The post of the application, at work."""
    made = both.app.extensions["jobs"].post
    made.start()
    yield made
    made.stop()


def use(day: Day, office: PostOffice) -> None:
    day.app.extensions["settings"].__dict__.update(mail_url=office.url)


def do_next(day: Day) -> str:
    """Do the next task of the queue, as the worker would; return its name."""
    huey: Huey = day.app.extensions["jobs"].huey
    task = huey.dequeue()
    huey.execute(task)
    return str(task.name)


def messages() -> list[tuple[str, int, str]]:
    db.session.rollback()
    rows = db.session.execute(select(Message.state, Message.tries, Message.error))
    return [tuple(row) for row in rows]  # type: ignore[misc]


def test_f05_rounds_are_planned_while_the_mail_server_hangs(both: Day, post: Post) -> None:
    with post_office("hangs") as office:
        use(both, office)
        both.order("Nadia", to="library", email="nadia@example.org")
        ask_worker(SEND_MAILS)
        assert do_next(both) == "send_mails"
        assert office.called.wait(30)
        # The server answers nobody before the end of this block.
        both.order("Karim", to="school", email="karim@example.org")
        ask_worker(PLAN_ROUNDS, both.ask())
        assert do_next(both) == "plan_rounds"
        assert db.session.scalars(select(Round)).all()
        assert not office.mails


def test_f05_the_control_mails_sent_by_the_queue_itself_hold_it_up(
    both: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post_office("hangs") as office:
        use(both, office)
        both.order("Nadia", to="library", email="nadia@example.org")
        monkeypatch.setattr(queue, "look_for_mails", send_mails)

        def old_way() -> None:
            with both.app.app_context():
                send_mails()

        working = threading.Thread(target=old_way)
        working.start()
        assert office.called.wait(30)
        assert working.is_alive()  # and whatever stands behind it in the queue waits
    working.join()


@pytest.mark.parametrize("mood", ["refuses", "knows nobody"])
def test_f05_a_final_no_is_not_tried_again(both: Day, mood: str) -> None:
    with post_office(mood) as office:
        use(both, office)
        for name in ("Nadia", "Karim"):
            both.order(name, email=f"{name}@example.org")
        assert send_mails()  # the server is there: each mail gets its answer
        assert [(state, tries) for state, tries, _ in messages()] == [("failed", 1)] * 2
        assert send_mails()
        assert office.calls == 2


def test_f05_a_server_that_is_away_is_asked_with_one_mail(both: Day) -> None:
    with post_office() as office:
        use(both, office)
    for name in ("Nadia", "Karim", "Louise"):
        both.order(name, email=f"{name}@example.org")
    assert not send_mails()
    assert sorted(tries for _, tries, _ in messages()) == [0, 0, 1]
    assert {state for state, _, _ in messages()} == {"queued"}
    with post_office() as office:
        use(both, office)
        assert send_mails()
        assert len(office.mails) == 2  # the first one waits for its next try


def test_one_mail_that_cannot_be_written_does_not_hold_back_the_others(
    both: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    from locomotive.worker import mails

    write = mails.compose

    def stumble(message: Message) -> object:
        if message.email.startswith("Nadia"):
            raise RuntimeError("no words")
        return write(message)

    monkeypatch.setattr(mails, "compose", stumble)
    with post_office() as office:
        use(both, office)
        for name in ("Nadia", "Karim"):
            both.order(name, email=f"{name}@example.org")
        assert send_mails()
        assert len(office.mails) == 1
    assert sorted(messages()) == [("queued", 1, "no words"), ("sent", 1, "")]


def page(day: Day) -> str:
    return day.signed_in("manager").get(f"/office/?day={DATE}").get_data(as_text=True)


def test_the_office_calls_a_mail_stuck_when_nobody_tries(
    both: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck_at(instant: datetime) -> bool:
        monkeypatch.setattr(clock, "now", lambda: instant)
        mails = both.signed_in("manager").get("/office/mails").get_data(as_text=True)
        home = "1 mail is stuck: call the customer." in page(both)
        assert home == ("Call the customer:" in mails)
        return home

    both.order("Nadia", email="nadia@example.org")
    assert not stuck_at(both.at(8) + timedelta(minutes=5))
    assert stuck_at(both.at(8) + timedelta(minutes=6))  # no worker lives
    send_mails()
    assert not stuck_at(both.at(8) + timedelta(minutes=7))
