"""The arrays that the search works on: plain lists, or NumPy's when the search is compiled.

Both kinds are flat, so that the same source reads them. Element ``i * size + j`` is the leg from
node i to node j; loads stand one dimension after the other (``dimension * size + node``).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from routing.instance import NEVER, Instance

Numbers = Any  # a list of integers or a NumPy array of them: the search cannot tell


class Facts(NamedTuple):
    """The problem: never changes during a search."""

    size: int
    dimensions: int
    fleet: int
    loading: int
    loading_each: int
    has_pickups: int
    has_groups: int
    durations: Numbers
    costs: Numbers
    distances: Numbers
    opens: Numbers
    closes: Numbers
    services: Numbers
    releases: Numbers
    fresh: Numbers
    priorities: Numbers
    deliveries: Numbers
    pickups: Numbers
    is_first: Numbers
    group: Numbers
    allowed: Numbers  # vehicle * size + node
    capacity: Numbers  # vehicle * dimensions + dimension
    starts: Numbers
    ends: Numbers
    most_trips: Numbers
    most_distance: Numbers
    near: Numbers  # for each node its neighbours in space, then in space and time
    width: int


class State(NamedTuple):
    """A plan under change: nodes chained into trips, trips chained into days.

    Node 0 and trip 0 stand for none. For each node: forward, leaving at t starts it at
    max(fc, t + ft) if fe ≤ t ≤ fl; backward, arriving there at a ≤ bl the trip is back at
    max(bc, a + bt), and freshness asks a departure of at least be and at least a + bg.
    """

    after: Numbers
    before: Numbers
    trip: Numbers
    ft: Numbers
    fc: Numbers
    fl: Numbers
    fe: Numbers
    bt: Numbers
    bc: Numbers
    bl: Numbers
    be: Numbers
    bg: Numbers
    change: Numbers  # pick-ups less deliveries made so far
    crest: Numbers  # the greatest change so far, at least 0
    rest: Numbers  # the greatest change from here on
    head: Numbers
    tail: Numbers
    count: Numbers
    vehicle: Numbers
    next_trip: Numbers
    last_trip: Numbers
    time: Numbers
    back: Numbers
    latest: Numbers
    earliest: Numbers
    released: Numbers
    aboard: Numbers  # trip * dimensions + dimension
    ready: Numbers  # when loading may begin
    returned: Numbers
    limit: Numbers  # the latest return that the trips after it allow
    fixed: Numbers
    first: Numbers
    trips: Numbers
    ridden: Numbers
    spare: Numbers  # trip numbers not in use
    tally: Numbers  # cost, unserved priority, spare numbers left


COST, UNSERVED, SPARE = 0, 1, 2


def facts(instance: Instance) -> Facts:
    """Return the instance as flat lists."""
    size, fleet = instance.size, len(instance.vehicles)
    dimensions = len(instance.vehicles[0].capacity) if fleet else 0
    group = [0] * size
    for number, nodes in enumerate(_merged(instance.groups), start=1):
        for node in nodes:
            group[node] = number
    depot = instance.problem.depot
    near, width = _near(instance)
    return Facts(
        size=size,
        dimensions=dimensions,
        fleet=fleet,
        loading=depot.loading_time,
        loading_each=depot.loading_time_per_stop,
        has_pickups=int(any(any(load) for load in instance.pickups)),
        has_groups=int(any(group)),
        durations=instance.durations,
        costs=instance.costs,
        distances=instance.distances,
        opens=instance.opens,
        closes=instance.closes,
        services=instance.services,
        releases=instance.releases,
        fresh=instance.fresh,
        priorities=instance.priorities,
        deliveries=_by_dimension(instance.deliveries, dimensions),
        pickups=_by_dimension(instance.pickups, dimensions),
        is_first=[int(is_first) for is_first in instance.is_first],
        group=group,
        allowed=[int(may) for row in instance.allowed for may in row],
        capacity=[room for vehicle in instance.vehicles for room in vehicle.capacity],
        starts=[instance.shift(v)[0] for v in range(fleet)],
        ends=[instance.shift(v)[1] for v in range(fleet)],
        most_trips=[instance.trips_left(v) for v in range(fleet)],
        most_distance=[instance.distance_left(v) for v in range(fleet)],
        near=near,
        width=width,
    )


def empty_state(instance: Instance, data: Facts) -> State:
    """Return the state in which only the frozen trips are driven."""
    size, fleet = data.size, data.fleet
    frozen = sum(len(trips) for trips in instance.frozen)
    slots = size + frozen + 1
    state = State(
        **{name: [0] * size for name in State._fields[:12]},
        **{name: [0] * (size * data.dimensions) for name in State._fields[12:15]},
        **{name: [0] * slots for name in State._fields[15:31]},
        **{name: [0] * fleet for name in State._fields[31:34]},
        spare=list(range(slots - 1, frozen, -1)) + [0] * (frozen + 1),
        tally=[0, sum(data.priorities), slots - 1 - frozen],
    )
    state = state._replace(aboard=[0] * (slots * max(1, data.dimensions)))
    state.fl[0] = state.bl[0] = NEVER
    state.bg[0] = -NEVER
    for dimension in range(data.dimensions):
        state.rest[dimension * size] = -NEVER
    number = 0
    for vehicle, trips in enumerate(instance.frozen):
        last = 0
        for trip in trips:
            number += 1
            state.vehicle[number] = vehicle
            state.fixed[number] = 1
            state.ready[number] = state.latest[number] = trip.loading
            state.returned[number] = trip.return_time
            state.last_trip[number] = last
            if last:
                state.next_trip[last] = number
                state.limit[last] = trip.loading
            else:
                state.first[vehicle] = number
            state.limit[number] = data.ends[vehicle]
            last = number
    return state


def _by_dimension(loads: list[list[int]], dimensions: int) -> list[int]:
    return [load[d] if load else 0 for d in range(dimensions) for load in loads]


def _merged(groups: tuple[tuple[int, ...], ...]) -> list[set[int]]:
    """Join groups that share a stop: all of them ride on one trip."""
    merged: list[set[int]] = []
    for group in groups:
        joined = set(group)
        apart = []
        for other in merged:
            if joined.isdisjoint(other):
                apart.append(other)
            else:
                joined |= other
        merged = [*apart, joined]
    return merged


def _near(instance: Instance, most: int = 40) -> tuple[list[int], int]:
    """Return for each node its nearest, first in space, then in space and time."""
    size, ways = instance.size, instance.durations
    width = max(0, min(most, size - 2))
    near = [0] * (2 * size * width)
    for node in range(1, size):
        others = [other for other in range(1, size) if other != node]
        space = {o: min(ways[node * size + o], ways[o * size + node]) for o in others}
        middle = instance.opens[node] + instance.closes[node]
        apart = {
            o: space[o] + abs(instance.opens[o] + instance.closes[o] - middle) // 4 for o in others
        }
        for part, key in enumerate((space, apart)):
            nearest = sorted(others, key=key.__getitem__)[:width]
            begin = (part * size + node) * width
            near[begin : begin + width] = nearest
    return near, width
