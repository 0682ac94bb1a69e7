"""An instance as the columns that the search reads."""

from __future__ import annotations

from routing.instance.lists import NEVER, Instance
from routing.search.arrays import Facts, StopFacts, VehicleFacts


def facts_of(instance: Instance) -> Facts:
    """Return the instance as columns, without the neighbours that ruin asks for."""
    fleet = len(instance.vehicles)
    dimensions = len(instance.vehicles[0].capacity) if fleet else 0
    depot = instance.problem.depot
    return Facts(
        size=instance.size,
        fleet=fleet,
        dimensions=dimensions,
        loading_time=depot.loading_time,
        loading_time_per_stop=depot.loading_time_per_stop,
        has_pickups=int(any(any(load) for load in instance.pickups)),
        has_groups=int(bool(instance.groups)),
        durations=instance.durations,
        distances=instance.distances,
        costs=instance.costs,
        stops=_stop_facts(instance),
        vehicles=_vehicle_facts(instance),
        deliveries=_by_dimension(instance.deliveries, dimensions),
        pickups=_by_dimension(instance.pickups, dimensions),
        capacity=[room for vehicle in instance.vehicles for room in vehicle.capacity],
        allowed=[int(may) for row in instance.allowed for may in row],
        width=0,
        near=[],
    )


def _stop_facts(instance: Instance) -> StopFacts:
    group = [0] * instance.size
    for number, nodes in enumerate(_merged(instance.groups), start=1):
        for node in nodes:
            group[node] = number
    return StopFacts(
        opens=instance.opens,
        closes=instance.closes,
        service=instance.services,
        release=instance.releases,
        freshness=instance.fresh,
        priority=instance.priorities,
        is_first=[int(first) for first in instance.is_first],
        group=group,
    )


def _merged(groups: tuple[tuple[int, ...], ...]) -> list[set[int]]:
    """Join groups that share a stop: all of them ride on one trip."""
    merged: list[set[int]] = []
    for group in groups:
        joined = set(group)
        separate = []
        for other in merged:
            if joined.isdisjoint(other):
                separate.append(other)
            else:
                joined |= other
        merged = [*separate, joined]
    return merged


def _vehicle_facts(instance: Instance) -> VehicleFacts:
    fleet = range(len(instance.vehicles))
    kinds = [(v.capacity, tuple(instance.allowed[i])) for i, v in enumerate(instance.vehicles)]
    return VehicleFacts(
        starts=[instance.shift(vehicle)[0] for vehicle in fleet],
        ends=[instance.shift(vehicle)[1] for vehicle in fleet],
        trips=[instance.trips_left(vehicle) for vehicle in fleet],
        metres=[instance.distance_left(vehicle) for vehicle in fleet],
        kind=[kinds.index(kind) for kind in kinds],
    )


def _by_dimension(loads: list[list[int]], dimensions: int) -> list[int]:
    return [load[d] if load else 0 for d in range(dimensions) for load in loads]


def with_neighbours(facts: Facts, most: int = 40) -> Facts:
    """Return the facts with up to `most` neighbours of each node."""
    size, stops = facts.size, facts.stops
    width = max(0, min(most, size - 2))
    near = [0] * (2 * size * width)
    middles = [opens + closes for opens, closes in zip(stops.opens, stops.closes, strict=True)]
    for node in range(1, size):
        there, back = facts.durations[node * size : (node + 1) * size], facts.durations[node::size]
        space = list(map(min, there, back))
        both = [
            way + abs(middle - middles[node]) // 4
            for way, middle in zip(space, middles, strict=True)
        ]
        for part, key in enumerate((space, both)):
            key[0] = key[node] = 2 * NEVER  # neither the depot nor the node itself
            begin = (part * size + node) * width
            near[begin : begin + width] = sorted(range(size), key=key.__getitem__)[:width]
    return facts._replace(width=width, near=near)
