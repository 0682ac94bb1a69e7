"""The search's plan under change: what each trip and day allows, worked out anew, and the changes.

Written for lists of integers as well as for NumPy arrays, so that Numba may compile this source
as it is (see `routing.search.compiled`); hence columns instead of objects. What they hold is said
in `routing.search.arrays`.
"""

from __future__ import annotations

from routing.instance.lists import NEVER
from routing.search.arrays import (
    ABSENT,
    ADDED,
    BEHIND,
    COST,
    SPARE,
    TRIP,
    UNSERVED,
    VEHICLE,
    Facts,
    Numbers,
    State,
)


def draw(dice: Numbers, below: int) -> int:
    """Return a number from 0 to `below` - 1 (Lehmer's generator of Park and Miller)."""
    dice[0] = dice[0] * 48271 % 2147483647
    return int(dice[0] % below)


def loading(facts: Facts, count: int) -> int:
    """Return the seconds that loading for `count` stops takes."""
    return int(facts.loading_time + facts.loading_time_per_stop * count)


def longer(facts: Facts, here: int, there: int, node: int) -> int:
    """Return how many metres a detour over `node` adds."""
    size, distances = facts.size, facts.distances
    way = distances[here * size + node] + distances[node * size + there]
    return int(way - distances[here * size + there])


def after(state: State, trip: int, node: int) -> int:
    """Return the node after `node` on the trip, the first for 0."""
    return int(state.nodes.next[node] if node else state.trips.head[trip])


def following(state: State, vehicle: int, trip: int) -> int:
    """Return the trip after `trip` in the vehicle's day, the first for 0."""
    return int(state.trips.next[trip] if trip else state.days.first[vehicle])


def refresh_trip(facts: Facts, state: State, trip: int) -> bool:
    """Work the trip's columns out anew; return whether its own rules still hold."""
    stops, size, durations = facts.stops, facts.size, facts.durations
    nodes, trips = state.nodes, state.trips
    time, start, latest, earliest, released = 0, 0, NEVER, 0, 0
    here, node, count, holds = 0, trips.head[trip], 0, True
    while node:
        step = stops.service[here] + durations[here * size + node]
        closes, fresh = stops.closes[node], stops.freshness[node]
        time += step
        start = max(start + step, stops.opens[node])
        holds = holds and start <= closes and time <= fresh
        latest = min(latest, closes - time)
        earliest = max(earliest, start - fresh)
        released = max(released, stops.release[node])
        nodes.time[node], nodes.start[node] = time, start
        nodes.latest[node], nodes.earliest[node] = latest, earliest
        nodes.trip[node] = trip
        count += 1
        here, node = node, nodes.next[node]
    step = stops.service[here] + durations[here * size]
    trips.stops[trip], trips.tail[trip] = count, here
    trips.time[trip], trips.back[trip] = time + step, start + step
    earliest = max(earliest, released)
    trips.released[trip], trips.latest[trip], trips.earliest[trip] = released, latest, earliest
    trips.length[trip] = max(time + step, start + step - latest)
    refresh_backward(facts, state, trip)
    refresh_loads(facts, state, trip)
    return bool(holds and earliest <= latest and start + step < NEVER)


def refresh_backward(facts: Facts, state: State, trip: int) -> None:
    """Work out what the stops after each ask of the moment of arriving there."""
    stops, nodes = facts.stops, state.nodes
    node = state.trips.tail[trip]
    while node:
        there = nodes.next[node]
        step = stops.service[node] + facts.durations[node * facts.size + there]
        opens, fresh = stops.opens[node], stops.freshness[node]
        rest, gap = nodes.rest[there], nodes.fresh_gap[there]
        nodes.rest[node] = step + rest
        nodes.back[node] = max(nodes.back[there], opens + step + rest)
        nodes.due[node] = min(stops.closes[node], nodes.due[there] - step)
        nodes.fresh_from[node] = max(opens - fresh, nodes.fresh_from[there], opens + step + gap)
        nodes.fresh_gap[node] = max(-fresh, step + gap)
        node = nodes.previous[node]


def refresh_loads(facts: Facts, state: State, trip: int) -> None:
    """Work out the loads along the trip in every dimension."""
    nodes, loads = state.nodes, state.loads
    for dimension in range(facts.dimensions):
        base = dimension * facts.size
        aboard, change, crest = 0, 0, 0
        node = state.trips.head[trip]
        while node:
            delivery = facts.deliveries[base + node]
            aboard += delivery
            change += facts.pickups[base + node] - delivery
            crest = max(crest, change)
            loads.change[base + node], loads.crest[base + node] = change, crest
            node = nodes.next[node]
        state.aboard[trip * facts.dimensions + dimension] = aboard
        node = state.trips.tail[trip]
        rest = -NEVER
        while node:
            rest = max(rest, loads.change[base + node])
            loads.rest[base + node] = rest
            node = nodes.previous[node]


def refresh_day(facts: Facts, state: State, vehicle: int) -> bool:
    """Work out when each trip of the day may begin and must end; return whether all can."""
    trips = state.trips
    free, trip, holds, last = facts.vehicles.starts[vehicle], state.days.first[vehicle], True, 0
    while trip:
        if trips.is_fixed[trip]:
            holds = holds and (last == 0 or free <= trips.ready[trip])
            free = trips.returned[trip]
        else:
            trips.ready[trip] = free
            leaves = max(trips.earliest[trip], free + loading(facts, trips.stops[trip]))
            holds = holds and leaves <= trips.latest[trip]
            free = max(trips.back[trip], leaves + trips.time[trip])
            trips.returned[trip] = free
        last, trip = trip, trips.next[trip]
    limit, trip = facts.vehicles.ends[vehicle], last
    while trip:
        trips.limit[trip] = limit
        if trips.is_fixed[trip]:
            limit = trips.ready[trip]
        else:
            holds = holds and trips.returned[trip] <= limit
            leaves = min(trips.latest[trip], limit - trips.time[trip])
            limit = leaves - loading(facts, trips.stops[trip])
        trip = trips.previous[trip]
    return bool(holds)


def insert(facts: Facts, state: State, node: int, place: Numbers) -> None:
    """Put `node` where `find_place` said."""
    trip, vehicle, behind = place[TRIP], place[VEHICLE], place[BEHIND]
    if trip == 0:
        trip, behind = open_trip(state, vehicle, behind), 0
        metres = facts.distances[node] + facts.distances[node * facts.size]
    else:
        metres = longer(facts, behind, after(state, trip, behind), node)
    state.days.metres[vehicle] += metres
    chain(state, trip, behind, node)
    state.tally[COST] += place[ADDED]
    state.tally[UNSERVED] -= facts.stops.priority[node]
    refresh_trip(facts, state, trip)
    refresh_day(facts, state, vehicle)


def drive(facts: Facts, state: State, vehicle: int, nodes: Numbers) -> bool:
    """Add a trip with these stops in this order in the first gap of the day that holds it.

    Return whether one does; the trip is new and its stops are absent before.
    """
    for node in nodes:
        if not facts.allowed[vehicle * facts.size + node]:
            return False
    cost, metres = along(facts.costs, facts.size, nodes), along(facts.distances, facts.size, nodes)
    previous = 0
    while state.days.trips[vehicle] < facts.vehicles.trips[vehicle]:
        trip = open_trip(state, vehicle, previous)
        here = 0
        for node in nodes:
            chain(state, trip, here, node)
            here = node
        holds = refresh_trip(facts, state, trip) and refresh_day(facts, state, vehicle)
        within = state.days.metres[vehicle] + metres <= facts.vehicles.metres[vehicle]
        if holds and within and bears(facts, state, trip):
            state.days.metres[vehicle] += metres
            state.tally[COST] += cost
            for node in nodes:
                state.tally[UNSERVED] -= facts.stops.priority[node]
            return True
        for node in nodes:
            state.nodes.trip[node] = 0
        close_trip(state, trip)
        refresh_day(facts, state, vehicle)
        previous = following(state, vehicle, previous)
        if previous == 0:
            return False
    return False


def along(ways: Numbers, size: int, nodes: Numbers) -> int:
    """Return the sum of the ways from the depot through the nodes and back."""
    total, here = 0, 0
    for node in nodes:
        total += ways[here * size + node]
        here = node
    return int(total + ways[here * size])


def bears(facts: Facts, state: State, trip: int) -> bool:
    """Return whether the trip keeps within its vehicle's capacity, and its firsts stand first."""
    trips, loads, dimensions = state.trips, state.loads, facts.dimensions
    node = state.nodes.next[trips.head[trip]]
    while node:
        if facts.stops.is_first[node]:
            return False
        node = state.nodes.next[node]
    for dimension in range(dimensions):
        room = facts.capacity[trips.vehicle[trip] * dimensions + dimension]
        crest = loads.crest[dimension * facts.size + trips.tail[trip]]
        if state.aboard[trip * dimensions + dimension] + crest > room:
            return False
    return True


def chain(state: State, trip: int, here: int, node: int) -> None:
    """Hang `node` behind `here` (0: at the head) of the trip."""
    nodes, trips, there = state.nodes, state.trips, after(state, trip, here)
    nodes.previous[node], nodes.next[node] = here, there
    if here:
        nodes.next[here] = node
    else:
        trips.head[trip] = node
    if there:
        nodes.previous[there] = node
    else:
        trips.tail[trip] = node


def open_trip(state: State, vehicle: int, previous: int) -> int:
    """Return a new empty trip in the vehicle's day, after `previous` (0: at its beginning)."""
    trips, days, tally = state.trips, state.days, state.tally
    tally[SPARE] -= 1
    trip, later = state.spare[tally[SPARE]], following(state, vehicle, previous)
    trips.vehicle[trip], trips.is_fixed[trip], trips.head[trip] = vehicle, 0, 0
    trips.previous[trip], trips.next[trip] = previous, later
    if previous:
        trips.next[previous] = trip
    else:
        days.first[vehicle] = trip
    if later:
        trips.previous[later] = trip
    days.trips[vehicle] += 1
    return int(trip)


def close_trip(state: State, trip: int) -> None:
    """Take an empty trip out of its day."""
    trips, days, tally = state.trips, state.days, state.tally
    previous, later, vehicle = trips.previous[trip], trips.next[trip], trips.vehicle[trip]
    if previous:
        trips.next[previous] = later
    else:
        days.first[vehicle] = later
    if later:
        trips.previous[later] = previous
    days.trips[vehicle] -= 1
    state.spare[tally[SPARE]] = trip
    tally[SPARE] += 1


def remove(facts: Facts, state: State, node: int) -> None:
    """Unchain `node` without working its trip out anew; it is absent."""
    nodes, trips, size, costs = state.nodes, state.trips, facts.size, facts.costs
    trip, here, there = nodes.trip[node], nodes.previous[node], nodes.next[node]
    tally = state.tally
    tally[COST] -= costs[here * size + node] + costs[node * size + there]
    tally[COST] += costs[here * size + there]
    tally[UNSERVED] += facts.stops.priority[node]
    state.days.metres[trips.vehicle[trip]] -= longer(facts, here, there, node)
    if here:
        nodes.next[here] = there
    else:
        trips.head[trip] = there
    if there:
        nodes.previous[there] = here
    else:
        trips.tail[trip] = here
    trips.stops[trip] -= 1
    nodes.trip[node] = 0
    state.absent[tally[ABSENT]] = node
    tally[ABSENT] += 1


def settle(facts: Facts, state: State, trip: int) -> None:
    """Work the trip and its day out anew; where a detour was a short cut, empty the trip."""
    trips, vehicle = state.trips, state.trips.vehicle[trip]
    holds = trips.stops[trip] > 0 and refresh_trip(facts, state, trip)
    holds = holds and refresh_day(facts, state, vehicle)
    if holds and state.days.metres[vehicle] <= facts.vehicles.metres[vehicle]:
        return
    while trips.head[trip]:
        remove(facts, state, trips.head[trip])
    close_trip(state, trip)
    refresh_day(facts, state, vehicle)
