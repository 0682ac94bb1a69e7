"""Why a stop that a vehicle could serve alone finds no room among the others of a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from time import monotonic

from routing.fits import Questions
from routing.instance.obstacles import EXPLANATIONS
from routing.plan import Plan, Reason, Unassigned
from routing.problem import First, Frozen, Lock, NotOn, Problem, Stop, Together

# Stops from which on nobody asks: two questions for each stop left out would take their time.
MANY = 100


def with_precise_reasons(problem: Problem, plan: Plan, *, until: float | None = None) -> Plan:
    """Return the plan with "fleet_full" made precise where one obstacle alone stands in the way.

    "locked_out" where the stop would be served without one of the locks that name it, "not_sure"
    where it would be on a day that goes as planned, "no_load" where it would ride along if it had
    no load, "no_time" where it would be served in another window, all together with every
    stop of the current plan. After the moment `until` (monotonic seconds) nobody asks on: the room
    that is not found leaves "fleet_full", which is true too.
    """
    if len(problem.stops) >= MANY:
        return plan
    stops = {stop.id: stop for stop in problem.stops}
    questions = Questions(problem, plan)
    told = []
    for one in plan.unassigned:
        is_over = until is not None and monotonic() > until
        is_vague = one.reason == "fleet_full" and not is_over
        told.append(_precise(questions, stops[one.stop]) if is_vague else one)
    return replace(plan, unassigned=tuple(told))


def _precise(questions: Questions, stop: Stop) -> Unassigned:
    problem, plan = questions.problem, questions.plan
    for lock in _locks_on(problem, stop.id):
        if _is_in_the_way(problem, plan, stop, lock):
            return Unassigned(stop.id, "locked_out", _told(lock, stop.id))
    reason: Reason = "fleet_full"
    exact = Questions(replace(problem, uncertainty=None), plan)
    if problem.uncertainty and _has_room(exact, stop):
        reason = "not_sure"
    elif _has_room(questions, without_load(stop)):
        reason = "no_load"
    elif _has_room(questions, at_any_time(problem, stop)):
        reason = "no_time"
    return Unassigned(stop.id, reason, EXPLANATIONS[reason])


def _locks_on(problem: Problem, stop: str) -> Iterator[Lock]:
    """Yield the locks that name the stop, but those on trips that have left."""
    for lock in problem.locks:
        match lock:
            case First(name) | NotOn(name, _) if name == stop:
                yield lock
            case Together(names) if stop in names:
                yield lock
            case _:
                pass


def _is_in_the_way(problem: Problem, plan: Plan, stop: Stop, lock: Lock) -> bool:
    """Return whether the stop finds room beside the plan once this lock is lifted."""
    others = tuple(other for other in problem.locks if other is not lock)
    if isinstance(lock, Together):
        # The others of the group stay together: the lock is lifted for this stop alone.
        rest = tuple(name for name in lock.stops if name != stop.id)
        others = (*others, Together(rest))
    return _has_room(Questions(replace(problem, locks=others), plan), stop)


def _told(lock: Lock, stop: str) -> str:
    match lock:
        case First():
            return "A lock keeps it out: it is to be the first of its trip."
        case NotOn(_, vehicle):
            return f"A lock keeps it out: it is not to ride on {vehicle}."
        case Together(names):
            others = ", ".join(name for name in names if name != stop)
            return f"A lock keeps it out: it is to ride together with {others}."
        case Frozen():
            raise AssertionError("a trip that has left locks out by itself")


def _has_room(questions: Questions, stop: Stop) -> bool:
    return questions.ask(stop, iterations=0).plan is not None


def without_load(stop: Stop) -> Stop:
    """Return the stop with nothing to bring and nothing to take back."""
    return replace(stop, delivery=(0,) * len(stop.delivery), pickup=(0,) * len(stop.pickup))


def at_any_time(problem: Problem, stop: Stop) -> Stop:
    """Return the stop with a window as long as the depot is open."""
    return replace(stop, time_window=(0, max(problem.depot.time_window[1], stop.time_window[1])))
