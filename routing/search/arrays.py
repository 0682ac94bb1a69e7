"""The arrays that the search works on: plain lists, or NumPy's when the search is compiled.

Both kinds are flat, so that the same source reads them. Element ``i * size + j`` is the leg from
node i to node j; loads stand one dimension after the other (``dimension * size + node``).
"""

from __future__ import annotations

from heapq import nsmallest
from typing import Any, NamedTuple

from routing.instance.lists import NEVER, Instance
from routing.plan import Trip

Numbers = Any  # a list of integers or a NumPy array of them: the search cannot tell


# The columns of `Facts.stops` and `Facts.cars`, a row for each node and each vehicle.
STOP = 8
OPENS, CLOSES, SERVICES, RELEASES, FRESH, PRIORITIES, IS_FIRST, GROUP = range(STOP)
CAR = 5
STARTS, ENDS, MOST_TRIPS, MOST_DISTANCE, KIND = range(CAR)

# The columns of `State.nodes`, a row for each node. Forward, leaving at t starts it at
# max(FC, t + FT) if FE ≤ t ≤ FL; backward, arriving there at a ≤ BL the trip is back at
# max(BC, a + BT), and freshness asks a departure of at least BE and at least a + BG.
NODE = 12
AFTER, BEFORE, ON_TRIP, FT, FC, FL, FE, BT, BC, BL, BE, BG = range(NODE)

# The columns of `State.trips`: TIME and BACK are FT and FC on the return to the depot, LENGTH the
# least from departure to return; loading may begin at READY; a return after LIMIT would be too late
# for the trips that follow.
TRIP = 16
HEAD, TAIL, COUNT, VEHICLE, NEXT_TRIP, LAST_TRIP, TIME, BACK = range(8)
LATEST, EARLIEST, RELEASED, READY, RETURNED, LIMIT, FIXED, LENGTH = range(8, TRIP)

# The columns of `State.days`, a row for each vehicle, and the elements of `State.tally`.
DAY = 3
FIRST, DRIVEN, RIDDEN = range(DAY)
COST, UNSERVED, SPARE = range(3)


class Facts(NamedTuple):
    """The problem: never changes during a search."""

    size: int
    dimensions: int
    fleet: int
    loading: int
    loading_each: int
    has_pickups: int
    has_groups: int
    width: int
    durations: Numbers
    costs: Numbers
    distances: Numbers
    stops: Numbers
    cars: Numbers
    deliveries: Numbers
    pickups: Numbers
    allowed: Numbers  # vehicle * size + node
    capacity: Numbers  # vehicle * dimensions + dimension
    near: Numbers  # for each node its `width` neighbours in space, then in space and time


class State(NamedTuple):
    """A plan under change: nodes chained into trips, trips chained into days.

    Node 0 and trip 0 stand for none. Of the loads, for each dimension and node: the pick-ups less
    the deliveries made so far, the greatest of these so far (at least 0) and from here on.
    """

    nodes: Numbers
    trips: Numbers
    days: Numbers
    change: Numbers
    crest: Numbers
    rest: Numbers
    aboard: Numbers  # trip * dimensions + dimension
    spare: Numbers  # trip numbers not in use
    tally: Numbers  # cost, unserved priority, spare numbers left


class Seen(NamedTuple):
    """Trips that were driven in plans worth going on from: the cheapest order of each set of stops.

    A table of `slots` places, searched from a set's key (the sum of its stops' codes) on.
    """

    slots: int
    most: int  # rows there is room for
    width: int  # stops that a row has room for
    codes: Numbers  # for each node
    keys: Numbers  # for each slot, 0 where it is free
    rows: Numbers  # for each slot
    prices: Numbers  # for each row
    nodes: Numbers  # row * width + position, 0 behind the last stop
    tally: Numbers  # rows in use


def empty_seen(size: int, most: int, width: int = 24) -> Seen:
    """Return a table for so many trips; with room for none, nothing is kept."""
    slots = 2 * most + 1
    code = 1
    codes = [0]
    for _ in range(1, size):
        code = code * 48271 % 2147483647
        high = code
        code = code * 48271 % 2147483647
        codes.append((high << 20) ^ code)  # sums of a hundred still fit 64 bits
    return Seen(
        slots,
        most,
        width,
        codes,
        [0] * slots,
        [0] * slots,
        [0] * most,
        [0] * (most * width),
        [0],
    )


def facts(instance: Instance) -> Facts:
    """Return the instance as flat lists."""
    size, fleet = instance.size, len(instance.vehicles)
    dimensions = len(instance.vehicles[0].capacity) if fleet else 0
    depot = instance.problem.depot
    near, width = _near(instance)
    return Facts(
        size=size,
        dimensions=dimensions,
        fleet=fleet,
        loading=depot.loading_time,
        loading_each=depot.loading_time_per_stop,
        has_pickups=int(any(any(load) for load in instance.pickups)),
        has_groups=int(bool(instance.groups)),
        width=width,
        durations=instance.durations,
        costs=instance.costs,
        distances=instance.distances,
        stops=_stops(instance),
        cars=_cars(instance),
        deliveries=_by_dimension(instance.deliveries, dimensions),
        pickups=_by_dimension(instance.pickups, dimensions),
        allowed=[int(may) for row in instance.allowed for may in row],
        capacity=[room for vehicle in instance.vehicles for room in vehicle.capacity],
        near=near,
    )


def empty_state(instance: Instance, d: Facts) -> State:
    """Return the state in which only the frozen trips are driven."""
    frozen = sum(len(trips) for trips in instance.frozen)
    slots = d.size + frozen + 1
    state = State(
        nodes=[0] * (d.size * NODE),
        trips=[0] * (slots * TRIP),
        days=[0] * (d.fleet * DAY),
        change=[0] * (d.size * d.dimensions),
        crest=[0] * (d.size * d.dimensions),
        rest=[0] * (d.size * d.dimensions),
        aboard=[0] * (slots * d.dimensions),
        spare=list(range(slots - 1, frozen, -1)) + [0] * (frozen + 1),
        tally=[0, sum(instance.priorities), slots - 1 - frozen],
    )
    state.nodes[FL] = state.nodes[BL] = NEVER
    state.nodes[BG] = -NEVER
    number = 0
    for vehicle, trips in enumerate(instance.frozen):
        for trip in trips:
            number += 1
            _freeze(state, number, vehicle, trip, d.cars[vehicle * CAR + ENDS])
    return state


def _freeze(state: State, number: int, vehicle: int, trip: Trip, end: int) -> None:
    last = number - 1 if number > 1 else 0
    if last and state.trips[last * TRIP + VEHICLE] != vehicle:
        last = 0
    if last:
        state.trips[last * TRIP + NEXT_TRIP] = number
        state.trips[last * TRIP + LIMIT] = trip.loading
    else:
        state.days[vehicle * DAY + FIRST] = number
    row = number * TRIP
    state.trips[row + VEHICLE], state.trips[row + FIXED] = vehicle, 1
    state.trips[row + READY] = state.trips[row + LATEST] = trip.loading
    state.trips[row + RETURNED], state.trips[row + LIMIT] = trip.return_time, end
    state.trips[row + LAST_TRIP] = last


def _stops(instance: Instance) -> list[int]:
    group = [0] * instance.size
    for number, nodes in enumerate(_merged(instance.groups), start=1):
        for node in nodes:
            group[node] = number
    columns = (
        instance.opens,
        instance.closes,
        instance.services,
        instance.releases,
        instance.fresh,
        instance.priorities,
        instance.is_first,
        group,
    )
    return [int(value) for row in zip(*columns, strict=True) for value in row]


def _cars(instance: Instance) -> list[int]:
    kinds = _kinds(instance)
    return [
        value
        for v in range(len(instance.vehicles))
        for value in (
            *instance.shift(v),
            instance.trips_left(v),
            instance.distance_left(v),
            kinds[v],
        )
    ]


def _kinds(instance: Instance) -> list[int]:
    rows = [(v.capacity, tuple(instance.allowed[i])) for i, v in enumerate(instance.vehicles)]
    return [rows.index(row) for row in rows]


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
    middles = [
        opens + closes for opens, closes in zip(instance.opens, instance.closes, strict=True)
    ]
    for node in range(1, size):
        there, back = ways[node * size : (node + 1) * size], ways[node::size]
        space = list(map(min, there, back))
        apart = [
            way + abs(middle - middles[node]) // 4
            for way, middle in zip(space, middles, strict=True)
        ]
        for part, key in enumerate((space, apart)):
            key[0] = key[node] = 2 * NEVER  # neither the depot nor the node itself
            begin = (part * size + node) * width
            nearest = nsmallest(width, range(size), key=key.__getitem__)
            near[begin : begin + width] = nearest
    return near, width
