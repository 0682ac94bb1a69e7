"""The checkout's question: can one more stop be promised?

Light enough for a web worker: insertion judged in constant time, then a short repair by ruin and
recreation in plain Python, which never holds the global lock for long. A process that has loaded
the compiled search (`routing.search.loading`) repairs with it: some twenty times faster, for
110 MB.
"""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

from routing.check import violations
from routing.instance.assemble import assemble, days_of
from routing.instance.best import Best
from routing.instance.lists import NEVER, Days, read
from routing.plan import Plan
from routing.problem import Frozen, InvalidProblem, Problem, Stop
from routing.search import improve
from routing.search.arrays import ABSENT, COST, UNSERVED, Facts, Manner, Memory, Plans, State, Wish
from routing.search.compiled import compiled_improve, to_arrays
from routing.search.facts import facts_of, with_neighbours
from routing.search.insertion import find_place
from routing.search.loading import is_loaded
from routing.search.moves import insert
from routing.search.search import BLINK
from routing.search.state import copied, days_of_state, empty_seen, filled, new_memory

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
        comes on top.
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
    left = {v.stop for k in asked.locks if isinstance(k, Frozen) for v in k.trip.visits}
    if name in left:
        return plan
    if not asked.vehicles:
        return None
    promised = plan.served() | {name}
    instance = read(asked, only=promised - left)
    facts = facts_of(instance)
    state = filled(instance, facts, days_of(instance, plan))
    memory = new_memory(facts, state, seed)
    days = _inserted(facts, state, memory) or _repaired(facts, state, memory, until)
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


def _inserted(facts: Facts, start: State, memory: Memory) -> Days | None:
    """Return days with the stop where it costs least, all else as it was; None if nowhere."""
    absent, state = start.tally[ABSENT], copied(start)
    if absent > 1:
        return None
    if absent:
        wish = Wish(state.absent[0], tight=0, blink=0)
        if not find_place(facts, state, memory, wish):
            return None
        insert(facts, state, wish.node, memory.place)
    return days_of_state(state)


def _repaired(facts: Facts, start: State, memory: Memory, until: float) -> Days | None:
    """Return days that serve every stop, or None if ruin and recreation found none by then."""
    if monotonic() >= until:
        return None
    facts = with_neighbours(facts)
    dearest = max((cost for cost in facts.costs if cost < NEVER), default=1)
    heat = max(1.0, start.tally[COST] / facts.size * 0.3)
    manner = Manner(heat, 1.0, 2 * dearest, STRIVING, BLINK, REMOVED, frugal=0)
    plans = Plans(*(copied(start) for _ in Plans._fields))
    seen, code, iterations = NOTHING_SEEN, improve, 1
    if is_loaded():
        code, iterations = compiled_improve(), COMPILED
        plans = Plans(*map(to_arrays, plans))
        facts, memory, seen = map(to_arrays, (facts, memory, seen))
    while plans.best.tally[UNSERVED] and monotonic() < until:
        code.improve(facts, plans, memory, seen, manner, iterations)
    return None if plans.best.tally[UNSERVED] else days_of_state(plans.best)
