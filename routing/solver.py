"""Planning: a search finds a plan at once, then the best is proven, or the search goes on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event, Thread
from time import monotonic, thread_time

from routing.check import violations
from routing.exact.changes import change_least
from routing.fits import Answer, Questions, with_stop
from routing.instance.assemble import assemble, days_of, frozen_figures
from routing.instance.best import Best
from routing.instance.lists import Days, read
from routing.instance.obstacles import EXPLANATIONS
from routing.instance.timing import lay
from routing.plan import Bound, Plan, Unassigned
from routing.problem import Problem, Stop
from routing.progress import OnProgress, Progress
from routing.reasons import with_precise_reasons
from routing.reliable.rounds import Rounds
from routing.search.compiled.code import is_ready
from routing.search.loading import is_loaded
from routing.search.search import Search
from routing.shipments.meals import only, without_shipments
from routing.shipments.planning import ShipmentPlanning, SolveMeals

FIRST_SEARCH = {True: 0.1, False: 0.3}  # seconds before anything else begins, compiled or plain
FIRST_SHARE = 0.15  # of the time limit, the most that the first search takes
BLOCK = 0.01  # seconds of search between two looks at the clock
CYCLE = 0.5  # seconds in which the heat falls, while the search goes on beside the proof
WAIT = 0.02  # seconds between two looks at what the proof has found
PLAIN = 200  # stops up to which a first search is made in plain Python
MANY = 45  # stops up to which the proof finds the plan too; beyond, a search comes first
LONG, SHARE = 10, 0.5  # seconds from which on a proof follows it, and what share it leaves
SOLVING = 0.95  # of the time limit; the rest is for laying the plan out and looking at it
LONG_REPAIR = 100_000  # iterations for a question that nobody waits for
SAYING = 0.2  # seconds that telling why stops are left out may take, if the time is over
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
    until = monotonic() + max(0.0, time_limit)
    if problem.shipments:
        with_limit = ShipmentPlanning(problem, time_limit, seed, iterations is None)
        plan = with_limit.run(without_shipments(problem), start, _meals(seed, iterations))
    elif problem.uncertainty is None:
        plan = _Solve(problem, time_limit, seed, start, on_progress).run(iterations)
    else:
        plan = Rounds(
            problem,
            lambda exact, seconds, before, many: _Solve(exact, seconds, seed, before, None).run(
                many
            ),
            time_limit=time_limit,
            iterations=iterations,
            on_progress=on_progress,
        ).run(start)
    saying = None if iterations is not None else max(until, monotonic() + SAYING)
    return with_precise_reasons(problem, plan, until=saying)


def decide(
    problem: Problem, plan: Plan, stop: Stop, *, time_limit: float = 20, seed: int = 0
) -> Answer:
    """Answer as `fits` does, with all the work that there is time for.

    First a long repair, then the exact planner for the stops that must be served: it finds a plan,
    or the proof that there is none, or neither within `time_limit` seconds.
    """
    began = monotonic()
    answer = Questions(problem, plan, seed=seed).ask(stop, iterations=LONG_REPAIR)
    if answer.plan is not None or answer.is_proven:
        return answer
    asked, name = with_stop(problem, stop)
    wanted = plan.served() | {name}
    named = only(asked, wanted)
    left = max(0.0, time_limit - (monotonic() - began))
    solved = solve(named, time_limit=left, seed=seed, start=plan)
    if not wanted <= solved.served():
        return Answer(None, is_proven=solved.bound.unserved_priority > 0)
    left_out = [one.id for one in asked.stops if one.id not in wanted]
    others = tuple(Unassigned(one, "fleet_full", EXPLANATIONS["fleet_full"]) for one in left_out)
    unserved = sum(one.priority for one in asked.stops if one.id in left_out)
    return Answer(replace(solved, unassigned=others, unserved_priority=unserved), is_proven=True)


def _meals(seed: int, iterations: int | None) -> SolveMeals:
    return lambda problem, seconds, start: solve(
        problem, time_limit=seconds, seed=seed, start=start, iterations=iterations
    )


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
    """One call of `solve`.

    The search runs in the caller's thread, which is never kept waiting: the proof, with all that it
    loads, lists and builds, works in a thread of its own and is left behind when the time is over.
    """

    def __init__(
        self,
        problem: Problem,
        time_limit: float,
        seed: int,
        start: Plan | None,
        on_progress: OnProgress | None,
    ) -> None:
        self.began = monotonic()
        self.until = self.began + SOLVING * max(0.0, time_limit)
        self.seed = seed
        self.on_progress = on_progress
        self.reported: tuple[int, ...] = ()
        self.instance = read(problem)
        self.start = days_of(self.instance, start) if start else None
        self.search = Search(self.instance, days=self.start, seed=seed, compiled=is_loaded())
        self.best = Best(self.search.days, self.search.unserved, self.search.cost)
        if self.start is not None:
            self._keep_start(self.start)
        self._needs_all = Event()  # the work beside wants the processors for itself
        self._failure: BaseException | None = None

    def run(self, iterations: int | None) -> Plan:
        if iterations is not None:
            self.search.run(iterations, 0.002 ** (1 / max(1, iterations)))
            self._take()
        elif not self.instance.vehicles or self.instance.size == 1:
            self.best.unserved_bound = self.best.unserved
        elif self.until > self.began:
            self._run()
        best = self.best = self.best.snapshot()
        if self.start is not None:
            until = self.until if iterations is None else self.began
            change_least(self.instance, self.start, best, until=until, seed=self.seed)
        plan = assemble(self.instance.problem, self.instance, best, monotonic() - self.began)
        self._report()
        return plan

    def _keep_start(self, days: Days) -> None:
        """Begin with the start plan itself where it keeps every rule: no plan is worse."""
        if any(lay(self.instance, vehicle, day) is None for vehicle, day in enumerate(days)):
            return
        problem = self.instance.problem
        plan = assemble(problem, self.instance, Best(days, 0, 0), 0.0)
        if not violations(problem, plan):
            cost = plan.cost - frozen_figures(self.instance)[1]
            self.best.take(days, plan.unserved_priority, cost)

    def _run(self) -> None:
        limit, compiled = self.until - self.began, self.search.compiled
        if compiled or self.instance.size - 1 <= PLAIN:
            first = min(FIRST_SEARCH[compiled], FIRST_SHARE * limit)
            self._search_until(self.began + first, Event())
        self._report()
        with _quick_switches():
            work = Thread(target=self._work, daemon=True)
            work.start()
            while work.is_alive() and (now := monotonic()) < self.until:
                if compiled and not self._needs_all.is_set():
                    self._search_until(min(now + CYCLE, self.until), self._needs_all)
                else:
                    work.join(min(WAIT, max(0.0, self.until - now)))
                self._report()
        if self._failure is not None:
            raise self._failure

    def _work(self) -> None:
        """Prove the best plan, or search on; what is found is in `best`."""
        try:
            self._prove_or_search()
        except BaseException as failure:
            self._failure = failure
        finally:
            self._needs_all.set()

    def _prove_or_search(self) -> None:
        from routing.exact.trips import MOST_STOPS

        stops, limit = self.instance.size - 1, self.until - self.began
        if stops <= MANY:
            self._prove()
        elif stops <= MOST_STOPS and limit >= LONG:
            self._search_large(self.began + SHARE * limit)
            self._prove()
        if not self.best.is_proven and monotonic() < self.until:
            self._search_large(self.until)

    def _search_large(self, until: float) -> None:
        from routing.search.large import LargeSearch

        with LargeSearch(
            self.instance, self.best, until, self.seed, self.search.facts, is_ready()
        ) as large:
            self._needs_all.set()
            large.run()

    def _prove(self) -> None:
        """List all trips and prove the best choice."""
        from routing.exact.proof import Proof
        from routing.exact.trips import list_trips

        trips, complete = list_trips(self.instance, until=(self.began + self.until) / 2)
        if complete:
            self._needs_all.set()
            Proof(self.instance, trips, self.best, self.until, self.seed).run()

    def _search_until(self, moment: float, ended: Event) -> None:
        """Search until the moment or the event, the heat falling as the time runs out."""
        start, floor = self.search.heat, 0.002
        began, block = monotonic(), 1
        while (now := monotonic()) < moment and not ended.is_set():
            share = (now - began) / max(1e-9, moment - began)
            self.search.heat = start * floor**share
            before = thread_time()
            self.search.run(block)
            took = thread_time() - before
            block = max(1, min(2 * block, int(block * BLOCK / max(took, 1e-6))))
            self._take()
        self.search.heat = start

    def _take(self) -> None:
        search = self.search
        if (search.unserved, search.cost) < (self.best.unserved, self.best.cost):
            self.best.take(search.days, search.unserved, search.cost)

    def _report(self) -> None:
        best = self.best.snapshot()
        now = (best.unserved, best.cost, best.unserved_bound, best.cost_bound)
        if self.on_progress is None or now == self.reported:
            return
        self.reported = now
        gone, cost = frozen_figures(self.instance)
        served = gone + sum(len(nodes) for day in best.days for nodes in day)
        bound = Bound(best.unserved_bound, best.cost_bound + cost)
        elapsed = monotonic() - self.began
        found = Progress(elapsed, served, best.cost + cost, bound, best.unserved)
        self.on_progress(found)
