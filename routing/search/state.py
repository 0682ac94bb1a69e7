"""The columns that the search changes, as they are at its beginning, and the days they hold."""

from __future__ import annotations

from typing import Any

from routing.instance.lists import NEVER, Days, Instance, Nodes
from routing.plan import Trip
from routing.search.arrays import (
    ABSENT,
    DayState,
    Facts,
    LoadState,
    Memory,
    NodeState,
    Seen,
    State,
    TripState,
    to_columns,
)
from routing.search.moves import drive, refresh_day


def empty_state(instance: Instance, facts: Facts) -> State:
    """Return the state in which only the frozen trips are driven."""
    frozen = sum(len(trips) for trips in instance.frozen)
    size, slots = facts.size, facts.size + frozen + 1
    loads = size * facts.dimensions
    nodes = NodeState(*([0] * size for _ in NodeState._fields))
    nodes.latest[0] = nodes.due[0] = NEVER
    nodes.fresh_gap[0] = -NEVER
    state = State(
        nodes=nodes,
        trips=TripState(*([0] * slots for _ in TripState._fields)),
        days=DayState(*([0] * facts.fleet for _ in DayState._fields)),
        loads=LoadState(*([0] * loads for _ in LoadState._fields)),
        aboard=[0] * (slots * facts.dimensions),
        spare=list(range(slots - 1, frozen, -1)) + [0] * (frozen + 1),
        absent=[*range(1, size), 0],
        tally=[0, sum(instance.priorities), slots - 1 - frozen, size - 1],
        block=None,
    )
    number = 0
    for vehicle, trips in enumerate(instance.frozen):
        for trip in trips:
            number += 1
            _freeze(state, number, vehicle, trip)
            state.trips.limit[number] = facts.vehicles.ends[vehicle]
    return state._replace(block=columns(state))


def _freeze(state: State, number: int, vehicle: int, trip: Trip) -> None:
    trips, last = state.trips, number - 1
    if last and trips.vehicle[last] != vehicle:
        last = 0
    if last:
        trips.next[last] = number
        trips.limit[last] = trip.loading
    else:
        state.days.first[vehicle] = number
    trips.vehicle[number], trips.is_fixed[number] = vehicle, 1
    trips.ready[number] = trips.latest[number] = trip.loading
    trips.returned[number] = trip.return_time
    trips.previous[number] = last


def columns(parts: Any) -> list[list[int]]:
    """Return the lists that a tuple holds, and those of the tuples in it, in their order."""
    found: list[list[int]] = []
    for part in parts:
        if isinstance(part, list):
            found.append(part)
        elif isinstance(part, tuple):
            found += columns(part)
    return found


def copied(state: State) -> State:
    """Return an equal state of lists that share nothing."""
    own = State._make(_copy(part) for part in state._replace(block=None))
    return own._replace(block=columns(own))


def _copy(part: Any) -> Any:
    if isinstance(part, tuple):
        return type(part)(*map(_copy, part))
    return part and part[:]


def filled(instance: Instance, facts: Facts, days: Days) -> State:
    """Return the state in which the frozen trips and what can be driven of `days` are driven."""
    state = empty_state(instance, facts)
    for vehicle in range(facts.fleet):
        refresh_day(facts, state, vehicle)
    for vehicle, day in enumerate(days):
        for nodes in day:
            # A group that is parted in the old plan may not be completed stop by stop.
            if not _holds_group(facts, nodes):
                drive(facts, state, vehicle, nodes)
    absent = [node for node in range(1, facts.size) if not state.nodes.trip[node]]
    state.absent[: len(absent)] = absent
    state.tally[ABSENT] = len(absent)
    return state


def _holds_group(facts: Facts, nodes: Nodes) -> bool:
    return any(facts.stops.group[node] for node in nodes)


def days_of_state(state: Any) -> Days:
    """Return the trips of each vehicle in order, frozen ones left out."""
    nodes, trips, days = (to_columns(state, name) for name in ("nodes", "trips", "days"))
    return [
        [
            tuple(_chain(trips.head[trip], nodes.next))
            for trip in _chain(first, trips.next)
            if not trips.is_fixed[trip]
        ]
        for first in days.first
    ]


def _chain(first: int, following: Any) -> list[int]:
    found = []
    while first:
        found.append(int(first))
        first = following[first]
    return found


def new_memory(facts: Facts, state: State, seed: int) -> Memory:
    """Return the memory of a search that begins at `seed`."""
    return Memory(
        dice=[(seed * 7919 + 12345) % 2147483646 + 1],
        missed=[0] * facts.size,
        place=[0] * 5,
        scratch=[0] * (facts.size + len(state.trips.head) + 1),
        values=[0] * (facts.size * facts.fleet),
    )


def empty_seen(size: int, most: int, width: int = 24) -> Seen:
    """Return a table for so many trips; with room for none, nothing is kept."""
    slots = 2 * most + 1
    code = 1
    codes = [0]
    for _ in range(1, size):
        code = code * 48271 % 2147483647
        high = code
        code = code * 48271 % 2147483647
        codes.append((high << 20) ^ code)  # sums of a hundred still fit 64 bits
    return Seen(
        slots=slots,
        most=most,
        width=width,
        codes=codes,
        keys=[0] * slots,
        rows=[0] * slots,
        prices=[0] * most,
        nodes=[0] * (most * width),
        used=[0],
    )
