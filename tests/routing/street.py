"""A street to deliver along: stops 200 s and 800 m from one to the next, the depot at its end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from routing import (
    Bound,
    Depot,
    Plan,
    Problem,
    Route,
    Stop,
    Trip,
    Unassigned,
    Vehicle,
    Visit,
)
from routing.instance.schedule import timed, travelled


def a_street(many: int, **changes: Any) -> Problem:
    """A street of so many stops, each open all day, with one vehicle."""
    places = range(many + 1)
    problem = Problem(
        name="a street",
        objective="duration",
        depot=Depot((36_000, 54_000), 120, 30),
        vehicles=(Vehicle("red", (20,), (36_000, 54_000)),),
        stops=tuple(Stop(f"s{k}", k, (1,), (0,), (40_000, 50_000), 60) for k in places if k),
        durations=[[200 * abs(i - j) for j in places] for i in places],  # type: ignore[arg-type]
        distances=[[800 * abs(i - j) for j in places] for i in places],  # type: ignore[arg-type]
    )
    return replace(problem, **changes)


def with_stop_changed(problem: Problem, number: int, **changes: Any) -> Problem:
    """The problem with something changed about one stop, counted from 1."""
    stops = list(problem.stops)
    stops[number - 1] = replace(stops[number - 1], **changes)
    return replace(problem, stops=tuple(stops))


def driven(problem: Problem, *trips: list[str]) -> Plan:
    """The plan in which the red vehicle makes these trips."""
    return timed(problem, {"red": trips})


def leaving(problem: Problem, *trips: tuple[int, list[str]]) -> Plan:
    """The plan in which the red vehicle leaves at these moments on these trips."""
    stops = {stop.id: stop for stop in problem.stops}
    depot = problem.depot
    laid = []
    for departure, names in trips:
        now, here, visits = departure, 0, []
        for stop in (stops[name] for name in names):
            arrival = now + (problem.durations[here][stop.location] or 0)
            start = max(arrival, stop.time_window[0])
            now, here = start + stop.service_time, stop.location
            visits.append(Visit(stop.id, arrival, start, now))
        loading = depot.loading_time + depot.loading_time_per_stop * len(names)
        back = now + (problem.durations[here][0] or 0)
        laid.append(Trip(departure - loading, departure, back, tuple(visits)))
    served = {name for _, names in trips for name in names}
    left_out = tuple(
        Unassigned(name, "fleet_full", "No room.") for name in stops if name not in served
    )
    routes = (Route("red", tuple(laid)),)
    cost = sum(travelled(problem, trip) for trip in laid)
    return Plan("feasible", len(left_out), cost, Bound(0, 0), 0.0, routes, left_out)
