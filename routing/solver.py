"""Planning: a search finds a plan at once, then the best is proven, or the search goes on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from routing.exact.changes import change_least
from routing.instance.assemble import assemble, days_of, frozen_figures
from routing.instance.best import Best
from routing.instance.lists import read
from routing.plan import Bound, Plan
from routing.problem import Problem
from routing.progress import OnProgress, Progress
from routing.reasons import with_precise_reasons
from routing.reliable.rounds import Rounds
from routing.search.compiled import is_ready
from routing.search.search import Search

CHUNK = 20  # iterations between two looks at the clock
FIRST_SEARCH = 0.1  # seconds before trips are listed, at most a tenth of the time limit
PLAIN = 200  # stops up to which a first search is made in plain Python
MANY = 45  # stops up to which the proof finds the plan too; beyond, a search comes first
LONG, SHARE = 10, 0.5  # seconds from which on a proof follows it, and what share it leaves
SWITCH = 0.0002  # seconds for which a thread keeps the global lock


def solve(
    problem: Problem,
    *,
    time_limit: float = 10,
    seed: int = 0,
    start: Plan | None = None,
    on_progress: OnProgress | None = None,
    iterations: int | None = None,
) -> Plan:
    """Return the best plan found within `time_limit` seconds.

    Parameters
    ----------
    problem
        What to plan; never changed. With an `uncertainty`, the plan serves only stops that are
        kept as surely as the problem asks.
    time_limit
        Seconds on the wall clock; 0 still returns a plan that keeps the rules.
    seed
        Where the search begins.
    start
        A plan to begin from: what fits of it is kept, and of equal plans the one with the fewest
        changes is returned.
    on_progress
        Called with a Progress when the plan or the proof got better, in the caller's thread.
    iterations
        If given, the search alone runs for exactly so many iterations and no clock is read: the
        same seed gives the same plan everywhere.
    """
    if problem.uncertainty is None:
        return _Solve(problem, time_limit, seed, start, on_progress).run(iterations)
    rounds = Rounds(
        problem,
        lambda exact, seconds, before, many: _Solve(exact, seconds, seed, before, None).run(many),
        time_limit=time_limit,
        iterations=iterations,
        on_progress=on_progress,
    )
    return with_precise_reasons(problem, rounds.run(start))


@contextmanager
def _quick_switches() -> Iterator[None]:
    """Let threads hand the global lock on quickly: loading compiled code asks for it often.

    With the usual 5 ms, 0.6 s of loading take 5 while another thread computes in Python.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


class _Solve:
    """One call of `solve`."""

    def __init__(
        self,
        problem: Problem,
        time_limit: float,
        seed: int,
        start: Plan | None,
        on_progress: OnProgress | None,
    ) -> None:
        self.began = monotonic()
        self.until = self.began + max(0.0, time_limit)
        self.seed = seed
        self.on_progress = on_progress
        self.reported: tuple[int, ...] = ()
        self.instance = read(problem)
        self.start = days_of(self.instance, start) if start else None
        self.search = Search(self.instance, days=self.start, seed=seed)
        self.best = Best(self.search.days, self.search.unserved, self.search.cost)

    def run(self, iterations: int | None) -> Plan:
        if iterations is not None:
            self.search.run(iterations, 0.002 ** (1 / max(1, iterations)))
            self._take()
        elif not self.instance.vehicles or self.instance.size == 1:
            self.best.unserved_bound = self.best.unserved
        elif self.until > self.began:
            self._run()
        if self.start is not None:
            until = self.until if iterations is None else self.began
            change_least(self.instance, self.start, self.best, until=until, seed=self.seed)
        plan = assemble(self.instance.problem, self.instance, self.best, monotonic() - self.began)
        self._report()
        return with_precise_reasons(self.instance.problem, plan)

    def _run(self) -> None:
        from routing.exact.trips import MOST_STOPS

        stops, limit = self.instance.size - 1, self.until - self.began
        if stops <= PLAIN:
            self._search_until(self.began + min(FIRST_SEARCH, 0.1 * limit))
        self._report()
        with _quick_switches():
            if stops <= MANY:
                self._prove()
            elif stops <= MOST_STOPS and limit >= LONG:
                self._search_large(self.began + SHARE * limit)
                self._prove()
            if not self.best.is_proven and monotonic() < self.until:
                self._search_large(self.until)
        self._report()

    def _search_large(self, until: float) -> None:
        from routing.search.large import LargeSearch

        with LargeSearch(
            self.instance, self.best, until, self.seed, self.search.facts, is_ready()
        ) as large:
            large.run(self._report)

    def _prove(self) -> None:
        """List all trips and prove the best choice."""
        from routing.exact.proof import Proof
        from routing.exact.trips import list_trips

        trips, complete = list_trips(self.instance, until=(self.began + self.until) / 2)
        if complete:
            Proof(self.instance, trips, self.best, self.until, self.seed, self._report).run()

    def _search_until(self, moment: float) -> None:
        """Search until the moment, the heat falling as the time runs out."""
        start, floor = self.search.heat, 0.002
        began = monotonic()
        while (now := monotonic()) < moment:
            share = (now - began) / max(1e-9, moment - began)
            self.search.heat = start * floor**share
            self.search.run(CHUNK if self.instance.size <= MANY else 1)
            self._take()
        self.search.heat = start

    def _take(self) -> None:
        self.best.take(self.search.days, self.search.unserved, self.search.cost)

    def _report(self) -> None:
        now = (self.best.unserved, self.best.cost, self.best.unserved_bound, self.best.cost_bound)
        if self.on_progress is None or now == self.reported:
            return
        self.reported = now
        gone, cost = frozen_figures(self.instance)
        served = gone + sum(len(nodes) for day in self.best.days for nodes in day)
        bound = Bound(
            self.best.unserved_bound,
            self.best.cost_bound + cost,
        )
        elapsed = monotonic() - self.began
        found = Progress(elapsed, served, self.best.cost + cost, bound, self.best.unserved)
        self.on_progress(found)
