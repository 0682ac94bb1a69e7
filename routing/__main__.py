"""The commands: ``python -m routing COMMAND``; each has a ``--help``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from routing import (
    InvalidPlan,
    InvalidProblem,
    Plan,
    Problem,
    Progress,
    reliability,
    solve,
    violations,
)
from routing.reading import LARGEST

BAR = 24  # characters
MOST_DAYS = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 (violations found) or 2 (input that makes no sense)."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except (InvalidProblem, InvalidPlan, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted; no plan was written.", file=sys.stderr)
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m routing", description="The round planner.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    solving = commands.add_parser("solve", help="plan a problem; the plan goes to stdout as JSON")
    solving.add_argument("problem", help="a JSON file, or - for stdin")
    solving.add_argument("--time-limit", type=_seconds, default=10, metavar="S", help="seconds")
    solving.add_argument("--seed", type=_seed, default=0, metavar="N")
    solving.add_argument("--start", metavar="PLAN", help="a plan to begin from and to change least")
    solving.set_defaults(run=_solve)
    checking = commands.add_parser("check", help="print the rules a plan breaks, one a line")
    checking.add_argument("problem", help="a JSON file, or - for stdin")
    checking.add_argument("plan", help="a JSON file, or - for stdin")
    checking.set_defaults(run=_check)
    simulating = commands.add_parser("simulate", help="print how often a plan's promises are kept")
    simulating.add_argument("problem", help="a JSON file, or - for stdin")
    simulating.add_argument("plan", help="a JSON file, or - for stdin")
    simulating.add_argument("--days", type=_count, default=10_000, metavar="N")
    simulating.add_argument("--seed", type=_seed, default=0, metavar="N")
    simulating.set_defaults(run=_simulate)
    replaying = commands.add_parser("replay", help="answer a lunch's orders one by one")
    replaying.add_argument("stream", help="a JSON file, or - for stdin")
    replaying.add_argument(
        "--time-limit", type=_seconds, default=40, metavar="MS", help="milliseconds a window"
    )
    replaying.set_defaults(run=_replay)
    drawing = commands.add_parser("draw", help="draw a plan as SVG: a map, and each vehicle's day")
    drawing.add_argument("problem", help="a JSON file, or - for stdin")
    drawing.add_argument("plan", help="a JSON file, or - for stdin")
    drawing.add_argument("-o", "--output", metavar="SVG", help="a file; stdout without it")
    drawing.set_defaults(run=_draw)
    compiling = commands.add_parser("compile", help="compile the search, once after installing")
    compiling.set_defaults(run=_compile)
    return parser


def _seconds(raw: str) -> float:
    value = float(raw)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError("must be 0 or more")
    return value


def _count(raw: str) -> int:
    return _between(raw, 1, MOST_DAYS)


def _seed(raw: str) -> int:
    return _between(raw, 0, LARGEST)


def _between(raw: str, least: int, most: int) -> int:
    if not (raw.isascii() and raw.isdigit() and len(raw) < 20 and least <= int(raw) <= most):
        raise argparse.ArgumentTypeError(f"must be a whole number from {least} to {most}")
    return int(raw)


def _solve(options: argparse.Namespace) -> int:
    problem = Problem.from_json(_load(options.problem))
    start = Plan.from_json(_load(options.start)) if options.start else None
    if start:
        _check_names(problem, start)
    show = _Bar(len(problem.stops), options.time_limit)
    plan = solve(
        problem,
        time_limit=options.time_limit,
        seed=options.seed,
        start=start,
        on_progress=show,
    )
    show.end()
    json.dump(plan.to_json(), sys.stdout, indent=1)
    print()
    return 0


def _check(options: argparse.Namespace) -> int:
    problem = Problem.from_json(_load(options.problem))
    found = violations(problem, Plan.from_json(_load(options.plan)))
    for violation in found:
        print(violation)
    return 1 if found else 0


def _simulate(options: argparse.Namespace) -> int:
    problem = Problem.from_json(_load(options.problem))
    plan = Plan.from_json(_load(options.plan))
    found = reliability(problem, plan, days=options.days, seed=options.seed)
    json.dump(found.to_json(), sys.stdout, indent=1)
    print()
    return 0


def _replay(options: argparse.Namespace) -> int:
    from routing.replay import read_arrivals, replay
    from routing.search.loading import load

    load()
    raw = _load(options.stream)
    problem = Problem.from_json(raw)
    played = replay(problem, read_arrivals(raw, problem), time_limit=options.time_limit / 1000)
    json.dump(played.to_json(), sys.stdout, indent=1)
    print()
    return 0


def _draw(options: argparse.Namespace) -> int:
    from routing.drawing import draw

    problem = Problem.from_json(_load(options.problem))
    plan = Plan.from_json(_load(options.plan))
    _check_names(problem, plan)
    picture = draw(problem, plan)
    if options.output:
        Path(options.output).write_text(picture, encoding="utf-8")
    else:
        print(picture)
    return 0


def _check_names(problem: Problem, plan: Plan) -> None:
    """Refuse a plan that names what the problem does not know."""
    stops = plan.served() | {left_out.stop for left_out in plan.unassigned}
    unknown = stops - {stop.id for stop in problem.stops}
    if unknown:
        raise InvalidPlan(f"The plan names {min(unknown)!r}, which is not a stop of the problem.")
    vehicles = {route.vehicle for route in plan.routes} - {v.id for v in problem.vehicles}
    if vehicles:
        raise InvalidPlan(f"The plan names {min(vehicles)!r}, not a vehicle of the problem.")


def _compile(_: argparse.Namespace) -> int:
    from routing.search.compiled.code import is_available
    from routing.search.loading import compile_all

    if not is_available():
        print("No C compiler and no Numba here: the search runs as plain Python.", file=sys.stderr)
        return 0
    compile_all()
    return 0


class _Bar:
    """Progress on stderr: one line that moves on a terminal, a line for each step elsewhere."""

    def __init__(self, stops: int, time_limit: float) -> None:
        self.stops, self.time_limit = stops, time_limit
        self.moves = sys.stderr.isatty()

    def __call__(self, progress: Progress) -> None:
        words = f"{progress.elapsed:.1f} s: {progress.served} of {self.stops} served, "
        words += f"cost {progress.cost}, at least {progress.bound.cost}"
        if not self.moves:
            print(words, file=sys.stderr)
            return
        done = round(BAR * min(1, progress.elapsed / max(self.time_limit, 1e-9)))
        line = f"[{'#' * done}{'.' * (BAR - done)}] {words}"
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Keep the last line."""
        if self.moves:
            print(file=sys.stderr)


def _load(name: str) -> Any:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return json.loads(text)
    except RecursionError:
        raise InvalidProblem(f"{name} holds lists or objects too deep in each other") from None
    except ValueError as wrong:
        if isinstance(wrong, json.JSONDecodeError | UnicodeDecodeError):
            raise InvalidProblem(f"{name} is not JSON: {wrong}") from None
        # What else the reader of JSON refuses are numbers of thousands of digits.
        raise InvalidProblem(f"{name} holds a number of too many digits") from None


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The answer is out: what a thread of the solver is still about is of no use.
    os._exit(code)
