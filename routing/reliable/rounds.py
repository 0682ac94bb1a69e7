"""Planning with slack in rounds: how much is reserved follows from how surely promises are kept.

Each round plans a problem with slack, judges the plan by simulation, mends what is weak, and
reserves more where stops were weak or less where none was and some were left out. First the most
priority served, then the reliability asked for, then the cost; of plans within 2 % of the cheapest
the most reliable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import NormalDist
from time import monotonic

from routing.instance.assemble import frozen_figures, with_routes
from routing.instance.lists import read
from routing.instance.obstacles import EXPLANATIONS
from routing.plan import Bound, Plan, Unassigned
from routing.problem import Problem
from routing.progress import OnProgress, Progress
from routing.reliable.judge import Judge, Sequences, sequences_of
from routing.reliable.mend import Mender
from routing.reliable.slack import Slack, with_slack

ROUNDS = 8
FIRST_SHARE, SHARE = 0.15, 0.35  # of the time left, for planning without slack and with it
MENDING = 0.15  # of the time left, for moving stops of one plan
REASONS = 0.05  # of the time limit, left for saying why stops are left out
LEAST = 0.1  # seconds, less than which no further round begins
NEAR = 1.02  # of the least cost: here the most reliable plan is taken
SPREAD = 80  # seconds by which a stop of a lunch strays, about
CERTAIN = 0.999

# (problem, seconds, start plan, iterations) → plan of a problem without uncertainty
SolveExactly = Callable[[Problem, float, Plan | None, int | None], Plan]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A plan in which every promise is kept as surely as asked."""

    unserved: int
    cost: int
    least: float
    sequences: Sequences


class Rounds:
    """One call of `solve` for a problem with uncertainty."""

    def __init__(
        self,
        problem: Problem,
        solve_exactly: SolveExactly,
        *,
        time_limit: float,
        iterations: int | None,
        on_progress: OnProgress | None,
    ) -> None:
        self.began = monotonic()
        self.until = self.began + (1 - REASONS) * max(0.0, time_limit)
        self.problem, self.solve_exactly = problem, solve_exactly
        self.iterations, self.on_progress = iterations, on_progress
        self.instance = read(problem)
        self.judge = Judge(problem)
        self.mender = Mender(problem, self.judge)
        self.found: list[Candidate] = []
        self.bound = Bound(0, 0)

    def run(self, start: Plan | None) -> Plan:
        """Return the best plan, never a worse one than what can be kept of the start plan."""
        usual = self._planned(replace(self.problem, uncertainty=None), FIRST_SHARE, start)
        if start:
            self._take(sequences_of(self.problem, start))
        if usual.status == "optimal":
            self.bound = usual.bound
        weak = self._take(sequences_of(self.problem, usual))
        if weak:
            self._reserve(start)
        return self._answer(usual)

    def _reserve(self, start: Plan | None) -> None:
        slack = Slack()
        for _ in range(ROUNDS):
            if self.iterations is None and self.until - monotonic() < LEAST:
                return
            plan = self._planned(with_slack(self.problem, slack), SHARE, start)
            weak = self._take(sequences_of(self.problem, plan))
            if not weak and not plan.unserved_priority:
                return
            slack = self._less(slack) if not weak else self._more(slack, weak)
            start = plan

    def _planned(self, problem: Problem, share: float, start: Plan | None) -> Plan:
        seconds = share * max(0.0, self.until - monotonic())
        return self.solve_exactly(problem, seconds, start, self.iterations)

    def _take(self, sequences: Sequences) -> dict[str, float]:
        """Keep what can be kept of the plan; return the shortfall of its weak stops."""
        weak = self.judge.weak(sequences)
        if self.iterations is None:
            now = monotonic()
            self.mender.until = now + MENDING * max(0.0, self.until - now)
        mended = self.mender.with_more(self.mender.mended(sequences))
        least = self.judge.reliability(mended).least
        found = Candidate(self.mender.unserved(mended), self.mender.cost(mended), least, mended)
        self.found.append(found)
        self._report()
        return weak

    def _less(self, slack: Slack) -> Slack:
        return Slack(0.85 * slack.scale, {k: round(0.85 * v) for k, v in slack.more.items()})

    def _more(self, slack: Slack, weak: dict[str, float]) -> Slack:
        """Return more slack for the stops that were weak, in proportion to what they lack."""
        law = NormalDist()
        more = dict(slack.more)
        for stop, shortfall in weak.items():
            kept = max(1 - CERTAIN, self.judge.asked - shortfall)
            lacking = law.inv_cdf(self.judge.asked) - law.inv_cdf(kept)
            more[stop] = more.get(stop, 0) + max(5, round(min(1.5, lacking) * SPREAD))
        return Slack(slack.scale, more)

    def best(self) -> Candidate:
        """Return the best plan found so far."""
        unserved = min(one.unserved for one in self.found)
        whole = [one for one in self.found if one.unserved == unserved]
        cheapest = min(one.cost for one in whole)
        near = [one for one in whole if one.cost <= NEAR * cheapest]
        return max(near, key=lambda one: (one.least, -one.cost))

    def _answer(self, usual: Plan) -> Plan:
        best = self.best()
        routes = self.judge.routes(best.sequences)
        plan = with_routes(self.instance, routes, self.bound, monotonic() - self.began)
        return replace(
            plan,
            unassigned=tuple(_told(one, plan, usual) for one in plan.unassigned),
            reliability=self.judge.reliability(best.sequences),
        )

    def _report(self) -> None:
        if self.on_progress is None:
            return
        best = self.best()
        routes = self.judge.routes(best.sequences)
        served = sum(len(trip.visits) for route in routes for trip in route.trips)
        cost = best.cost + frozen_figures(self.instance)[1]
        elapsed = monotonic() - self.began
        self.on_progress(Progress(elapsed, served, cost, self.bound, best.unserved))


def _told(one: Unassigned, plan: Plan, usual: Plan) -> Unassigned:
    """Return why a stop is left out that a day without doubt would serve beside all others."""
    if one.reason != "fleet_full" or not plan.served() | {one.stop} <= usual.served():
        return one
    return Unassigned(one.stop, "not_sure", EXPLANATIONS["not_sure"])
