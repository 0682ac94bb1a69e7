"""The checkout's question: can one more stop be promised beside those that are?

Light enough for a web worker: insertion judged in constant time, then a short repair by ruin and
recreation in plain Python, which never holds the global lock for long.
"""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from routing import ruin
from routing.arrays import COST, UNSERVED, Facts, Numbers, State, empty_state, facts
from routing.assemble import Best, assemble, days_of
from routing.check import violations
from routing.instance import Instance, read
from routing.kernel import find_place, insert
from routing.plan import Plan
from routing.problem import Frozen, InvalidProblem, Problem, Stop
from routing.search import days_of_state, fill

REMOVED = 8  # stops that a repair takes out on average


def fits(
    problem: Problem, plan: Plan, stop: Stop | str, *, time_limit: float = 0.04, seed: int = 0
) -> Plan | None:
    """Return a plan that serves `stop` and all that `plan` serves, or None if none was found.

    Parameters
    ----------
    problem
        The lunch with the stops promised so far; others in it that `plan` does not serve stay out.
    plan
        A plan that serves every promised stop and keeps the rules of `problem`.
    stop
        The id of a stop of the problem, or a Stop: it takes the place of the one with its id, or
        comes on top. To ask for several windows, ask once with each.
    time_limit
        Seconds for the repair that follows when the stop cannot simply be inserted.
    seed
        Where the repair begins.

    Returns
    -------
    Plan or None
        A plan of the problem with that stop, in which `violations` finds nothing.

    Raises
    ------
    InvalidProblem
        When `stop` is an id that the problem does not know, or makes no sense in it.
    """
    until = monotonic() + time_limit
    asked, name = with_stop(problem, stop)
    promised = plan.served() | {name}
    left = {v.stop for k in asked.locks if isinstance(k, Frozen) for v in k.trip.visits}
    instance = read(asked, only=promised - left)
    if name in left:
        return plan
    repair = _Repair(instance, plan, seed)
    days = repair.run(until)
    if days is None:
        return None
    found = assemble(asked, instance, Best(days, 0, 0), 0.0)
    return None if violations(asked, found) or not promised <= found.served() else found


def with_stop(problem: Problem, stop: Stop | str) -> tuple[Problem, str]:
    """Return the problem that holds `stop`, and the stop's id."""
    if isinstance(stop, str):
        if all(other.id != stop for other in problem.stops):
            raise InvalidProblem(f"stop names {stop!r}, which is not in the problem")
        return problem, stop
    others = [other for other in problem.stops if other.id != stop.id]
    if len(others) == len(problem.stops):
        return replace(problem, stops=(*others, stop)), stop.id
    stops = tuple(stop if other.id == stop.id else other for other in problem.stops)
    return replace(problem, stops=stops), stop.id


class _Repair:
    """A plan's state, its absent stops, and the attempts to place them all."""

    def __init__(self, instance: Instance, plan: Plan, seed: int) -> None:
        self.data: Facts = facts(instance)
        self.now: State = empty_state(instance, self.data)
        self.absent: Numbers = fill(self.data, self.now, days_of(instance, plan))
        self.trial: State = State(*(part[:] for part in self.now))
        self.dice = [(seed * 7919 + 12345) % 2147483646 + 1]
        self.scratch = [0] * (self.data.size + len(self.now.trips))
        self.place = [0] * 4

    def run(self, until: float) -> list[list[tuple[int, ...]]] | None:
        """Return days that serve every stop, or None if none was found by then."""
        d = self.data
        if not d.fleet:
            return None
        many = self.absent[0]
        if many == 1 and find_place(d, self.now, self.absent[1], self.dice, 0, self.place):
            insert(d, self.now, self.absent[1], self.place)
            return days_of_state(self.now, d.fleet)
        best = State(*(part[:] for part in self.now))
        weight = 2 * max((cost for cost in d.costs if cost < 2**40), default=1)
        heat = max(1.0, self.now.tally[COST] / d.size * 0.3)
        trial_absent = self.absent[:]
        while best.tally[UNSERVED] and monotonic() < until:
            ruin.improve(
                d,
                self.now,
                self.trial,
                best,
                self.absent,
                trial_absent,
                self.dice,
                self.scratch,
                self.place,
                1,
                heat,
                1.0,
                weight,
                REMOVED,
            )
        return None if best.tally[UNSERVED] else days_of_state(best, d.fleet)
