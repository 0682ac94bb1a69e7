"""What reliability costs: promises kept on simulated days, beside deliveries planned or accepted.

    python -m tests.benchmarks.reliability [lunch|stream|speed …] [--instances DIR] [--names …]

The noise is 14 % on each leg and 40 s at each door; "kept" is read from 20,000 days that the
planner never saw, "heavy" from as many with lognormal noise of the same mean and spread. For
streams (a) promises without slack, (b) with the best uniform margin found afterwards (every leg
and every door alike, the least with which every stop reaches 0.95), (c) ours.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic, process_time

from routing import Plan, Problem, Stop, Uncertainty, fits, reliability, solve, timed, violations
from routing.reliable.judge import sequences_of
from routing.replay import Arrival, Replay, read_arrivals, replay
from routing.search.loading import load

INSTANCES = Path(__file__).parents[3] / "shared" / "data" / "planner"
NOISE = Uncertainty(leg=0.14, service=40)
DAYS, SEED = 20_000, 4_711
ASKED = (0.90, 0.95, 0.99)
MARGINS = ((1.05, 10), (1.1, 15), (1.15, 20), (1.2, 30), (1.25, 35), (1.3, 40), (1.4, 60))
ENOUGH = 0.95


def instances(folder: Path, kind: str, names: list[str]) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield the instances of a kind, all or those that are named."""
    for path in sorted((folder / kind).glob("*.json")):
        if not names or path.stem in names:
            yield path.stem, json.loads(path.read_text())


def figures(problem: Problem, plan: Plan) -> str:
    """Return the cells of the weakest stop, of the heavy tails, of the whole day."""
    kept = reliability(problem, plan, days=DAYS, seed=SEED)
    heavy = reliability(problem, plan, days=DAYS, seed=SEED, noise="lognormal")
    return f"{kept.least:.3f} | {heavy.least:.3f} | {kept.day:.3f}"


def table_of_lunches(folder: Path, names: list[str], limit: float) -> None:
    """Print what planning each lunch at 0.95 gives up, beside the plan without doubt."""
    print(f"\nLunches, every stop servable exactly; {limit:g} s; asked {ENOUGH}.\n")
    print("| lunch | stops | without: served | least | heavy | day ", end="")
    print("| ours: served | least | heavy | day | broken rules | seconds |")
    print("| --- " * 12 + "|")
    for name, raw in instances(folder, "lunch", names):
        exact = Problem.from_json(raw)
        problem = replace(exact, uncertainty=NOISE, reliability=ENOUGH)
        usual = solve(exact, time_limit=limit)
        began = monotonic()
        ours = solve(problem, time_limit=limit)
        seconds = monotonic() - began
        cells = [name, len(exact.stops), len(usual.served()), figures(problem, usual)]
        cells += [len(ours.served()), figures(problem, ours)]
        cells += [len(violations(problem, ours)), f"{seconds:.1f}"]
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def table_of_streams(folder: Path, names: list[str], limit: float) -> None:
    """Print accepted deliveries against days kept for each way."""
    print(f"\nStreams; {limit * 1000:g} ms of repair for a window.\n")
    print("| stream | asked | way | accepted | least | heavy | day |")
    print("| --- " * 7 + "|")
    load()
    for name, raw in instances(folder, "stream", names):
        exact = Problem.from_json(raw)
        arrivals = read_arrivals(raw, exact)
        for way, answer in ways(exact, arrivals, limit):
            problem = promised(exact, answer)
            plan = timed(problem, sequences_of(problem, answer.plan))
            cells = [name, len(arrivals), way, len(answer.accepted), figures(problem, plan)]
            print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def table_of_speed(folder: Path, names: list[str]) -> None:
    """Print what a simulation costs, and a question to the checkout beside all that is served."""
    print("\nMilliseconds of processor time: 10,000 days; one `fits`, insertion alone.\n")
    print("| lunch | stops served | new days | known days | fits, median | fits, 99 % | a yes |")
    print("| --- " * 7 + "|")
    for name, raw in instances(folder, "lunch", names):
        problem = replace(Problem.from_json(raw), uncertainty=NOISE)
        plan = solve(problem, iterations=300)
        served = tuple(stop for stop in problem.stops if stop.id in plan.served())
        problem = replace(problem, stops=served)
        new, known = (simulated(problem, plan) for _ in range(2))
        found = [
            asked(problem, plan, replace(one, id="new", time_window=other.time_window))
            for one, other in zip(served, (*served[1:], served[0]), strict=True)
        ]
        spent = sorted(cost for cost, _ in found)
        cells = [name, len(served), f"{new:.0f}", f"{known:.0f}", f"{spent[len(spent) // 2]:.0f}"]
        cells += [f"{spent[-1]:.0f}", sum(yes for _, yes in found)]
        print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def simulated(problem: Problem, plan: Plan) -> float:
    """Return the processor's milliseconds for a simulation."""
    began = process_time()
    reliability(problem, plan, seed=7)
    return (process_time() - began) * 1000


def asked(problem: Problem, plan: Plan, stop: Stop) -> tuple[float, bool]:
    """Return the processor's milliseconds for a question, and whether the answer is yes."""
    began = process_time()
    found = fits(problem, plan, stop, time_limit=0)
    return (process_time() - began) * 1000, found is not None


def ways(
    exact: Problem, arrivals: tuple[Arrival, ...], limit: float
) -> Iterator[tuple[str, Replay]]:
    """Yield what each way answers to the arrivals."""
    yield "(a) no slack", replay(exact, arrivals, time_limit=limit)
    yield best_margin(exact, arrivals, limit)
    for asked in ASKED:
        problem = replace(exact, uncertainty=NOISE, reliability=asked)
        yield f"(c) ours {asked:.2f}", replay(problem, arrivals, time_limit=limit)


def best_margin(exact: Problem, arrivals: tuple[Arrival, ...], limit: float) -> tuple[str, Replay]:
    """Return the least uniform margin with which every stop is kept surely enough."""
    for factor, seconds in MARGINS:
        answer = replay(with_margin(exact, factor, seconds), arrivals, time_limit=limit)
        problem = promised(exact, answer)
        plan = timed(problem, sequences_of(problem, answer.plan))
        if reliability(problem, plan, days=DAYS, seed=SEED).least >= ENOUGH:
            break
    return f"(b) × {factor} + {seconds} s", answer


def with_margin(exact: Problem, factor: float, seconds: int) -> Problem:
    """Return the problem with every leg and every door slower alike."""

    def slow(leg: int | None) -> int | None:
        return None if leg is None else round(leg * factor)

    return replace(
        exact,
        durations=tuple(tuple(map(slow, row)) for row in exact.durations),
        stops=tuple(replace(s, service_time=s.service_time + seconds) for s in exact.stops),
    )


def promised(exact: Problem, answer: Replay) -> Problem:
    """Return the problem of the accepted stops in their promised windows, noise included."""
    windows = dict(answer.accepted)
    stops = (s for s in exact.stops if s.id in windows)
    kept = tuple(replace(stop, time_window=windows[stop.id]) for stop in stops)
    return replace(exact, stops=kept, uncertainty=NOISE, reliability=ENOUGH)


def main() -> None:
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("tables", nargs="*", default=["lunch", "stream", "speed"])
    parser.add_argument("--instances", type=Path, default=INSTANCES)
    parser.add_argument("--names", nargs="*", default=[])
    parser.add_argument("--time-limit", type=float, default=10.0)
    parser.add_argument("--repair", type=float, default=0.1)
    wanted = parser.parse_args()
    load_now = "/".join(f"{value:.1f}" for value in os.getloadavg())
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {sys.version.split()[0]}, ", end=""
    )
    print(f"load average {load_now}; noise 14 % a leg, 40 s a door.")
    if "lunch" in wanted.tables:
        table_of_lunches(wanted.instances, wanted.names, wanted.time_limit)
    if "speed" in wanted.tables:
        table_of_speed(wanted.instances, wanted.names)
    if "stream" in wanted.tables:
        table_of_streams(wanted.instances, wanted.names, wanted.repair)


if __name__ == "__main__":
    main()
