"""The search's places: insertion judged in constant time, and recreation.

Written as `routing.search.moves` is, for lists and for NumPy arrays.

Slack induction by string removals: J. Christiaens, G. Vanden Berghe, "Slack Induction by String
Removals for Vehicle Routing Problems", Transportation Science 54 (2), 2020.
"""

from __future__ import annotations

from routing.instance.lists import NEVER
from routing.search.arrays import (
    AFTER,
    BC,
    BE,
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
    GROUP,
    HEAD,
    IS_FIRST,
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
    STARTS,
    STOP,
    TIME,
    TRIP,
    VEHICLE,
    Facts,
    Numbers,
    State,
)
from routing.search.moves import draw, insert, loading, longer


def carries(d: Facts, s: State, trip: int, here: int, there: int, node: int) -> bool:
    """Return whether the load allows `node` between `here` and `there` on the trip."""
    vehicle = s.trips[trip * TRIP + VEHICLE]
    for dimension in range(d.dimensions):
        base = dimension * d.size
        room = d.capacity[vehicle * d.dimensions + dimension]
        aboard = s.aboard[trip * d.dimensions + dimension] + d.deliveries[base + node]
        if aboard > room:
            return False
        if d.has_pickups:
            change = d.pickups[base + node] - d.deliveries[base + node]
            crest = s.change[base + here] + change if here else change
            crest = max(crest, s.crest[base + here] if here else 0)
            if there:
                crest = max(crest, s.rest[base + there] + change)
            if aboard + crest > room:
                return False
    return True


def length_between(d: Facts, s: State, trip: int, here: int, there: int, node: int) -> int:
    """Return the trip's length with `node` between `here` and `there` (0: the depot).

    -1 where time does not allow it.
    """
    stops, durations, size, nodes, trips = d.stops, d.durations, d.size, s.nodes, s.trips
    row, stop, before, after = trip * TRIP, node * STOP, here * NODE, there * NODE
    step = stops[here * STOP + SERVICES] + durations[here * size + node]
    time = nodes[before + FT] + step
    start = max(nodes[before + FC] + step, stops[stop + OPENS])
    if start > stops[stop + CLOSES] or time > stops[stop + FRESH]:
        return -1
    latest = min(nodes[before + FL], stops[stop + CLOSES] - time)
    earliest = max(
        nodes[before + FE],
        trips[row + RELEASED],
        stops[stop + RELEASES],
        start - stops[stop + FRESH],
    )
    step = stops[stop + SERVICES] + durations[node * size + there]
    time += step
    start += step
    if start > nodes[after + BL] or time + nodes[after + BG] > 0:
        return -1
    latest = min(latest, nodes[after + BL] - time)
    earliest = max(earliest, nodes[after + BE], start + nodes[after + BG])
    leaves = max(earliest, trips[row + READY] + loading(d, trips[row + COUNT] + 1))
    if leaves > latest:
        return -1
    time += nodes[after + BT]
    back = max(start + nodes[after + BT], nodes[after + BC])
    if max(back, leaves + time) > trips[row + LIMIT]:
        return -1
    return int(max(time, back - latest))


def length_alone(d: Facts, s: State, vehicle: int, previous: int, node: int) -> int:
    """Return the length of a trip to `node` alone, in the day after the trip `previous` (0: none).

    -1 where it does not fit, -2 where it is too late for it, then and afterwards.
    """
    stops, durations, size, trips = d.stops, d.durations, d.size, s.trips
    stop = node * STOP
    for dimension in range(d.dimensions):
        room = d.capacity[vehicle * d.dimensions + dimension]
        base = dimension * size
        if d.deliveries[base + node] > room or d.pickups[base + node] > room:
            return -1
    out = durations[node]
    free = trips[previous * TRIP + RETURNED] if previous else d.cars[vehicle * CAR + STARTS]
    leaves = max(
        stops[stop + RELEASES],
        stops[stop + OPENS] - stops[stop + FRESH],
        free + loading(d, 1),
    )
    if leaves + out > stops[stop + CLOSES] or out > stops[stop + FRESH]:
        return -2
    back = max(leaves + out, stops[stop + OPENS]) + stops[stop + SERVICES] + durations[node * size]
    following = trips[previous * TRIP + NEXT_TRIP] if previous else s.days[vehicle * DAY + FIRST]
    limit = d.cars[vehicle * CAR + ENDS]
    if following:
        if trips[following * TRIP + FIXED]:
            limit = trips[following * TRIP + READY]
        else:
            limit = min(
                trips[following * TRIP + LATEST],
                trips[following * TRIP + LIMIT] - trips[following * TRIP + TIME],
            )
            limit -= loading(d, trips[following * TRIP + COUNT])
    if back > limit:
        return -1
    return int(out + stops[stop + SERVICES] + durations[node * size])


def find_place(
    d: Facts, s: State, node: int, dice: Numbers, blink: int, tight: int, place: Numbers
) -> bool:
    """Write the best place for `node` into `place`; skip one place in `blink` (0: none).

    The best costs least, a second by which a trip gets longer counted as `tight` quarters.
    """
    best = NEVER
    bound_to = trip_of_group(d, s, node) if d.has_groups and d.stops[node * STOP + GROUP] else 0
    for vehicle in range(d.fleet):
        if not d.allowed[vehicle * d.size + node]:
            continue
        metres = d.cars[vehicle * CAR + MOST_DISTANCE] - s.days[vehicle * DAY + RIDDEN]
        trip = s.days[vehicle * DAY + FIRST]
        while trip:
            if not s.trips[trip * TRIP + FIXED] and (bound_to == 0 or bound_to == trip):
                best = find_in_trip(d, s, trip, node, metres, best, dice, blink, tight, place)
            trip = s.trips[trip * TRIP + NEXT_TRIP]
        if bound_to == 0 and s.days[vehicle * DAY + DRIVEN] < d.cars[vehicle * CAR + MOST_TRIPS]:
            best = find_new_trip(d, s, vehicle, node, metres, best, dice, blink, tight, place)
    return best < NEVER


def find_in_trip(
    d: Facts,
    s: State,
    trip: int,
    node: int,
    metres: int,
    best: int,
    dice: Numbers,
    blink: int,
    tight: int,
    place: Numbers,
) -> int:
    """Return the best value known once all gaps of the trip are tried; write the best place."""
    stops, costs, size, trips = d.stops, d.costs, d.size, s.trips
    row = trip * TRIP
    if cannot_hold(d, s, trip, node):
        return best
    for dimension in range(d.dimensions):
        load = s.aboard[trip * d.dimensions + dimension]
        room = d.capacity[trips[row + VEHICLE] * d.dimensions + dimension]
        if load + d.deliveries[dimension * size + node] > room:
            return best
    here = 0
    length = trips[row + LENGTH] - d.loading_each
    while True:
        there = s.nodes[here * NODE + AFTER] if here else trips[row + HEAD]
        leg = here * size
        cost = costs[leg + node] + costs[node * size + there] - costs[leg + there]
        closed = (stops[node * STOP + IS_FIRST] and here != 0) or (
            here == 0 and stops[there * STOP + IS_FIRST]
        )
        # No trip gets shorter where no detour is a short cut: dearer places are passed over.
        if 4 * cost < best and not closed:
            longest = length_between(d, s, trip, here, there, node)
            value = 4 * cost + tight * (longest - length)
            if (
                longest >= 0
                and value < best
                and (d.has_pickups == 0 or carries(d, s, trip, here, there, node))
                and longer(d, here, there, node) <= metres
                and (blink == 0 or draw(dice, blink) != 0)
            ):
                best = value
                place[0], place[1], place[2], place[3] = (
                    cost,
                    here,
                    trip,
                    trips[row + VEHICLE],
                )
        if there == 0:
            return best
        here = there


def cannot_hold(d: Facts, s: State, trip: int, node: int) -> bool:
    """Return whether the trip leaves too early or too late for `node`, wherever it stood.

    Where a detour is a short cut it may say so wrongly of a place that would do.
    """
    row, stop = trip * TRIP, node * STOP
    opens, latest = d.stops[stop + OPENS], s.trips[row + LATEST]
    if max(d.stops[stop + RELEASES], opens - d.stops[stop + FRESH]) > latest:
        return True
    leaves = max(s.trips[row + EARLIEST], s.trips[row + READY])
    if leaves + d.durations[node] > d.stops[stop + CLOSES]:
        return True
    back = d.stops[stop + SERVICES] + d.durations[node * d.size]
    return bool(opens + back > s.trips[row + LIMIT])


def find_new_trip(
    d: Facts,
    s: State,
    vehicle: int,
    node: int,
    metres: int,
    best: int,
    dice: Numbers,
    blink: int,
    tight: int,
    place: Numbers,
) -> int:
    """Return the best value known once a trip of its own is tried in every gap of the day."""
    cost = d.costs[node] + d.costs[node * d.size]
    if 4 * cost >= best or d.distances[node] + d.distances[node * d.size] > metres:
        return best
    previous = 0
    while True:
        length = length_alone(d, s, vehicle, previous, node)
        if length == -2:
            return best
        value = 4 * cost + tight * (length + loading(d, 1))
        if length >= 0 and value < best and (blink == 0 or draw(dice, blink) != 0):
            place[0], place[1], place[2], place[3] = cost, previous, 0, vehicle
            return int(value)
        previous = (
            s.trips[previous * TRIP + NEXT_TRIP] if previous else s.days[vehicle * DAY + FIRST]
        )
        if previous == 0:
            return best


def trip_of_group(d: Facts, s: State, node: int) -> int:
    """Return the trip on which another stop of the node's group rides, or 0."""
    for other in range(1, d.size):
        if (
            d.stops[other * STOP + GROUP] == d.stops[node * STOP + GROUP]
            and s.nodes[other * NODE + ON_TRIP]
        ):
            return int(s.nodes[other * NODE + ON_TRIP])
    return 0


def recreate(
    d: Facts,
    s: State,
    absent: Numbers,
    many: int,
    dice: Numbers,
    blink: int,
    tight: int,
    keys: Numbers,
    place: Numbers,
    missed: Numbers,
    weight: int,
    most: int,
    frugal: int,
) -> int:
    """Insert the absent nodes in a drawn order, each where it is best; return those left.

    -1 as soon as the cost and what it counts to leave nodes out (see `ruin.improve`) pass `most`.
    """
    order(d, absent, many, dice, keys)
    left, price = 0, 0
    for index in range(1, many + 1):
        node = absent[index]
        if find_place(d, s, node, dice, blink, tight, place):
            insert(d, s, node, place)
        else:
            left += 1
            absent[left] = node
            price += (weight + missed[node]) * d.stops[node * STOP + PRIORITIES]
        if frugal * s.tally[COST] + price > most:
            return -1
    return left


def order(d: Facts, absent: Numbers, many: int, dice: Numbers, keys: Numbers) -> None:
    """Sort the absent nodes by a drawn criterion, greater priorities before the others."""
    kind = draw(dice, 7)
    for index in range(1, many + 1):
        node = absent[index]
        if kind <= 1:
            key = draw(dice, 1 << 20)
        elif kind == 2:
            key = -d.deliveries[node] if d.dimensions else 0
        elif kind == 3:
            key = -min(d.costs[node], 1 << 30)
        elif kind == 4:
            key = min(d.costs[node], 1 << 30)
        elif kind == 5:
            key = d.stops[node * STOP + CLOSES]
        else:
            key = min(
                d.stops[node * STOP + CLOSES] - d.stops[node * STOP + OPENS],
                d.stops[node * STOP + FRESH],
            )
        if kind <= 5:
            key -= d.stops[node * STOP + PRIORITIES] << 32
        place = index
        while place > 1 and keys[place - 1] > key:
            keys[place], absent[place] = keys[place - 1], absent[place - 1]
            place -= 1
        keys[place], absent[place] = key, node
