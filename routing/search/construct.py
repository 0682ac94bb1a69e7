"""The search's first plan: insertion by regret, the node first that would lose most by waiting.

Written as `routing.search.moves` is. (J.-Y. Potvin, J.-M. Rousseau, "A Parallel Route Building
Algorithm for the Vehicle Routing and Scheduling Problem with Time Windows", European Journal of
Operational Research 66 (3), 1993.)
"""

from __future__ import annotations

from routing.instance.lists import NEVER
from routing.search.arrays import ABSENT, VALUE, VEHICLE, Facts, Memory, State, Wish
from routing.search.insertion import find_on_vehicle, find_place, trip_of_group
from routing.search.moves import insert

TIGHT = 4  # quarters of cost that a second of a trip's length counts: time is what runs out
MOST_WORTH = 1 << 20  # a priority that counts for no more
MOST_LOST = 1 << 36  # what a node loses for which one vehicle alone has room


def construct(facts: Facts, state: State, memory: Memory) -> None:
    """Insert the absent nodes one by one, each time the one that has most to lose."""
    absent, tally = state.absent, state.tally
    for index in range(tally[ABSENT]):
        for vehicle in range(facts.fleet):
            value_on(facts, state, memory, absent[index], vehicle)
    chosen = most_regretted(facts, state, memory)
    while chosen >= 0:
        node = absent[chosen]
        if find_place(facts, state, memory, Wish(node, TIGHT, 0)):
            vehicle = memory.place[VEHICLE]
            insert(facts, state, node, memory.place)
            tally[ABSENT] -= 1
            absent[chosen] = absent[tally[ABSENT]]
            for index in range(tally[ABSENT]):
                value_again(facts, state, memory, absent[index], vehicle)
        else:
            for vehicle in range(facts.fleet):
                memory.values[node * facts.fleet + vehicle] = NEVER
        chosen = most_regretted(facts, state, memory)


def value_again(facts: Facts, state: State, memory: Memory, node: int, vehicle: int) -> None:
    """Note what the node's best place is worth, the vehicle's day having changed."""
    if facts.stops.group[node] == 0:
        value_on(facts, state, memory, node, vehicle)
        return
    for other in range(facts.fleet):  # another of its group may have chosen the trip for all
        value_on(facts, state, memory, node, other)


def value_on(facts: Facts, state: State, memory: Memory, node: int, vehicle: int) -> None:
    """Note what the node's best place in the vehicle's day is worth, NEVER if there is none."""
    memory.place[VALUE] = NEVER
    group = trip_of_group(facts, state, node) if facts.stops.group[node] else 0
    find_on_vehicle(facts, state, memory, vehicle, group, Wish(node, TIGHT, 0))
    memory.values[node * facts.fleet + vehicle] = memory.place[VALUE]


def most_regretted(facts: Facts, state: State, memory: Memory) -> int:
    """Return where among the absent the node stands that loses most if it waits, -1 for none.

    It loses what its second best vehicle is worse than its best one.
    """
    found, most = -1, -1
    for index in range(state.tally[ABSENT]):
        node = state.absent[index]
        best, second = NEVER, NEVER
        for vehicle in range(facts.fleet):
            value = memory.values[node * facts.fleet + vehicle]
            if value < best:
                best, second = value, best
            elif value < second:
                second = value
        if best < NEVER:
            lost = min(second - best, MOST_LOST - min(best, 1 << 35))
            lost += min(facts.stops.priority[node], MOST_WORTH) << 40
            if lost > most:
                found, most = index, lost
    return found
