"""A model for OR-Tools' CP-SAT, written as the text of its protocol buffer (`cp_model.proto`).

The library's own builder imports pandas: more than a second in every process that plans, and its
expressions keep the global lock for long. This writes only what the selection of trips needs.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, Literal

Status = Literal["best", "found", "impossible", "unknown"]
LEAST = -(2**63)


def cores() -> int:
    """Return how many processors this process may use, at most four."""
    mine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(4, mine or 1))


class Model:
    """Variables and intervals are known by the numbers that the methods return."""

    def __init__(self) -> None:
        self._variables: list[str] = []
        self._constraints: list[str] = []
        self._objective = ""
        self._hints: dict[int, int] = {}

    def integer(self, least: int, greatest: int) -> int:
        """Return a new variable from `least` to `greatest`."""
        self._variables.append(f"variables {{ domain: [{least}, {greatest}] }}")
        return len(self._variables) - 1

    def boolean(self) -> int:
        """Return a new variable that is 0 or 1."""
        return self.integer(0, 1)

    def interval(self, start: int, size: int, chosen: int) -> int:
        """Return an interval that begins at the variable `start`, there if `chosen` is 1."""
        begin = f"vars: {start} coeffs: 1"
        return self._add(
            f"enforcement_literal: {chosen} interval {{ start {{ {begin} }} "
            f"end {{ {begin} offset: {size} }} size {{ offset: {size} }} }}"
        )

    def fixed_interval(self, start: int, size: int) -> int:
        """Return an interval that is always there."""
        return self._add(
            f"interval {{ start {{ offset: {start} }} end {{ offset: {start + size} }} "
            f"size {{ offset: {size} }} }}"
        )

    def exactly_one(self, variables: Iterable[int]) -> None:
        """Let one of these be 1."""
        self._add(f"exactly_one {{ literals: {_list(variables)} }}")

    def at_most_one(self, variables: Iterable[int]) -> None:
        """Let no two of these be 1."""
        self._add(f"at_most_one {{ literals: {_list(variables)} }}")

    def at_most(self, terms: Sequence[tuple[int, int]], limit: int) -> None:
        """Let the sum of factor × variable over the (variable, factor) pairs be up to `limit`."""
        self._add(f"linear {{ {_terms(terms)} domain: [{LEAST}, {limit}] }}")

    def side_by_side(self, intervals: Sequence[int], most: int) -> None:
        """Let no more than `most` of the intervals be under way at any moment."""
        if most == 1:
            self._add(f"no_overlap {{ intervals: {_list(intervals)} }}")
        else:
            demands = "demands { offset: 1 } " * len(intervals)
            capacity = f"capacity {{ offset: {most} }}"
            self._add(f"cumulative {{ {capacity} intervals: {_list(intervals)} {demands}}}")

    def minimize(self, terms: Sequence[tuple[int, int]]) -> None:
        """Seek the least sum of factor × variable over the (variable, factor) pairs."""
        self._objective = f"objective {{ {_terms(terms)} }}"

    def hint(self, variable: int, value: int) -> None:
        """Let the search begin with this value."""
        self._hints[variable] = int(value)

    def solve(self, *, seconds: float, seed: int, workers: int) -> tuple[Status, list[int]]:
        """Return what was found, and each variable's value where there is a solution."""
        from ortools.sat.python import cp_model_helper as cp_sat

        proto: Any = cp_sat.CpModelProto()
        if not proto.parse_text_format(self._text()):
            raise AssertionError("CP-SAT cannot read the model")
        parameters: Any = cp_sat.SatParameters()
        parameters.random_seed, parameters.num_workers = seed % 2**31, workers
        parameters.max_time_in_seconds = max(0.01, seconds)
        solver: Any = cp_sat.SolveWrapper()
        solver.set_parameters(parameters)
        answer = solver.solve(proto)
        if answer.status == cp_sat.CpSolverStatus.MODEL_INVALID:
            raise AssertionError("CP-SAT does not accept the model")
        names: dict[Any, Status] = {
            cp_sat.CpSolverStatus.OPTIMAL: "best",
            cp_sat.CpSolverStatus.FEASIBLE: "found",
            cp_sat.CpSolverStatus.INFEASIBLE: "impossible",
        }
        return names.get(answer.status, "unknown"), list(answer.solution)

    def _add(self, constraint: str) -> int:
        self._constraints.append(f"constraints {{ {constraint} }}")
        return len(self._constraints) - 1

    def _text(self) -> str:
        hints = f"vars: {_list(self._hints)} values: {_list(self._hints.values())}"
        hint = f"solution_hint {{ {hints} }}" if self._hints else ""
        return "\n".join([*self._variables, *self._constraints, self._objective, hint])


def _list(numbers: Iterable[int]) -> str:
    return f"[{', '.join(map(str, numbers))}]"


def _terms(terms: Sequence[tuple[int, int]]) -> str:
    return f"vars: {_list(v for v, _ in terms)} coeffs: {_list(f for _, f in terms)}"
