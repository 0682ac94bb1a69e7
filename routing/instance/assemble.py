"""From days of nodes to a plan with its moments, its figures and its reasons, and back."""

from __future__ import annotations

from itertools import pairwise

from routing.instance.best import Best
from routing.instance.lists import Days, Instance, Nodes, read
from routing.instance.obstacles import explain
from routing.instance.schedule import timed_routes
from routing.instance.timing import lay
from routing.plan import Bound, Plan, Route, Status
from routing.problem import Problem


def frozen_figures(instance: Instance) -> tuple[int, int]:
    """Return how many stops the frozen trips serve, and what these trips cost."""
    trips = [trip for frozen in instance.frozen for trip in frozen]
    cost = sum(instance.frozen_way(trip, instance.problem.objective) for trip in trips)
    return sum(len(trip.visits) for trip in trips), cost


def days_of(instance: Instance, plan: Plan) -> Days:
    """Return the plan's trips as nodes; stops that are unknown or have left are passed over."""
    node = {stop.id: index for index, stop in enumerate(instance.stops, start=1)}
    routes = {route.vehicle: route for route in plan.routes}
    days: Days = []
    for vehicle in instance.vehicles:
        trips = routes[vehicle.id].trips if vehicle.id in routes else ()
        inside = (tuple(node[v.stop] for v in trip.visits if v.stop in node) for trip in trips)
        days.append([nodes for nodes in inside if nodes])
    return days


def assemble(problem: Problem, instance: Instance, best: Best, seconds: float) -> Plan:
    """Return the plan of the best days, with its moments, its figures and its reasons.

    `instance` may hold fewer stops than `problem`: the others are left out.
    """
    sequences: dict[str, list[list[str]]] = {}
    for vehicle, day in enumerate(best.days):
        if lay(instance, vehicle, day) is None:
            raise AssertionError(f"the trips chosen for vehicle {vehicle} do not follow each other")
        named = [[instance.stops[node - 1].id for node in nodes] for nodes in day]
        sequences[instance.vehicles[vehicle].id] = named
    _, gone = frozen_figures(instance)
    bound = Bound(best.unserved_bound, best.cost_bound + gone)
    whole = instance if len(instance.stops) == len(problem.stops) else read(problem)
    return with_routes(whole, timed_routes(problem, sequences), bound, seconds)


def with_routes(
    instance: Instance, routes: tuple[Route, ...], bound: Bound, seconds: float
) -> Plan:
    """Return the plan of timed routes, with its figures and its reasons.

    `instance` holds all stops of its problem.
    """
    trips = [trip for route in routes for trip in route.trips]
    served = {visit.stop for trip in trips for visit in trip.visits}
    left_out = [n for n, stop in enumerate(instance.stops, start=1) if stop.id not in served]
    unserved = sum(instance.priorities[node] for node in left_out)
    cost = sum(instance.frozen_way(trip, instance.problem.objective) for trip in trips)
    proven = (bound.unserved_priority, bound.cost) == (unserved, cost)
    status: Status = "optimal" if proven else "feasible"
    return Plan(
        status=status,
        unserved_priority=unserved,
        cost=cost,
        bound=bound,
        seconds=round(seconds, 3),
        routes=routes,
        unassigned=tuple(explain(instance, node) for node in left_out),
    )


def cost_of(instance: Instance, nodes: Nodes) -> int:
    """Return the seconds or metres of one trip, in the objective's unit."""
    stations = [0, *nodes, 0]
    return sum(instance.costs[here * instance.size + there] for here, there in pairwise(stations))
