"""The search's recreation: the absent nodes are inserted one by one, each where it is best.

Written as `routing.search.moves` is, for lists and for NumPy arrays.
"""

from __future__ import annotations

from routing.search.arrays import ABSENT, COST, Facts, Manner, Memory, State, Wish
from routing.search.insertion import find_place
from routing.search.moves import draw, insert


def recreate(
    facts: Facts, state: State, memory: Memory, manner: Manner, tight: int, most: int
) -> bool:
    """Insert the absent nodes in a random order, each where it is best; what fits nowhere stays.

    Return False as soon as the cost and what it counts to leave nodes out (see `misses`) pass
    `most`; the state is of no use then.
    """
    sort_absent(facts, state, memory)
    absent, tally, left, price = state.absent, state.tally, 0, 0
    for index in range(tally[ABSENT]):
        node = absent[index]
        if find_place(facts, state, memory, Wish(node, tight, manner.blink)):
            insert(facts, state, node, memory.place)
        else:
            absent[left] = node
            left += 1
            price += (manner.weight + memory.missed[node]) * facts.stops.priority[node]
        if manner.frugal * tally[COST] + price > most:
            return False
    tally[ABSENT] = left
    return True


def misses(facts: Facts, state: State, memory: Memory, weight: int) -> int:
    """Return what it counts to leave the absent nodes out.

    What is missed grows until a stop that is always left out changes places with others, and these
    with others again, until all find room: multipliers of a Lagrangian relaxation. (The fleet
    minimisation of Christiaens and Vanden Berghe counts absences too.)
    """
    price = 0
    for index in range(state.tally[ABSENT]):
        node = state.absent[index]
        price += (weight + memory.missed[node]) * facts.stops.priority[node]
    return int(price)


def sort_absent(facts: Facts, state: State, memory: Memory) -> None:
    """Sort the absent nodes by a random criterion, greater priorities before the others."""
    absent, keys = state.absent, memory.scratch
    criterion = draw(memory.dice, 7)
    for index in range(state.tally[ABSENT]):
        node = absent[index]
        key = draw(memory.dice, 1 << 20) if criterion <= 1 else key_of(facts, node, criterion)
        if criterion <= 5:
            key -= facts.stops.priority[node] << 32
        place = index
        while place > 0 and keys[place - 1] > key:
            keys[place], absent[place] = keys[place - 1], absent[place - 1]
            place -= 1
        keys[place], absent[place] = key, node


def key_of(facts: Facts, node: int, criterion: int) -> int:
    """Return the node's key: its load, its distance, the end or the length of its time."""
    stops = facts.stops
    if criterion == 2:
        return int(-facts.deliveries[node]) if facts.dimensions else 0
    if criterion == 3:
        return int(-min(facts.costs[node], 1 << 30))
    if criterion == 4:
        return int(min(facts.costs[node], 1 << 30))
    if criterion == 5:
        return int(stops.closes[node])
    return int(min(stops.closes[node] - stops.opens[node], stops.freshness[node]))
