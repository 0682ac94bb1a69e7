"""Of plans equally good, the one that changes least for the riders: the secondary objective.

A stop has changed when it rides on another vehicle than in the plan before, or on a trip with other
stops or in another order; a stop that was not served before cannot change.
"""

from __future__ import annotations

from time import monotonic

from routing.instance.best import Best
from routing.instance.lists import Days, Instance, Nodes
from routing.instance.timing import lay

MOST_TRIPS = 6_000  # among more, only vehicles that are alike change places
SECONDS = 2.0  # for CP-SAT, at most


def count_changes(before: Days, days: Days) -> int:
    """Return how many stops have changed; both are trips of nodes for each vehicle."""
    old = _trips(before)
    return sum(_changed(old, nodes, vehicle) for vehicle, day in enumerate(days) for nodes in day)


def change_least(
    instance: Instance, before: Days, best: Best, *, until: float, seed: int = 0
) -> None:
    """Replace the best days by equally good ones with the fewest changes that are found."""
    _keep(best, before, _relabelled(instance, before, best.days))
    if count_changes(before, best.days) and monotonic() < until:
        days = _chosen(instance, before, best, min(until, monotonic() + SECONDS), seed)
        if days is not None:
            _keep(best, before, days)


def _keep(best: Best, before: Days, days: Days) -> None:
    if count_changes(before, days) < count_changes(before, best.days):
        best.days = days


def _trips(days: Days) -> dict[int, tuple[int, Nodes]]:
    return {
        node: (vehicle, nodes)
        for vehicle, day in enumerate(days)
        for nodes in day
        for node in nodes
    }


def _changed(old: dict[int, tuple[int, Nodes]], nodes: Nodes, vehicle: int) -> int:
    return sum(1 for node in nodes if node in old and old[node] != (vehicle, nodes))


def _relabelled(instance: Instance, before: Days, days: Days) -> Days:
    """Give each vehicle the day that fits it best, the greatest likeness first."""
    likeness = sorted(
        (
            (-_likeness(before[vehicle], day), vehicle != index, vehicle, index)
            for vehicle in range(len(days))
            for index, day in enumerate(days)
            if lay(instance, vehicle, day) is not None and _are_alike(instance, vehicle, index)
        ),
    )
    given: dict[int, int] = {}
    for _, _, vehicle, index in likeness:
        if vehicle not in given and index not in given.values():
            given[vehicle] = index
    return [days[given[v]] for v in range(len(days))] if len(given) == len(days) else days


def _likeness(one: list[Nodes], two: list[Nodes]) -> int:
    return sum(len(nodes) for nodes in two if nodes in one)


def _are_alike(instance: Instance, one: int, two: int) -> bool:
    a, b = instance.vehicles[one], instance.vehicles[two]
    limits = [(v.capacity, v.shift, v.max_trips, v.max_distance) for v in (a, b)]
    return one == two or (
        limits[0] == limits[1]
        and instance.allowed[one] == instance.allowed[two]
        and not instance.frozen[one]
        and not instance.frozen[two]
    )


def _chosen(instance: Instance, before: Days, best: Best, until: float, seed: int) -> Days | None:
    from routing.exact.select import Effort, Wanted, select
    from routing.exact.trips import MOST_STOPS, list_trips

    if not instance.vehicles or not 1 < instance.size <= MOST_STOPS + 1:
        return None
    trips, complete = list_trips(instance, most=MOST_TRIPS, until=until)
    if not complete or len(trips) > MOST_TRIPS:
        return None
    old = _trips(before)
    wanted = Wanted(
        unserved=best.unserved,
        cost=best.cost,
        changed=lambda nodes, vehicle: _changed(old, nodes, vehicle),
    )
    choice = select(instance, trips, wanted, Effort(until, seed, workers=2))
    if (choice.unserved, choice.cost) != (best.unserved, best.cost):
        return None
    return choice.days
