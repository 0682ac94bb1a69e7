"""Six processes keep the processors busy: the planner keeps its limit, its stops and its start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from routing.search.compiled import extension
from tests.load.house import size

pytestmark = pytest.mark.full
ROOT = Path(__file__).parents[2]
SHARED = ROOT / ".." / "shared" / "data" / "planner" / "lunch"
LUNCHES = (
    "n12-k1-s1",
    "n20-k2-s1",
    "n20-k2-s2",
    "n28-k3-s3",
    "n30-k3-s1",
    "n34-k3-s2",
    "n40-k3-s1",
    "n43-k4-s3",
    "n47-k4-s2",
    "n60-k4-s1",
)
ASKED = ("n20-k2-s1", "n30-k3-s1", "n40-k3-s1")
OTHERS = 6
COMPUTE = """
import os
parent = os.getppid()
while os.getppid() == parent:
    sum(range(100_000))
"""
SOLVE = """
import json, sys
from dataclasses import replace
from time import monotonic
import routing
problem = routing.Problem.from_json(json.load(open(sys.argv[1])))
if sys.argv[3] == "unsure":
    problem = replace(problem, uncertainty=routing.Uncertainty(0.14, 40), reliability=0.95)
else:
    problem = replace(problem, uncertainty=None)
start = routing.Plan.from_json(json.load(open(sys.argv[4]))) if sys.argv[4] else None
began = monotonic()
plan = routing.solve(problem, time_limit=float(sys.argv[2]), start=start)
seconds = monotonic() - began
print(json.dumps({
    "seconds": seconds, "served": len(plan.served()), "stops": len(problem.stops),
    "cost": plan.cost, "broken": routing.violations(problem, plan) if sys.argv[3] == "sure" else [],
    "plan": plan.to_json()}))
"""
ASK = """
import json, random, sys
from dataclasses import replace
import routing
from routing import Questions
raw = json.load(open(sys.argv[1]))
answers = []
for uncertainty in (None, routing.Uncertainty(0.14, 40)):
    problem = replace(routing.Problem.from_json(raw), uncertainty=uncertainty)
    plan = routing.solve(problem, iterations=400)
    served = plan.served()
    problem = replace(problem, stops=tuple(s for s in problem.stops if s.id in served))
    plan = replace(plan, unassigned=(), unserved_priority=0)
    dice = random.Random(7)
    for _ in range(int(sys.argv[2])):
        opens = 41400 + 900 * dice.randrange(8)
        one = dice.choice(problem.stops)
        stop = replace(one, id="new", time_window=(opens, opens + 900), release_time=opens - 1800)
        answer = Questions(problem, plan).ask(stop)
        answers.append([answer.is_proven, answer.plan and answer.plan.to_json()["routes"]])
print(json.dumps(answers))
"""
QUESTIONS = size(60, 1000)
# The order of work of before: little search, in plain Python; then all trips are listed and proven
# in the caller's thread, and the listing looks at no clock.
AS_BEFORE = """
from math import inf
from threading import Event
import routing.exact.trips as trips
import routing.solver as solver
list_trips = trips.list_trips
trips.list_trips = lambda instance, *, until: list_trips(instance, until=inf)
solver.is_loaded = lambda: False
def run(self):
    self._search_until(self.began + 0.1 * min(1.0, self.until - self.began), Event())
    self._prove()
solver._Solve._run = run
"""


@dataclass(frozen=True)
class Solved:
    seconds: float
    served: int
    stops: int
    cost: int
    broken: list[str]
    plan: dict[str, object]


def solved(name: str, limit: float, how: str, *, start: str = "", order: str = "") -> Solved:
    """Solve a lunch in a process of its own, which has loaded nothing."""
    return Solved(**run(order + SOLVE, SHARED / f"lunch-{name}.json", limit, how, start))


def run(code: str, *arguments: object) -> Any:
    """Return what the code prints in a process of its own."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


@contextmanager
def busy() -> Iterator[None]:
    """Keep six other processes computing; they end with this one, whatever ends it."""
    others = [subprocess.Popen([sys.executable, "-c", COMPUTE]) for _ in range(OTHERS)]
    try:
        yield
    finally:
        for other in others:
            other.kill()
            other.wait()


def is_late(found: Solved, limit: float) -> bool:
    return found.seconds > 1.2 * limit + 0.3


@pytest.fixture(autouse=True, scope="module")
def _lunches() -> None:
    if not SHARED.exists():
        pytest.skip(f"the lunches are not in {SHARED}")
    if not extension.is_built():
        subprocess.run([sys.executable, "-m", "routing", "compile"], cwd=ROOT, check=True)
    if not extension.is_built():
        pytest.skip("no C compiler is here, so no search can be built")


@pytest.mark.parametrize(
    ("how", "limit", "names"), [("sure", 2.0, LUNCHES), ("unsure", 5.0, LUNCHES[1::2])]
)
def test_p02b_beside_six_busy_processes_limit_and_stops_are_kept(
    how: str, limit: float, names: tuple[str, ...]
) -> None:
    late: dict[str, float] = {}
    lost: dict[str, tuple[int, int]] = {}
    broken: dict[str, list[str]] = {}
    for name in names:
        # The quiet plan is read right before, so that whatever else runs here slows down both.
        quiet = solved(name, limit, how)
        with busy():
            found = solved(name, limit, how)
        if is_late(found, limit):
            late[name] = found.seconds
        if found.served < quiet.served - 1:
            lost[name] = (found.served, quiet.served)
        if found.broken:
            broken[name] = found.broken
    assert (late, lost, broken) == ({}, {}, {})


def test_beside_six_busy_processes_no_start_plan_is_lost(tmp_path: Path) -> None:
    with busy():
        for name in LUNCHES[:5]:
            first = solved(name, 5, "sure")
            start = tmp_path / f"{name}.json"
            start.write_text(json.dumps(first.plan))
            again = solved(name, 0.1, "sure", start=str(start))
            assert (-again.served, again.cost) <= (-first.served, first.cost)


def test_beside_six_busy_processes_every_answer_is_the_same() -> None:
    each = QUESTIONS // (2 * len(ASKED))
    quiet = [run(ASK, SHARED / f"lunch-{name}.json", each) for name in ASKED]
    with busy():
        found = [run(ASK, SHARED / f"lunch-{name}.json", each) for name in ASKED]
    assert found == quiet
    said = [bool(plan) for answers in quiet for _, plan in answers]
    assert {True, False} == set(said)


def test_the_control_the_order_of_work_of_before_fails() -> None:
    limit = 1.0
    with busy():
        found = [solved(name, limit, "sure", order=AS_BEFORE) for name in LUNCHES[5:]]
    failed = [one for one in found if is_late(one, limit) or one.served < one.stops - 1]
    assert len(failed) > len(found) / 2
