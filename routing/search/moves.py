"""The search's plan under change: what each trip and day allows, worked out anew, and the changes.

Written for lists of integers as well as for NumPy arrays, so that Numba may compile this source
as it is (see `routing.search.compiled`); hence indices and flat arrays instead of objects. The
notation is that of `routing.search.arrays`.
"""

from __future__ import annotations

from routing.instance.lists import NEVER
from routing.search.arrays import (
    AFTER,
    BACK,
    BC,
    BE,
    BEFORE,
    BG,
    BL,
    BT,
    CAR,
    CLOSES,
    COST,
    COUNT,
    DAY,
    DRIVEN,
    EARLIEST,
    ENDS,
    FC,
    FE,
    FIRST,
    FIXED,
    FL,
    FRESH,
    FT,
    HEAD,
    IS_FIRST,
    LAST_TRIP,
    LATEST,
    LENGTH,
    LIMIT,
    MOST_DISTANCE,
    MOST_TRIPS,
    NEXT_TRIP,
    NODE,
    ON_TRIP,
    OPENS,
    PRIORITIES,
    READY,
    RELEASED,
    RELEASES,
    RETURNED,
    RIDDEN,
    SERVICES,
    SPARE,
    STARTS,
    STOP,
    TAIL,
    TIME,
    TRIP,
    UNSERVED,
    VEHICLE,
    Facts,
    Numbers,
    State,
)

# A place is four numbers: cost, previous node (or trip), trip (0: a new one), vehicle.


def draw(dice: Numbers, below: int) -> int:
    """Return a number from 0 to `below` - 1 (Lehmer's generator of Park and Miller)."""
    dice[0] = dice[0] * 48271 % 2147483647
    return int(dice[0] % below)


def refresh_trip(d: Facts, s: State, trip: int) -> bool:
    """Work the trip's data out anew; return whether its own rules still hold."""
    stops, durations, size, nodes, trips = d.stops, d.durations, d.size, s.nodes, s.trips
    row = trip * TRIP
    time, start, latest, earliest, released = 0, 0, NEVER, 0, 0
    here, node, count, holds = 0, trips[row + HEAD], 0, True
    while node:
        step = stops[here * STOP + SERVICES] + durations[here * size + node]
        time += step
        start = max(start + step, stops[node * STOP + OPENS])
        holds = (
            holds and start <= stops[node * STOP + CLOSES] and time <= stops[node * STOP + FRESH]
        )
        latest = min(latest, stops[node * STOP + CLOSES] - time)
        earliest = max(earliest, start - stops[node * STOP + FRESH])
        released = max(released, stops[node * STOP + RELEASES])
        (
            nodes[node * NODE + FT],
            nodes[node * NODE + FC],
            nodes[node * NODE + FL],
            nodes[node * NODE + FE],
        ) = time, start, latest, earliest
        nodes[node * NODE + ON_TRIP] = trip
        count += 1
        here, node = node, nodes[node * NODE + AFTER]
    step = stops[here * STOP + SERVICES] + durations[here * size]
    trips[row + COUNT], trips[row + TAIL] = count, here
    trips[row + TIME], trips[row + BACK], trips[row + RELEASED] = (
        time + step,
        start + step,
        released,
    )
    trips[row + LATEST], trips[row + EARLIEST] = latest, max(earliest, released)
    trips[row + LENGTH] = max(time + step, start + step - latest)
    refresh_backward(d, s, trip)
    refresh_loads(d, s, trip)
    return bool(holds and trips[row + EARLIEST] <= latest and trips[row + BACK] < NEVER)


def refresh_backward(d: Facts, s: State, trip: int) -> None:
    """Work out what the stops after each ask of the moment of arriving there."""
    stops, nodes = d.stops, s.nodes
    node = s.trips[trip * TRIP + TAIL]
    while node:
        there = nodes[node * NODE + AFTER]
        step = stops[node * STOP + SERVICES] + d.durations[node * d.size + there]
        opens, fresh = stops[node * STOP + OPENS], stops[node * STOP + FRESH]
        nodes[node * NODE + BT] = step + nodes[there * NODE + BT]
        nodes[node * NODE + BC] = max(
            nodes[there * NODE + BC], opens + step + nodes[there * NODE + BT]
        )
        nodes[node * NODE + BL] = min(stops[node * STOP + CLOSES], nodes[there * NODE + BL] - step)
        nodes[node * NODE + BE] = max(
            opens - fresh, nodes[there * NODE + BE], opens + step + nodes[there * NODE + BG]
        )
        nodes[node * NODE + BG] = max(-fresh, step + nodes[there * NODE + BG])
        node = nodes[node * NODE + BEFORE]


def refresh_loads(d: Facts, s: State, trip: int) -> None:
    """Work out the loads along the trip in every dimension."""
    for dimension in range(d.dimensions):
        base = dimension * d.size
        aboard, change, crest = 0, 0, 0
        node = s.trips[trip * TRIP + HEAD]
        while node:
            aboard += d.deliveries[base + node]
            change += d.pickups[base + node] - d.deliveries[base + node]
            crest = max(crest, change)
            s.change[base + node], s.crest[base + node] = change, crest
            node = s.nodes[node * NODE + AFTER]
        s.aboard[trip * d.dimensions + dimension] = aboard
        node = s.trips[trip * TRIP + TAIL]
        rest = -NEVER
        while node:
            rest = max(rest, s.change[base + node])
            s.rest[base + node] = rest
            node = s.nodes[node * NODE + BEFORE]


def refresh_day(d: Facts, s: State, vehicle: int) -> bool:
    """Work out when each trip of the day may begin and must end; return whether all can."""
    trips = s.trips
    free, trip, holds, last = d.cars[vehicle * CAR + STARTS], s.days[vehicle * DAY + FIRST], True, 0
    while trip:
        if trips[trip * TRIP + FIXED]:
            holds = holds and (last == 0 or free <= trips[trip * TRIP + READY])
            free = trips[trip * TRIP + RETURNED]
        else:
            trips[trip * TRIP + READY] = free
            leaves = max(
                trips[trip * TRIP + EARLIEST], free + loading(d, trips[trip * TRIP + COUNT])
            )
            holds = holds and leaves <= trips[trip * TRIP + LATEST]
            free = max(trips[trip * TRIP + BACK], leaves + trips[trip * TRIP + TIME])
            trips[trip * TRIP + RETURNED] = free
        last, trip = trip, trips[trip * TRIP + NEXT_TRIP]
    limit, trip = d.cars[vehicle * CAR + ENDS], last
    while trip:
        trips[trip * TRIP + LIMIT] = limit
        if trips[trip * TRIP + FIXED]:
            limit = trips[trip * TRIP + READY]
        else:
            holds = holds and trips[trip * TRIP + RETURNED] <= limit
            leaves = min(trips[trip * TRIP + LATEST], limit - trips[trip * TRIP + TIME])
            limit = leaves - loading(d, trips[trip * TRIP + COUNT])
        trip = trips[trip * TRIP + LAST_TRIP]
    return bool(holds)


def loading(d: Facts, count: int) -> int:
    """Return the seconds that loading for `count` stops takes."""
    return int(d.loading + d.loading_each * count)


def longer(d: Facts, here: int, there: int, node: int) -> int:
    """Return how many metres a detour over `node` adds."""
    leg = here * d.size
    way = d.distances[leg + node] + d.distances[node * d.size + there]
    return int(way - d.distances[leg + there])


def insert(d: Facts, s: State, node: int, place: Numbers) -> None:
    """Put `node` where `find_place` said."""
    trip, vehicle = place[2], place[3]
    if trip == 0:
        trip = open_trip(s, vehicle, place[1])
        s.days[vehicle * DAY + RIDDEN] += d.distances[node] + d.distances[node * d.size]
        chain(s, trip, 0, node)
    else:
        here = place[1]
        there = s.nodes[here * NODE + AFTER] if here else s.trips[trip * TRIP + HEAD]
        s.days[vehicle * DAY + RIDDEN] += longer(d, here, there, node)
        chain(s, trip, here, node)
    s.tally[COST] += place[0]
    s.tally[UNSERVED] -= d.stops[node * STOP + PRIORITIES]
    refresh_trip(d, s, trip)
    refresh_day(d, s, vehicle)


def drive(d: Facts, s: State, vehicle: int, nodes: Numbers) -> bool:
    """Add a trip with these stops in this order in the first gap of the day that holds it.

    Return whether one does; the trip is new and its stops are absent before.
    """
    for index in range(len(nodes)):
        if not d.allowed[vehicle * d.size + nodes[index]]:
            return False
    previous = 0
    while s.days[vehicle * DAY + DRIVEN] < d.cars[vehicle * CAR + MOST_TRIPS]:
        trip = open_trip(s, vehicle, previous)
        cost, way, here = 0, 0, 0
        for index in range(len(nodes)):
            node = nodes[index]
            chain(s, trip, here, node)
            cost += d.costs[here * d.size + node]
            way += d.distances[here * d.size + node]
            here = node
        cost += d.costs[here * d.size]
        way += d.distances[here * d.size]
        holds = refresh_trip(d, s, trip) and refresh_day(d, s, vehicle)
        s.days[vehicle * DAY + RIDDEN] += way
        within = s.days[vehicle * DAY + RIDDEN] <= d.cars[vehicle * CAR + MOST_DISTANCE]
        if holds and within and bears(d, s, trip):
            s.tally[COST] += cost
            for index in range(len(nodes)):
                s.tally[UNSERVED] -= d.stops[nodes[index] * STOP + PRIORITIES]
            return True
        s.days[vehicle * DAY + RIDDEN] -= way
        for index in range(len(nodes)):
            s.nodes[nodes[index] * NODE + ON_TRIP] = 0
        close_trip(s, trip)
        refresh_day(d, s, vehicle)
        following = s.trips[previous * TRIP + NEXT_TRIP] if previous else 0
        previous = following if previous else s.days[vehicle * DAY + FIRST]
        if previous == 0:
            return False
    return False


def bears(d: Facts, s: State, trip: int) -> bool:
    """Return whether the trip keeps within its vehicle's capacity, and its firsts stand first."""
    vehicle = s.trips[trip * TRIP + VEHICLE]
    node = s.nodes[s.trips[trip * TRIP + HEAD] * NODE + AFTER]
    while node:
        if d.stops[node * STOP + IS_FIRST]:
            return False
        node = s.nodes[node * NODE + AFTER]
    tail = s.trips[trip * TRIP + TAIL]
    for dimension in range(d.dimensions):
        room = d.capacity[vehicle * d.dimensions + dimension]
        peak = s.aboard[trip * d.dimensions + dimension] + s.crest[dimension * d.size + tail]
        if peak > room:
            return False
    return True


def chain(s: State, trip: int, here: int, node: int) -> None:
    """Hang `node` behind `here` (0: at the head) of the trip."""
    there = s.nodes[here * NODE + AFTER] if here else s.trips[trip * TRIP + HEAD]
    s.nodes[node * NODE + BEFORE], s.nodes[node * NODE + AFTER] = here, there
    if here:
        s.nodes[here * NODE + AFTER] = node
    else:
        s.trips[trip * TRIP + HEAD] = node
    if there:
        s.nodes[there * NODE + BEFORE] = node
    else:
        s.trips[trip * TRIP + TAIL] = node


def open_trip(s: State, vehicle: int, previous: int) -> int:
    """Return a new empty trip in the vehicle's day, after `previous` (0: at its beginning)."""
    s.tally[SPARE] -= 1
    trip = s.spare[s.tally[SPARE]]
    following = s.trips[previous * TRIP + NEXT_TRIP] if previous else s.days[vehicle * DAY + FIRST]
    s.trips[trip * TRIP + VEHICLE], s.trips[trip * TRIP + FIXED], s.trips[trip * TRIP + HEAD] = (
        vehicle,
        0,
        0,
    )
    s.trips[trip * TRIP + LAST_TRIP], s.trips[trip * TRIP + NEXT_TRIP] = previous, following
    if previous:
        s.trips[previous * TRIP + NEXT_TRIP] = trip
    else:
        s.days[vehicle * DAY + FIRST] = trip
    if following:
        s.trips[following * TRIP + LAST_TRIP] = trip
    s.days[vehicle * DAY + DRIVEN] += 1
    return int(trip)


def close_trip(s: State, trip: int) -> None:
    """Take an empty trip out of its day."""
    previous, following = s.trips[trip * TRIP + LAST_TRIP], s.trips[trip * TRIP + NEXT_TRIP]
    if previous:
        s.trips[previous * TRIP + NEXT_TRIP] = following
    else:
        s.days[s.trips[trip * TRIP + VEHICLE] * DAY + FIRST] = following
    if following:
        s.trips[following * TRIP + LAST_TRIP] = previous
    s.days[s.trips[trip * TRIP + VEHICLE] * DAY + DRIVEN] -= 1
    s.spare[s.tally[SPARE]] = trip
    s.tally[SPARE] += 1


def remove(d: Facts, s: State, node: int, absent: Numbers, many: int) -> int:
    """Unchain `node` without working its trip out anew; return how many nodes are absent."""
    trip, here, there = (
        s.nodes[node * NODE + ON_TRIP],
        s.nodes[node * NODE + BEFORE],
        s.nodes[node * NODE + AFTER],
    )
    leg = here * d.size
    s.tally[COST] -= d.costs[leg + node] + d.costs[node * d.size + there] - d.costs[leg + there]
    s.tally[UNSERVED] += d.stops[node * STOP + PRIORITIES]
    s.days[s.trips[trip * TRIP + VEHICLE] * DAY + RIDDEN] -= longer(d, here, there, node)
    if here:
        s.nodes[here * NODE + AFTER] = there
    else:
        s.trips[trip * TRIP + HEAD] = there
    if there:
        s.nodes[there * NODE + BEFORE] = here
    else:
        s.trips[trip * TRIP + TAIL] = here
    s.trips[trip * TRIP + COUNT] -= 1
    s.nodes[node * NODE + ON_TRIP] = 0
    absent[many + 1] = node
    return many + 1


def settle(d: Facts, s: State, trip: int, absent: Numbers, many: int) -> int:
    """Work the trip and its day out anew; where a detour was a short cut, empty the trip."""
    vehicle = s.trips[trip * TRIP + VEHICLE]
    holds = (
        s.trips[trip * TRIP + COUNT] > 0 and refresh_trip(d, s, trip) and refresh_day(d, s, vehicle)
    )
    if holds and s.days[vehicle * DAY + RIDDEN] <= d.cars[vehicle * CAR + MOST_DISTANCE]:
        return many
    while s.trips[trip * TRIP + HEAD]:
        many = remove(d, s, s.trips[trip * TRIP + HEAD], absent, many)
    close_trip(s, trip)
    refresh_day(d, s, vehicle)
    return many
