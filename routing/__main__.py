"""The commands: ``python -m routing solve|check``; see each one's ``--help``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from routing import InvalidPlan, InvalidProblem, Plan, Problem, Progress, solve, violations


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 (violations found) or 2 (input that makes no sense)."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except (InvalidProblem, InvalidPlan, OSError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m routing", description="The round planner.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    solving = commands.add_parser("solve", help="plan a problem; the plan goes to stdout as JSON")
    solving.add_argument("problem", help="a JSON file, or - for stdin")
    solving.add_argument("--time-limit", type=float, default=10, metavar="S", help="seconds")
    solving.add_argument("--seed", type=int, default=0, metavar="N")
    solving.set_defaults(run=_solve)
    checking = commands.add_parser("check", help="print the rules a plan breaks, one a line")
    checking.add_argument("problem", help="a JSON file, or - for stdin")
    checking.add_argument("plan", help="a JSON file, or - for stdin")
    checking.set_defaults(run=_check)
    return parser


def _solve(options: argparse.Namespace) -> int:
    problem = Problem.from_json(_load(options.problem))
    plan = solve(
        problem, time_limit=options.time_limit, seed=options.seed, on_progress=_show_progress
    )
    json.dump(plan.to_json(), sys.stdout, indent=1)
    print()
    return 0


def _check(options: argparse.Namespace) -> int:
    problem = Problem.from_json(_load(options.problem))
    found = violations(problem, Plan.from_json(_load(options.plan)))
    for violation in found:
        print(violation)
    return 1 if found else 0


def _show_progress(progress: Progress) -> None:
    print(
        f"{progress.elapsed:.1f} s: {progress.served} served, cost {progress.cost}, "
        f"at least {progress.bound.cost}",
        file=sys.stderr,
    )


def _load(name: str) -> Any:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
        return json.loads(text)
    except (UnicodeDecodeError, json.JSONDecodeError) as wrong:
        raise InvalidProblem(f"{name} is not JSON: {wrong}") from None


if __name__ == "__main__":
    sys.exit(main())
