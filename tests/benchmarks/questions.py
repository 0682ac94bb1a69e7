"""Questions put to the planner: what they cost beside other code, and whether a no is right.

Run by hand from the root:

    git archive COMMIT routing | tar -x -C FOLDER
    .venv/bin/python -m tests.benchmarks.questions cost --beside FOLDER [--count 12]
    .venv/bin/python -m tests.benchmarks.questions truth [--count 100] [--seed 0]

`cost` asks eight slots of a new place in turn of this code and of the other one, so that whatever
else runs slows down both; the search is to be compiled in both. `truth` asks with all the work of
an order; a no without a proof is asked again as the worker does, and what stays a no is looked at
for longer with other dice. Each yes is looked at with days that the planner never uses.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import routing
from locomotive.promise.question import DECIDING, FULL, QUICK

LUNCHES = ("n20-k2-s1", "n30-k3-s1", "n40-k3-s1", "n47-k4-s2")
NOISE = routing.Uncertainty(0.14, 40)
PLANNING, LONGER = 6.0, 2 * DECIDING  # seconds
TOLERANCE, UNKNOWN_DAYS = 0.01, 12345
ROOT = Path(__file__).parents[2]
OTHER = """
import json, sys
from time import process_time
import numpy
import routing
from routing.problem import Stop
from routing.search.loading import load
load()
raw = json.load(open(sys.argv[1]))
problem, plan = routing.Problem.from_json(raw["problem"]), routing.Plan.from_json(raw["plan"])
sequence = ("delivery", "pickup", "time_window")
for line in sys.stdin:
    stops = [Stop(**s | {k: tuple(s[k]) for k in sequence}) for s in raw["asked"][int(line)]]
    began = process_time()
    questions = routing.Questions(problem, plan)
    said = [questions.ask(stop, iterations=int(sys.argv[2])).plan is not None for stop in stops]
    print(json.dumps([1000 * (process_time() - began), said]), flush=True)
"""


def promised(folder: Path, name: str, noise: routing.Uncertainty | None) -> Any:
    """A lunch's problem with the stops that its plan serves, and the plan."""
    problem = routing.Problem.from_json(json.loads((folder / f"lunch-{name}.json").read_text()))
    problem = replace(problem, uncertainty=noise, reliability=0.95)
    plan = routing.solve(problem, time_limit=PLANNING)
    stops = tuple(stop for stop in problem.stops if stop.id in plan.served())
    return replace(problem, stops=stops), replace(plan, unassigned=(), unserved_priority=0)


def new_stop(problem: routing.Problem, dice: random.Random, slot: int) -> routing.Stop:
    """Another order at one of the places, in one of eight quarters of an hour."""
    opens = 41_400 + 900 * slot
    one = dice.choice(problem.stops)
    return replace(one, id="new", time_window=(opens, opens + 900), release_time=opens - 1800)


def cost(folder: Path, beside: Path, count: int) -> None:
    """Print the processor time of questions with 40 promises, of both codes."""
    problem, plan = promised(folder, LUNCHES[-1], NOISE)
    dice, rows = random.Random(4), []
    for _ in range(count):
        place = new_stop(problem, dice, 0)
        there = replace(problem, stops=(place,))
        rows.append([new_stop(there, dice, slot) for slot in range(8)])
    asked = [[{k: getattr(s, k) for k in s.__slots__} for s in row] for row in rows]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"problem": problem.to_json(), "plan": plan.to_json(), "asked": asked}, file)
        file.flush()
        both = [_process(tree, file.name) for tree in (beside, ROOT)]
        found = [[_answer(process, n) for process in both] for n in range(count)]
        for process in both:
            process.communicate()
    print(f"{len(plan.served())} promised, {count} places, 8 slots each, {QUICK} iterations.\n")
    print("| code | ms, median | ms, most | yes |\n| --- | --- | --- | --- |")
    for name, column in (("before", 0), ("now", 1)):
        times = [pair[column][0] for pair in found]
        yes = sum(sum(pair[column][1]) for pair in found)
        print(f"| {name} | {statistics.median(times):.0f} | {max(times):.0f} | {yes} |")
    ratio = statistics.median(now[0] / before[0] for before, now in found)
    other = sum(before[1] != now[1] for before, now in found)
    print(f"\nNow takes {ratio:.2f} of before, median; {other} places are answered differently.")


def _process(tree: Path, file: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", OTHER, file, str(QUICK)],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree.resolve())},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _answer(process: subprocess.Popen[str], number: int) -> tuple[float, list[bool]]:
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{number}\n")
    process.stdin.flush()
    took, said = json.loads(process.stdout.readline())
    return took, said


def truth(folder: Path, count: int, seed: int) -> None:
    """Print how many answers are wrong, of questions with and without noise."""
    dice, counts, began = random.Random(seed), Counter[str](), process_time()
    bases = [promised(folder, name, noise) for name in LUNCHES[:3] for noise in (None, NOISE)]
    for number in range(count):
        problem, plan = bases[number % len(bases)]
        stop = new_stop(problem, dice, dice.randrange(8))
        counts.update(_told(problem, plan, stop))
        if number % 50 == 49:
            print(f"{number + 1}: {dict(counts)}", file=sys.stderr, flush=True)
    print(
        f"{count} questions, seed {seed}; {FULL} iterations for an order, {DECIDING:g} s of the "
        f"worker's, {LONGER:g} s of a longer look; {process_time() - began:.0f} s of processor "
        "time.\n"
    )
    for name, number in counts.items():
        print(f"- {name}: {number}")


def _told(problem: routing.Problem, plan: routing.Plan, stop: routing.Stop) -> list[str]:
    """What is said of one question, and what it is worth."""
    asked = replace(problem, stops=(*problem.stops, stop))
    said = []
    answer = routing.Questions(problem, plan).ask(stop, iterations=FULL)
    if answer.plan is None and not answer.is_proven:
        said.append("not sure at the order")
        answer = routing.decide(problem, plan, stop, time_limit=DECIDING)
    if answer.plan is not None:
        return [*said, "yes"] + ["yes, not to be kept"] * (not _is_kept(asked, answer.plan))
    if answer.is_proven:
        return [*said, "no, proven"]
    found = routing.decide(problem, plan, stop, time_limit=LONGER, seed=1)
    if found.plan is not None:
        return [*said, "no, and yet it can be kept"]
    return [*said, "no, which the longer look proves" if found.is_proven else "no, not proven"]


def _is_kept(problem: routing.Problem, plan: routing.Plan) -> bool:
    if routing.violations(problem, plan) or plan.unassigned:
        return False
    if problem.uncertainty is None:
        return True
    lived = routing.reliability(problem, plan, days=20_000, seed=UNKNOWN_DAYS)
    return lived.least >= problem.reliability - TOLERANCE


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("cost", "truth"))
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--instances", type=Path, default=ROOT / "../shared/data/planner/lunch")
    wanted = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}.")
    if wanted.what == "truth":
        truth(wanted.instances, wanted.count, wanted.seed)
    elif wanted.beside is None:
        parser.error("--beside names the folder of the other code")
    else:
        cost(wanted.instances, wanted.beside, wanted.count)


if __name__ == "__main__":
    main()
