"""The search's inner loops: insertion judged in constant time, ruin, and recreation.

Written for lists of integers as well as for NumPy arrays, so that Numba may compile this source
as it is (see `routing.compiled`); hence indices and flat arrays instead of objects. The notation
is that of `routing.arrays`.

Slack induction by string removals: J. Christiaens, G. Vanden Berghe, "Slack Induction by String
Removals for Vehicle Routing Problems", Transportation Science 54 (2), 2020.
"""

from __future__ import annotations

from routing.arrays import (
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
    GROUP,
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
from routing.instance import NEVER

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


def longer(d: Facts, here: int, there: int, node: int) -> int:
    """Return how many metres a detour over `node` adds."""
    leg = here * d.size
    way = d.distances[leg + node] + d.distances[node * d.size + there]
    return int(way - d.distances[leg + there])


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
