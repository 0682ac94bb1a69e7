"""The worker whose plans last their whole time, proven or not. Run as a program of its own.

Two controls: with "hold" it keeps the writer's turn meanwhile, with "forget" it does not look for
what a worker before it left in work."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import replace
from time import monotonic
from typing import Any

from locomotive.commands.serve import worker
from locomotive.core.db import write_tx
from locomotive.worker import planning
from routing import Plan, Problem, solve_in_process
from wsgi import app


def solve_to_the_end(
    problem: Problem, *, time_limit: float, on_progress: Any = None, **more: Any
) -> Plan:
    """Search again and again, with another seed each time, until the time is over."""
    ends = monotonic() + time_limit
    told = None if "hold" in sys.argv else on_progress
    best, seed = None, 0
    with write_tx() if "hold" in sys.argv else nullcontext():
        while monotonic() < ends:
            left = max(0.5, ends - monotonic())
            found = solve_in_process(problem, time_limit=left, seed=seed, on_progress=told, **more)
            best, seed = best or found, seed + 1
    assert best is not None
    return replace(best)


if __name__ == "__main__":
    planning.solve_in_process = solve_to_the_end  # type: ignore[assignment]
    if "forget" in sys.argv:
        sys.modules[worker.callback.__module__].take_up_plannings = lambda *_, **__: []
    with app.app_context():
        worker.callback()  # type: ignore[misc]
