"""A worker that dies: the shop goes on, the worker comes back, its plan is taken up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import sleep

import pytest

from locomotive.core.db import db, write_tx
from locomotive.dispatch.planning import Planning, last_planning, take_up_plannings
from tests.rounds_day import day
from tests.service_day import Day

__all__ = ["day"]


def running(day: Day, *, minutes_ago: int = 0) -> Planning:
    planning_id = day.ask()
    with write_tx() as session:
        planning = session.get_one(Planning, planning_id)
        planning.state = "running"
        planning.asked_at = planning.alive_at = day.at(10) - timedelta(minutes=minutes_ago)
    return db.session.get_one(Planning, planning_id)


def test_a_plan_that_a_dead_worker_left_is_taken_up(day: Day) -> None:
    day.order(to="school")
    left = running(day)
    with write_tx() as session:
        assert take_up_plannings(session, now=day.at(10, 1)) == [left.id]
    assert db.session.get_one(Planning, left.id).state == "queued"
    with write_tx() as session:
        session.get_one(Planning, left.id).state = "done"
    with write_tx() as session:
        assert take_up_plannings(session, now=day.at(10, 1)) == []


def test_a_plan_that_may_be_what_the_worker_dies_of_has_failed_and_the_page_says_so(
    day: Day,
) -> None:
    day.order(to="school")
    left = running(day, minutes_ago=5)
    with write_tx() as session:
        assert take_up_plannings(session, now=day.at(10)) == []
    assert db.session.get_one(Planning, left.id).state == "failed"
    page = day.signed_in("manager").get("/delivery/2026-11-24/").text
    assert "the worker stopped in the middle of it; plan again" in page


def test_a_plan_without_a_sign_of_life_is_no_longer_under_way_after_thirty_seconds(
    day: Day,
) -> None:
    day.order(to="school")
    running(day)
    planning = last_planning(db.session(), day.service)
    assert planning
    assert planning.is_under_way(day.at(10) + timedelta(seconds=29))
    assert planning.has_failed(day.at(10) + timedelta(seconds=31))


TELL = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def programs(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    """The two programs run together; the worker, or the one that is named, writes its number."""
    shop, worker = (TELL, SLEEP) if getattr(request, "param", "") == "shop" else (SLEEP, TELL)
    source = (
        "from locomotive.commands.serve import _run_together as run; import sys;"
        f"run([sys.executable, '-c', {shop!r}], [sys.executable, '-c', {worker!r}])"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", source]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        yield process


def test_f15_a_worker_that_is_killed_comes_back_and_the_shop_goes_on(
    programs: subprocess.Popen[str],
) -> None:
    assert programs.stdout
    try:
        numbers = []
        for _ in range(3):
            numbers.append(int(programs.stdout.readline()))
            assert programs.poll() is None
            os.kill(numbers[-1], signal.SIGKILL)
        last = int(programs.stdout.readline())
        assert len({*numbers, last}) == 4
    finally:
        programs.terminate()
        assert programs.wait(timeout=60) == 0
    for _ in range(50):
        if not Path(f"/proc/{last}").exists():
            break
        sleep(0.1)
    assert not Path(f"/proc/{last}").exists()


@pytest.mark.parametrize("programs", ["shop"], indirect=True)
def test_f15_the_control_a_shop_that_dies_ends_both(programs: subprocess.Popen[str]) -> None:
    assert programs.stdout
    os.kill(int(programs.stdout.readline()), signal.SIGKILL)
    assert programs.wait(timeout=60) == 1
