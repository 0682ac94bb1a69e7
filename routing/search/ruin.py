"""The search's outer loop: ruin a part of the plan, recreate it, accept it by a falling heat.

The same source is compiled by Numba where that is installed (see `routing.search.compiled`).
Slack induction by string removals: J. Christiaens, G. Vanden Berghe, "Slack Induction by String
Removals for Vehicle Routing Problems", Transportation Science 54 (2), 2020; here with strings near
in space or in time, whole trips, and days that swap their tails.
"""

from __future__ import annotations

from math import log

from routing.search.arrays import (
    AFTER,
    BEFORE,
    CAR,
    COST,
    COUNT,
    DAY,
    DRIVEN,
    FIRST,
    FIXED,
    GROUP,
    HEAD,
    KIND,
    LAST_TRIP,
    MOST_DISTANCE,
    MOST_TRIPS,
    NEXT_TRIP,
    NODE,
    ON_TRIP,
    PRIORITIES,
    RIDDEN,
    STOP,
    TRIP,
    UNSERVED,
    VEHICLE,
    Facts,
    Numbers,
    Seen,
    State,
)
from routing.search.insertion import recreate
from routing.search.moves import draw, refresh_day, remove, settle

BLINK = 100
NEAR = 100  # the trips of a plan are noted that is dearer by no more than a hundredth
LONGEST_STRING = 10
TIGHTEST = 16  # quarters of cost that a second of a trip's length counts at most
FORGET = 100  # iterations after which an eighth of what stops missed is forgotten


def improve(
    d: Facts,
    now: State,
    trial: State,
    best: State,
    absent: Numbers,
    trial_absent: Numbers,
    seen: Seen,
    missed: Numbers,
    dice: Numbers,
    scratch: Numbers,
    place: Numbers,
    iterations: int,
    heat: float,
    cooling: float,
    weight: int,
    removed: int,
    striving: int,
    frugal: int,
) -> float:
    """Run so many iterations; `now` and `best` change in place. Return the heat at the end.

    The trips of plans nearly as good are noted in `seen`.

    `absent` holds the nodes not served, their number in element 0; `weight` is the cost that one
    unit of unserved priority stands for, `missed` what it costs besides to leave each node out: it
    grows by `striving` each time and is forgotten slowly; `removed` is how many nodes to remove on
    average. Where not `frugal` (0) the cost is no matter until all are served.
    """
    for _ in range(iterations):
        copy(now, trial)
        trial_absent[:] = absent
        if d.fleet > 1 and draw(dice, 8) == 0:
            swap_tails(d, trial, dice)
        many = ruin(d, trial, dice, trial_absent, scratch, removed)
        tight = draw_tight(dice, now.tally[UNSERVED])
        worth = frugal * now.tally[COST] + misses(d, absent, missed, weight)
        floor = heat * log((1 + draw(dice, 1000000)) / 1000001)
        least = min(floor, -(now.tally[COST] // NEAR)) if seen.most else floor
        many = recreate(
            d,
            trial,
            trial_absent,
            many,
            dice,
            BLINK,
            tight,
            scratch,
            place,
            missed,
            weight,
            int(worth - least) + 1,
            frugal,
        )
        if many >= 0:
            trial_absent[0] = many
            gain = worth - frugal * trial.tally[COST] - misses(d, trial_absent, missed, weight)
            if seen.most and gain != 0 and gain > -(now.tally[COST] // NEAR):
                note(d, trial, seen)
            if gain > floor:
                keep(d, trial, trial_absent, now, absent, best)
        for index in range(1, absent[0] + 1):
            missed[absent[index]] += striving
        if striving and draw(dice, FORGET) == 0:
            for node in range(d.size):
                missed[node] -= missed[node] >> 3
        heat *= cooling
    return heat


def keep(
    d: Facts, trial: State, trial_absent: Numbers, now: State, absent: Numbers, best: State
) -> None:
    """Go on from the trial, and take it as the best if it is."""
    copy(trial, now)
    absent[:] = trial_absent
    less = trial.tally[UNSERVED] - best.tally[UNSERVED]
    if less < 0 or (less == 0 and trial.tally[COST] < best.tally[COST]):
        copy(trial, best)


def draw_tight(dice: Numbers, unserved: int) -> int:
    """Return how much shorter trips are wanted beside cheaper ones, while stops lack room."""
    if unserved == 0 or draw(dice, 2) == 0:
        return 0
    return int(draw(dice, TIGHTEST))


def misses(d: Facts, absent: Numbers, missed: Numbers, weight: int) -> int:
    """Return what it counts to leave these stops out.

    What is missed grows until a stop that is always left out changes places with others, and these
    with others again, until all find room: multipliers of a Lagrangian relaxation. (The fleet
    minimisation of Christiaens and Vanden Berghe counts absences too.)
    """
    price = 0
    for index in range(1, absent[0] + 1):
        price += (weight + missed[absent[index]]) * d.stops[absent[index] * STOP + PRIORITIES]
    return int(price)


def note(d: Facts, s: State, seen: Seen) -> None:
    """Keep the plan's trips, of each set of stops the cheapest order, while there is room."""
    for vehicle in range(d.fleet):
        trip = s.days[vehicle * DAY + FIRST]
        while trip:
            if not s.trips[trip * TRIP + FIXED] and s.trips[trip * TRIP + COUNT] <= seen.width:
                note_trip(d, s, trip, seen)
            trip = s.trips[trip * TRIP + NEXT_TRIP]


def note_trip(d: Facts, s: State, trip: int, seen: Seen) -> None:
    """Keep one trip, if its set of stops is new or its order cheaper than the one kept."""
    key, price, here, node = 0, 0, 0, s.trips[trip * TRIP + HEAD]
    while node:
        key += seen.codes[node]
        price += d.costs[here * d.size + node]
        here, node = node, s.nodes[node * NODE + AFTER]
    price += d.costs[here * d.size]
    slot = key % seen.slots
    while seen.keys[slot] != 0 and seen.keys[slot] != key:
        slot = slot + 1 if slot + 1 < seen.slots else 0
    row = seen.rows[slot]
    if seen.keys[slot] == 0:
        row = seen.tally[0]
        if row >= seen.most:
            return
        seen.tally[0] = row + 1
        seen.keys[slot], seen.rows[slot] = key, row
    elif price >= seen.prices[row]:
        return
    seen.prices[row] = price
    at, node = row * seen.width, s.trips[trip * TRIP + HEAD]
    for index in range(seen.width):
        seen.nodes[at + index] = node
        if node:
            node = s.nodes[node * NODE + AFTER]


def ruin(d: Facts, s: State, dice: Numbers, absent: Numbers, touched: Numbers, removed: int) -> int:
    """Remove strings of stops around a drawn one; return how many nodes are absent."""
    many = absent[0]
    served = d.size - 1 - many
    if served == 0:
        return int(many)
    seed = 1 + draw(dice, d.size - 1)
    if many and draw(dice, 2) == 0:
        seed = absent[1 + draw(dice, many)]
    manner = draw(dice, 10)
    part = 0 if manner < 5 else 1
    used = 0
    for vehicle in range(d.fleet):
        used += s.days[vehicle * DAY + DRIVEN]
    longest = min(LONGEST_STRING, max(1, served // max(1, used)))
    strings = 1 + draw(dice, max(1, 4 * removed // (1 + longest)))
    if manner == 9:
        longest, strings = d.size, 1 + draw(dice, 3)
    done = 0
    for index in range(-1, d.width):
        node = seed if index < 0 else d.near[(part * d.size + seed) * d.width + index]
        trip = s.nodes[node * NODE + ON_TRIP]
        if trip == 0 or is_in(touched, done, trip):
            continue
        touched[done] = trip
        done += 1
        many = remove_string(d, s, dice, absent, many, node, longest)
        if done >= strings:
            break
    if d.has_groups:
        many, done = remove_groups(d, s, absent, many, touched, done)
    for index in range(done):
        many = settle(d, s, touched[index], absent, many)
    return int(many)


def is_in(numbers: Numbers, many: int, number: int) -> bool:
    """Return whether `number` is among the first `many`."""
    for index in range(many):  # noqa: SIM110  # Numba compiles no generator
        if numbers[index] == number:
            return True
    return False


def remove_string(
    d: Facts, s: State, dice: Numbers, absent: Numbers, many: int, node: int, longest: int
) -> int:
    """Remove a string of the trip around `node`, perhaps sparing some stops in its middle."""
    count = s.trips[s.nodes[node * NODE + ON_TRIP] * TRIP + COUNT]
    length = 1 + draw(dice, min(longest, count)) if longest < d.size else count
    spared = 0
    if length < count and draw(dice, 2) == 0:
        while length + spared < count and draw(dice, 100) > 0 and spared < 3:
            spared += 1
    steps = draw(dice, length + spared)
    if longest >= d.size:
        steps = count
    while steps and s.nodes[node * NODE + BEFORE]:
        node = s.nodes[node * NODE + BEFORE]
        steps -= 1
    begin = draw(dice, length) if spared else 0
    for index in range(length + spared):
        if node == 0:
            break
        following = s.nodes[node * NODE + AFTER]
        if not spared or index < begin or index >= begin + spared:
            many = remove(d, s, node, absent, many)
        node = following
    return int(many)


def remove_groups(
    d: Facts, s: State, absent: Numbers, many: int, touched: Numbers, done: int
) -> tuple[int, int]:
    """Remove the rest of every group of which a stop was removed: it moves as a whole."""
    index = 0
    while index < many:
        group = d.stops[(absent[1 + index]) * STOP + GROUP]
        for node in range(1, d.size):
            if group and d.stops[node * STOP + GROUP] == group and s.nodes[node * NODE + ON_TRIP]:
                if not is_in(touched, done, s.nodes[node * NODE + ON_TRIP]):
                    touched[done] = s.nodes[node * NODE + ON_TRIP]
                    done += 1
                many = remove(d, s, node, absent, many)
        index += 1
    return many, done


def swap_tails(d: Facts, s: State, dice: Numbers) -> None:
    """Let two vehicles of one kind swap the ends of their days, where both can be driven."""
    one, two = draw(dice, d.fleet), draw(dice, d.fleet)
    if (
        one == two
        or d.cars[one * CAR + KIND] != d.cars[two * CAR + KIND]
        or s.days[one * DAY + DRIVEN] + s.days[two * DAY + DRIVEN] == 0
    ):
        return
    cut_one, cut_two = cut(s, dice, one), cut(s, dice, two)
    exchange(s, one, cut_one, two, cut_two)
    count(d, s, one)
    count(d, s, two)
    holds = refresh_day(d, s, one)
    holds = refresh_day(d, s, two) and holds
    if not (holds and is_within(d, s, one) and is_within(d, s, two)):
        exchange(s, one, cut_one, two, cut_two)
        count(d, s, one)
        count(d, s, two)
        refresh_day(d, s, one)
        refresh_day(d, s, two)


def cut(s: State, dice: Numbers, vehicle: int) -> int:
    """Return a drawn trip of the day behind which nothing is fixed, or 0 for its beginning."""
    fixed, trip = 0, s.days[vehicle * DAY + FIRST]
    while trip:
        if s.trips[trip * TRIP + FIXED]:
            fixed = trip
        trip = s.trips[trip * TRIP + NEXT_TRIP]
    trip, steps = fixed, draw(dice, s.days[vehicle * DAY + DRIVEN] + 1)
    while steps:
        following = s.trips[trip * TRIP + NEXT_TRIP] if trip else s.days[vehicle * DAY + FIRST]
        if following == 0:
            break
        trip = following
        steps -= 1
    return int(trip)


def exchange(s: State, one: int, cut_one: int, two: int, cut_two: int) -> None:
    """Swap what follows `cut_one` and `cut_two` on the two vehicles."""
    tail_one = s.trips[cut_one * TRIP + NEXT_TRIP] if cut_one else s.days[one * DAY + FIRST]
    tail_two = s.trips[cut_two * TRIP + NEXT_TRIP] if cut_two else s.days[two * DAY + FIRST]
    append(s, one, cut_one, tail_two)
    append(s, two, cut_two, tail_one)


def append(s: State, vehicle: int, previous: int, trip: int) -> None:
    """Hang `trip` and all after it behind `previous` on the vehicle."""
    if previous:
        s.trips[previous * TRIP + NEXT_TRIP] = trip
    else:
        s.days[vehicle * DAY + FIRST] = trip
    if trip:
        s.trips[trip * TRIP + LAST_TRIP] = previous
    while trip:
        s.trips[trip * TRIP + VEHICLE] = vehicle
        trip = s.trips[trip * TRIP + NEXT_TRIP]


def count(d: Facts, s: State, vehicle: int) -> None:
    """Count the vehicle's trips and metres anew."""
    trips, metres, trip = 0, 0, s.days[vehicle * DAY + FIRST]
    while trip:
        if not s.trips[trip * TRIP + FIXED]:
            trips += 1
            here, node = 0, s.trips[trip * TRIP + HEAD]
            while node:
                metres += d.distances[here * d.size + node]
                here, node = node, s.nodes[node * NODE + AFTER]
            metres += d.distances[here * d.size]
        trip = s.trips[trip * TRIP + NEXT_TRIP]
    s.days[vehicle * DAY + DRIVEN], s.days[vehicle * DAY + RIDDEN] = trips, metres


def is_within(d: Facts, s: State, vehicle: int) -> bool:
    """Return whether the vehicle's trips and metres are within its limits."""
    trips, metres = s.days[vehicle * DAY + DRIVEN], s.days[vehicle * DAY + RIDDEN]
    return bool(
        trips <= d.cars[vehicle * CAR + MOST_TRIPS]
        and metres <= d.cars[vehicle * CAR + MOST_DISTANCE]
    )


def copy(source: State, target: State) -> None:
    """Make `target` equal to `source`."""
    target.nodes[:] = source.nodes
    target.trips[:] = source.trips
    target.days[:] = source.days
    target.change[:] = source.change
    target.crest[:] = source.crest
    target.rest[:] = source.rest
    target.aboard[:] = source.aboard
    target.spare[:] = source.spare
    target.tally[:] = source.tally
