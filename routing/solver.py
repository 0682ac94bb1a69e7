"""Planning: trips are listed, chosen and laid on the vehicles; what is left out is explained."""

from __future__ import annotations

from itertools import pairwise
from time import monotonic

from routing.instance import Instance, read
from routing.plan import Bound, Plan, Route, Status
from routing.problem import Problem
from routing.progress import OnProgress, Progress
from routing.reasons import explain
from routing.select import Days, Selection, select
from routing.timing import lay
from routing.trips import candidates


def solve(
    problem: Problem,
    *,
    time_limit: float = 10,
    seed: int = 0,
    start: Plan | None = None,
    on_progress: OnProgress | None = None,
) -> Plan:
    """Return the best plan found within `time_limit` seconds.

    Parameters
    ----------
    problem
        What to plan; never changed.
    time_limit
        Seconds on the wall clock; 0 still returns a plan that keeps the rules.
    seed
        Where the search begins; the same seed and enough time give the same plan.
    start
        A plan to begin from, kept where nothing better is found.
    on_progress
        Called now and then, in the caller's thread, with a Progress.
    """
    began = monotonic()
    instance = read(problem)
    until = began + max(0.0, time_limit)
    trips, complete = candidates(instance)
    selection = None
    if trips and instance.vehicles:
        selection = select(instance, trips, until=until, seed=seed)
    if selection is None:
        whole = sum(instance.priorities)
        days: Days = [[] for _ in instance.vehicles]
        selection = Selection(days, whole, 0, 0 if trips else whole, 0)
    if not complete:
        selection = Selection(selection.days, selection.unserved, selection.cost, 0, 0)
    plan = assemble(instance, selection, monotonic() - began)
    if on_progress:
        served = len(plan.served())
        on_progress(Progress(plan.seconds, served, plan.cost, plan.bound))
    return plan


def assemble(instance: Instance, selection: Selection, seconds: float) -> Plan:
    """Return the plan of a selection, with its moments, its figures and its reasons."""
    routes: list[Route] = []
    for vehicle, day in enumerate(selection.days):
        trips = lay(instance, vehicle, day)
        if trips is None:
            raise AssertionError(f"the trips chosen for vehicle {vehicle} do not follow each other")
        routes.append(Route(instance.vehicles[vehicle].id, tuple(trips)))
    driven = {node for day in selection.days for nodes in day for node in nodes}
    left_out = [node for node in range(1, instance.size) if node not in driven]
    gone = sum(
        instance.frozen_way(trip, instance.problem.objective)
        for trips in instance.frozen
        for trip in trips
    )
    cost = gone + sum(cost_of(instance, nodes) for day in selection.days for nodes in day)
    unserved = sum(instance.priorities[node] for node in left_out)
    bound = Bound(min(unserved, selection.unserved_bound), min(cost, selection.cost_bound + gone))
    proven = (bound.unserved_priority, bound.cost) == (unserved, cost)
    status: Status = "optimal" if proven else "feasible"
    return Plan(
        status=status,
        unserved_priority=unserved,
        cost=cost,
        bound=bound,
        seconds=round(seconds, 3),
        routes=tuple(routes),
        unassigned=tuple(explain(instance, node) for node in left_out),
    )


def cost_of(instance: Instance, nodes: tuple[int, ...]) -> int:
    """Return the seconds or metres of one trip, in the objective's unit."""
    stations = [0, *nodes, 0]
    return sum(instance.costs[here * instance.size + there] for here, there in pairwise(stations))
