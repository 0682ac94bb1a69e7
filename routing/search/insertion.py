"""The search's insertions: the best place for a node, each place judged in constant time.

Written as `routing.search.moves` is, for lists and for NumPy arrays.
"""

from __future__ import annotations

from routing.instance.lists import NEVER
from routing.search.arrays import (
    ADDED,
    BEHIND,
    TRIP,
    VALUE,
    VEHICLE,
    Facts,
    Memory,
    State,
    Wish,
)
from routing.search.moves import draw, following, loading, longer


def find_place(facts: Facts, state: State, memory: Memory, wish: Wish) -> bool:
    """Write the best place for the wish's node into `memory.place`; return whether there is one.

    The best costs least, a second by which a trip gets longer counted as `tight` quarters.
    """
    node, place = wish.node, memory.place
    place[VALUE] = NEVER
    group = trip_of_group(facts, state, node) if facts.stops.group[node] else 0
    for vehicle in range(facts.fleet):
        find_on_vehicle(facts, state, memory, vehicle, group, wish)
    return bool(place[VALUE] < NEVER)


def find_on_vehicle(
    facts: Facts, state: State, memory: Memory, vehicle: int, group: int, wish: Wish
) -> None:
    """Write the best place in the vehicle's day if it is better than the one known.

    `group` is the trip on which the node must ride, or 0.
    """
    if not facts.allowed[vehicle * facts.size + wish.node]:
        return
    days, trip = state.days, state.days.first[vehicle]
    while trip:
        if not state.trips.is_fixed[trip] and (group == 0 or group == trip):
            find_in_trip(facts, state, memory, trip, wish)
        trip = state.trips.next[trip]
    if group == 0 and days.trips[vehicle] < facts.vehicles.trips[vehicle]:
        find_new_trip(facts, state, memory, vehicle, wish)


def find_in_trip(facts: Facts, state: State, memory: Memory, trip: int, wish: Wish) -> None:
    """Try all gaps of the trip; write the best place if it is better than the one known."""
    nodes, trips = state.nodes, state.trips
    node, place, vehicle = wish.node, memory.place, trips.vehicle[trip]
    if cannot_hold(facts, state, trip, node):
        return
    size, costs, stops = facts.size, facts.costs, facts.stops
    metres = facts.vehicles.metres[vehicle] - state.days.metres[vehicle]
    length = trips.length[trip] - facts.loading_time_per_stop
    best, tight, blink, here = place[VALUE], wish.tight, wish.blink, 0
    while True:
        there = nodes.next[here] if here else trips.head[trip]
        cost = costs[here * size + node] + costs[node * size + there] - costs[here * size + there]
        closed = stops.is_first[node] if here else stops.is_first[there]
        # No trip gets shorter where no detour is a short cut: dearer places are passed over.
        if 4 * cost < best and not closed:
            longest = length_between(facts, state, trip, here, there, node)
            value = 4 * cost + tight * (longest - length)
            if (
                longest >= 0
                and value < best
                and (facts.has_pickups == 0 or carries(facts, state, trip, here, there, node))
                and longer(facts, here, there, node) <= metres
                and (blink == 0 or draw(memory.dice, blink) != 0)
            ):
                best = value
                place[VALUE], place[ADDED] = value, cost
                place[BEHIND], place[TRIP], place[VEHICLE] = here, trip, vehicle
        if there == 0:
            return
        here = there


def cannot_hold(facts: Facts, state: State, trip: int, node: int) -> bool:
    """Return whether the trip leaves too early, too late or too full for `node`, wherever it stood.

    Where a detour is a short cut it may say so wrongly of a place that would do.
    """
    stops, trips = facts.stops, state.trips
    opens = stops.opens[node]
    if max(stops.release[node], opens - stops.freshness[node]) > trips.latest[trip]:
        return True
    leaves = max(trips.earliest[trip], trips.ready[trip])
    if leaves + facts.durations[node] > stops.closes[node]:
        return True
    back = stops.service[node] + facts.durations[node * facts.size]
    if opens + back > trips.limit[trip]:
        return True
    dimensions, vehicle = facts.dimensions, trips.vehicle[trip]
    for dimension in range(dimensions):
        aboard = state.aboard[trip * dimensions + dimension]
        delivery = facts.deliveries[dimension * facts.size + node]
        if aboard + delivery > facts.capacity[vehicle * dimensions + dimension]:
            return True
    return False


def carries(facts: Facts, state: State, trip: int, here: int, there: int, node: int) -> bool:
    """Return whether the load allows `node` between `here` and `there` on the trip."""
    loads, dimensions, vehicle = state.loads, facts.dimensions, state.trips.vehicle[trip]
    for dimension in range(dimensions):
        base = dimension * facts.size
        delivery = facts.deliveries[base + node]
        aboard = state.aboard[trip * dimensions + dimension] + delivery
        change = facts.pickups[base + node] - delivery
        crest = max(change, 0)
        if here:
            crest = max(loads.change[base + here] + change, loads.crest[base + here])
        if there:
            crest = max(crest, loads.rest[base + there] + change)
        if aboard + crest > facts.capacity[vehicle * dimensions + dimension]:
            return False
    return True


def length_between(facts: Facts, state: State, trip: int, here: int, there: int, node: int) -> int:
    """Return the trip's length with `node` between `here` and `there` (0: the depot).

    -1 where time does not allow it.
    """
    stops, durations, size = facts.stops, facts.durations, facts.size
    nodes, trips = state.nodes, state.trips
    step = stops.service[here] + durations[here * size + node]
    time = nodes.time[here] + step
    start = max(nodes.start[here] + step, stops.opens[node])
    closes, fresh = stops.closes[node], stops.freshness[node]
    if start > closes or time > fresh:
        return -1
    latest = min(nodes.latest[here], closes - time)
    earliest = max(nodes.earliest[here], trips.released[trip], stops.release[node], start - fresh)
    step = stops.service[node] + durations[node * size + there]
    time += step
    start += step
    due, gap = nodes.due[there], nodes.fresh_gap[there]
    if start > due or time + gap > 0:
        return -1
    latest = min(latest, due - time)
    earliest = max(earliest, nodes.fresh_from[there], start + gap)
    leaves = max(earliest, trips.ready[trip] + loading(facts, trips.stops[trip] + 1))
    if leaves > latest:
        return -1
    time += nodes.rest[there]
    back = max(start + nodes.rest[there], nodes.back[there])
    if max(back, leaves + time) > trips.limit[trip]:
        return -1
    return int(max(time, back - latest))


def find_new_trip(facts: Facts, state: State, memory: Memory, vehicle: int, wish: Wish) -> None:
    """Try a trip of its own in every gap of the day; write the first place that is better."""
    node, place, distances = wish.node, memory.place, facts.distances
    cost = facts.costs[node] + facts.costs[node * facts.size]
    metres = facts.vehicles.metres[vehicle] - state.days.metres[vehicle]
    if 4 * cost >= place[VALUE] or distances[node] + distances[node * facts.size] > metres:
        return
    previous = 0
    while True:
        length = length_alone(facts, state, vehicle, previous, node)
        if length == -2:
            return
        value = 4 * cost + wish.tight * (length + loading(facts, 1))
        is_better = length >= 0 and value < place[VALUE]
        if is_better and (wish.blink == 0 or draw(memory.dice, wish.blink) != 0):
            place[VALUE], place[ADDED] = value, cost
            place[BEHIND], place[TRIP], place[VEHICLE] = previous, 0, vehicle
            return
        previous = state.trips.next[previous] if previous else state.days.first[vehicle]
        if previous == 0:
            return


def length_alone(facts: Facts, state: State, vehicle: int, previous: int, node: int) -> int:
    """Return the length of a trip to `node` alone, in the day after the trip `previous` (0: none).

    -1 where it does not fit, -2 where it is too late for it, then and afterwards.
    """
    stops, size, trips, dimensions = facts.stops, facts.size, state.trips, facts.dimensions
    for dimension in range(dimensions):
        room, at = facts.capacity[vehicle * dimensions + dimension], dimension * size + node
        if facts.deliveries[at] > room or facts.pickups[at] > room:
            return -1
    out, home = facts.durations[node], facts.durations[node * size]
    opens, closes, fresh = stops.opens[node], stops.closes[node], stops.freshness[node]
    free = trips.returned[previous] if previous else facts.vehicles.starts[vehicle]
    leaves = max(stops.release[node], opens - fresh, free + loading(facts, 1))
    if leaves + out > closes or out > fresh:
        return -2
    back = max(leaves + out, opens) + stops.service[node] + home
    if back > latest_return(facts, state, vehicle, following(state, vehicle, previous)):
        return -1
    return int(out + stops.service[node] + home)


def latest_return(facts: Facts, state: State, vehicle: int, later: int) -> int:
    """Return when a new trip before the trip `later` (0: the last) must be back at the latest."""
    trips = state.trips
    if later == 0:
        return int(facts.vehicles.ends[vehicle])
    if trips.is_fixed[later]:
        return int(trips.ready[later])
    leaves = min(trips.latest[later], trips.limit[later] - trips.time[later])
    return int(leaves - loading(facts, trips.stops[later]))


def trip_of_group(facts: Facts, state: State, node: int) -> int:
    """Return the trip on which another stop of the node's group rides, or 0."""
    stops, nodes = facts.stops, state.nodes
    for other in range(1, facts.size):
        if stops.group[other] == stops.group[node] and nodes.trip[other]:
            return int(nodes.trip[other])
    return 0
