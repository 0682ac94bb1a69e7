"""The columns that the search works on: plain lists, or NumPy's arrays when it is compiled.

One list for each column, so that the same source reads both kinds. Node 0 and trip 0 stand for
none (node 0 is the depot as well). Element ``i * size + j`` of a matrix is the leg from node i to
node j; loads stand one dimension after the other (``dimension * size + node``).
"""

from __future__ import annotations

from typing import Any, NamedTuple

Numbers = Any  # a list of integers or a NumPy array of them: the search cannot tell


class StopFacts(NamedTuple):
    """What is asked of each node's stop."""

    opens: Numbers
    closes: Numbers
    service: Numbers
    release: Numbers
    freshness: Numbers
    priority: Numbers
    is_first: Numbers
    group: Numbers  # 0: of none; the stops of a group ride on one trip


class VehicleFacts(NamedTuple):
    """What each vehicle may still do."""

    starts: Numbers
    ends: Numbers
    trips: Numbers
    metres: Numbers
    kind: Numbers  # the first vehicle that may carry the same


class Facts(NamedTuple):
    """The problem: never changes during a search."""

    size: int  # nodes, the depot among them
    fleet: int  # vehicles
    dimensions: int  # of a load
    loading_time: int
    loading_time_per_stop: int
    has_pickups: int
    has_groups: int
    durations: Numbers
    distances: Numbers
    costs: Numbers
    stops: StopFacts
    vehicles: VehicleFacts
    deliveries: Numbers
    pickups: Numbers
    capacity: Numbers  # vehicle * dimensions + dimension
    allowed: Numbers  # vehicle * size + node
    width: int
    near: Numbers  # for each node its `width` neighbours in space, then in space and time


class NodeState(NamedTuple):
    """Where each node rides and what its trip allows, from the depot to it and from it on.

    Forward, leaving at t starts it at max(start, t + time) if earliest ≤ t ≤ latest. Backward,
    arriving there at a ≤ due the trip is back at max(back, a + rest), and freshness asks a
    departure of at least fresh_from and at least a + fresh_gap.
    """

    next: Numbers
    previous: Numbers
    trip: Numbers  # 0: absent
    time: Numbers
    start: Numbers
    latest: Numbers
    earliest: Numbers
    rest: Numbers
    back: Numbers
    due: Numbers
    fresh_from: Numbers
    fresh_gap: Numbers


class TripState(NamedTuple):
    """Each trip's ends, its place in a day, and what it allows.

    `time` and `back` are a node's `time` and `start`, of the return to the depot; `length` is the
    least from departure to return.
    """

    head: Numbers
    tail: Numbers
    stops: Numbers  # how many
    vehicle: Numbers
    next: Numbers
    previous: Numbers
    is_fixed: Numbers
    time: Numbers
    back: Numbers
    length: Numbers
    latest: Numbers
    earliest: Numbers
    released: Numbers
    ready: Numbers  # when loading may begin
    returned: Numbers
    limit: Numbers  # a return after it would be too late for the trips that follow


class DayState(NamedTuple):
    """Each vehicle's first trip, and how many trips and metres it makes, fixed ones not counted."""

    first: Numbers
    trips: Numbers
    metres: Numbers


class LoadState(NamedTuple):
    """How the load changes along the trips, for each dimension and node.

    The pick-ups less the deliveries made so far, the greatest of these so far (at least 0), and
    the greatest from here on.
    """

    change: Numbers
    crest: Numbers
    rest: Numbers


# The elements of `State.tally`; the last two say how much of `spare` and `absent` is in use.
COST, UNSERVED, SPARE, ABSENT = range(4)


class State(NamedTuple):
    """A plan under change: nodes chained into trips, trips chained into days."""

    nodes: NodeState
    trips: TripState
    days: DayState
    loads: LoadState
    aboard: Numbers  # the load at departure: trip * dimensions + dimension
    spare: Numbers  # trip numbers not in use
    absent: Numbers  # nodes not served
    tally: Numbers
    block: Any  # rows that hold all of the above: each a column, or all in one row


# The tables of columns, by the name under which the search's source knows them.
TABLES: dict[str, type[Any]] = {
    "stops": StopFacts,
    "vehicles": VehicleFacts,
    "nodes": NodeState,
    "trips": TripState,
    "days": DayState,
    "loads": LoadState,
}


class Plans(NamedTuple):
    """The plan that a search goes on from, the one that it tries, and the best so far."""

    now: State
    trial: State
    best: State


# The elements of `Memory.place`: what it adds to the cost, the node before it (for a new trip the
# trip before it), the trip (0: a new one), the vehicle, and its value: the less the better.
ADDED, BEHIND, TRIP, VEHICLE, VALUE = range(5)


class Memory(NamedTuple):
    """What a search carries from step to step besides its plans."""

    dice: Numbers
    missed: Numbers  # for each node what it costs besides to leave it out
    place: Numbers  # the best place found for a node
    scratch: Numbers
    values: Numbers  # what each node's best place on each vehicle is worth: node * fleet + vehicle


class Manner(NamedTuple):
    """How a search goes about it.

    `heat` decides what worse plan it goes on from, and falls by the factor `cooling` with each
    iteration; `weight` is the cost that one unit of unserved priority stands for, and `striving`
    what it costs more to leave a node out, each time that it was; one place in `blink` is passed
    over (0: none); `removed` is how many nodes to remove on average. Where it is not `frugal` (0)
    the cost is no matter until all are served.
    """

    heat: float
    cooling: float
    weight: int
    striving: int
    blink: int
    removed: int
    frugal: int


class Wish(NamedTuple):
    """A place wanted for `node`; a second by which a trip gets longer counts `tight` quarters."""

    node: int
    tight: int
    blink: int


class Seen(NamedTuple):
    """Trips that were driven in plans worth going on from: the cheapest order of each set of stops.

    A table of `slots` places, searched from a set's key (the sum of its stops' codes) on.
    """

    slots: int
    most: int  # rows there is room for
    width: int  # stops that a row has room for
    codes: Numbers  # for each node
    keys: Numbers  # for each slot, 0 where it is free
    rows: Numbers  # for each slot
    prices: Numbers  # for each row
    nodes: Numbers  # row * width + position, 0 behind the last stop
    used: Numbers  # rows in use


def to_columns(parts: Any, name: str) -> Any:
    """Return the columns of a table of Facts or a State, of whichever form it is."""
    table, kind = getattr(parts, name), TABLES[name]
    width = len(kind._fields)
    return table if isinstance(table, kind) else kind(*(table[k::width] for k in range(width)))
