"""Solving in a process of its own, so that the caller's threads never wait for the solver."""

from __future__ import annotations

import multiprocessing
import os
import threading
from dataclasses import replace
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any

from routing.plan import Plan
from routing.problem import Problem
from routing.progress import OnProgress, Progress
from routing.solver import solve

# What the child may take beyond the time limit: starting, and saying its plan.
GRACE_SECONDS = 60.0
# So often a caller is told anew how far it is, so that it can tell a long search from a dead one.
HEARTBEAT = 2.0


class SolverDied(RuntimeError):
    """The solving process ended, or hung, without a plan."""


def solve_in_process(
    problem: Problem,
    *,
    time_limit: float = 10,
    seed: int = 0,
    start: Plan | None = None,
    on_progress: OnProgress | None = None,
) -> Plan:
    """Do as `solve` does, in a child process that dies with the caller.

    `on_progress` is called at least every two seconds once there is a plan, with the time elapsed.
    Raises SolverDied when the child is killed, fails, or stays silent for `time_limit` and a
    minute.
    """
    spawn = multiprocessing.get_context("spawn")
    ours, childs = spawn.Pipe()
    child = spawn.Process(
        target=_child, args=(childs, problem, time_limit, seed, start), daemon=True
    )
    child.start()
    childs.close()
    last: Progress | None = None
    heard = told = monotonic()
    try:
        while True:
            if not ours.poll(HEARTBEAT):
                if monotonic() - heard > time_limit + GRACE_SECONDS:
                    raise SolverDied("the planner gave no answer in time")
                if on_progress and last:
                    on_progress(replace(last, elapsed=last.elapsed + monotonic() - told))
                continue
            answer = ours.recv()
            heard = monotonic()
            if isinstance(answer, Plan):
                return answer
            if isinstance(answer, Progress):
                last, told = answer, heard
                if on_progress:
                    on_progress(answer)
            else:
                raise SolverDied(str(answer))
    except EOFError:
        raise SolverDied("the planner's process was ended") from None
    finally:
        ours.close()
        child.kill()
        child.join()
        child.close()


def _child(pipe: Connection, problem: Problem, time_limit: float, seed: int, start: Any) -> None:
    threading.Thread(target=_die_with_caller, args=(pipe,), daemon=True).start()
    try:
        plan = solve(problem, time_limit=time_limit, seed=seed, start=start, on_progress=pipe.send)
        pipe.send(plan)
    except Exception as error:
        pipe.send(f"{type(error).__name__}: {error}")


def _die_with_caller(pipe: Connection) -> None:
    """The caller never writes: the pipe becomes readable only when its end is closed."""
    pipe.poll(None)
    os._exit(1)
