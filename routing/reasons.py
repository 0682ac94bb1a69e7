"""Why a stop that a vehicle could serve alone finds no room among the others of a plan."""

from __future__ import annotations

from dataclasses import replace

from routing.fits import fits
from routing.instance.obstacles import EXPLANATIONS
from routing.plan import Plan, Reason, Unassigned
from routing.problem import Problem, Stop

# Stops from which on nobody asks: two questions for each stop left out would take their time.
MANY = 100


def with_precise_reasons(problem: Problem, plan: Plan) -> Plan:
    """Return the plan with "fleet_full" made precise where one obstacle alone stands in the way.

    "no_load" where the stop would ride along if it had no load, "no_time" where it would be served
    in another window, both together with every stop of the current plan.
    """
    if len(problem.stops) >= MANY:
        return plan
    stops = {stop.id: stop for stop in problem.stops}
    unassigned = tuple(
        _precise(problem, plan, stops[one.stop]) if one.reason == "fleet_full" else one
        for one in plan.unassigned
    )
    return replace(plan, unassigned=unassigned)


def _precise(problem: Problem, plan: Plan, stop: Stop) -> Unassigned:
    reason: Reason = "fleet_full"
    if _has_room(problem, plan, without_load(stop)):
        reason = "no_load"
    elif _has_room(problem, plan, at_any_time(problem, stop)):
        reason = "no_time"
    return Unassigned(stop.id, reason, EXPLANATIONS[reason])


def _has_room(problem: Problem, plan: Plan, stop: Stop) -> bool:
    return fits(problem, plan, stop, time_limit=0.0) is not None


def without_load(stop: Stop) -> Stop:
    """Return the stop with nothing to bring and nothing to take back."""
    return replace(stop, delivery=(0,) * len(stop.delivery), pickup=(0,) * len(stop.pickup))


def at_any_time(problem: Problem, stop: Stop) -> Stop:
    """Return the stop with a window as long as the depot is open."""
    return replace(stop, time_window=(0, max(problem.depot.time_window[1], stop.time_window[1])))
