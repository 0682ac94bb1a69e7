"""The checkout's question: can one more stop be promised?

Light enough for a web worker: insertion judged in constant time, then a short repair by ruin and
recreation in plain Python, which never holds the global lock for long. A process that has loaded
the compiled search (`routing.search.loading`) repairs with it: some twenty times faster, for
110 MB.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from time import monotonic

from routing.check import broken_rules, violations
from routing.instance.assemble import assemble, days_of, with_routes
from routing.instance.best import Best
from routing.instance.lists import NEVER, Days, read
from routing.instance.obstacles import is_servable_alone
from routing.plan import Bound, Plan
from routing.problem import Frozen, InvalidProblem, Problem, Stop
from routing.reliable.judge import Judge, Sequences, sequences_of
from routing.reliable.mend import Mender
from routing.reliable.slack import Slack, with_slack
from routing.search.arrays import ABSENT, COST, UNSERVED, Manner, Plans, Wish
from routing.search.compiled.code import code_of, to_numbers
from routing.search.facts import facts_of, with_neighbours
from routing.search.insertion import find_place
from routing.search.loading import is_loaded
from routing.search.moves import insert
from routing.search.search import BLINK
from routing.search.state import copied, days_of_state, empty_seen, filled, new_memory

REMOVED = 8  # stops that a repair takes out on average
COMPILED = 20  # iterations between two looks at the clock, when they are compiled
STRIVING = 512  # what it counts more to leave a stop out, each time that it was left out
SCALES = (1.0, 0.6, 0.3)  # how much slack is reserved, of what the normal law asks for
MENDED_FROM = 0.7  # of the time of a repair: in the rest what it found is mended where weak
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
        comes on top.
    time_limit
        Seconds for the repair that follows when the stop cannot simply be inserted.
    seed
        Where the repair begins.

    Returns
    -------
    Plan or None
        A plan of the problem with that stop, in which `violations` finds nothing. With an
        `uncertainty` in the problem, every stop of it is kept as surely as asked.

    Raises
    ------
    InvalidProblem
        When `stop` is an id that the problem does not know, or makes no sense in it.
    """
    until = monotonic() + time_limit
    asked, name = with_stop(problem, stop)
    left = {v.stop for k in asked.locks if isinstance(k, Frozen) for v in k.trip.visits}
    if name in left:
        return plan
    if not asked.vehicles:
        return None
    promised = plan.served() | {name}
    if asked.uncertainty is not None:
        return _SureQuestion(asked, plan, name, seed).answer(until)
    question = _Question(asked, plan, promised - left, seed)
    days = question.inserted() or question.repaired(until)
    if days is None:
        return None
    found = assemble(asked, question.instance, Best(days, 0, 0), 0.0)
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


class _Question:
    """The stops wanted beside those that a plan serves, and the attempts to place them all."""

    def __init__(self, asked: Problem, plan: Plan, wanted: Set[str], seed: int) -> None:
        self.instance = read(asked, only=wanted)
        self.facts = facts_of(self.instance)
        self.start = filled(self.instance, self.facts, days_of(self.instance, plan))
        self.memory = new_memory(self.facts, self.start, seed)
        self.absent: int = self.start.tally[ABSENT]

    def inserted(self) -> Days | None:
        """Return days with the stop where it costs least, all else as it was; None if nowhere."""
        state = copied(self.start)
        if self.absent > 1:
            return None
        if self.absent:
            wish = Wish(state.absent[0], tight=0, blink=0)
            if not find_place(self.facts, state, self.memory, wish):
                return None
            insert(self.facts, state, wish.node, self.memory.place)
        return days_of_state(state)

    def repaired(self, until: float) -> Days | None:
        """Return days that serve every stop, or None if ruin and recreation found none by then."""
        if monotonic() >= until:
            return None
        facts, memory = with_neighbours(self.facts), self.memory
        dearest = max((cost for cost in facts.costs if cost < NEVER), default=1)
        heat = max(1.0, self.start.tally[COST] / facts.size * 0.3)
        manner = Manner(heat, 1.0, 2 * dearest, STRIVING, BLINK, REMOVED, frugal=0)
        plans = Plans(*(copied(self.start) for _ in Plans._fields))
        seen, code, iterations = NOTHING_SEEN, code_of(compiled=is_loaded()), 1
        if is_loaded():
            iterations = COMPILED
            plans, facts, memory, seen = map(to_numbers, (plans, facts, memory, seen))
        while plans.best.tally[UNSERVED] and monotonic() < until:
            code.improve(facts, plans, memory, seen, manner, iterations)
        return None if plans.best.tally[UNSERVED] else days_of_state(plans.best)


class _SureQuestion:
    """One stop beside those that a plan serves, all of them to be kept as surely as asked."""

    def __init__(self, asked: Problem, plan: Plan, name: str, seed: int) -> None:
        self.asked, self.name, self.seed = asked, name, seed
        self.promised = plan.served() | {name}
        self.before = _without(plan, name)
        self.judge = Judge(asked)
        self.mender = Mender(asked, self.judge)
        self.scales = list(SCALES)
        self.question = self._with_less_slack()
        # The more slack the better, as long as what is promised can be driven with it.
        while self.question.absent > 1 and len(self.scales) > 1:
            self.question = self._with_less_slack()

    def answer(self, until: float) -> Plan | None:
        """Return a plan that serves them all, or None if none was found by then."""
        found = self._plan(self._named(self.question.inserted())) or self._plan(self._placed())
        now = monotonic()
        if found or now >= until:
            return found
        found = self._plan(self._repaired(now + (until - now) / 2))
        if found is None and self.scales and monotonic() < until:
            # What is found with less slack may be kept surely as well.
            self.question = self._with_less_slack()
            found = self._plan(self._repaired(until))
        return found

    def _with_less_slack(self) -> _Question:
        slow = with_slack(self.asked, Slack(self.scales.pop(0)))
        return _Question(slow, self.before, self.promised - self.judge.gone, self.seed)

    def _placed(self) -> Sequences | None:
        sequences = sequences_of(self.asked, self.before)
        return self.mender.placed(sequences, self.mender.stops[self.name])

    def _repaired(self, until: float) -> Sequences | None:
        instance = self.question.instance
        node = 1 + next(i for i, stop in enumerate(instance.stops) if stop.id == self.name)
        if not is_servable_alone(instance, node):
            return None
        self.mender.until = until
        now = monotonic()
        named = self._named(self.question.repaired(now + MENDED_FROM * (until - now)))
        return named and self.mender.moved(named)

    def _named(self, days: Days | None) -> Sequences | None:
        if days is None:
            return None
        instance = self.question.instance
        return {
            vehicle.id: tuple(tuple(instance.stops[n - 1].id for n in trip) for trip in day)
            for vehicle, day in zip(instance.vehicles, days, strict=True)
        }

    def _plan(self, kept: Sequences | None) -> Plan | None:
        """Return the plan of the days, if they serve what is promised, keep every rule, and every
        promise as surely as asked."""
        if kept is None or not self.judge.is_kept(kept):
            return None
        routes = self.judge.routes(kept)
        found = with_routes(read(self.asked), routes, Bound(0, 0), 0.0)
        if broken_rules(self.asked, found) or not self.promised <= found.served():
            return None
        return replace(found, reliability=self.judge.reliability(routes))


def _without(plan: Plan, name: str) -> Plan:
    """Return the plan, the stop taken out of its trip, for its order of stops alone."""
    routes = tuple(
        replace(
            route,
            trips=tuple(
                replace(trip, visits=tuple(v for v in trip.visits if v.stop != name))
                for trip in route.trips
            ),
        )
        for route in plan.routes
    )
    return replace(plan, routes=routes)
