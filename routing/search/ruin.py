"""The search's ruin: stops removed around a random one, and days that swap their tails.

Written as `routing.search.moves` is, for lists and for NumPy arrays.
"""

from __future__ import annotations

from routing.search.arrays import ABSENT, Facts, Memory, Numbers, State
from routing.search.moves import draw, following, refresh_day, remove, settle

LONGEST_STRING = 10


def ruin(facts: Facts, state: State, memory: Memory, removed: int) -> None:
    """Remove strings of stops around a random one, `removed` stops on average."""
    dice, touched, tally = memory.dice, memory.scratch, state.tally
    absent = tally[ABSENT]
    served = facts.size - 1 - absent
    if served == 0:
        return
    seed = 1 + draw(dice, facts.size - 1)
    if absent and draw(dice, 2) == 0:
        seed = state.absent[draw(dice, absent)]
    manner = draw(dice, 10)
    longest = min(LONGEST_STRING, max(1, served // max(1, count_trips(facts, state))))
    strings = 1 + draw(dice, max(1, 4 * removed // (1 + longest)))
    if manner == 9:  # whole trips
        longest, strings = facts.size, 1 + draw(dice, 3)
    # The nearest in space, or in space and time.
    row, done = seed * facts.width if manner < 5 else (facts.size + seed) * facts.width, 0
    for index in range(-1, facts.width):
        node = seed if index < 0 else facts.near[row + index]
        trip = state.nodes.trip[node]
        if trip == 0 or is_in(touched, done, trip):
            continue
        touched[done] = trip
        done += 1
        remove_string(facts, state, dice, node, longest)
        if done >= strings:
            break
    if facts.has_groups:
        done = remove_groups(facts, state, touched, done)
    for index in range(done):
        settle(facts, state, touched[index])


def count_trips(facts: Facts, state: State) -> int:
    """Return how many trips are driven."""
    used = 0
    for vehicle in range(facts.fleet):
        used += state.days.trips[vehicle]
    return int(used)


def is_in(numbers: Numbers, many: int, number: int) -> bool:
    """Return whether `number` is among the first `many`."""
    for index in range(many):  # noqa: SIM110  # Numba compiles no generator
        if numbers[index] == number:
            return True
    return False


def remove_string(facts: Facts, state: State, dice: Numbers, node: int, longest: int) -> None:
    """Remove a string of the trip around `node`, perhaps sparing some stops in its middle."""
    nodes = state.nodes
    count = state.trips.stops[nodes.trip[node]]
    length = 1 + draw(dice, min(longest, count)) if longest < facts.size else count
    spared = 0
    if length < count and draw(dice, 2) == 0:
        while length + spared < count and draw(dice, 100) > 0 and spared < 3:
            spared += 1
    steps = draw(dice, length + spared)
    if longest >= facts.size:
        steps = count
    while steps and nodes.previous[node]:
        node = nodes.previous[node]
        steps -= 1
    begin = draw(dice, length) if spared else 0
    for index in range(length + spared):
        if node == 0:
            break
        later = nodes.next[node]
        if not spared or index < begin or index >= begin + spared:
            remove(facts, state, node)
        node = later


def remove_groups(facts: Facts, state: State, touched: Numbers, done: int) -> int:
    """Remove the rest of every group of which a stop was removed: it moves as a whole.

    `touched` holds the trips of which stops were removed; return how many they are.
    """
    stops, nodes, index = facts.stops, state.nodes, 0
    while index < state.tally[ABSENT]:
        group = stops.group[state.absent[index]]
        for node in range(1, facts.size):
            trip = nodes.trip[node]
            if group and stops.group[node] == group and trip:
                if not is_in(touched, done, trip):
                    touched[done] = trip
                    done += 1
                remove(facts, state, node)
        index += 1
    return done


def swap_tails(facts: Facts, state: State, dice: Numbers) -> None:
    """Let two vehicles of one kind swap the ends of their days, where both can be driven."""
    one, two = draw(dice, facts.fleet), draw(dice, facts.fleet)
    vehicles, days = facts.vehicles, state.days
    if one == two or vehicles.kind[one] != vehicles.kind[two]:
        return
    if days.trips[one] + days.trips[two] == 0:
        return
    cut_one, cut_two = draw_cut(state, dice, one), draw_cut(state, dice, two)
    if not exchange(facts, state, (one, cut_one), (two, cut_two)):
        exchange(facts, state, (one, cut_one), (two, cut_two))


def draw_cut(state: State, dice: Numbers, vehicle: int) -> int:
    """Return a random trip of the day after which nothing is fixed, or 0 for its beginning."""
    fixed, trip = 0, state.days.first[vehicle]
    while trip:
        if state.trips.is_fixed[trip]:
            fixed = trip
        trip = state.trips.next[trip]
    trip, steps = fixed, draw(dice, state.days.trips[vehicle] + 1)
    while steps:
        later = following(state, vehicle, trip)
        if later == 0:
            break
        trip = later
        steps -= 1
    return int(trip)


def exchange(facts: Facts, state: State, one: tuple[int, int], two: tuple[int, int]) -> bool:
    """Swap what follows two cuts, each (vehicle, trip); return whether both days can be driven."""
    tail_one, tail_two = following(state, one[0], one[1]), following(state, two[0], two[1])
    append(state, one[0], one[1], tail_two)
    append(state, two[0], two[1], tail_one)
    count_day(facts, state, one[0])
    count_day(facts, state, two[0])
    holds = refresh_day(facts, state, one[0])
    holds = refresh_day(facts, state, two[0]) and holds
    return bool(holds and is_within(facts, state, one[0]) and is_within(facts, state, two[0]))


def append(state: State, vehicle: int, previous: int, trip: int) -> None:
    """Hang `trip` and all after it behind `previous` on the vehicle."""
    trips = state.trips
    if previous:
        trips.next[previous] = trip
    else:
        state.days.first[vehicle] = trip
    if trip:
        trips.previous[trip] = previous
    while trip:
        trips.vehicle[trip] = vehicle
        trip = trips.next[trip]


def count_day(facts: Facts, state: State, vehicle: int) -> None:
    """Count the vehicle's trips and metres anew."""
    trips, nodes, distances, size = state.trips, state.nodes, facts.distances, facts.size
    number, metres, trip = 0, 0, state.days.first[vehicle]
    while trip:
        if not trips.is_fixed[trip]:
            number += 1
            here, node = 0, trips.head[trip]
            while node:
                metres += distances[here * size + node]
                here, node = node, nodes.next[node]
            metres += distances[here * size]
        trip = trips.next[trip]
    state.days.trips[vehicle], state.days.metres[vehicle] = number, metres


def is_within(facts: Facts, state: State, vehicle: int) -> bool:
    """Return whether the vehicle's trips and metres are within its vehicles."""
    vehicles, days = facts.vehicles, state.days
    is_few = days.trips[vehicle] <= vehicles.trips[vehicle]
    return bool(is_few and days.metres[vehicle] <= vehicles.metres[vehicle])
