"""What a problem is without its shipments, or with some of its stops alone."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from routing.problem import First, Frozen, Lock, NotOn, Problem, Together


def ends_of(problem: Problem, stop: str) -> tuple[str, ...]:
    """Return the stop, or both ends of the shipment that it belongs to, in their order."""
    for one in problem.shipments:
        if stop in (one.pickup, one.delivery):
            return one.pickup, one.delivery
    return (stop,)


def without_shipments(problem: Problem) -> Problem:
    """Return the problem of the meals alone; a shipment that has left stays a fact."""
    names = {name for one in problem.shipments for name in (one.pickup, one.delivery)}
    return replace(only(problem, {stop.id for stop in problem.stops} - names), shipments=())


def only(problem: Problem, stops: Set[str]) -> Problem:
    """Return the problem with these stops and those that have left, and the locks on them."""
    frozen = [lock.trip for lock in problem.locks if isinstance(lock, Frozen)]
    stops = stops | {visit.stop for trip in frozen for visit in trip.visits}
    locks: list[Lock] = []
    for lock in problem.locks:
        match lock:
            case Together(names):
                locks.append(Together(tuple(name for name in names if name in stops)))
            case First(name) | NotOn(name, _) if name in stops:
                locks.append(lock)
            case Frozen():
                locks.append(lock)
    kept = tuple(stop for stop in problem.stops if stop.id in stops)
    inside = {stop.id for stop in kept}
    shipments = [one for one in problem.shipments if {one.pickup, one.delivery} <= inside]
    return replace(problem, stops=kept, locks=tuple(locks), shipments=tuple(shipments))
