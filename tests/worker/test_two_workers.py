"""Two workers at once: a plan is solved once, a mail is sent once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from locomotive.core.clock import clock
from locomotive.core.db import db
from locomotive.dispatch.planning import Planning
from locomotive.worker import planning
from locomotive.worker.mails import send_mails
from locomotive.worker.planning import plan_rounds
from tests.post_office import post_office
from tests.service_day import Day

WORKERS, MAILS = 2, 12


def together(day: Day, work: Callable[[], object]) -> None:
    """Let the workers begin at the same moment, each with a session of its own."""
    start = Barrier(WORKERS)

    def worker() -> None:
        with day.app.app_context():
            start.wait()
            work()
            db.session.remove()

    db.session.remove()
    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(worker) for _ in range(WORKERS)]:
            done.result()


def test_a_plan_that_two_workers_take_up_is_solved_once(
    both: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: both.at(10))
    both.order("Nadia", to="library")
    asked, solved, solve = both.ask(), [], planning.solve_in_process

    def solve_and_count(*args: object, **more: object) -> object:
        solved.append(args)
        return solve(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(planning, "solve_in_process", solve_and_count)
    together(both, lambda: plan_rounds(asked))
    assert len(solved) == 1
    assert db.session.get_one(Planning, asked).state == "done"
    plan_rounds(both.ask())
    assert len(solved) == 2  # the control: a second wish is a second plan


def test_mails_that_two_workers_send_go_once(both: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: both.at(10))
    for number in range(MAILS):
        both.order(email=f"customer{number}@example.org")
    with post_office(slow=0.02) as office:
        both.app.extensions["settings"].__dict__.update(mail_url=office.url)
        together(both, send_mails)
        assert office.calls == MAILS
        assert Counter(office.message_ids()).most_common(1)[0][1] == 1
