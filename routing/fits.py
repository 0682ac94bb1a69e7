"""The checkout's question: can one more stop be promised beside those that are?

Light enough for a web worker: insertion judged in constant time, then a short repair by ruin and
recreation in plain Python, which never holds the global lock for long. A process that has loaded
the compiled search (`routing.search.loading`) repairs with it: some twenty times faster, for
110 MB.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

from routing.check import violations
from routing.instance.assemble import assemble, days_of
from routing.instance.best import Best
from routing.instance.lists import Days, Instance, read
from routing.instance.obstacles import is_servable_alone
from routing.plan import Plan
from routing.problem import Frozen, InvalidProblem, Problem, Stop
from routing.search import ruin
from routing.search.arrays import (
    CLOSES,
    COST,
    OPENS,
    STOP,
    UNSERVED,
    Facts,
    Numbers,
    State,
    empty_seen,
    empty_state,
    facts,
)
from routing.search.compiled import compiled_ruin, to_array, to_arrays
from routing.search.insertion import find_place
from routing.search.loading import is_loaded
from routing.search.moves import insert
from routing.search.search import days_of_state, fill

REMOVED = 8  # stops that a repair takes out on average
COMPILED = 20  # iterations between two looks at the clock, when they are compiled
STRIVING = 512  # what it counts more to leave a stop out, each time that it was left out
NOTHING_SEEN = empty_seen(0, 0)


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
        comes on top. To ask for several windows at once, see `fits_windows`.
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
    if name in _left(asked):
        return plan
    question = _Question(asked, plan, name, seed)
    days = question.inserted() or question.repaired(until)
    return question.answer(asked, days)


def fits_windows(
    problem: Problem,
    plan: Plan,
    stop: Stop | str,
    windows: Sequence[tuple[int, int]],
    *,
    time_limit: float = 0.1,
    seed: int = 0,
) -> list[Plan | None]:
    """Return for each window what `fits` would answer if the stop had it.

    Problem and plan are read once, so that all the slots of a service cost little more than one.

    Parameters
    ----------
    problem, plan, stop, seed
        As in `fits`; the stop's own window plays no part.
    windows
        (start, end) in seconds, in any order.
    time_limit
        Seconds for all repairs together; the windows that cannot do without share them evenly.

    Returns
    -------
    list of Plan or None
        In the order of `windows`; each plan serves the stop in its window.

    Raises
    ------
    InvalidProblem
        When `stop` is an id that the problem does not know, or makes no sense in it, or a window
        ends before it starts.
    """
    until = monotonic() + time_limit
    if not windows:
        return []
    asked, name = with_stop(problem, stop)
    if name in _left(asked):
        return [plan for _ in windows]
    base = next(other for other in asked.stops if other.id == name)
    variants = [with_stop(asked, replace(base, time_window=when))[0] for when in windows]
    hull = (min(begin for begin, _ in windows), max(end for _, end in windows))
    question = _Question(
        with_stop(asked, replace(base, time_window=hull))[0], plan, name, seed, takes_out=True
    )
    found: list[Days | None] = []
    for when in windows:
        question.set_window(when)
        found.append(question.inserted())
    open_ = [i for i, days in enumerate(found) if days is None]
    for done, index in enumerate(open_):
        now = monotonic()
        question.set_window(windows[index])
        if now < until and question.has_a_chance():
            found[index] = question.repaired(now + (until - now) / (len(open_) - done))
    answers: list[Plan | None] = []
    for when, variant, days in zip(windows, variants, found, strict=True):
        question.set_window(when)
        answers.append(question.answer(variant, days))
    return answers


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


def _left(problem: Problem) -> set[str]:
    return {v.stop for k in problem.locks if isinstance(k, Frozen) for v in k.trip.visits}


class _Question:
    """One stop beside those that a plan serves: the plan's state, and the attempts to place all."""

    def __init__(
        self, asked: Problem, plan: Plan, name: str, seed: int, *, takes_out: bool = False
    ) -> None:
        self.promised = plan.served() | {name}
        self.instance: Instance = read(asked, only=self.promised - _left(asked))
        self.node = 1 + next(i for i, s in enumerate(self.instance.stops) if s.id == name)
        self.data: Facts = facts(self.instance)
        self.start: State = empty_state(self.instance, self.data)
        days = days_of(self.instance, plan)
        if takes_out:
            days = [[tuple(n for n in trip if n != self.node) for trip in day] for day in days]
            days = [[trip for trip in day if trip] for day in days]
        self.absent: Numbers = fill(self.data, self.start, days)
        self.dice = [(seed * 7919 + 12345) % 2147483646 + 1]
        self.place = [0] * 4

    def set_window(self, window: tuple[int, int]) -> None:
        """Ask for the stop in this window; it is absent from the plan's state."""
        row = self.node * STOP
        self.data.stops[row + OPENS], self.data.stops[row + CLOSES] = window
        self.instance.opens[self.node], self.instance.closes[self.node] = window

    def has_a_chance(self) -> bool:
        """Return whether the stop could be served if nothing else were promised."""
        return is_servable_alone(self.instance, self.node)

    def inserted(self) -> Days | None:
        """Return days with the stop where it costs least, all else as it was; None if nowhere."""
        d = self.data
        if not d.fleet or self.absent[0] > 1:
            return None
        state = _copied(self.start)
        if self.absent[0]:
            if not find_place(d, state, self.absent[1], self.dice, 0, 0, self.place):
                return None
            insert(d, state, self.absent[1], self.place)
        return days_of_state(state, d.fleet)

    def repaired(self, until: float) -> Days | None:
        """Return days that serve every stop, or None if none was found by then."""
        d = self.data
        if not d.fleet:
            return None
        dearest = max((cost for cost in d.costs if cost < 2**40), default=1)
        heat = max(1.0, self.start.tally[COST] / d.size * 0.3)
        repair = _Repair(d, self.start, self.absent, self.dice, 2 * dearest, heat)
        if is_loaded():
            repair.compile()
        while repair.unserved() and monotonic() < until:
            repair.go_on()
        return None if repair.unserved() else days_of_state(repair.best, d.fleet)

    def answer(self, asked: Problem, days: Days | None) -> Plan | None:
        """Return the plan of the days, if it serves what is promised and keeps every rule."""
        if days is None:
            return None
        found = assemble(asked, self.instance, Best(days, 0, 0), 0.0)
        return None if violations(asked, found) or not self.promised <= found.served() else found


class _Repair:
    """Ruin and recreation from a plan's state until all are served."""

    def __init__(
        self, data: Facts, start: State, absent: Numbers, dice: Numbers, weight: int, heat: float
    ) -> None:
        self.data, self.weight, self.heat = data, weight, heat
        self.now, self.trial, self.best = (_copied(start) for _ in range(3))
        self.absent, self.trial_absent = absent[:], absent[:]
        self.seen, self.missed, self.dice = NOTHING_SEEN, [0] * data.size, dice
        self.scratch, self.place = [0] * (data.size + len(start.trips)), [0] * 4
        self.improve, self.iterations = ruin.improve, 1

    def compile(self) -> None:
        """Let the compiled search go on from here."""
        for name in ("data", "now", "trial", "best", "seen"):
            setattr(self, name, to_arrays(getattr(self, name)))
        for name in ("absent", "trial_absent", "missed", "dice", "scratch", "place"):
            setattr(self, name, to_array(getattr(self, name)))
        self.improve, self.iterations = compiled_ruin().improve, COMPILED

    def unserved(self) -> int:
        """Return the priority that the best plan leaves unserved."""
        return int(self.best.tally[UNSERVED])

    def go_on(self) -> None:
        """Run some iterations."""
        self.improve(
            self.data,
            self.now,
            self.trial,
            self.best,
            self.absent,
            self.trial_absent,
            self.seen,
            self.missed,
            self.dice,
            self.scratch,
            self.place,
            self.iterations,
            self.heat,
            1.0,
            self.weight,
            REMOVED,
            STRIVING,
            0,
        )


def _copied(state: State) -> State:
    return State(*(part[:] for part in state))
