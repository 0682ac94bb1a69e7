"""The search's outer loop: ruin a part of the plan, recreate it, accept it by a falling heat.

The same source is compiled by Numba where that is installed (see `routing.search.compiled`).
Slack induction by string removals: J. Christiaens, G. Vanden Berghe, "Slack Induction by String
Removals for Vehicle Routing Problems", Transportation Science 54 (2), 2020; here with strings near
in space or in time, whole trips, and days that swap their tails.
"""

from __future__ import annotations

from math import log

from routing.search.arrays import (
    ABSENT,
    COST,
    UNSERVED,
    Facts,
    Manner,
    Memory,
    Numbers,
    Plans,
    Seen,
    State,
)
from routing.search.moves import draw
from routing.search.recreate import misses, recreate
from routing.search.ruin import ruin, swap_tails

NEAR = 100  # the trips of a plan are noted that is dearer by no more than a hundredth
TIGHTEST = 16  # quarters of cost that a second of a trip's length counts at most
FORGET = 100  # iterations after which an eighth of what stops missed is forgotten


def improve(
    facts: Facts, plans: Plans, memory: Memory, seen: Seen, manner: Manner, iterations: int
) -> float:
    """Run so many iterations; the plans change in place. Return the heat at the end.

    The trips of plans nearly as good are noted in `seen`.
    """
    heat = manner.heat
    for _ in range(iterations):
        step(facts, plans, memory, seen, manner, heat)
        remember_missed(facts, plans.now, memory, manner.striving)
        heat *= manner.cooling
    return heat


def step(
    facts: Facts, plans: Plans, memory: Memory, seen: Seen, manner: Manner, heat: float
) -> None:
    """Ruin and recreate a trial, and go on from it if it is not too much worse."""
    now, trial, dice = plans.now, plans.trial, memory.dice
    copy(now, trial)
    if facts.fleet > 1 and draw(dice, 8) == 0:
        swap_tails(facts, trial, dice)
    ruin(facts, trial, memory, manner.removed)
    tight = draw_tight(dice, now.tally[UNSERVED])
    worth = manner.frugal * now.tally[COST] + misses(facts, now, memory, manner.weight)
    floor = heat * log((1 + draw(dice, 1000000)) / 1000001)
    near = -(now.tally[COST] // NEAR)
    least = min(floor, near) if seen.most else floor
    if not recreate(facts, trial, memory, manner, tight, int(worth - least) + 1):
        return
    gain = worth - manner.frugal * trial.tally[COST] - misses(facts, trial, memory, manner.weight)
    if seen.most and gain != 0 and gain > near:
        note(facts, trial, seen)
    if gain > floor:
        keep(plans)


def keep(plans: Plans) -> None:
    """Go on from the trial, and take it as the best if it is."""
    trial, best = plans.trial, plans.best
    copy(trial, plans.now)
    less = trial.tally[UNSERVED] - best.tally[UNSERVED]
    if less < 0 or (less == 0 and trial.tally[COST] < best.tally[COST]):
        copy(trial, best)


def copy(source: State, target: State) -> None:
    """Make `target` equal to `source`."""
    ours, theirs = source.block, target.block
    for row in range(len(ours)):
        theirs[row][:] = ours[row]


def draw_tight(dice: Numbers, unserved: int) -> int:
    """Return how much shorter trips are preferred to cheaper ones, while stops lack room."""
    if unserved == 0 or draw(dice, 2) == 0:
        return 0
    return int(draw(dice, TIGHTEST))


def remember_missed(facts: Facts, now: State, memory: Memory, striving: int) -> None:
    """Let the absent nodes be missed more; forget a part of it now and then."""
    missed = memory.missed
    for index in range(now.tally[ABSENT]):
        missed[now.absent[index]] += striving
    if striving and draw(memory.dice, FORGET) == 0:
        for node in range(facts.size):
            missed[node] -= missed[node] >> 3


def note(facts: Facts, state: State, seen: Seen) -> None:
    """Keep the plan's trips, of each set of stops the cheapest order, while there is room."""
    trips = state.trips
    for vehicle in range(facts.fleet):
        trip = state.days.first[vehicle]
        while trip:
            if not trips.is_fixed[trip] and trips.stops[trip] <= seen.width:
                note_trip(facts, state, trip, seen)
            trip = trips.next[trip]


def note_trip(facts: Facts, state: State, trip: int, seen: Seen) -> None:
    """Keep one trip, if its set of stops is new or its order cheaper than the one kept."""
    nodes, costs, size = state.nodes, facts.costs, facts.size
    key, price, here, node = 0, 0, 0, state.trips.head[trip]
    while node:
        key += seen.codes[node]
        price += costs[here * size + node]
        here, node = node, nodes.next[node]
    price += costs[here * size]
    slot = slot_of(seen, key)
    row = seen.rows[slot]
    if seen.keys[slot] == 0:
        row = seen.used[0]
        if row >= seen.most:
            return
        seen.used[0] = row + 1
        seen.keys[slot], seen.rows[slot] = key, row
    elif price >= seen.prices[row]:
        return
    seen.prices[row] = price
    node = state.trips.head[trip]
    for place in range(row * seen.width, (row + 1) * seen.width):
        seen.nodes[place] = node
        if node:
            node = nodes.next[node]


def slot_of(seen: Seen, key: int) -> int:
    """Return the slot that holds the key, or a free one for it."""
    slot = key % seen.slots
    while seen.keys[slot] != 0 and seen.keys[slot] != key:
        slot = slot + 1 if slot + 1 < seen.slots else 0
    return int(slot)
